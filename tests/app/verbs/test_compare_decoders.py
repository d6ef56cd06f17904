"""Decoders compared on a recording: asked for, taken in, shown, opened, kept and written as code."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from neurofm.app.pictures.controls import controls
from neurofm.app.pictures.scene import Viewport
from neurofm.app.session import Session
from neurofm.app.verbs import compare_decoders
from neurofm.app.views import table
from neurofm.errors import DataError
from neurofm.runs import RunFolder
from tests.analysis.test_decoders import imaged

VIEW = Viewport(width=300, height=600)
ROWS = [
    {"decoder": "LDA", "shown": "one bin", "scores": [0.5, 0.7], "cpu_s": 0.1, "run": ""},
    {"decoder": "POYO", "shown": "one bin", "scores": [0.8, 0.9], "cpu_s": 12.0, "run": "decoders-1-poyo-one-bin"},
    {"decoder": "ours together", "shown": "one bin", "scores": [0.6, 0.6], "cpu_s": None, "run": ""},
]


@pytest.fixture(autouse=True)
def jobs(fake_jobs):
    """No job of this test runs by itself."""


@pytest.fixture
def session(make, tmp_path):
    """A session with a rat that ran to a place in each of twelve trials."""
    rat = make.recording()
    start = 100.0 + 1.5 * np.arange(12)
    rat.intervals["trials"] = pd.DataFrame({"start": start, "stop": start + 1.0, "target": np.arange(12) % 2})
    return Session([rat], folder=tmp_path / "runs")


@pytest.fixture
def compared(session, tmp_path):
    """The same once its decoders are compared."""
    job = session.compare_decoders("rat")
    bring(session, job)
    return session


def bring(session, job):
    """Let a comparison come to its end, with a run of POYO."""
    folder = session.folder / "decoders-1" / "decoders-1-poyo-one-bin"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(
        json.dumps(
            {
                "model": "poyo",
                "spaces": ["unit", "time"],
                "format": 1,
                "config": {},
                "target": {"series": "target", "names": ["0", "1"]},
            }
        )
    )
    (folder / "metrics.json").write_text("{}")
    session.jobs.end(job, recording="rat", metric="accuracy", folder=str(folder.parent), rows=ROWS)


def test_a_job_is_asked_for_and_what_it_brings_is_a_table(session):
    job = session.compare_decoders(quick=True, seed=3)
    assert job.task == "compare_decoders"
    assert job.arguments["out"] == str(session.folder / "decoders-1")
    assert (job.arguments["recording"], job.arguments["quick"], job.arguments["seed"]) == ("rat", True, 3)
    bring(session, job)
    found = session.decoders["rat"].table
    assert found["mean accuracy"].tolist() == pytest.approx([0.6, 0.85, 0.6])
    assert found["sd"].tolist() == pytest.approx([np.std([0.5, 0.7], ddof=1), np.std([0.8, 0.9], ddof=1), 0.0])
    assert np.isnan(found["CPU s"].iloc[2])


def test_what_cannot_be_decoded_is_refused_before_a_job_begins(make, session):
    few = make.recording("few")
    few.intervals["trials"] = few.intervals["trials"].assign(target=[0, 1, 0, 1])
    nothing = make.recording("nothing")
    nothing.series.clear()
    session.add(few)
    session.add(nothing)
    with pytest.raises(DataError, match="target: is known in 4 trials; 10 or more are needed"):
        session.compare_decoders("few")
    with pytest.raises(DataError, match="has no behaviour that could be decoded"):
        session.compare_decoders("nothing")
    with pytest.raises(LookupError, match="open a recording"):
        Session().compare_decoders()
    assert list(session.jobs) == []
    assert not [a for a in session.actions if a.kind == "compare_decoders"]


def test_the_view_asks_for_it_waits_for_it_and_shows_it(session):
    state = table.State(of="decoder")
    scene = table.scene(state, session, VIEW)
    assert scene.message.startswith("Compare decoders of all kinds and our models on rat (about ")
    assert scene.action == "compare_decoders"
    session.compare_decoders()
    scene = table.scene(state, session, VIEW)
    assert (scene.message, scene.action) == ("Decoders are compared on a recording …", "jobs")
    *_, job = session.jobs
    assert not job.arguments["quick"]
    bring(session, job)
    scene = table.scene(state, session, VIEW)
    columns = {column.name: column for column in scene.marks[0].columns}
    assert columns["decoder"].text == ("LDA", "POYO", "ours together")
    assert columns["mean accuracy"].bars == pytest.approx(np.array([0.6, 0.85, 0.6]) / 0.85)
    assert columns["CPU s"].text == ("0.1", "12", "")
    assert scene.note == "3 decoders on 2 folds of rat; double-click one with a run to open it"


def test_only_there_the_view_offers_recording_and_effort(session, make):
    session.add(make.recording("cat"))
    of = lambda kind: [c.name for c in controls(table.SPEC, table.State(of=kind), session)]  # noqa: E731
    assert {"recording", "effort"} <= set(of("decoder"))
    assert not {"recording", "effort"} & set(of("unit"))
    bring(session, session.compare_decoders("rat"))
    assert "effort" not in of("decoder")


def test_names_of_runs_have_no_dots(compared):
    (mark,) = table.scene(table.State(of="decoder"), compared, VIEW).marks
    assert next(c for c in mark.columns if c.name == "run").color is None


def test_a_row_of_ours_opens_its_run_and_asks_for_what_there_is_to_see(compared):
    state = table.State(of="decoder", sort_by="mean accuracy", descending=True)
    table.activate(state, compared, 1)
    assert list(compared.runs) == []
    before = len(list(compared.jobs))
    table.activate(state, compared, 0)
    assert list(compared.runs) == ["decoders-1-poyo-one-bin"]
    asked = [(job.task, job.arguments.get("of")) for job in compared.jobs][before:]
    assert asked == [("predict", None), ("embed", "unit"), ("embed", "time")]
    table.activate(state, compared, 0)
    assert len(list(compared.jobs)) == before + 3
    with pytest.raises(LookupError, match="LDA is no model that can be opened"):
        compared.open_decoder("rat", 0)


def test_a_run_of_that_name_from_elsewhere_is_not_taken_for_it(compared, tmp_path):
    ours = compared.folder / "decoders-1" / "decoders-1-poyo-one-bin"
    other = tmp_path / "elsewhere" / ours.name
    shutil.copytree(ours, other)
    compared.add(RunFolder(other))
    assert compared.open_decoder("rat", 1) == ours.name
    assert compared.runs[ours.name].path == ours


def test_it_is_kept_and_opened_again(compared, tmp_path, monkeypatch):
    monkeypatch.setitem(ROWS[0], "scores", [None, 0.5])
    path = compared.save(tmp_path / "work.neurofm")
    again = Session.restore(path)
    pd.testing.assert_frame_equal(again.decoders["rat"].table, compared.decoders["rat"].table)
    assert again.script() == compared.script()
    assert again.open_decoder("rat", 1) == "decoders-1-poyo-one-bin"


def test_runs_that_moved_are_found_and_those_that_are_gone_keep_nothing_closed(compared, tmp_path):
    path, old = compared.save(tmp_path / "work.neurofm"), compared.folder
    old.rename(tmp_path / "elsewhere")
    again = Session.restore(path)
    with pytest.raises(DataError, match=r"decoders-1-poyo-one-bin: config.json"):
        again.open_decoder("rat", 1)
    again = Session.restore(path, moved={str(old): str(tmp_path / "elsewhere")})
    assert again.open_decoder("rat", 1) == "decoders-1-poyo-one-bin"


@pytest.mark.parametrize(
    ("key", "value"),
    [("scores", []), ("scores", [0.5]), ("scores", ["high"]), ("run", "../run"), ("cpu_s", "1"), ("extra", 1)],
)
def test_a_page_that_somebody_edited_is_refused_by_its_field(compared, tmp_path, key, value):
    page = compared.save(tmp_path / "work.neurofm") / "session.json"
    told = json.loads(page.read_text())
    told["results"]["compare_decoders"][0]["rows"][1][key] = value
    page.write_text(json.dumps(told))
    with pytest.raises(DataError, match=r"results\.compare_decoders\[0\]\.rows"):
        Session.restore(page.parent)


def test_a_page_from_before_has_none(compared, tmp_path):
    page = compared.save(tmp_path / "work.neurofm") / "session.json"
    told = json.loads(page.read_text())
    del told["results"]
    page.write_text(json.dumps(told))
    assert Session.restore(page.parent).decoders == {}


def test_the_script_does_it_again_unless_it_was_stopped(compared):
    wait = "job = session.compare_decoders('rat'{})\njob.wait()\n"
    show = "print(session.decoders['rat'].table.to_string())\n"
    assert wait.format("") + show in compared.script()
    job = compared.compare_decoders("rat", quick=True)
    assert wait.format(", quick=True") + show in compared.script()
    compared.jobs.end(job, "stopped")
    assert "quick" not in compared.script()


def test_a_recording_that_is_closed_takes_its_decoders_along(session):
    job = session.compare_decoders("rat")
    session.close("rat")
    bring(session, job)
    assert session.decoders == {}


def test_what_was_found_of_a_recording_goes_when_it_is_closed(compared):
    compared.close("rat")
    assert compared.decoders == {}


def test_another_recording_that_takes_its_name_meanwhile_gets_none_of_it(session, make):
    job = session.compare_decoders("rat")
    session.close("rat")
    session.add(make.recording("rat"))
    session.files(["rat"])
    bring(session, job)
    assert session.decoders == {}


def test_decoders_leave_rows_that_travel_as_json(files, told, tmp_path, monkeypatch):
    from neurofm.analysis import decoders

    fold = decoders.Fold({("LDA", "one bin"): 0.5, ("POYO", "one bin"): np.nan}, {("LDA", "one bin"): 0.1}, {}, {})
    asked = []
    monkeypatch.setattr(decoders, "compare", lambda recording, **how: asked.append(how) or [fold])
    result = compare_decoders.work(told, tmp_path, recording="ada", data=files[0], quick=True)
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    assert (asked[0]["folds"], asked[0]["quick"], asked[0]["folder"]) == (1, True, tmp_path / "decoders")
    assert (result["recording"], result["metric"], result["folder"]) == ("ada", "accuracy", str(tmp_path / "decoders"))
    assert [(r["decoder"], r["scores"], r["cpu_s"]) for r in result["rows"]] == [
        ("LDA", [0.5], 0.1), ("POYO", [None], None),
    ]  # fmt: skip


def test_fluorescence_is_compared_without_our_models_and_that_is_said(tmp_path):
    session = Session([imaged(planes=1)], folder=tmp_path / "runs")
    job = session.compare_decoders("calcium", quick=True)
    rows = [row | {"run": ""} for row in ROWS[:1]]
    session.jobs.end(job, recording="calcium", metric="R2", folder=str(tmp_path), rows=rows)
    note = table.scene(table.State(of="decoder"), session, VIEW).note
    assert note.endswith("of calcium; from plane0 dff, since there are no spikes, which our models need")
