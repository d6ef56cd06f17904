"""Splits: nothing is in two parts, training keeps its distance, the file's own split is kept."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofm.data import Recording, spans
from neurofm.data.split import split


def trials(count):
    start = np.arange(count) * 5.0
    return Recording(session="s", intervals={"trials": pd.DataFrame({"start": start, "stop": start + 2.0})})


@pytest.mark.parametrize("name", ["valid", "test"])
@given(seed=st.integers(0, 1000), gap=st.floats(0.0, 2.0), count=st.integers(1, 60))
def test_parts_are_apart_and_training_keeps_away(name, seed, gap, count):
    recording = trials(count)
    parts = split(recording, np.random.default_rng(seed), gap=gap)
    assert spans.duration(spans.intersect(parts.valid, parts.test)) == 0
    held = getattr(parts, name)
    assert spans.duration(spans.intersect(parts.train, spans.widen(held, gap))) < 1e-6
    assert spans.duration(held) <= 0.5 * spans.duration(recording.domain) + 1e-6


def test_whole_trials_are_drawn():
    parts = split(trials(40), np.random.default_rng(0))
    starts, stops = np.concatenate([parts.test, parts.valid]).T
    assert (starts % 5 == 0).all()
    np.testing.assert_allclose(stops - starts, 2.0)
    assert (len(parts.test), len(parts.valid)) == (8, 4)


def test_recording_without_trials_is_cut_into_blocks():
    recording = Recording(session="s", domain=np.array([[0.0, 60.0], [100.0, 140.0]]))
    parts = split(recording, np.random.default_rng(0), gap=0.0)
    assert [spans.duration(p) for p in (parts.train, parts.valid, parts.test)] == pytest.approx([70.0, 10.0, 20.0])


def test_same_seed_same_split_and_another_differs():
    first, again, other = (split(trials(40), np.random.default_rng(s)).test for s in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_files_own_split_is_kept():
    own = {
        f"{name}_domain": pd.DataFrame({"start": [k], "stop": [k + 1.0]})
        for k, name in enumerate(("train", "valid", "test"))
    }
    parts = split(Recording(session="s", intervals=own), np.random.default_rng(0))
    assert (parts.train.tolist(), parts.valid.tolist(), parts.test.tolist()) == ([[0, 1]], [[1, 2]], [[2, 3]])


def test_recording_without_time_is_refused_by_name():
    with pytest.raises(ValueError, match="recording empty holds no time"):
        split(Recording(session="empty"), np.random.default_rng(0))
