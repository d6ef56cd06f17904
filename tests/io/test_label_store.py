"""Label stores: what is written box by box is read at all scales."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm import io
from neurofm.data.volume import UNSCALED
from neurofm.errors import DataError
from neurofm.io import _label_store

pytest.importorskip("tensorstore")


@pytest.fixture
def store(tmp_path):
    about = {"label": "area", "names": {1: "cortex", 300: "striatum"}, "spacing": (2, 1, 1), "origin": (4, 0, 0)}
    return _label_store.create(tmp_path / "area.zarr", (6, 1030, 700), **about)


def test_levels_hold_every_second_voxel(store):
    numbers = np.random.default_rng(0).integers(0, 301, (6, 1030, 700)).astype(np.uint16)
    for low in range(0, 1030, 206):
        store.write([(0, 6), (low, low + 206), (0, 700)], numbers[:, low : low + 206])
    levels = io.read(str(store.path)).labels["area"].levels
    assert [level.shape for level in levels] == [(6, 1030, 700), (3, 515, 350), (2, 258, 175)]
    for k, level in enumerate(levels):
        np.testing.assert_array_equal(level[:, :, :], numbers[:: 2**k, :: 2**k, :: 2**k])


def test_what_is_not_written_is_nothing(store):
    volume = io.read(str(store.path))
    assert volume.names == {"area": {1: "cortex", 300: "striatum"}}
    assert volume.labels["area"].dtype == np.uint16
    assert volume.whole.spacing[1].tolist() == [4, 2, 2]
    assert volume.whole.origin.tolist() == [4, 0, 0]
    assert not volume.labels["area"].levels[0][:, :64, :64].any()


ABOUT = {"label": "area", "names": {1: "a"}, "spacing": (1, 1, 1), "origin": (0, 0, 0)}


@pytest.mark.parametrize("held", ["notes.txt", "zarr.json"])
def test_a_folder_of_something_else_is_never_written_over(tmp_path, held):
    place = tmp_path / "mine.zarr"
    place.mkdir()
    (place / held).write_text('{"attributes": {"ome": {}}}')
    with pytest.raises(DataError, match="is there already, and no labels of ours"):
        _label_store.create(place, (1, 8, 8), **ABOUT)
    assert (place / held).exists()
    with pytest.raises(DataError, match="is there already"):
        _label_store.create(place / held, (1, 8, 8), **ABOUT)


def test_a_store_of_ours_is_written_anew_and_dots_lead_to_it(tmp_path):
    (tmp_path / "in").mkdir()
    for number in (1, 2):
        store = _label_store.create(tmp_path / "in" / ".." / "area.zarr", (1, 8, 8), **ABOUT)
        store[0:1, 0:2, 0:2] = np.full((1, 2, 2), number, np.uint8)
    assert np.unique(io.read(tmp_path / "in" / ".." / "area.zarr").labels["area"].levels[0][:, :, :]).tolist() == [0, 2]


@pytest.mark.parametrize("shape", [(1, 70, 33), (20, 70, 33)])
@pytest.mark.parametrize("unit", ["um", UNSCALED])
def test_large_numbers_are_put_in_and_taken_out_as_of_an_array(tmp_path, monkeypatch, shape, unit):
    monkeypatch.setattr(_label_store, "COARSEST", 30)
    numbers = np.random.default_rng(0).integers(0, 2**32, shape, dtype=np.uint32)
    about = {"spacing": (2.0, 1.0, 0.5), "origin": (3.0, 0.0, 1.0), "unit": unit}
    store = _label_store.create(tmp_path / "n.zarr", shape, label="cell", names={}, dtype="uint32", **about)
    store[:, :41], store[:, 41:] = numbers[:, :41], numbers[:, 41:]
    assert (store.shape, store.dtype) == (shape, np.dtype("uint32"))
    np.testing.assert_array_equal(store[:, 3:5, 2], numbers[:, 3:5, 2])
    read = io.read(str(store.path))
    assert (read.image, read.unit) == (None, unit)
    levels = read.labels["cell"].levels
    np.testing.assert_array_equal(levels[0][:, :, :], numbers)
    np.testing.assert_array_equal(levels[1][:, :, :], numbers[:: 1 if shape[0] == 1 else 2, ::2, ::2])
