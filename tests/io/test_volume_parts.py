"""An image and labels of its voxels in two files, whichever formats these are in."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from neurofm import io
from neurofm.data.volume import UNSCALED, Held, Pyramid, Volume
from neurofm.errors import DataError
from neurofm.io import _levels
from neurofm.io import _volume_parts as joining

SHAPE = (8, 24, 32)
NUMBERS = np.zeros(SHAPE, np.uint16)
NUMBERS[1:5, 4:12, 5:20], NUMBERS[:, 14:20, 8:28] = 1, 2
GREY = (np.random.default_rng(0).integers(0, 60, SHAPE) + 80 * (NUMBERS > 0)).astype(np.uint8)


def written(path: Path, array: np.ndarray, spacing: float = 0.0) -> Path:
    """A file of an array in the format that its name says."""
    path.parent.mkdir(exist_ok=True, parents=True)
    if path.suffix == ".npy":
        np.save(path, array)
    elif path.suffix == ".tif":
        import tifffile

        about = {"resolution": (1 / spacing,) * 2, "metadata": {"axes": "ZYX", "unit": "um", "spacing": spacing}}
        tifffile.imwrite(path, array, imagej=True, **about if spacing else {})
    elif path.suffix == ".h5":
        import h5py

        with h5py.File(path, "w") as file:
            file["data"] = array
    else:
        ome_zarr(path, array, spacing)
    return path


def ome_zarr(path: Path, array: np.ndarray, spacing: float) -> None:
    """A label image as OME-Zarr has it, one level."""
    ts = pytest.importorskip("tensorstore")
    path.mkdir()
    (path / ".zgroup").write_text('{"zarr_format": 2}')
    axes = [{"name": name, "type": "space", "unit": "micrometer"} for name in "zyx"]
    scale = [{"type": "scale", "scale": [spacing] * 3}]
    about = {
        "multiscales": [
            {
                "name": "cells",
                "version": "0.4",
                "axes": axes,
                "datasets": [{"path": "0", "coordinateTransformations": scale}],
            }
        ],
        "image-label": {"version": "0.4", "properties": [{"label-value": 1, "name": "cell"}]},
    }
    (path / ".zattrs").write_text(json.dumps(about))
    store = {"driver": "zarr", "kvstore": f"file://{path}/0/", "dtype": array.dtype.name, "create": True, "open": True}
    ts.open(store, shape=array.shape, chunk_layout=ts.ChunkLayout(chunk_shape=[4, 24, 32])).result()[...] = array


@pytest.mark.parametrize(
    ("image", "mask"),
    [
        ("image.tif", "mask.tif"), ("img.npy", "labels.npy"), ("em.h5", "em_labels.h5"), ("a.npy", "cells.zarr"),
        ("cell_image.tif", "cell_mask.tif"), ("cell_image.npy", "cell_gt.tif"), ("scan.npy", "b.npy"),
    ],
)  # fmt: skip
def test_an_image_and_its_labels_are_one_volume_in_either_order(tmp_path, image, mask):
    files = [written(tmp_path / image, GREY, 1.0), written(tmp_path / mask, NUMBERS, 1.0)]
    for order in (files, files[::-1]):
        volume = io.read(order)
        np.testing.assert_array_equal(volume.image.levels[0][:, :, :], GREY)
        (labels,) = volume.labels.values()
        np.testing.assert_array_equal(labels.levels[0][:, :, :], NUMBERS)
        assert (volume.session, volume.paths) == (io.read(files[0]).session, tuple(map(str, order)))
        assert any(f"{mask} is taken for labels of {image}" in note for note in volume.notes)
        again = io.read(io.copy_of(volume))
        np.testing.assert_array_equal(next(iter(again.labels.values())).levels[0][:, :, :], NUMBERS)
        np.testing.assert_array_equal(again.image.levels[0][:, :, :], GREY)
        assert Path(io.copy_of(volume)).stat().st_size < 40_000  # it refers to the files


def test_what_was_taken_for_what_can_be_put_right(tmp_path):
    files = [str(written(tmp_path / "image.npy", NUMBERS)), str(written(tmp_path / "mask.npy", GREY))]
    (note,) = (note for note in io.read(files).notes if "taken for labels" in note)
    assert note.endswith("say labels='image.npy' if it is the other way round")
    for called in ("image.npy", "image", files[0]):
        volume = io.read(files, labels=called)
        np.testing.assert_array_equal(volume.labels["image"].levels[0][:, :, :], NUMBERS)
        assert volume.session == "mask"
        assert io.origin(volume).options == {"path": files, "reader": "", "how": {"labels": called}}
    with pytest.raises(DataError, match=r"labels: 'other' is not one of image\.npy, mask\.npy; name one of them"):
        io.read(files, labels="other")
    with pytest.raises(ValueError, match="give a list"):
        io.read(files[0], labels="image")


@pytest.mark.parametrize(
    ("mask", "array", "problem"),
    [
        ("mask.npy", NUMBERS[:3], r"mask\.npy: is 3 x 24 x 32 voxels \(z, y, x\), and image\.npy is 8 x 24 x 32"),
        ("mask.npy", NUMBERS.astype("f4"), r"mask\.npy: is float32, where labels must be whole numbers; write them"),
        ("mask.npy", NUMBERS * 0, r"mask\.npy: is 0 in every voxel, so that it tells nothing apart"),
        ("mask.npy", NUMBERS * 0 + 7, r"mask\.npy: is 7 in every voxel"),
        ("other.npy", GREY, r"image\.npy\+.*other\.npy: both look like images; say which is labels \(labels='other"),
    ],
)
def test_what_cannot_be_labels_is_refused(tmp_path, mask, array, problem):
    files = [written(tmp_path / "image.npy", GREY), written(tmp_path / mask, array)]
    with pytest.raises(DataError, match=problem):
        io.read(files)


def test_two_labels_and_two_kinds_are_refused(tmp_path):
    files = [written(tmp_path / name, NUMBERS) for name in ("mask.npy", "labels.npy")]
    with pytest.raises(DataError, match=r"labels\.npy: both look like labels"):
        io.read(files)
    table = tmp_path / "t.csv"
    table.write_text("time,unit\n0.1,a\n0.25,b\n0.7,a\n0.8,a\n")
    with pytest.raises(DataError, match=r"mask\.npy: holds a volume; only recordings are put together, or volumes"):
        io.read([table, files[0]])


def test_several_labels_lie_on_one_image(tmp_path):
    files = [written(tmp_path / name, a) for name, a in {"im": GREY, "cell_mask": NUMBERS, "seg": NUMBERS // 2}.items()
             for name in [f"{name}.npy"]]  # fmt: skip
    volume = io.read(files)
    assert list(volume.labels) == ["cell_mask", "seg"]


def test_size_of_voxels_is_that_of_either_and_must_agree(tmp_path):
    bare, mask = written(tmp_path / "image.npy", GREY), written(tmp_path / "mask.tif", NUMBERS, 0.5)
    volume = io.read([bare, mask])
    assert (volume.unit, volume.spacing.tolist()) == ("um", [0.5] * 3)
    assert "image.npy does not say how large its voxels are; they are those of mask.tif" in volume.notes
    wide = written(tmp_path / "image.tif", GREY, 1.0)
    with pytest.raises(DataError, match=r"mask\.tif: has voxels of 0\.5 x 0\.5 x 0\.5 um from 0 x 0 x 0 \(z, y, x\)"):
        io.read([wide, mask])
    told = io.read([wide, mask], labels="mask.tif")
    np.testing.assert_allclose(told.labels["mask"].spacing, told.image.spacing)
    assert told.unit != UNSCALED


def test_coarser_levels_of_labels_are_no_means(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(_levels, "EDGE", 16)
    files = [written(tmp_path / "a.npy", GREY), written(tmp_path / "b.npy", NUMBERS * 7)]
    _levels.make(io.read(files[1]))  # as an image
    volume = io.read(files)
    assert len(volume.labels["b"].levels) == 1
    _levels.make(volume)
    again = io.read(files)
    assert (len(again.image.levels), len(again.labels["b"].levels)) == (2, 2)
    assert set(np.unique(again.labels["b"].levels[1][:, :, :])) <= {0, 7, 14}
    assert len(io.read(io.copy_of(again)).labels["b"].levels) == 2


def test_what_is_turned_or_made_in_python_is_joined_as_it_is(tmp_path):
    image = io.read(written(tmp_path / "a.npy", GREY)).turned("xyz")
    labels = io.read(written(tmp_path / "b.npy", NUMBERS)).turned("xyz")
    volume = joining.merge([image, labels])
    np.testing.assert_array_equal(volume.labels["b"].levels[0][:, :, :], NUMBERS.transpose())
    held = Volume(session="mask", image=Pyramid((Held(NUMBERS),), np.ones(3)))
    whole = joining.merge([Volume(session="im", image=Pyramid((Held(GREY),), np.ones(3))), held])
    assert (whole.session, list(whole.labels), list(held.labels)) == ("im", ["mask"], [])


def test_real_nuclei_and_neurons_are_told_apart(tmp_path, shared_data):
    folder = shared_data("nuclei")
    for size in ("2d", "3d"):
        volume = io.read([folder / f"mask{size}.tif", folder / f"img{size}.tif"])
        assert (volume.session, list(volume.labels)) == (f"img{size}", [f"mask{size}"])
    both = np.load(shared_data("em_fibsem") / "medulla_128.npz")
    files = [written(tmp_path / f"{name}.npy", both[name][:8]) for name in ("image", "neuron")]
    assert list(io.read(files).labels) == ["neuron"]
