"""Paint lies over labels of any size and says the same at every scale, box and order of axes."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.data import painted as painting
from neurofm.data.painted import Blank, Paint, Painted
from neurofm.data.volume import Held, Pyramid, Volume

SHAPE = (4, 6, 10)
BELOW = (np.arange(240).reshape(SHAPE) // 60).astype(np.uint8)
BOXES = [(slice(None), 2, slice(1, 9, 3)), (3, slice(5, 1, -2), 4), (slice(0, 0), 1, slice(None)), (-1, -2, -3)]


def some(seed: int = 0, count: int = 40) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 240, count), rng.integers(0, 9, count)


def by_loop(below: np.ndarray, *strokes: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    numbers = below.astype(int).copy()
    for at, values in strokes:
        for place, value in zip(at, values):
            numbers.flat[place] = value
    return numbers


def test_the_last_of_each_place_counts():
    paint = Paint(SHAPE).more(*some(1)).more(*some(2))
    np.testing.assert_array_equal(Painted(Held(BELOW), paint)[:, :, :], by_loop(BELOW, some(1), some(2)))


@pytest.mark.parametrize("box", BOXES)
def test_any_box(box):
    voxels = Painted(Held(BELOW), Paint(SHAPE).more(*some()))
    np.testing.assert_array_equal(voxels[box], by_loop(BELOW, some())[box])
    np.testing.assert_array_equal(Blank(SHAPE)[box], np.zeros(SHAPE)[box])


@pytest.mark.parametrize("axes", ["xyz", "yzx"])
def test_axes_told_anew_turn_the_paint(axes):
    labels = painting.painted(Pyramid((Held(BELOW),), np.ones(3)), Paint(SHAPE).more(*some()))
    volume = Volume(session="a", labels={"a": labels}).turned(axes)
    order = [axes.index(axis) for axis in "zyx"]
    np.testing.assert_array_equal(volume.whole.levels[0][:, :, :], by_loop(BELOW, some()).transpose(order))
    assert isinstance(volume.whole.levels[0], Painted)


def test_numbers_that_are_merged_are_one_below_and_in_paint_and_what_is_painted_later_is_not():
    paint = Paint(SHAPE).more(*some()).merged([1, 2, 5], 2).more(np.array([7]), np.array([1]))
    expected = by_loop(BELOW, some())
    expected[np.isin(expected, [1, 5])] = 2
    expected.flat[7] = 1
    np.testing.assert_array_equal(Painted(Held(BELOW), paint)[:, :, :], expected)
    again = paint.merged([2, 3], 3)
    expected[expected == 2] = 3
    np.testing.assert_array_equal(Painted(Held(BELOW), again)[:, :, :], expected)


def test_coarse_voxels_show_what_is_painted_in_them():
    paint = Paint((4, 8, 8)).more(np.array([0, 1, 8 * 8 + 3]), np.array([2, 7, 5]))
    levels = (Blank((4, 8, 8)), Blank((2, 4, 4)))
    pyramid = painting.painted(Pyramid(levels, np.array([[1.0] * 3, [2.0] * 3])), paint)
    coarse = pyramid.levels[1][:, :, :]
    assert (coarse[0, 0, 0], coarse[0, 0, 1], np.count_nonzero(coarse)) == (7, 5, 2)


def test_numbers_that_do_not_fit_get_room():
    paint = Paint(SHAPE).more(np.array([3]), np.array([300]))
    assert Painted(Held(BELOW), paint).dtype == np.uint16
    assert Painted(Held(BELOW), Paint(SHAPE)).dtype == np.uint8
    assert Painted(Held(BELOW > 0), Paint(SHAPE)).dtype == np.uint8


def test_rows_are_the_voxels():
    paint = Paint(SHAPE).more(*some(3, 90))
    rows = painting.runs(paint.at, paint.numbers, SHAPE)
    at, numbers = painting.voxels(rows, SHAPE)
    np.testing.assert_array_equal(at, paint.at)
    np.testing.assert_array_equal(numbers, paint.numbers)
    assert painting.runs(*(np.zeros(0, np.int64),) * 2, SHAPE) == []


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ([0, 6, 0, 1, 1], "is not within the 4 x 6 x 10 voxels"), ([0, 0, 8, 11, 1], "is not within"),
        ([-1, 0, 0, 1, 1], "is not within"), ([0, 0, 3, 3, 1], "is not within"), ([0, 0, 0, 1, -2], "from 0 on"),
    ],
)  # fmt: skip
def test_what_is_no_voxel_is_refused(row, words):
    with pytest.raises(ValueError, match=words):
        painting.voxels([row], SHAPE)


def test_a_volume_too_large_for_any_memory_is_painted():
    shape = (1 << 20, 1 << 17, 1 << 13)
    voxels = Painted(Blank(shape), Paint(shape).more(np.array([5, (1 << 49) + 77]), np.array([1, 2])))
    z, y, x = np.unravel_index((1 << 49) + 77, shape)
    assert voxels[int(z), int(y), int(x) - 2 : int(x) + 2].tolist() == [0, 0, 2, 0]
