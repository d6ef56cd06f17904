"""TIFF: what its axes are taken for, colours, several images, and sizes that say nothing."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile

from neurofm import io
from neurofm.data.volume import UNSCALED, Pyramid, Volume
from neurofm.errors import DataError
from neurofm.io import _readers

GREY = np.arange(3 * 20 * 30).reshape(3, 20, 30).astype(np.uint16)


def written(path, array, **how):
    tifffile.imwrite(path, array, **how)
    return io.read(path)


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_planes_are_read_in_either_byte_order(compression, byteorder, tmp_path):
    volume = written(tmp_path / "a.tif", GREY, compression=compression, byteorder=byteorder, photometric="minisblack")
    np.testing.assert_array_equal(volume.image.levels[0][:, :, :], GREY)
    assert volume.image.dtype == np.uint16


def test_a_single_plane_is_a_volume_of_one(tmp_path):
    volume = written(tmp_path / "a.tif", GREY[0])
    assert volume.image.shape == (1, 20, 30)
    assert volume.flat


def test_colours_become_their_mean(tmp_path):
    volume = written(tmp_path / "a.tif", np.stack([GREY[0], GREY[0] + 3, GREY[0] + 6], -1), photometric="rgb")
    np.testing.assert_array_equal(volume.image.levels[0][0], GREY[0] + 3)
    assert "in colour" in volume.notes[0]


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_colours_that_lie_plane_by_plane_become_their_mean(compression, tmp_path):
    planes = np.stack([GREY, GREY + 3, GREY + 6], 1)
    how = {"photometric": "rgb", "planarconfig": "separate", "compression": compression}
    volume = written(tmp_path / "a.tif", planes, **how)
    np.testing.assert_array_equal(volume.image.levels[0][:, :, :], GREY + 3)


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_black_and_white_is_0_and_1(compression, tmp_path):
    volume = written(tmp_path / "a.tif", GREY > 900, photometric="minisblack", compression=compression)
    assert volume.image.dtype == volume.image.levels[0][1].dtype == np.uint8
    np.testing.assert_array_equal(volume.image.levels[0][:, :, :], GREY > 900)


def test_other_axes_are_told_of(tmp_path):
    array = np.stack([GREY, GREY + 7], 1)
    volume = written(tmp_path / "a.tif", array, imagej=True, metadata={"axes": "ZCYX"})
    np.testing.assert_array_equal(volume.image.levels[0][:, :, :], GREY)
    assert volume.notes == ("the first of 2 along C is shown",)


@pytest.mark.parametrize(("count", "shape"), [(3, (1, 20, 30)), (8, (8, 20, 30))])
def test_more_channels_than_there_are_colours_are_planes(count, shape, tmp_path):
    stack = np.arange(count * 600).reshape(count, 20, 30).astype(np.uint16)
    volume = written(tmp_path / "a.tif", stack, imagej=True)  # which calls the first axis C
    np.testing.assert_array_equal(volume.image.levels[0][:, :, :], stack[: shape[0]])
    assert volume.image.shape == shape
    assert ("planes along C are taken for z" in volume.notes) is (count == 8)


def test_grey_values_that_are_called_as_labels_are_an_image(tmp_path):
    assert written(tmp_path / "nuclei.tif", GREY, photometric="minisblack").image is not None


def test_dots_an_inch_say_nothing_of_a_microscope(tmp_path):
    volume = written(tmp_path / "a.tif", GREY, resolution=(72, 72), resolutionunit="INCH", photometric="minisblack")
    assert volume.unit == UNSCALED


def test_a_name_of_labels_and_whole_numbers_are_labels(tmp_path):
    numbers = GREY // 100
    volume = written(tmp_path / "mask3d.tif", numbers, photometric="minisblack")
    assert volume.image is None
    np.testing.assert_array_equal(volume.labels["mask3d"].levels[0][:, :, :], numbers)
    assert "labels" in volume.notes[-1]


@pytest.mark.parametrize(("name", "shape"), [("img2d.tif", (1, 512, 512)), ("img3d.tif", None), ("mask3d.tif", None)])
def test_real_nuclei_open(shared_data, name, shape):
    volume = io.read(shared_data("nuclei") / name)
    assert (volume.image is None) == name.startswith("mask")
    assert shape is None or volume.whole.shape == shape
    assert volume.whole.levels[0][0].max() > 0


def of(levels, labels=(), **about):
    pyramids = [Pyramid((array,), np.array([[2.0, 0.5, 0.25]])) for array in (levels, *labels)]
    there = {f"part {k}": one for k, one in enumerate(pyramids[1:])}
    return Volume(session="brain", image=None if levels is None else pyramids[0], labels=there, **about)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int64, np.float32])
def test_an_image_is_written_with_its_size_and_opened_by_others(dtype, tmp_path):
    path = io.write(of(GREY.astype(dtype) % 200), tmp_path / "a.tif")
    np.testing.assert_array_equal(tifffile.imread(path), GREY.astype(dtype) % 200)
    volume = io.read(path)
    np.testing.assert_array_equal(volume.image.levels[0][:, :, :], GREY.astype(dtype) % 200)
    np.testing.assert_allclose(volume.image.spacing[0], [2.0, 0.5, 0.25])
    assert not volume.labels


def test_a_microscopes_name_of_an_image_makes_no_labels_of_it(tmp_path):
    smooth = np.broadcast_to(np.arange(3, dtype=np.uint8)[:, None, None], (3, 20, 30))
    volume = written(tmp_path / "scan.ome.tif", smooth, ome=True, metadata={"axes": "ZYX", "Name": "HeLa cells.lif"})
    assert volume.image is not None


def test_labels_are_read_as_labels_whatever_their_file_is_called(tmp_path):
    array = np.zeros((3, 20, 30), np.uint32)
    array[1, 5:9, 5:9] = 70_000
    volume = Volume(session="b", labels={"structure": Pyramid((array,), np.ones((1, 3)))}, unit=UNSCALED)
    back = io.read(io.write(volume, tmp_path / "b.tif"))
    assert back.image is None
    assert back.unit == UNSCALED
    (held,) = back.labels.values()
    np.testing.assert_array_equal(held.levels[0][:, :, :], array)


def test_what_a_tiff_cannot_hold_is_refused_and_leaves_what_was_there(tmp_path):
    path = io.write(of(GREY), tmp_path / "a.tif")
    before = path.read_bytes()
    with pytest.raises(DataError, match=r"one of image, part 0; write a \.h5"):
        io.write(of(GREY, [GREY]), path)
    for wrong, words in ((2**40, "1,099,511,629,575"), (-(2**40), "-1,099,511,627,776")):
        with pytest.raises(DataError, match=f"{words} is beyond the 32 bits"):
            io.write(of(GREY.astype(np.int64) + wrong), path)
    assert list(_readers.formats_of(of(GREY))) == [".tif", ".h5"]
    assert list(_readers.formats_of(of(GREY, [GREY]))) == [".h5"]
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["a.tif"]
