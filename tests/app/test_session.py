"""The session: what is open, how ids lead back, and what jobs bring."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import neurofm as nf
from neurofm import io
from neurofm.app.session import Session


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
