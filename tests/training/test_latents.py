"""Latents lead back, and those of trials are means of their moments."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from neurofm.data.ids import moments, unpack
from neurofm.synthetic import reaching
from neurofm.training.course import Rows
from neurofm.training.latents import check_trials, embedding, trial_means

SEEN = np.arange(10.0)


@pytest.fixture(scope="module")
def recording():
    return reaching.sessions(1, units=2, duration=20.0, seed=5)[0]


@pytest.fixture
def rows(recording):
    return Rows(moments(SEEN, recording.start), SEEN[:, None], [])


def test_trials_without_an_end_or_a_moment_have_no_place_in_a_latent_space(recording, rows):
    trials = pd.DataFrame({"start": [0.0, 3.0, 5.0, 90.0], "stop": [2.0, np.nan, 8.0, 91.0]})
    means = trial_means(replace(recording, intervals={"trials": trials}), rows)
    assert (means.ids.tolist(), means.values.tolist()) == ([0, 2], [[0.5], [6.0]])
    assert means.labels == [f"{recording.session}/trial {k}" for k in (0, 2)]


@pytest.mark.parametrize("start", [np.nan, 90.0])
def test_no_trial_with_a_moment_is_told(recording, rows, start):
    trials = pd.DataFrame({"start": [start], "stop": [91.0]})
    with pytest.raises(LookupError, match=r"no trial of .* holds a moment that the run sees; embed of='time'"):
        trial_means(replace(recording, intervals={"trials": trials}), rows)


@pytest.mark.parametrize("intervals", [{}, {"trials": pd.DataFrame({"start": [], "stop": []})}], ids=["none", "empty"])
def test_a_recording_without_trials_is_told(recording, intervals):
    with pytest.raises(LookupError, match="has no trials; embed its moments with of='time'"):
        check_trials(replace(recording, intervals=intervals))


def test_rows_of_several_sources_stand_behind_each_other():
    run = SimpleNamespace(name="poyo-1", path=Path("runs/poyo-1"))
    rng = np.random.default_rng(0)
    each = [
        Rows(np.arange(n), rng.normal(size=(n, 3)), [f"{s}/{k}" for k in range(n)]) for s, n in (("a", 4), ("b", 2))
    ]
    joint = embedding(run, [SimpleNamespace(session=s) for s in "ab"], each, "unit", "content")
    assert (joint.name, joint.space, joint.sessions, joint.run) == (
        "poyo-1 unit content", "unit", ("a", "b"), str(run.path),
    )  # fmt: skip
    session, local = unpack(joint.ids)
    assert (session.tolist(), local.tolist()) == ([0, 0, 0, 0, 1, 1], [0, 1, 2, 3, 0, 1])
    np.testing.assert_array_equal(joint.values, np.concatenate([rows.values for rows in each]))
    assert joint.labels[-1] == "b/1"
