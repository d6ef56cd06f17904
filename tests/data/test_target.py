"""What is decoded: chosen from what a recording has, or refused with what that is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from neurofm.data import Recording, Series
from neurofm.data.target import CLASSES, Target, choose, class_columns, told
from neurofm.errors import DataError
from neurofm.synthetic import reaching
from neurofm.synthetic.demo import demo


@pytest.fixture(scope="module")
def recording():
    return demo(duration=60.0)[0]


@pytest.mark.parametrize(
    ("asked", "series", "names"), [("", "velocity", ("vx", "vy")), ("position", "position", ("x", "y"))]
)
def test_a_velocity_is_decoded_unless_told(recording, asked, series, names):
    target = choose([recording], asked)
    assert (target.series, target.names) == (series, names)


def test_a_class_of_the_trials_can_be_decoded(recording):
    target = choose([recording], classes_first=True)
    assert (target.series, target.kind) == ("target", CLASSES)
    series = told(recording, target).series["target"]
    assert set(np.unique(series.values)) == {0.0, 1.0}
    assert (series.values.sum(1) == 1).all()
    trials = recording.intervals["trials"]
    row = np.searchsorted(trials["start"], series.times, "right") - 1
    assert [target.names[k] for k in series.values.argmax(1)] == trials["target"].iloc[row].tolist()


def test_columns_that_count_or_time_trials_are_no_classes():
    trials = pd.DataFrame(
        {"start": np.arange(8.0), "stop": np.arange(8.0) + 0.5, "trial": np.arange(8), "stim_time": np.arange(8) % 2,
         "choice": [1.0, -1.0] * 4, "speed": np.linspace(0, 1, 8), "same": [1] * 8}
    )  # fmt: skip
    recording = replace(reaching.sessions(1, units=2, duration=10.0)[0], intervals={"trials": trials})
    assert class_columns(recording) == ["choice"]
    assert choose([recording], "choice").names == ("-1", "1")


def test_what_is_not_there_is_named_with_what_is(recording):
    with pytest.raises(DataError, match=r"has no series 'speed'; it has position, velocity, target, rewarded"):
        choose([recording], "speed")


def test_trials_of_a_class_that_is_not_among_the_targets_are_left_out(recording):
    target = choose([recording], "target")
    fewer = replace(target, names=target.names[1:])
    series = told(recording, fewer).series["target"]
    among = recording.intervals["trials"]["target"] != target.names[0]
    assert 0 < among.sum() < len(among)
    assert (series.values.sum(1) == 1).all()
    assert len(series.times) < len(told(recording, target).series["target"].times)


@pytest.mark.parametrize("dtype", [np.int64, np.float32])
def test_what_stands_still_for_long_is_not_told(dtype):
    values = np.random.default_rng(0).integers(-500, 500, (4000, 1)).cumsum(0).astype(dtype)
    values[2000:] = values[2000]
    series = Series(np.arange(4000) / 100, values, ("x",))
    known = told(Recording(session="s", series={"x": series}), Target(series="x", names=("x",))).series["x"].values
    assert np.isfinite(known[:2001]).all()
    assert np.isnan(known[2001:]).all()
    assert np.isfinite(series.values).all()
