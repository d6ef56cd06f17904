"""Every format of volumes gives the same voxels, of the same size, and says what it cannot read."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm import io
from neurofm.data.volume import UNSCALED
from tests.io import volume_files as files


@pytest.mark.parametrize("name", files.WRITERS)
def test_every_format_gives_the_same_voxels(name, tmp_path):
    volume = io.read(files.WRITERS[name](tmp_path))
    assert volume.kind == "volume"
    np.testing.assert_array_equal(volume.image.levels[0][:, :, :], files.IMAGE)
    np.testing.assert_array_equal(volume.image.levels[0][3:9, 5, 30:2:-1], files.IMAGE[3:9, 5, 30:2:-1])
    if name in files.SCALED:
        assert volume.unit == "um"
        np.testing.assert_allclose(volume.spacing, files.SPACING)
    else:
        assert volume.unit == UNSCALED
        assert "how large" in str(volume.findings()[0])


@pytest.mark.parametrize("name", files.LABELLED)
def test_labels_lie_on_the_image(name, tmp_path):
    volume = io.read(files.WRITERS[name](tmp_path))
    label = volume.labels[files.LABELLED[name]]
    np.testing.assert_array_equal(label.levels[0][:, :, :], files.LABELS)


@pytest.mark.parametrize("name", ["precomputed", "packed", "zarr 2", "zarr 3"])
def test_coarser_levels_are_there(name, tmp_path):
    image = io.read(files.WRITERS[name](tmp_path)).image
    np.testing.assert_array_equal(image.levels[1][:, :, :], files.halved(files.IMAGE))
    np.testing.assert_allclose(image.spacing[1], np.multiply(files.SPACING, 2))


@pytest.mark.parametrize("name", files.WRITERS)
def test_a_volume_is_kept_by_where_its_voxels_are(name, tmp_path):
    """Workers and saved sessions read a small file that names the large one."""
    volume = io.read(files.WRITERS[name](tmp_path)).scaled((3.0, 2.0, 1.0)).turned("xyz")
    path = io.write(volume, tmp_path / "kept.volume.h5")
    again = io.read(path)
    np.testing.assert_array_equal(again.image.levels[0][:, :, :], files.IMAGE.transpose(2, 1, 0))
    np.testing.assert_allclose(again.spacing, (1.0, 2.0, 3.0))
    assert (again.session, again.unit, list(again.labels)) == (volume.session, volume.unit, list(volume.labels))


CUT = {"precomputed": "info", "zarr 2": "0/.zarray", "slices": "z9.png"}


@pytest.mark.parametrize("name", ["imagej", "ome tiff", "hdf5", "npy", "npz"])
def test_a_file_that_was_cut_off_is_refused_or_ends_where_it_does(name, tmp_path):
    path = files.WRITERS[name](tmp_path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(Exception) as raised:
        io.read(path).image.levels[0][:, :, :]
    assert str(raised.value)
