"""The session: what is open, how ids lead back, and what jobs bring."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import neurofm as nf
from neurofm import io
from neurofm.app.session import Session
from neurofm.data import Series, Spikes


def test_importing_the_session_loads_nothing_heavy():
    heavy = "{'torch', 'numba', 'umap', 'sklearn'}"
    code = f"import sys, neurofm.app.session; print(*{heavy} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == ""


def test_what_came_and_went_is_told(make, heard):
    session, a = Session(), make.recording("a")
    said = heard(session.changed)
    session.add(a)
    session.add(make.moments(a))
    session.add(make.prediction(a))
    session.close("a")
    assert said == [("source", "a"), ("embedding", "a time"), ("prediction", "a a"), ("source", "a")]


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


@pytest.mark.parametrize("form", ["one", "several", "file", "path in a list", "made of arrays"])
def test_a_session_begins_with_whatever_is_at_hand(recording, tmp_path, form):
    file = io.write(recording, tmp_path / "rat.h5")
    arrays = nf.recording(spikes=[[0.1]], session="rat")
    forms = {
        "one": recording,
        "several": [recording],
        "file": str(file),
        "path in a list": [file],
        "made of arrays": arrays,
    }
    session = Session(forms[form])
    assert list(session.sources) == ["rat"]
    assert "rat" in repr(session)


@pytest.mark.parametrize("wrong", [3, None, [3], pd.DataFrame({"a": [1]}), {"rat": 1}.items(), np.zeros(3)])
def test_what_can_not_be_open_is_refused_with_the_way_out(wrong):
    with pytest.raises(TypeError, match=r"a session takes recordings .*; arrays become one by"):
        Session(wrong)


def fewer(recording):
    here = recording.spikes.unit < 3
    spikes = Spikes(recording.spikes.times[here], recording.spikes.unit[here])
    return replace(recording, spikes=spikes, units=recording.units.iloc[:3])


def relabelled(recording):
    recording.units["region"] = ["V1"] * len(recording.units)
    return recording


CHANGES = {
    "three good units": fewer,
    "another series": lambda r: replace(r, series={"speed": Series(r.spikes.times[:9], np.ones((9, 1)), ("v",))}),
    "part of the time": lambda r: replace(r, domain=np.array([[100.0, 110.0]])),
    "no trials": lambda r: replace(r, intervals={}),
    "another name": lambda r: replace(r, session="mine"),
    "another subject": lambda r: replace(r, subject="mine"),
    "my notes": lambda r: replace(r, notes=("mine",)),
    "in place": relabelled,
}


@pytest.mark.usefixtures("fake_jobs")
@pytest.mark.parametrize("change", [*CHANGES, "in place, once it is open"])
def test_a_recording_that_differs_from_its_file_is_used_as_it_is(make, tmp_path, change):
    read = io.read(io.write(make.recording(), tmp_path / "rat.h5"))
    session = Session([read] if change not in CHANGES else [])
    recording = CHANGES.get(change, relabelled)(read)
    name = session.add(recording)
    (data,) = session.train("poyo").arguments["data"]
    opening = [line for line in session.recipe if "poyo" not in line]  # no line that trains
    again: dict[str, Any] = {}
    exec("\n".join(opening), again)
    restored = Session.restore(session.save(tmp_path / "w.neurofm"))
    for there in (io.read(data), again["session"].sources[name], restored.sources[name]):
        equal(there, recording)
    assert restored.sources[name].notes == recording.notes


def equal(a, b):
    assert (a.session, a.subject) == (b.session, b.subject)
    assert (list(a.series), list(a.intervals)) == (list(b.series), list(b.intervals))
    pd.testing.assert_frame_equal(a.units, b.units)
    for one, other in ((a.spikes.times, b.spikes.times), (a.spikes.unit, b.spikes.unit), (a.domain, b.domain)):
        np.testing.assert_array_equal(one, other)
    for one, other in zip(a.series.values(), b.series.values()):
        np.testing.assert_array_equal(one.values, other.values)
