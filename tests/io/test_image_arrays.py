"""Images as numpy arrays, the real slice of a brain among them."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm import io
from neurofm.errors import DataError


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shape", [(20, 30), (5, 20, 30), (30, 40, 3)])
def test_arrays_of_either_order_are_read(order, shape, tmp_path):
    array = np.asarray(np.arange(np.prod(shape)).reshape(shape) % 200, np.uint8, order=order)
    np.save(tmp_path / "a.npy", array)
    expected = array[None] if len(shape) == 2 else array.mean(-1).astype(np.uint8)[None] if shape[-1] == 3 else array
    np.testing.assert_array_equal(io.read(tmp_path / "a.npy").image.levels[0][:, :, :], expected)


def test_labels_of_another_size_are_told_of(tmp_path):
    np.savez(tmp_path / "a.npz", image=np.zeros((20, 30), np.uint8), mask=np.ones((10, 30), int), note=np.array("x"))
    volume = io.read(tmp_path / "a.npz")
    assert volume.labels == {}
    assert any("mask" in note for note in volume.notes)


@pytest.mark.parametrize("names", [["none", "a"], np.arange(3), [["none", "a", "b"]]])
def test_names_that_do_not_fit_name_nothing(names, tmp_path):
    mask = np.full((20, 30), 2)
    np.savez(tmp_path / "a.npz", image=np.zeros((20, 30), np.uint8), mask=mask, mask_names=names)
    if np.shape(names) == (2,):
        with pytest.raises(DataError, match="2 names, and numbers up to 2"):
            io.read(tmp_path / "a.npz")
    else:
        volume = io.read(tmp_path / "a.npz")
        assert volume.names == {}
        assert any("mask_names" in note for note in volume.notes)


@pytest.mark.parametrize("array", [np.zeros(3), np.zeros((20, 30)), np.array(["a"] * 9), np.array([{}], object)])
def test_other_arrays_are_no_image(array, tmp_path):
    np.save(tmp_path / "a.npy", array, allow_pickle=True)
    with pytest.raises(DataError):
        io.read(tmp_path / "a.npy")


def test_the_real_slice_opens_with_its_areas(shared_data):
    volume = io.read(shared_data("xray_slice") / "slice_z309.npz")
    assert volume.image.shape == (1, 1420, 5805)
    assert list(volume.labels) == ["region"]
    assert set(np.unique(volume.labels["region"].levels[0][0])) == set(range(9))
    assert [volume.name("region", k) for k in (1, 2, 3, 4, 5)] == [
        "cortex", "striatum", "reticular nucleus", "ventral posterior", "zona incerta",
    ]  # fmt: skip
    assert volume.names["region"].keys() == set(range(1, 9))


def test_real_electron_microscopy_opens_with_its_neurons(shared_data):
    volume = io.read(shared_data("em_fibsem") / "medulla_128.npz")
    assert volume.image.shape == (128, 250, 250)
    assert list(volume.labels) == ["neuron"]
    np.testing.assert_allclose(volume.spacing, 0.01)
    assert volume.notes == ()


def test_an_array_in_the_order_of_fortran_is_read_part_by_part(tmp_path, monkeypatch):
    grey = np.arange(9 * 10 * 11, dtype=np.uint16).reshape(9, 10, 11)
    np.save(tmp_path / "brain.npy", np.asfortranarray(grey))
    monkeypatch.setattr(np, "load", lambda *_, **__: pytest.fail("all of it was read"))
    voxels = io.read(tmp_path / "brain.npy").image.levels[0]
    np.testing.assert_array_equal(voxels[:, :, :], grey)
    np.testing.assert_array_equal(voxels[3, 2:5, ::-2], grey[3, 2:5, ::-2])
