"""Regions of interest as labels of the picture that they were seen in, by suite2p's folders and by pynwb."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

from neurofm import io
from neurofm.data.volume import UNSCALED
from neurofm.errors import DataError
from tests.io.test_nwb_ophys import imaged

MEAN = np.arange(12 * 20, dtype=np.float32).reshape(12, 20)


def spot(y, x, high, wide):
    pixels = np.array([(a, b) for a in range(y, y + high) for b in range(x, x + wide)])
    return {"ypix": pixels[:, 0], "xpix": pixels[:, 1], "lam": np.ones(len(pixels), np.float32), "med": [y, x]}


@pytest.fixture
def plane(golden):
    """Three regions in 12 x 20 pixels: 0 and 2 overlap in one pixel, 1 is no cell and lies below 0."""
    home = golden.suite2p()
    about = np.load(home / "ops.npy", allow_pickle=True).item() | {"meanImg": MEAN, "Ly": 12, "Lx": 20}
    np.save(home / "ops.npy", about, allow_pickle=True)
    regions = [spot(1, 1, 3, 4), spot(2, 2, 2, 2), spot(3, 4, 2, 2)]
    np.save(home / "stat.npy", np.array(regions, object), allow_pickle=True)
    return home


def drawn(volume):
    return volume.labels["roi"].levels[0][:, :, :]


def test_regions_of_suite2p_lie_on_the_mean_picture_called_as_the_units(plane):
    volume = io.read(plane, part="cells")
    assert (volume.session, volume.unit, volume.paths) == ("mouse image", UNSCALED, (str(plane),))
    np.testing.assert_array_equal(volume.image.levels[0][0], MEAN)
    assert volume.names == {"roi": {1: "0", 2: "1", 3: "2"}}
    expected = np.zeros((12, 20), int)
    expected[1:4, 1:5] = 1
    expected[3:5, 4:6] = 3
    np.testing.assert_array_equal(drawn(volume)[0], expected)
    assert volume.notes == (
        "regions overlap in 5 pixels, where the smaller one is drawn",
        "regions 1 lie wholly below others and are not seen",
    )


def test_planes_lie_above_each_other(plane):
    import shutil

    shutil.copytree(plane, plane.with_name("plane1"))
    volume = io.read(plane.parent, part="cells")
    assert volume.whole.shape == (2, 12, 20)
    assert list(volume.names["roi"].values()) == [f"plane{p} {k}" for p in range(2) for k in range(3)]
    assert volume.names["roi"][int(drawn(volume)[1, 1, 1])] == "plane1 0"


@pytest.mark.parametrize(
    ("stat", "empty"),
    [
        ({"ypix": np.array([1.5, 2.0]), "xpix": np.array([1, 2])}, "1"),
        ({"ypix": np.array([1, 2, 3]), "xpix": np.array([1, 2])}, "1"),
        ({"ypix": np.array([-1, 2]), "xpix": np.array([1, 2])}, "1"),
        ({"xpix": np.array([1, 2])}, "1"),
    ],
)
def test_a_bad_mask_is_noted_and_left_out(plane, stat, empty):
    np.save(plane / "stat.npy", np.array([spot(1, 1, 3, 4), stat, spot(6, 8, 2, 2)], object), allow_pickle=True)
    volume = io.read(plane, part="cells")
    assert f"regions {empty} have no mask that can be drawn" in volume.notes
    assert list(volume.names["roi"]) == [1, 3]
    assert set(np.unique(drawn(volume))) == {0, 1, 3}


def test_without_a_picture_or_regions_there_is_what_there_is(plane):
    about = np.load(plane / "ops.npy", allow_pickle=True).item()
    del about["meanImg"]
    np.save(plane / "ops.npy", about, allow_pickle=True)
    volume = io.read(plane, part="cells")
    assert (volume.image, volume.whole.shape) == (None, (1, 12, 20))
    (plane / "stat.npy").unlink()
    with pytest.raises(DataError, match="cells: are not in it"):
        io.read(plane, part="cells")
    assert io.parts_of(io.read(plane))[1] == []
    with pytest.raises(LookupError, match="no part of suite2p folder 'neurons'; there are cells"):
        io.read(plane, part="neurons")
    far = {"ypix": np.array([1, 90_000]), "xpix": np.array([1, 90_000])}
    np.save(plane / "stat.npy", np.array([far] * 3, object), allow_pickle=True)
    source, parts = io.parts_of(io.read(plane))
    assert parts == []
    assert any(note.startswith("cells: reaches over") for note in source.notes)


@pytest.mark.parametrize("mask", ["pixel", "image", "voxel"])
def test_regions_of_nwb_lie_at_x_and_y_in_whichever_mask(tmp_path, mask):
    volume = io.read(imaged(tmp_path / "a.nwb", mask), part="cells")
    labels = drawn(volume)
    assert volume.names["roi"] == {k + 1: str(k) for k in range(4)}
    for k in range(4):  # x is k and k + 2, y is 2 k
        z = k % 2 if mask == "voxel" else 0
        assert {labels[z, 2 * k, k], labels[z, 2 * k, k + 2]} == {k + 1}
    assert np.count_nonzero(labels) == 8
    assert labels.shape[1:] == ((10, 8) if mask == "image" else (7, 6))


def test_the_summary_picture_of_nwb_is_turned_as_the_masks_are(tmp_path):
    path = imaged(tmp_path / "a.nwb", "image", picture=np.arange(80.0).reshape(8, 10))
    volume = io.read(path, part="cells")
    np.testing.assert_array_equal(volume.image.levels[0][0], np.arange(80.0).reshape(8, 10).T)


def test_a_damaged_plane_of_nwb_is_left_out_and_the_other_drawn(tmp_path):
    path = imaged(tmp_path / "a.nwb", planes=2)
    with h5py.File(path, "r+") as file:
        file["processing/ophys/ImageSegmentation/plane1/pixel_mask_index"][-1] = 99
    volume = io.read(path, part="cells")
    assert list(volume.names["roi"].values()) == [f"plane0 {k}" for k in range(4)]
    assert any("plane1 0, plane1 1, plane1 2, plane1 3 have no mask" in note for note in volume.notes)
    assert volume.whole.shape[0] == 2
