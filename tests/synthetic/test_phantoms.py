"""Phantoms are the same whatever was asked for before, and as dense as the pictures they stand for."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import label

from neurofm.synthetic.phantoms import AREAS, AXON, CELL, VESSEL, Plan, phantom

PLAN = Plan(shape=(48, 96, 160), areas=(0, 2), seed=3)


@pytest.mark.parametrize("part", ["image", "structure", "cell", "region"])
def test_any_box_is_the_same_alone(part):
    volume = phantom(PLAN)
    voxels = volume.image.levels[0] if part == "image" else volume.labels[part].levels[0]
    whole = voxels[:, :, :]
    assert whole.dtype == voxels.dtype
    for box in ((slice(10, 30), slice(60, 70), slice(100, 130)), (5, slice(90, 3, -7), 64), (slice(0, 0), 1, 2)):
        np.testing.assert_array_equal(voxels[box], whole[box])


def test_equal_seeds_give_equal_voxels_and_others_do_not():
    box = np.s_[4:8, :40, :40]
    first, again, other = (phantom(Plan(shape=(16, 64, 64), seed=s)).image.levels[0][box] for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).mean() > 0.5


@pytest.mark.parametrize("number", range(len(AREAS)))
def test_areas_are_as_dense_as_counted(number):
    area = AREAS[number]
    shares = np.zeros(4)
    cells = 0
    for seed in range(2):
        labels = phantom(Plan(shape=(48, 128, 128), areas=(number,), seed=seed)).labels
        structure = labels["structure"].levels[0][:, :, :]
        shares += np.bincount(structure.ravel(), minlength=4) / structure.size / 2
        cells += (len(np.unique(labels["cell"].levels[0][:, :, :])) - 1) / 2
    assert shares[VESSEL] == pytest.approx(area.vessel, rel=0.5)
    assert shares[AXON] == pytest.approx(area.white, abs=0.1)
    assert cells / structure.size == pytest.approx(area.cells, rel=0.5)
    assert shares[CELL] == pytest.approx(area.cells * 4.19 * area.radius**3, rel=0.5)


def test_each_cell_is_one_piece_of_its_own():
    labels = phantom(Plan(shape=(64, 96, 96), areas=(0,), seed=5)).labels
    numbers, structure = labels["cell"].levels[0][:, :, :], labels["structure"].levels[0][:, :, :]
    np.testing.assert_array_equal(numbers > 0, structure == CELL)
    pieces, count = label(numbers > 0)
    touching = {(a, b) for a, b in zip(pieces[numbers > 0], numbers[numbers > 0])}
    assert count == len({a for a, _ in touching})
    assert len(touching) < 1.2 * count  # hardly two cells in a piece; a vessel may cut one in two


def test_vessels_can_be_as_dark_as_cells():
    greys = []
    for dark in (0.0, 1.0):
        volume = phantom(Plan(shape=(32, 96, 96), areas=(3,), seed=2, dark=dark))
        grey, structure = volume.image.levels[0][:, :, :], volume.labels["structure"].levels[0][:, :, :]
        greys.append([grey[structure == kind].mean() for kind in (VESSEL, CELL)])
    assert greys[0][0] < greys[0][1] - 15
    assert abs(greys[1][0] - greys[1][1]) < 8
