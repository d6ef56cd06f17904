"""Bare arrays: what is time, unit or count is told with a reason, and what cannot be told is asked for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurofm.io import _layout
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


def told(**columns):
    asked = asking(Contents({name: np.asarray(values) for name, values in columns.items()}, table=True), Layout())
    return asked.guess.holds, asked.guess.time, asked.unsure


def test_rows_at_even_times_are_no_spikes():
    rng = np.random.default_rng(0)
    seconds = np.arange(400) * 0.02
    lap, lick = np.arange(400) // 40, (rng.random(400) < 0.1).astype(int)
    for name, values in (("lap", lap), ("lick", lick), ("unit", lap), ("who", lap)):
        assert told(time=seconds, **{name: values}) in [("samples", "time", "holds"), ("samples", "time", "")]
        jittered = np.delete(seconds + rng.normal(0, 2e-4, 400), [30, 31, 200])
        assert told(time=jittered, **{name: np.delete(values, [30, 31, 200])})[0] == "samples"
    assert told(time=seconds, counts=lick) == ("counts", "time", "")
    times, whose = spikes()
    assert told(t=times, who=whose)[0] == "spikes"
    assert told(spike_time=times, label=whose)[0] == "spikes"
    assert told(time=times, label=whose)[0] != "spikes"


def test_arrays_beside_a_time_are_samples_unless_names_speak_of_spikes():
    seconds = np.arange(400) * 0.02
    beside = {"speed": np.sin(seconds), "id": np.arange(5), "label": np.arange(400) % 3}
    for names in (("label",), ("speed", "id"), ("speed", "label")):
        asked = asking(Contents({"time": seconds} | {name: beside[name] for name in names}), Layout())
        assert (asked.guess.holds, asked.guess.time, asked.unsure) == ("samples", "time", "")
    times, whose = spikes()
    trains = {"spike_times": times, "label": whose, "speed": times}
    assert asking(Contents(trains), Layout()).guess.holds == "spikes"


@pytest.mark.parametrize("name", ["trial", "lap", "bin", "index", "frame"])
def test_numbers_of_rows_are_no_units_and_no_time(name):
    counts = np.random.default_rng(0).poisson(1.0, (60, 2))
    units, number = {"a": counts[:, 0], "b": counts[:, 1]}, {name: np.arange(60)}
    assert told(time=np.arange(60) * 0.02, **number, **units) == ("counts", "time", "")
    assert told(**number, **units) == ("counts", "", "dt")
    assert told(time_ms=np.arange(60) * 20.0, **units) == ("counts", "time_ms", "")
    moving = told(x=np.sin(counts[:, 0]), **number)
    assert moving == (("samples", name, "rate_hz") if name in ("index", "frame") else ("", "", "holds"))


@pytest.mark.parametrize(("factor", "unit"), [(1, "s"), (1e3, "ms"), (1e6, "us"), (30_000, "samples")])
def test_how_long_a_bin_lasts_tells_the_unit_of_its_times(factor, unit):
    times = np.arange(90) * 0.02 * factor
    held = Contents({"time": times}, {"counts": np.ones((90, 5), int)}, numbers={"dt": 0.02, "fs": 30_000.0})
    asked = asking(held, Layout())
    assert (asked.guess.time_in, asked.guess.dt, asked.unsure) == (unit, 0.02, "")
    asked = asking(Contents({"time": times * 3}, held.matrices), Layout(dt=0.02))
    assert asked.unsure == "time_in"
    assert f"goes on by {times[1] * 3:g} a bin" in asked.why
    given = asking(Contents({"time": times * 3}, held.matrices, numbers={"dt": 0.02}), Layout(time_in="ms"))
    assert (given.guess.time_in, given.guess.dt, given.unsure) == ("ms", 0.0, "")


def test_whole_milliseconds_beside_a_rate_are_not_taken_for_samples():
    times, whose = spikes(1e3)
    held = Contents({"spike_times": times.astype(int), "unit": whose}, numbers={"fs": 30_000.0})
    asked = asking(held, Layout())
    assert (asked.guess.time_in, asked.unsure) == ("ms", "time_in")
    assert "times a second at 30000 samples a second" in asked.why


def test_of_many_spikes_and_units_the_first_tell_the_unit(monkeypatch):
    times, whose = spikes()
    monkeypatch.setattr(_layout, "FIRST", 500)
    monkeypatch.setattr(_layout, "SOME", 2)
    late = np.where(np.arange(len(times)) < 500, times, times.astype(int) + 1_000_000)
    for held in (
        Contents({"spike_times": late, "unit": whose}),
        Contents(lists={"trains": [times[whose == 0], times[whose == 1], np.arange(9.0)]}),
    ):
        asked = asking(held, Layout())
        assert (asked.guess.time_in, asked.unsure) == ("s", "")
