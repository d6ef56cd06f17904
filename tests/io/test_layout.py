"""Bare arrays: what is time, unit or count is told with a reason, and what cannot be told is asked for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurofm.io._contents import Contents
from neurofm.io._layout import Layout, asking, scale


def spikes(factor=1.0, rate=8.0, seconds=200.0, units=4, seed=0):
    """Times and units as a sorter gives them: no two spikes of a unit within 2 ms."""
    rng = np.random.default_rng(seed)
    trains = [np.cumsum(0.002 + rng.exponential(1 / rate, int(seconds * rate))) for _ in range(units)]
    times, unit = np.concatenate(trains), np.repeat(np.arange(units), [len(train) for train in trains])
    order = np.argsort(times)
    return times[order] * factor, unit[order]


def table(**columns):
    return Contents({name.replace("_", " "): np.asarray(values) for name, values in columns.items()}, table=True)


@settings(max_examples=15, deadline=None)
@given(rate=st.floats(0.5, 40), seed=st.integers(0, 99), unit=st.sampled_from(["s", "ms"]))
def test_fractions_are_never_taken_for_another_unit(rate, seed, unit):
    times, whose = spikes({"s": 1, "ms": 1e3}[unit], rate, seed=seed)
    asked = asking(table(t=times, cluster=whose), Layout())
    assert asked.guess.holds == "spikes"
    assert asked.guess.time_in == unit or asked.unsure == "time_in"


@pytest.mark.parametrize(("factor", "unit"), [(1, "s"), (1e3, "ms")])
def test_usual_rates_are_told_and_the_reason_given(factor, unit):
    times, whose = spikes(factor)
    asked = asking(table(t=times, cluster=whose), Layout())
    assert (asked.unsure, asked.guess.time_in) == ("", unit)
    assert "times a second" in asked.told[-1]


def test_whole_numbers_are_asked_about_unless_the_file_says_how_many_there_are_a_second():
    times, whose = spikes(30_000)
    vectors = {"spike_times": times.astype(int), "spike_clusters": whose}
    asked = asking(Contents(vectors), Layout())
    assert asked.unsure == "time_in"
    assert "ms, us or samples" in asked.why
    known = asking(Contents(vectors, numbers={"fs": 30_000.0}), Layout())
    assert (known.unsure, known.guess.time_in, scale(known.guess)) == ("", "samples", 1 / 30_000)
    assert asking(Contents(vectors), Layout(time_in="samples")).unsure == "rate_hz"
    assert asking(Contents(vectors), Layout(time_in="ms")).unsure == ""


@pytest.mark.parametrize(("name", "unit"), [("time (ms)", "ms"), ("spike_time_us", "us"), ("t_s", "s")])
def test_a_unit_in_a_name_is_believed(name, unit):
    times, whose = spikes(1e6)
    held = Contents({name: times, "neuron": whose}, table=True)
    assert asking(held, Layout()).guess.time_in == unit


def test_tables_are_told_apart():
    rng = np.random.default_rng(0)
    counts = rng.poisson(1.0, (50, 3))
    seconds = np.arange(50) * 0.02
    columns = {f"u{k}": counts[:, k] for k in range(3)}
    binned = asking(Contents({"time": seconds} | columns, table=True), Layout())
    assert (binned.guess.holds, binned.guess.time, binned.unsure) == ("counts", "time", "")
    assert asking(Contents({"column 1": seconds} | columns, table=True), Layout()).guess.time == "column 1"
    assert asking(Contents(columns, table=True), Layout()).unsure == "dt"
    moving = Contents({"time": seconds, "speed": rng.normal(size=50)}, table=True)
    assert asking(moving, Layout()).guess.holds == "samples"
    ragged = Contents({"a": np.array([0.1, 0.2, 0.3]), "b": np.array([0.1, 0.4, np.nan])}, table=True)
    assert asking(ragged, Layout()).guess.holds == "trains"
    words = Contents({"region": np.array(["CA1", "DG"]), "depth": np.array([1.5, 2.5])}, table=True)
    assert asking(words, Layout()).unsure == "holds"


@pytest.mark.parametrize(("shape", "rows"), [((1000, 20), "bin"), ((20, 1000), "unit"), ((30, 40), "")])
def test_which_axis_of_counts_is_time_is_told_or_asked(shape, rows):
    held = Contents(matrices={"counts": np.ones(shape, int)}, numbers={"dt": 0.05})
    asked = asking(held, Layout())
    assert (asked.guess.rows, asked.guess.dt) == (rows, 0.05)
    assert asked.unsure == ("" if rows else "rows")
    beside = Contents({"time": np.arange(40) * 0.05}, {"counts": np.ones((30, 40), int)})
    assert asking(beside, Layout()).guess.rows == "unit"


def test_what_was_given_is_taken():
    times, whose = spikes()
    held = Contents({"when": times, "who": whose, "size": times})
    asked = asking(held, Layout(holds="spikes", time="when", unit="who", time_in="s"))
    assert asked.unsure == ""
    assert asked.choices["time"] == ("", "when", "who", "size")
    assert asking(held, Layout(holds="spikes")).unsure == "time"
