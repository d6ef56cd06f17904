"""Masks of X-ray slices are put together from their quadrants; a volume of that size stays one."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm import io
from neurofm.io import xray_masks


def test_quadrants_come_where_they_belong(golden):
    path = golden.xray_masks()
    with np.load(path) as stored:
        parts = stored["labels"]
    volume = io.read(path)
    slices = volume.labels["structure"].levels[0][:, :, :]
    assert slices.shape == (8, 256, 256)
    coded = np.array([0, 3, 1, 2])  # white matter, vessel, cell there
    for first, y, x in ((0, 0, 0), (8, 128, 0), (16, 0, 128), (24, 128, 128)):
        np.testing.assert_array_equal(slices[:, y : y + 128, x : x + 128], coded[parts[first : first + 8]])
    assert volume.image is None
    assert volume.names["structure"] == {1: "vessel", 2: "cell", 3: "axon"}
    np.testing.assert_allclose(volume.spacing, [35.1, 1.17, 1.17])
    assert "no image goes with them" in volume.notes[0]


@pytest.mark.parametrize("order", ["planes", "shuffled", "empty"])
def test_labels_that_do_not_go_on_across_the_seams_are_a_volume(tmp_path, order):
    y, x = np.mgrid[:128, :128]
    planes = np.stack([((y + k - 60) ** 2 + (x - 60) ** 2 < 900) for k in range(32)]).astype(np.uint8)
    if order == "shuffled":
        planes = planes[np.random.default_rng(0).permutation(32)]
    if order == "empty":
        planes[:] = 0
    np.savez_compressed(tmp_path / "cells.npz", labels=planes)
    assert not xray_masks.accepts(tmp_path / "cells.npz")
    assert io.read(tmp_path / "cells.npz").whole.shape == (32, 128, 128)


@pytest.mark.real
@pytest.mark.parametrize(("area", "cells"), [("ctx", 0.0260), ("str", 0.0327), ("trn", 0.0249)])
def test_real_masks_hold_as_many_cells_as_were_counted(shared_data, area, cells):
    volume = io.read(shared_data("xray_masks") / f"{area}.npz")
    structure = volume.labels["structure"].levels[0][:, :, :]
    assert (structure == 2).mean() == pytest.approx(cells, abs=1e-4)
