"""Poses that other libraries have opened, by what they can do."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import neurofm as nf
from neurofm import io
from neurofm.errors import DataError
from tests.io.pose_files import NAMES, NODES, POINTS, SURE


class Array:
    """As much of xarray's DataArray as is asked for."""

    def __init__(self, values, dims, coords):
        self.values, self.dims, self.coords = np.asarray(values), tuple(dims), coords
        self.sizes = dict(zip(dims, self.values.shape))

    def transpose(self, *dims):
        return Array(self.values.transpose([self.dims.index(dim) for dim in dims]), dims, self.coords)

    def __getitem__(self, dim):
        return Array(self.coords[dim], (dim,), {})


class Dataset:
    def __init__(self, attrs=(), **arrays):
        self.data_vars, self.attrs = arrays, dict(attrs)

    def __getitem__(self, name):
        return self.data_vars[name]


def movement(dims=("time", "space", "keypoints", "individuals"), **attrs):
    order = dict(zip(("time", "individuals", "keypoints", "space"), range(4)))
    named = {dim: dim if dim in order else f"{dim}s" for dim in dims}
    values = POINTS.transpose([order[named[dim]] for dim in dims])
    each = {"time": [1.0, 1.5, 2.0], "space": ["x", "y"], "keypoints": NODES, "individuals": NAMES}
    coords = {dim: each[named[dim]] for dim in dims}
    sure = [dim for dim in dims if dim != "space"]
    confidence = SURE.transpose([order[named[dim]] for dim in sure])
    return Dataset(attrs, position=Array(values, dims, coords), confidence=Array(confidence, sure, coords))


@pytest.mark.parametrize(
    "dims",
    [
        ("time", "space", "keypoints", "individuals"),
        ("time", "individuals", "keypoints", "space"),
        ("time", "space", "keypoint", "individual"),
    ],
)
def test_dataset_of_movement(dims):
    tracks = io.read(movement(dims, fps=2.0, source_file="/data/box.csv"))
    np.testing.assert_array_equal(tracks.points, POINTS.astype(np.float32))
    np.testing.assert_allclose(tracks.confidence, np.where(np.isnan(POINTS[..., 0]), 0, SURE), rtol=1e-6)
    assert (tracks.session, tracks.individuals, tracks.keypoints, tracks.paths) == ("box", NAMES, NODES, ())
    assert tracks.times.tolist() == [1.0, 1.5, 2.0]


def test_frames_of_movement_become_seconds():
    assert io.read(movement(fps=4.0, time_unit="frames")).times.tolist() == [0.25, 0.375, 0.5]


def test_boxes_of_movement_have_one_place():
    places = Array(POINTS[:, :, 0], ("time", "individuals", "space"), {"individuals": NAMES})
    tracks = io.read(Dataset({"fps": 10.0}, position=places))
    assert (tracks.keypoints, tracks.points.shape) == (("point",), (3, 2, 1, 2))


def test_dataset_without_animals_is_refused():
    with pytest.raises(DataError, match="position: has no dimension individuals; it has time, space"):
        io.read(Dataset(position=Array(np.zeros((3, 2)), ("time", "space"), {})))


def labels(count=2, predicted=True, **more):
    places = np.concatenate([POINTS, SURE[..., None]], -1)[:, :count]
    frame = SimpleNamespace(predicted_instances=[1] if predicted else [])
    told = {
        "labeled_frames": [frame], "videos": [SimpleNamespace(filename="/data/box.mp4", fps=20.0)],
        "skeletons": [SimpleNamespace(node_names=list(NODES), edge_inds=[(0, 1)])],
        "tracks": [SimpleNamespace(name=name) for name in NAMES[:count]],
        "numpy": lambda **_how: places,
    }  # fmt: skip
    return SimpleNamespace(**told | more)


@pytest.mark.parametrize(
    ("given", "names"),
    [(labels(), NAMES), (labels(1, tracks=[]), ("animal",)), (labels(tracks=[]), ("animal 1", "animal 2"))],
)
def test_labels_of_sleap_io(given, names):
    tracks = io.read(given)
    assert (tracks.individuals, tracks.keypoints, tracks.skeleton) == (names, NODES, ((0, 1),))
    np.testing.assert_array_equal(tracks.points, POINTS[:, : len(names)].astype(np.float32))
    np.testing.assert_allclose(tracks.times, [0, 0.05, 0.1])
    assert (tracks.session, tracks.video) == ("box", "/data/box.mp4")
    assert io.read(labels(predicted=False)).confidence is None


def test_labels_without_a_skeleton_are_refused():
    with pytest.raises(DataError, match="skeletons: are none; label a frame in SLEAP first"):
        io.read(labels(skeletons=[]))


def test_session_takes_them():
    session = nf.Session()
    session.add(io.read(movement()))
    assert session.table("subject")["label"].tolist() == ["poses/ada", "poses/bo"]
