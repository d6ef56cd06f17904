"""A few painted voxels are enough to tell what the others are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurofm.data import painted as painting
from neurofm.data.volume import Held, Pyramid, Volume
from neurofm.errors import DataError
from neurofm.training import strokes

NAMES = {1: "nothing", 3: "cell"}


def discs(shape=(1, 96, 96), far=1.0):
    """Discs of textured bright voxels, some of them many times brighter, and which they are."""
    rng, places = np.random.default_rng(0), np.stack(np.indices(shape), -1)
    inside = np.zeros(shape, bool)
    grey = rng.normal(20, 4, shape)
    for k, middle in enumerate([(0, 20, 20), (0, 20, 70), (0, 70, 30), (0, 70, 75)]):
        one = np.linalg.norm(places - middle, axis=-1) < 12
        inside |= one
        grey[one] += 30 * (far if k == 3 else 1)
    return grey.astype(np.float32), inside


def volume(grey, rows, names=NAMES):
    image = Pyramid((Held(grey),), np.ones(3))
    at, numbers = painting.voxels(rows, grey.shape)
    on = painting.painted(painting.blank(image), painting.Paint(grey.shape).more(at, numbers))
    return Volume(session="a", image=image, labels={"strokes": on}, names={"strokes": names})


ROWS = [[0, 20, 14, 26, 3], [0, 45, 10, 80, 1], [0, 70, 70, 80, 3]]


@pytest.mark.parametrize("far", [1.0, 20.0])
def test_three_strokes_tell_the_discs_however_bright(far):
    grey, inside = discs(far=far)
    learned = strokes.learn(volume(grey, ROWS), "strokes")
    said = learned(volume(grey, ROWS), (slice(0, 1), slice(0, 96), slice(0, 96)))
    assert set(np.unique(said)) == {0, 3}
    assert 2 * np.count_nonzero((said == 3) & inside) / (np.count_nonzero(said) + inside.sum()) > 0.9


@pytest.mark.parametrize("shape", [(1, 96, 96), (12, 96, 96)])
def test_boxes_say_what_the_whole_says(shape):
    grey = np.broadcast_to(discs()[0], shape) + np.random.default_rng(1).normal(0, 1, shape)
    here = volume(grey.astype(np.float32), ROWS)
    learned = strokes.learn(here, "strokes")
    whole = learned(here, tuple(slice(0, n) for n in shape))
    part = (slice(0, shape[0]), slice(30, 60), slice(40, 90))
    assert (learned(here, part) == whole[part]).mean() > 0.99


def test_strokes_of_a_file_are_those_that_are_painted():
    grey, _ = discs()
    painted = volume(grey, ROWS)
    held = Pyramid((Held(painted.labels["strokes"].levels[0][:, :, :]),), np.ones(3))
    other = replace(painted, labels={"strokes": held})
    for one, more in zip(strokes.told(painted, "strokes"), strokes.told(other, "strokes")):
        np.testing.assert_array_equal(np.array(one), np.array(more))


@pytest.mark.parametrize(
    ("rows", "names", "words"),
    [
        ([], NAMES, "are missing; paint some of two numbers"), (ROWS[:1], NAMES, "are only of 'cell'"),
        (ROWS, {1: "unknown", 3: "cell"}, "are only of 'cell'"),
    ],
)  # fmt: skip
def test_strokes_of_one_number_are_refused(rows, names, words):
    with pytest.raises(DataError, match=words):
        strokes.learn(volume(discs()[0], rows, names), "strokes")


def test_an_image_in_which_is_nothing_and_strokes_of_another_size_are_refused():
    grey, _ = discs()
    with pytest.raises(DataError, match="is 7 everywhere"):
        strokes.learn(volume(np.full_like(grey, 7), ROWS), "strokes")
    small = Pyramid((Held(np.ones((1, 9, 9), np.uint8)),), np.ones(3))
    with pytest.raises(DataError, match="are 1 x 9 x 9 voxels, where the image is 1 x 96 x 96"):
        strokes.learn(replace(volume(grey, ROWS), labels={"strokes": small}), "strokes")


def test_of_any_size_only_what_is_around_strokes_is_read():
    class Huge(painting.Blank):
        def __getitem__(self, box):
            assert np.prod([s.stop - s.start for s in box], dtype=float) < 1 << 22
            return np.random.default_rng(0).normal(size=[s.stop - s.start for s in box])

    shape = (1 << 20, 1 << 14, 1 << 14)
    levels = (Huge(shape, np.dtype(float)), Held(np.random.default_rng(0).normal(size=(4, 8, 8))))
    image = Pyramid(levels, np.array([[1.0] * 3, [2048.0] * 3]))
    at, numbers = painting.voxels([[500_000, 9_000, 9_000, 9_040, 1], [500_001, 9_000, 9_000, 9_040, 2]], shape)
    on = painting.painted(painting.blank(image), painting.Paint(shape).more(at, numbers))
    here = Volume(session="a", image=image, labels={"strokes": on})
    box = (slice(500_000, 500_002), slice(9_000, 9_016), slice(9_000, 9_016))
    assert strokes.learn(here, "strokes")(here, box).shape == (2, 16, 16)
