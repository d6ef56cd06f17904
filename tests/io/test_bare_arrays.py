"""Spikes and counts in bare files become the same recording, whichever format holds them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.io import savemat

from neurofm import io
from neurofm.app.session import Session
from neurofm.errors import DataError
from neurofm.io import bare_arrays
from tests.io.test_contents import ragged
from tests.io.test_layout import spikes

TIMES, UNIT = spikes(seconds=60.0)
TRAINS = [TIMES[k == UNIT] for k in range(4)]
COUNTS = np.random.default_rng(0).poisson(0.7, (300, 5))


def same_spikes(recording, labels=None):
    np.testing.assert_allclose(recording.spikes.times, TIMES, atol=2e-4)
    np.testing.assert_array_equal(recording.spikes.unit, UNIT)
    assert recording.units["label"].tolist() == (labels or [f"unit {k}" for k in range(4)])


FILES = {
    "csv": lambda f: pd.DataFrame({"time (s)": TIMES, "unit": UNIT}).to_csv(f / "a.csv", index=False) or f / "a.csv",
    "ms": lambda f: pd.DataFrame({"t": TIMES * 1e3, "cluster": UNIT}).to_csv(f / "a.tsv", sep="\t") or f / "a.tsv",
    "txt": lambda f: np.savetxt(f / "a.txt", np.c_[TIMES, UNIT]) or f / "a.txt",
    "npz": lambda f: np.savez(f / "a.npz", spike_times=TIMES, spike_clusters=UNIT) or f / "a.npz",
    "pickled": lambda f: np.save(f / "a.npy", ragged(*TRAINS)[0], allow_pickle=True) or f / "a.npy",
    "cells": lambda f: savemat(f / "a.mat", {"spikes": {"times": ragged(*TRAINS)}}) or f / "a.mat",
}


@pytest.mark.parametrize("name", FILES)
def test_spikes_are_the_same_in_every_format(name, tmp_path):
    path = FILES[name](tmp_path)
    recording = io.read(path)
    same_spikes(recording)
    assert recording.session == "a"
    assert recording.paths == (str(path),)
    assert any("times: taken as" in note for note in recording.notes)


def test_what_cannot_be_told_is_asked_and_the_answer_is_kept_in_session_and_script(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, spike_times=np.round(TIMES * 30_000).astype(int), spike_clusters=UNIT)
    with pytest.raises(DataError, match=r"a.npz: time_in: .* say neurofm.read\(path, time_in=.* --as time_in="):
        io.read(path)
    how = {"time_in": "samples", "rate_hz": 30_000.0}
    session = Session()
    session.open(path, **how)
    same_spikes(session.recording())
    assert f"nf.read({str(path)!r}, time_in='samples', rate_hz=30000.0)" in session.script()
    again = Session.restore(session.save(tmp_path / "work.neurofm"))
    same_spikes(again.recording())
    assert again.script() == session.script()
    (file,) = again.files(["a"])
    same_spikes(io.read(file))  # what a worker reads


def test_counts_keep_their_bins(tmp_path):
    times = np.arange(300) * 0.02
    np.savez(tmp_path / "a.npz", counts=COUNTS.T, bin_size=0.02, speed=times**2)
    np.save(tmp_path / "b.npy", np.c_[times, COUNTS])
    np.save(tmp_path / "c.npy", COUNTS.astype(np.int64))
    for path, how in (("a.npz", {}), ("b.npy", {}), ("c.npy", {"dt": 0.02})):
        recording = io.read(tmp_path / path, **how)
        np.testing.assert_array_equal(recording.series["counts"].values, COUNTS)
        np.testing.assert_allclose(recording.domain, [[0.0, 6.0]])
        assert recording.units["label"].tolist() == [f"unit {k}" for k in range(5)]
    np.testing.assert_allclose(io.read(tmp_path / "a.npz").series["speed"].values[:, 0], times**2)
    with pytest.raises(DataError, match="dt: no array says"):
        io.read(tmp_path / "c.npy")


def test_behaviour_and_what_is_known_of_units_come_along(tmp_path):
    savemat(tmp_path / "a.mat", {"spikes": {"times": ragged(*TRAINS), "depth": [10.0, 20, 30, 40]}, "extra": 3 * [1]})
    recording = io.read(tmp_path / "a.mat")
    assert recording.units["depth"].tolist() == [10, 20, 30, 40]
    assert any("extra" in note for note in recording.notes)
    pd.DataFrame({"time": np.arange(9) * 0.1, "speed": np.linspace(0.1, 1, 9)}).to_csv(tmp_path / "b.csv", index=False)
    moving = io.read(tmp_path / "b.csv")
    np.testing.assert_allclose(moving.series["speed"].values[:, 0], np.linspace(0.1, 1, 9))


@pytest.mark.parametrize(
    ("how", "problem"),
    [
        ({"time": "when"}, "there is no 'when'; there are t, u; say neurofm.read.path, time='t'"),
        ({"holds": "counts", "time_in": "s"}, "bins are not even"),
        ({"reader": "nwb", "time": "t"}, "takes no time"),
    ],
)
def test_choices_that_do_not_fit_are_refused_in_words(how, problem, tmp_path):
    path = tmp_path / "a.csv"
    pd.DataFrame({"t": TIMES, "u": UNIT}).to_csv(path, index=False)
    with pytest.raises(DataError, match=problem):
        io.read(path, **how)
    with pytest.raises(LookupError, match=r"no setting 'tme'.*did you mean 'time'"):
        io.read(path, tme="t")


def test_times_that_do_not_fit_their_units_are_refused(tmp_path):
    np.savez(tmp_path / "a.npz", spike_times=TIMES[:-1], spike_clusters=UNIT)
    with pytest.raises(DataError, match=r"a.npz: .*'spike_times' has 1,9\d\d times for 1,9\d\d of 'spike_clusters'"):
        io.read(tmp_path / "a.npz")


def test_a_file_that_says_it_itself_takes_no_choices(golden, tmp_path):
    with pytest.raises(DataError, match="says itself how it is read"):
        io.read(golden.nwb(), time="t")
    golden.trajectory()
    pd.DataFrame({"t": TIMES, "u": UNIT}).to_csv(tmp_path / "a.csv", index=False)
    beside = io.read(tmp_path)
    assert "a.csv does not say what it holds and was left out; open it by itself" in beside.notes
    both = io.read([tmp_path / "a.csv", *map(str, tmp_path.glob("*.videoP*"))], time_in="s")
    same_spikes(both)
    assert "position" in both.series


def test_a_column_that_pandas_adds_is_neither_unit_nor_behaviour(tmp_path):
    times = np.arange(300) * 0.02
    table = pd.DataFrame({"time": times, "trial": np.arange(300) // 50} | {f"u{k}": COUNTS[:, k] for k in range(5)})
    table.to_csv(tmp_path / "a.csv")
    recording = io.read(tmp_path / "a.csv")
    assert recording.units["label"].tolist() == [f"u{k}" for k in range(5)]
    assert list(recording.series) == ["counts", "trial"]
    assert any("index" in note for note in recording.notes)
    pd.DataFrame({"x": np.sin(times)}).to_csv(tmp_path / "b.csv")
    moving = io.read(tmp_path / "b.csv", rate_hz=50.0)
    np.testing.assert_allclose(moving.series["x"].times, times, atol=1e-6)


def test_bins_that_do_not_last_as_long_as_was_said_are_refused(tmp_path):
    np.savez(tmp_path / "a.npz", counts=COUNTS, time=np.arange(300) * 20.0, dt=0.02)
    np.testing.assert_allclose(io.read(tmp_path / "a.npz").domain, [[0.0, 6.0]])
    with pytest.raises(DataError, match=r"rows of 'time' come 20 s apart, and dt says 0.02 s; leave one out"):
        io.read(tmp_path / "a.npz", dt=0.02, time_in="s")
    with pytest.raises(DataError, match=r"a.npz: time_in: 'time' goes on by 20 a bin, .* the 0.03 s"):
        io.read(tmp_path / "a.npz", dt=0.03)


def test_decimal_commas_are_read(tmp_path):
    text = "".join(f"{time:.5f};{unit}\n".replace(".", ",") for time, unit in zip(TIMES, UNIT))
    for header in ("time;unit\n", ""):
        (tmp_path / "a.csv").write_text(header + text)
        same_spikes(io.read(tmp_path / "a.csv"))


def test_columns_without_names_are_refused_in_words(tmp_path):
    (tmp_path / "a.csv").write_text("time,unit\n0.5,1,2,3\n")
    with pytest.raises(DataError, match=r"a.csv: has 2 names for 4 columns; name each column"):
        io.read(tmp_path / "a.csv")


@pytest.mark.parametrize("name", ["image", "anything"])
def test_a_lone_picture_is_no_counts(tmp_path, name):
    np.savez(tmp_path / "slice.npz", **{name: np.arange(900, dtype=np.uint8).reshape(30, 30)})
    assert not bare_arrays.accepts(tmp_path / "slice.npz")
    assert io.read(tmp_path / "slice.npz").kind == "volume"


@pytest.mark.parametrize(
    ("word", "lasts"),
    [
        ("s", 1.0), ("ms", 1e-3), ("milliseconds", 1e-3), ("us", 1e-6), ("µs", 1e-6), ("microseconds", 1e-6),
        ("ns", 1e-9), ("min", 60.0), ("hours", 3600.0), ("samples", 1 / 30_000), ("ticks", 1 / 30_000),
    ],
)  # fmt: skip
@pytest.mark.parametrize("named", [True, False])
def test_times_are_in_any_unit_that_their_name_or_a_user_says(word, lasts, named, tmp_path):
    name = f"time ({word})" if named else "time"
    pd.DataFrame({name: TIMES / lasts, "unit": UNIT}).to_csv(tmp_path / "a.csv", index=False)
    how = {} if named else {"time_in": word}
    same_spikes(io.read(tmp_path / "a.csv", **how, **({"rate_hz": 30_000.0} if word in ("samples", "ticks") else {})))
