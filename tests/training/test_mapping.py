"""Maps of regions: where they lie, what they say of places near and far from borders, and how they go on."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from torch import nn

from neurofm import io
from neurofm.data.patches import look
from neurofm.data.volume import Held, Pyramid, Volume
from neurofm.errors import DataError, Stopped
from neurofm.io.ome_zarr import probabilities
from neurofm.training import mapping

pytest.importorskip("tensorstore")
EDGE = 32
NAMES = {"region": {3: "cortex", 7: "striatum"}}


def brain(shape=(1, 160, 250), spacing=(1.0, 1.0, 1.0)):
    """Cortex is bright and left of striatum; there is nothing at the right."""
    region = np.zeros(shape, np.uint8)
    region[:, :, : shape[2] // 2] = 3
    region[:, :, shape[2] // 2 : -70] = 7
    noise = np.random.default_rng(0).integers(0, 20, shape).astype(np.uint8)
    grey = np.where(region == 3, 200, 100).astype(np.uint8) + noise
    grey[region == 0] = 0
    at = {"spacing": np.array([spacing]), "origin": np.array([5.0, 10.0, 20.0])}
    image, labels = (Pyramid((Held(array),), **at) for array in (grey, region))
    return Volume(session="brain", image=image, labels={"region": labels}, names=NAMES)


@pytest.fixture
def run(tmp_path):
    target = SimpleNamespace(names=("cortex", "striatum"), series="region")
    about = {"path": tmp_path, "config": {"config": {"edge": EDGE}}, "target": target}
    return SimpleNamespace(**about, vocab={"areas": [["cortex"], ["striatum"]]}, name="knows")


class Oracle:
    """Says of a patch how much of it is bright."""

    def __init__(self):
        self.seen = []

    def says(self, run, net, source, corners):
        self.seen.append(corners)
        images = np.concatenate([pictures for _, pictures in look(source, corners, EDGE)]).astype(float)
        bright = (images > 150).mean((1, 2)) / np.maximum((images > 50).mean((1, 2)), 1e-9)
        said = np.stack([bright, 1 - bright], 1)
        said[images.max((1, 2)) == 0] = np.nan
        return said


def mapped(run, volume, out, course=None, **options):
    mapping.map_regions(run, nn.Identity(), course or Oracle(), volume, out, **options)
    return io.read(str(out))


@pytest.mark.parametrize("stride", [32, 8, 5])
def test_a_map_agrees_with_the_truth_away_from_borders(run, tmp_path, stride):
    volume = brain()
    regions = mapped(run, volume, tmp_path / "map.zarr", stride=stride)
    pyramid, truth = regions.labels["region"], volume.labels["region"].levels[0][0]
    assert regions.names == NAMES
    assert regions.image is None
    np.testing.assert_allclose(pyramid.spacing[0][1:], stride)
    np.testing.assert_allclose(pyramid.box[0], volume.whole.box[0])
    y, x = (np.rint(pyramid.origin[k] - volume.whole.origin[k] + stride * np.arange(pyramid.shape[k])) for k in (1, 2))
    near = np.minimum(np.abs(x - 125), np.abs(x - 180)) < max(stride, 4)
    numbers = pyramid.levels[0][0]
    inside = np.ix_(np.minimum(y, 159).astype(int), np.minimum(x, 249).astype(int))
    np.testing.assert_array_equal(numbers[:, ~near & (x < 180)], truth[inside][:, ~near & (x < 180)])
    assert (numbers[:, x > 180 + EDGE] == 0).all()  # no patch there holds anything


def test_how_probable_each_region_is_is_kept(run, tmp_path):
    volume = brain()
    mapped(run, volume, tmp_path / "map.zarr", stride=8)
    named = probabilities(tmp_path / "map.zarr")
    assert list(named) == ["cortex", "striatum"]
    cortex, striatum = (voxels[0] for voxels in named.values())
    assert cortex[5, 2] == 255
    assert striatum[5, 2] == 0
    border = 125 // 8
    assert 60 < cortex[5, border] < 200
    np.testing.assert_allclose(cortex[:, :20].astype(int) + striatum[:, :20], 255, atol=1)


def test_a_box_is_what_it_is_of_the_whole(run, tmp_path):
    volume = brain()
    whole = mapped(run, volume, tmp_path / "whole.zarr", stride=8).whole
    course = Oracle()
    part = mapped(run, volume, tmp_path / "part.zarr", course, stride=8, box=((0, 1), (20, 61), (100, 150))).whole
    assert part.shape == (1, 6, 7)  # whole cells
    np.testing.assert_array_equal(part.levels[0][0], whole.levels[0][0, 2:8, 12:19])
    np.testing.assert_allclose(part.origin, whole.origin + np.array([0, 16, 96]))
    assert np.concatenate(course.seen)[:, 2].min() > 60  # patches elsewhere were not looked at


def test_planes_are_as_far_apart_as_patches_in_micrometres(run, tmp_path):
    course = Oracle()
    regions = mapped(run, brain((20, 64, 150), (4.0, 1.0, 1.0)), tmp_path / "map.zarr", course, stride=16)
    assert regions.whole.shape == (5, 4, 10)
    np.testing.assert_allclose(regions.spacing, [16, 16, 16])
    assert np.unique(np.concatenate(course.seen)[:, 0]).tolist() == [1, 5, 9, 13, 17]


def test_other_labels_get_numbers_from_one_on(run):
    assert mapping.numbers_of(run, brain()) == {3: "cortex", 7: "striatum"}
    bare = Volume(session="other", image=brain().image)
    assert mapping.numbers_of(run, bare) == {1: "cortex", 2: "striatum"}


def test_a_map_that_was_stopped_goes_on_and_one_of_something_else_is_refused(run, tmp_path, monkeypatch):
    monkeypatch.setattr(mapping, "CORE", 4)
    volume, course = brain(), Oracle()
    whole = mapped(run, volume, tmp_path / "whole.zarr", course, stride=16).whole.levels[0][:, :, :]
    chunks = len(course.seen)

    def stop(done, *_, **__):
        if done > 0.5:
            raise Stopped

    with pytest.raises(Stopped):
        mapped(run, volume, tmp_path / "map.zarr", stride=16, step=stop)
    again = Oracle()
    regions = mapped(run, volume, tmp_path / "map.zarr", again, stride=16, resume=True)
    np.testing.assert_array_equal(regions.whole.levels[0][:, :, :], whole)
    assert 0 < len(again.seen) <= chunks / 2
    with pytest.raises(DataError, match="cells: is"):
        mapped(run, volume, tmp_path / "map.zarr", stride=8, resume=True)


def test_the_nearest_chunks_come_first(run, tmp_path, monkeypatch):
    monkeypatch.setattr(mapping, "CORE", 4)
    course = Oracle()
    mapped(run, brain(), tmp_path / "map.zarr", course, stride=8, near=[0, 150, 10])
    first = course.seen[0].mean(0) + EDGE / 2
    assert first[1] > 120
    assert first[2] < 40


def test_a_chunk_that_cannot_be_read_is_named(run, tmp_path, monkeypatch):
    monkeypatch.setattr(mapping, "CORE", 4)
    volume = brain()
    volume.image.levels[0].bad = {}

    class Broken(Oracle):
        def says(self, run, net, source, corners):
            if corners[:, 1].min() == 0 and corners[:, 2].min() == 0:
                source.image.levels[0].bad["z 0 to 1"] = "it is damaged"
            return super().says(run, net, source, corners)

    came = mapping.map_regions(run, nn.Identity(), Broken(), volume, tmp_path / "map.zarr", stride=16)
    assert came.failed == {"z 0 to 1, y 0 to 4, x 0 to 4": "the image cannot be read at z 0 to 1 (it is damaged)"}
    assert io.read(str(came.out)).whole.levels[0][:, :, :].any()


@pytest.mark.parametrize(
    ("change", "options", "words"),
    [
        ({}, {"stride": 33}, "stride must be from 1 to 32"),
        ({}, {"box": ((0, 2), (0, 9), (0, 9))}, "is not within"),
        ({"image": None}, {}, "image.*is missing"),
    ],
)
def test_what_cannot_be_mapped_is_refused(run, tmp_path, change, options, words):
    with pytest.raises((DataError, ValueError), match=words):
        mapped(run, replace(brain(), **change), tmp_path / "map.zarr", **options)


def test_voxels_of_another_size_are_refused(run, tmp_path):
    run.vocab |= {"spacings": [[5.0, 1.2, 1.2]]}
    mapped(run, brain(), tmp_path / "map.zarr", stride=32)
    with pytest.raises(DataError, match=r"spacing: is \[1.0, 4.0, 4.0\], and knows learned from"):
        mapped(run, brain(spacing=(1.0, 4.0, 4.0)), tmp_path / "map.zarr")


def test_a_run_without_labels_maps_nothing(run, tmp_path):
    run.target.names = ()
    with pytest.raises(DataError, match="names no regions"):
        mapped(run, brain(), tmp_path / "map.zarr")
