"""What is shown of a volume: pieces for what, patches, boxes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurofm.data import spans
from neurofm.data.volume import Held, Pyramid, Volume
from neurofm.synthetic.phantoms import Plan, phantom
from neurofm.training import lessons

NAMES = ("nothing", "vessel", "cell", "axon")


@pytest.fixture(scope="module")
def volume():
    return phantom(Plan(shape=(24, 64, 160), areas=(1,), seed=3)).loaded()


def empty(shape, spacing=1.0, session="v", origin=0.0):
    return Volume(session=session, image=Pyramid((Held(np.zeros(shape)),), np.full(3, spacing), np.full(3, origin)))


def taught(volume, **more):
    parts = {"train": np.array([[0.0, 80.0]]), "valid": np.array([[90.0, 110.0]]), "test": np.array([[120.0, 160.0]])}
    return lessons.lesson(volume, "structure", NAMES, parts, **{"edge": 0, "ignored": -1, "flat": False} | more)


@pytest.mark.parametrize(
    ("shape", "spacing", "along", "length"),
    [
        ((24, 64, 160), 1.0, 2, 160),
        ((128, 250, 250), 1.0, 1, 250),
        ((8, 256, 256), (30.0, 1.0, 1.0), 0, 8),
        ((1, 300, 200), 1.0, 1, 300),
        ((96, 256, 5000), 1.0, 2, 5000),
    ],
)
def test_all_of_the_longest_axis_or_of_single_planes_is_shared_out(shape, spacing, along, length):
    source = empty(shape, spacing)
    parts = lessons.split(source, np.random.default_rng(0))
    assert lessons.axis(source) == along
    lengths = [spans.duration(each) for each in (parts.train, parts.valid, parts.test)]
    assert all(0 < each < length for each in lengths)
    assert 0.6 * length < sum(lengths) <= length
    assert lengths[0] == max(lengths)
    assert all((each == np.rint(each)).all() for each in (parts.train, parts.valid, parts.test))


def test_volumes_of_the_published_study_are_split_as_published():
    step = 1.17
    whole = empty((720, 4, 4), step, "prasad2020 image")
    cutout = empty((361, 4, 4), step, "prasad cutout", origin=110 * step)
    for source, first in ((whole, 0), (cutout, 110)):
        parts = lessons.split(source, np.random.default_rng(0))
        assert lessons.axis(source) == 0
        assert (parts.train + first).tolist() == [[110, 379]]
        assert (parts.valid + first).tolist() == [[380, 409]]
        assert (parts.test + first).tolist() == [[420, 470]]
    assert not lessons.published(empty((720, 4, 4), step, "ours"))
    assert not lessons.published(empty((30, 4, 4), step, "prasad piece"))


@pytest.mark.parametrize(
    ("shape", "spacing", "edge", "flat", "size"),
    [
        ((200, 200, 200), 1.0, 0, False, (48, 48, 48)),
        ((8, 500, 500), 1.0, 0, False, (8, 112, 112)),
        ((200, 200, 200), (4.0, 1.0, 1.0), 0, False, (12, 48, 48)),
        ((200, 200, 200), (4.0, 1.0, 1.0), 64, False, (16, 64, 64)),
        ((1, 500, 500), 1.0, 0, True, (1, 128, 128)),
        ((8, 100, 500), 1.0, 256, True, (1, 100, 256)),
        ((20, 30, 40), 1.0, 64, False, (20, 30, 40)),
    ],
)
def test_patches_are_as_long_in_micrometres_along_each_axis(shape, spacing, edge, flat, size):
    assert lessons.size(empty(shape, spacing), edge, flat=flat) == size


@pytest.mark.parametrize(
    ("spacing", "flat", "steps"),
    [
        ((1, 1, 1), False, [[2, 2, 2], [2, 2, 2]]),
        ((2, 1, 1), False, [[1, 2, 2], [2, 2, 2]]),
        ((4, 1, 1), False, [[1, 2, 2], [1, 2, 2]]),
        ((1, 1, 4), False, [[2, 2, 1], [2, 2, 1]]),
        ((1, 1, 1), True, [[1, 2, 2], [1, 2, 2]]),
    ],
)
def test_axes_whose_voxels_lie_apart_wait_for_the_others(spacing, flat, steps):
    assert lessons.strides(spacing, 3, flat=flat) == steps


def test_patches_are_voxels_of_the_volume_turned_and_only_what_may_be_learned_is_told(volume):
    lesson = taught(volume)
    rng = np.random.default_rng(0)
    drawn = [lesson.draw(rng, (125.0, 20.0)) for _ in range(12)]
    assert {image.shape for image, _ in drawn} == {lesson.size}
    told = np.concatenate([each.ravel() for _, each in drawn])
    assert set(np.unique(told)) == {-1, 0, 1, 2, 3}
    for image, each in drawn:
        dark, bright = image[each == 2], image[each == 3]
        assert not len(dark) or not len(bright) or dark.mean() < bright.mean()  # image and classes turn together


def test_a_drawn_patch_is_the_same_for_the_same_numbers(volume):
    one, same, other = (taught(volume).draw(np.random.default_rng(k), (125.0, 20.0)) for k in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(one, same))
    assert not np.array_equal(one[0], other[0])


def test_axes_that_are_not_alike_keep_their_place(volume):
    apart = volume.scaled((3.0, 1.0, 1.0))
    lesson = taught(apart, edge=24)
    turns = {lesson._turn(np.random.default_rng(k)) for k in range(40)}
    assert turns == {(0, 1, 2), (0, 2, 1)}
    assert len({taught(volume, edge=24)._turn(np.random.default_rng(k)) for k in range(60)}) == 6


def test_nothing_is_told_of_what_is_held_out(volume):
    lesson = taught(volume)
    told = lesson.examples((slice(0, 24), slice(0, 64), slice(70, 130)))
    assert (told[..., :10] >= 0).all()
    assert (told[..., 10:] == -1).all()
    for anchors in lesson.anchors:
        assert (anchors[:, 2] < 80).all()


def test_strokes_are_looked_for_where_little_is_told(volume):
    painted = np.zeros(volume.whole.shape, np.uint8)
    painted[10, 20:24, 30:40], painted[12, 40:42, 30:40] = 1, 2
    labels = {"strokes": Pyramid((Held(painted),), volume.whole.spacing)}
    source = replace(volume, labels=labels, names={"strokes": {1: "cell", 2: "other"}})
    parts = {"train": np.array([[0.0, 160.0]]), "valid": np.zeros((0, 2)), "test": np.zeros((0, 2))}
    lesson = lessons.lesson(source, "strokes", ("cell", "other"), parts, edge=32, ignored=0, flat=False)
    rng = np.random.default_rng(0)
    assert all((lesson.draw(rng, (125.0, 20.0))[1] >= 0).any() for _ in range(10))
    assert lessons.counted([lesson]) == {"cell": 40, "other": 20}
    assert any("have no label" in note for note in lessons.notes([lesson], {"cell": 40, "other": 20}))


def test_boxes_fill_a_part_or_are_drawn_from_it(volume):
    lesson, filled = taught(volume), np.zeros(volume.whole.shape, int)
    for box in lesson.boxes("test", 1e9):
        filled[box] += 1
    assert (filled[..., 120:] == 1).all()
    assert not filled[..., :120].any()
    assert len(lesson.boxes("", 1)) == 1
    ids = lesson.ids((slice(3, 5), slice(6, 8), slice(100, 103)))
    np.testing.assert_allclose(volume.place(ids.ravel())[0], np.array([3, 6, 100]) * 1.17)


def test_a_box_with_its_surroundings_begins_on_the_grid_and_ends_with_the_volume():
    box, inner = lessons.around((slice(30, 60), slice(0, 20), slice(50, 64)), (70, 64, 64), (4, 4, 4), flat=False)
    assert box == (slice(12, 70), slice(0, 36), slice(32, 64))
    assert inner == (slice(18, 48), slice(0, 20), slice(18, 32))
    flat, _ = lessons.around((slice(3, 4), slice(0, 20), slice(50, 64)), (70, 64, 64), (1, 8, 8), flat=True)
    assert flat[0] == slice(3, 4)
