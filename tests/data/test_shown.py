"""Whatever is shown at a prompt is one short line, and a small table in a cell, however much it holds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from neurofm.data.shown import several
from neurofm.data.trials import cut

KINDS = {
    "Recording": lambda s: s.recordings["<rat>"],
    "Series": lambda s: s.recordings["<rat>"].series["position"],
    "Spikes": lambda s: s.recordings["<rat>"].spikes,
    "Trials": lambda s: cut(s.recordings["<rat>"], 0.1),
    "Embedding": lambda s: s.embeddings["a time"],
    "Prediction": lambda s: s.predictions["a <rat>"],
    "Group": lambda s: s.groups["mine"],
    "UserTable": lambda s: s.user_tables["depths"],
    "RunFolder": lambda s: s.runs["a"],
    "Selection": lambda s: s.selection,
    "Session": lambda s: s,
}


@pytest.fixture
def session(tmp_path):
    from neurofm.app.session import Session
    from tests.app.conftest import make_moments, make_prediction, make_recording, make_run

    recording = make_recording("<rat>")
    session = Session(recording)
    session.add(make_moments(recording))
    session.add(make_prediction(recording))
    session.add(make_run(tmp_path / "a", "<rat>"))
    session.group("mine", "unit", [1])
    session.join(
        pd.DataFrame({"label": recording.unit_names, **{f"c{k}": range(5) for k in range(300)}}), name="depths"
    )
    session.selection.pick("unit", [2])
    return session


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_one_line_and_a_small_table(session, kind):
    shown = KINDS[kind](session)
    line, table = repr(shown), shown._repr_html_()
    assert line.startswith(f"<{kind} ")
    assert len(line) < 400
    assert "\n" not in line
    assert table.startswith("<table")
    assert len(table) < 4_000
    assert "<rat>" not in table  # names are text on a page
    assert "array(" not in line


def test_an_empty_one_is_shown_too():
    from neurofm.app.session import Session
    from neurofm.data import Recording, Series

    assert repr(Recording(session="none")) == "<Recording none, units 0, spikes 0>"
    assert repr(Series(np.zeros(0), np.zeros((0, 1)), ("v",))) == "<Series of v, samples 0>"
    assert repr(Session()) == "<Session nothing is open>"


@pytest.mark.parametrize(
    ("count", "text"), [(0, ""), (2, "0, 1"), (6, "0, 1, 2, 3, 4, 5"), (1200, "0, 1, 2, 3, 4, 5, … (1,200)")]
)
def test_of_many_names_some_are_listed(count, text):
    assert several(range(count)) == text
