"""The session: what is open, how ids lead back, and what jobs bring."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from neurofm.app.session import Session
from neurofm.data.ids import pack, unpack


def test_importing_the_session_loads_nothing_heavy():
    heavy = "{'torch', 'numba', 'umap', 'sklearn'}"
    code = f"import sys, neurofm.app.session; print(*{heavy} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == ""


def test_recordings_are_numbered_in_the_order_of_opening_and_numbers_are_not_used_twice(make):
    session = Session([make.recording("a"), make.recording("b")])
    session.close("a")
    session.add(make.recording("c"))
    session.add(make.recording("a"))
    assert [session.number(n) for n in ("b", "c", "a")] == [1, 2, 3]


def test_an_embedding_gets_the_numbers_of_this_session(make):
    a, b, c = (make.recording(n) for n in "abc")
    session = Session([c, a, b])
    session.add(make.units(a, b))
    number, local = unpack(session.embeddings["a unit"].ids)
    assert number.tolist() == [1] * 5 + [2] * 5
    assert local.tolist() == [*range(5)] * 2
    labels = [session.label("unit", int(i)) for i in session.embeddings["a unit"].ids]
    assert labels == list(session.embeddings["a unit"].labels)


def test_rows_of_recordings_that_are_not_open_are_left_out(make):
    a, b = make.recording("a"), make.recording("b")
    session = Session([b])
    session.add(make.units(a, b))
    assert session.embeddings["a unit"].labels == tuple(b.unit_names)
    with pytest.raises(LookupError, match="is of a, which is not open"):
        session.add(make.units(a))


def test_what_came_and_went_is_told(make, heard):
    session, a = Session(), make.recording("a")
    said = heard(session.changed)
    session.add(a)
    session.add(make.moments(a))
    session.add(make.prediction(a))
    session.close("a")
    assert said == [("source", "a"), ("embedding", "a time"), ("prediction", "a a"), ("source", "a")]


def test_a_trial_picks_its_moments_and_a_moment_its_trial(session):
    trials = session.recordings["rat"].intervals["trials"]
    session.selection.pick("trial", [1])
    times = unpack(session.selection.picked("time"))[1] / 1e6 + 100
    assert len(times)
    assert ((times >= trials["start"][1]) & (times < trials["stop"][1])).all()
    every = np.unique(np.concatenate([session.embeddings["a time"].ids, session.predictions["a rat"].ids]))
    at = every / 1e6 + 100
    assert len(times) == ((at >= trials["start"][1] - 1e-9) & (at < trials["stop"][1] - 1e-9)).sum()
    session.selection.pick("time", session.selection.picked("time")[:1])
    assert session.selection.picked("trial").tolist() == [1]


def test_a_session_on_the_map_picks_its_units(make):
    a, b = make.recording("a"), make.recording("b", units=3)
    session = Session([a, b])
    units = make.units(a, b)
    session.add(
        replace(units, name="s", space="session", ids=pack([0, 1], 0), values=units.values[:2], xy=units.xy[:2])
    )
    session.selection.pick("session", pack([1], 0))
    assert session.selection.picked("unit").tolist() == pack(1, np.arange(3)).tolist()


def test_spans_are_as_long_as_the_moments_are_apart(session):
    ids = session.embeddings["a time"].ids
    assert np.allclose(session.spans_of(ids[[3]]), [[101.5, 102.0]], atol=1e-3)
    assert np.allclose(session.spans_of(ids[2:6]), [[101.0, 103.0]], atol=1e-3)
    assert np.allclose(session.spans_of(ids[[2, 9]]), [[101.0, 101.5], [104.5, 105.0]], atol=1e-3)
    sample = session.predictions["a rat"].ids[[7]]
    assert np.allclose(session.spans_of(sample), [[100.65, 100.75]], atol=1e-3)
    assert session.spans_of(pack([5], [0])).shape == (0, 2)


def test_moments_are_those_shown_else_the_samples_of_behaviour(make):
    a = make.recording("a")
    session = Session([a])
    assert session.moments("a", 101.05, 101.45).tolist() == [1_100_000, 1_200_000, 1_300_000, 1_400_000]
    session.add(make.moments(a))
    assert session.moments("a", 101, 102).tolist() == [1_250_000, 1_750_000]
    assert session.moment("a", 101.3, 0.2).tolist() == [1_250_000]
    assert session.moment("a", 101.5, 0.2).tolist() == []
    assert session.moments("a", 50, 60).tolist() == []


def test_there_is_one_time_and_equal_times_tell_nothing(session, heard):
    assert session.time == 100.0
    said = heard(session.time_changed)
    session.time = 103.5
    session.set_time(103.5)
    assert session.time == 103.5
    assert said == [(103.5,)]


def test_columns_of_moments_are_measured_at_those_moments(session):
    series = session.recordings["rat"].series["position"]
    ids = session.predictions["a rat"].ids
    assert np.allclose(session.values("time", "time", ids), series.times)
    assert np.allclose(session.values("time", "position.y", ids), series.values[:, 1])
    velocity = np.gradient(series.values, series.times, axis=0)
    assert np.allclose(session.values("time", "speed", ids), np.hypot(*velocity.T))
    trial = session.values("time", "trial", ids)
    assert np.nanmax(trial) == 3
    assert np.isnan(trial[0])
    assert set(session.values("time", "session", ids)) == {"rat"}
    with pytest.raises(LookupError, match="nothing that is open has 'mood' of moments; there are time, session, "):
        session.values("time", "mood", ids)


def test_things_have_names_a_user_knows(session):
    assert session.label("unit", 2) == "rat/u2"
    assert session.label("trial", 1) == "rat/trial 1"
    assert session.label("time", 2_500_000) == "rat 102.500 s"
    assert session.label("unit", int(pack(9, 1))) == ""


def test_a_region_has_one_colour_whichever_units_are_shown(session):
    every = session.colors("region", "unit", np.arange(5))
    assert np.array_equal(session.colors("region", "unit", np.array([2, 4])).rgba, every.rgba[[2, 4]])
    assert [words for words, _ in every.legend] == ["CA1", "CA3", "none"]
    assert np.array_equal(every.rgba[0], every.rgba[2])
    assert not np.array_equal(every.rgba[0], every.rgba[1])


def test_an_unknown_column_is_ink_not_an_error(session):
    coloring = session.colors("mood", "unit", np.arange(5), dark=True)
    assert (coloring.rgba == 255).all()
    assert coloring.legend == ()


def test_what_was_made_in_python_by_a_run_is_traced_back_to_it(make, tmp_path):
    a, run = make.recording("a"), tmp_path / "run-1"
    make.run(run, "a")
    session = Session([a])
    session.add(replace(make.units(a), run=str(run)))
    session.add(replace(make.prediction(a), run=str(run)))
    session.add(make.moments(a))  # of a run that is nowhere: nothing to write
    assert [(x.kind, x.name) for x in session.actions[1:]] == [
        ("load", "run-1"),
        ("embed", "a unit"),
        ("predict", "run-1 a"),
    ]


# ---- what jobs bring


def test_previews_do_not_make_the_tables_anew(session, make, recording):
    before = session.table("unit")
    session.add(make.units(recording))
    assert session.table("unit") is before
    session.add(make.recording("another"))
    assert len(session.table("unit")) == 10


def test_a_trial_without_a_time_picks_nothing(make):
    recording = make.recording("a")
    trials = recording.intervals["trials"].copy()
    trials.loc[1, ["start", "stop"]] = np.nan
    session = Session([replace(recording, intervals={"trials": trials})])
    session.selection.pick("trial", [1])
    assert session.selection.spaces() == ["trial"]
    session.selection.pick("trial", [2])
    assert len(session.selection.picked("time")) == 20
