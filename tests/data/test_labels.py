"""Labels that can be probed are those that say something."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from neurofm.data.labels import are_classes, kinds, known, labels_of
from neurofm.synthetic import quadrupeds


@pytest.fixture(scope="module")
def walkers():
    return quadrupeds.session(8, frames=60)


def test_frames_come_before_trials(walkers):
    assert list(labels_of(walkers)) == ["gait", "terrain", "speed", "morphology"]
    assert len(labels_of(walkers)["speed"]) == 8


def test_what_says_nothing_is_left_out(walkers):
    table = pd.DataFrame({"start": [0.0] * 8, "stop": 1.0, "same": 3, "name": list("abcdefgh"), "dose": np.arange(8.0)})
    frames = len(walkers.times)
    labels = {"whole": np.full(frames, "x"), "each": np.zeros((frames, 1)), "lick": np.arange(frames) % 2}
    assert list(labels_of(replace(walkers, labels=labels, trials=table))) == ["lick", "dose"]
    assert labels_of(replace(walkers, labels={}, trials=None)) == {}


@pytest.mark.parametrize(
    ("values", "classes", "count"),
    [
        (np.array(["a", "", "b"]), True, 2),
        (np.array([1.0, np.nan, 2.0]), True, 2),
        (np.arange(40.0), False, 40),
        (np.array([True, False]), True, 2),
        (np.array(["a", None, "b"], object), True, 2),
    ],
    ids=["words", "few numbers", "many", "flags", "objects"],
)
def test_kinds_are_of_what_is_known(values, classes, count):
    assert are_classes(values) == classes
    assert len(kinds(values)) == count
    assert known(values).sum() == (len(values) if count != 2 or len(values) == 2 else 2)
