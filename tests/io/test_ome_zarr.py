"""OME-Zarr: units, other axes, plain arrays, and groups that name what is not there."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import zarr

from neurofm import io
from neurofm.data.volume import UNSCALED
from neurofm.errors import DataError
from tests.io import volume_files as files


@pytest.mark.parametrize("write", [files.ome_zarr, files.ome_zarr_3])
def test_labels_have_names(write, tmp_path):
    volume = io.read(write(tmp_path))
    assert volume.names == {"structure": files.NAMES}
    assert len(volume.labels["structure"].levels) == 2


def test_micrometres_come_from_the_unit_of_each_axis(tmp_path):
    path = files.ome_zarr(tmp_path)
    group = zarr.open_group(path)
    about = group.attrs["multiscales"]
    for axis, unit in zip(about[0]["axes"][1:], ("millimeter", "micrometer", "nanometer")):
        axis["unit"] = unit
    about[0]["datasets"][0]["coordinateTransformations"].append({"type": "translation", "translation": [0, 1, 2, 3000]})
    group.attrs["multiscales"] = about
    volume = io.read(path)
    np.testing.assert_allclose(volume.spacing, np.multiply(files.SPACING, (1000, 1, 0.001)))
    np.testing.assert_allclose(volume.whole.origin, (1000, 2, 3))


@pytest.mark.parametrize("shape", [(20, 36), (12, 20, 36), (2, 3, 12, 20, 36)])
@pytest.mark.parametrize("version", [2, 3])
def test_plain_arrays_end_in_z_y_x(shape, version, tmp_path):
    array = np.arange(np.prod(shape)).reshape(shape)
    zarr.create_array(tmp_path / "a.zarr", data=array, chunks=(*[1] * (len(shape) - 2), 8, 8), zarr_format=version)
    volume = io.read(tmp_path / "a.zarr")
    first = array.reshape(-1, *shape[-3:])[0] if len(shape) > 2 else array[None]
    np.testing.assert_array_equal(volume.image.levels[0][:, :, :], first)
    assert volume.unit == UNSCALED
    assert len(volume.notes) == max(len(shape) - 3, 0)


@pytest.mark.parametrize("grouped", [True, False])
@pytest.mark.parametrize(("name", "step", "labels"), [("mask", 90, ["mask"]), ("mask", 1, []), ("raw", 90, [])])
def test_its_name_says_labels_where_nothing_else_does(grouped, name, step, labels, tmp_path):
    numbers = np.arange(720, dtype=np.uint16).reshape(8, 9, 10) // step
    path = tmp_path / f"{name}.zarr"
    if grouped:
        group = zarr.open_group(path, mode="w", zarr_format=2)
        group["0"] = numbers
        group.attrs["multiscales"] = [{"axes": list("zyx"), "datasets": [{"path": "0"}]}]
    else:
        zarr.save_array(path, numbers)
    volume = io.read(path)
    assert list(volume.labels) == labels
    np.testing.assert_array_equal(volume.whole.levels[0][:, :, :], numbers)


def test_a_level_that_is_not_there_is_told_of(tmp_path):
    path = files.ome_zarr(tmp_path)
    shutil.rmtree(path / "1")
    with pytest.raises(DataError, match="holds no array"):
        io.read(path)


def test_a_group_of_nothing_is_told_of(tmp_path):
    zarr.open_group(tmp_path / "a.zarr", mode="w")
    with pytest.raises(DataError, match="holds no image"):
        io.read(tmp_path / "a.zarr")


def test_levels_without_a_scale_are_as_far_apart_as_their_sizes_say(tmp_path):
    path = files.ome_zarr(tmp_path)
    about = json.loads((path / ".zattrs").read_text())
    for item in about["multiscales"][0]["datasets"]:
        del item["coordinateTransformations"]
    (path / ".zattrs").write_text(json.dumps(about))
    volume = io.read(path)
    assert volume.unit == UNSCALED
    np.testing.assert_allclose(volume.image.spacing, [[1.0] * 3, [2.0] * 3])


@pytest.mark.parametrize("stated", [True, False])
def test_a_level_lies_where_its_translation_says(stated, tmp_path):
    path = files.ome_zarr(tmp_path)
    about = json.loads((path / ".zattrs").read_text())
    for item in about["multiscales"][0]["datasets"]:
        steps = item["coordinateTransformations"]
        steps[:] = [step for step in steps if step["type"] == "scale"]
        if stated:  # subsampled: the first voxels of all levels are one
            steps.append({"type": "translation", "translation": [0.0] * len(steps[0]["scale"])})
    (path / ".zattrs").write_text(json.dumps(about))
    image = io.read(path).image
    aside = (image.spacing[1] - image.spacing[0]) / 2
    np.testing.assert_allclose(image.offset(1), image.origin if stated else image.origin + aside)
    moved = image.moved(np.array([2.0, 1.0, 1.0]), np.array([5.0, 0.0, 0.0]))
    np.testing.assert_allclose(moved.offset(1) - moved.origin, (image.offset(1) - image.origin) * [2.0, 1.0, 1.0])


def test_nwb_in_zarr_says_how_to_write_it_as_hdf5(tmp_path):
    path = tmp_path / "session.nwb.zarr"
    group = zarr.open_group(str(path), mode="w", zarr_format=2)
    group.attrs.update({"namespace": "core", "neurodata_type": "NWBFile", "nwb_version": "2.7.0"})
    group.create_group("units")
    with pytest.raises(DataError, match=r"is NWB in Zarr, which cannot be opened; write it as HDF5, .* NWBHDF5IO"):
        io.read(path)
