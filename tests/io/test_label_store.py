"""Label stores: what is written box by box is read at all scales."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm import io
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
