"""The forest beside networks of voxels."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.synthetic.phantoms import Plan, phantom
from neurofm.training import forest, lessons

NAMES = ("nothing", "vessel", "cell", "axon")
PARTS = {"train": np.array([[0.0, 64.0]]), "valid": np.zeros((0, 2)), "test": np.array([[70.0, 96.0]])}


@pytest.fixture(scope="module")
def lesson():
    volume = phantom(Plan(shape=(16, 64, 96), areas=(1,), seed=3)).loaded()
    return lessons.lesson(volume, "structure", NAMES, PARTS, edge=0, ignored=-1, flat=False)


def test_it_does_better_than_chance_on_what_is_held_out_and_is_the_same_again(lesson):
    scores = forest.beside(lesson, NAMES, 0)
    assert scores == forest.beside(lesson, NAMES, 0)
    assert scores["dice_axon"] > 0.8
    assert scores["dice"] > 0.4


def test_features_of_a_part_are_those_of_the_whole(lesson):
    whole, part = (slice(0, 16), slice(0, 64), slice(0, 96)), (slice(4, 9), slice(20, 40), slice(30, 50))
    of_whole = forest.features(lesson, whole).reshape(16, 64, 96, -1)[part]
    difference = np.abs(forest.features(lesson, part).reshape(of_whole.shape) - of_whole)
    assert np.median(difference) < 1e-3 * np.std(of_whole)


def test_one_class_is_no_lesson(lesson):
    one = lessons.lesson(lesson.truth.volume, "structure", ("cell",), PARTS, edge=0, ignored=-1, flat=False)
    assert forest.fit([(one, one.boxes("train", 1e9)[0])], 0) is None
    assert forest.beside(one, ("cell",), 0) == {}
