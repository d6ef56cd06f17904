"""A run is adapted to a recording on a page: by the panel, the form, and where a job failed for want of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from napari_neurofm.jupyter import Explorer, explore
from napari_neurofm.jupyter.jobs import JobRow
from neurofm.app._run import RunCard
from neurofm.app.job import Job
from neurofm.app.options import ModelOptions
from neurofm.app.session import Session

Given = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def given(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Given:
    """What is submitted, and never run."""
    noted: Given = []

    def submit(task: str, arguments: dict[str, Any], title: str = "") -> Any:
        noted.append((task, arguments))
        return SimpleNamespace(title=title)

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(session.jobs, "submit", submit)
    return noted


@pytest.fixture
def add_run(session: Session, tmp_path: Path) -> Callable[..., str]:
    """Makes a run that has learned from some recordings, as far as a front can tell."""

    def add(name: str, *seen: str, model: str = "poyo") -> str:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "config.json").write_text(json.dumps({"model": model}))
        (folder / "metrics.json").write_text("{}")
        (folder / "vocab.json").write_text(json.dumps({"sessions": seen}))
        return session.add(RunCard(folder))

    return add


def test_the_panel_asks_with_the_answer_filled_in(session: Session, given: Given, add_run: Callable[..., str]) -> None:
    explorer: Explorer = explore(session)
    panel = explorer.adapt
    assert panel.layout.display == "none"
    explorer._buttons["Adapt"].value = True
    assert panel.layout.display == ""
    assert panel.button.disabled
    assert panel.words.value.startswith("train a model or open a run")
    add_run("poyo-1", "ada")
    add_run("poyo-2", "bo")
    assert (panel.run.value, panel.recording.value) == ("poyo-2", "ada")
    panel.run.value = "poyo-1"
    assert (panel.recording.value, panel.recording.label) == ("bo", "bo (new to it)")
    assert panel.words.value.startswith("Learns who the units of this recording are")
    panel.button.click()
    ((task, arguments),) = given
    assert (task, Path(arguments["run"]).name, arguments["units_only"]) == ("finetune", "poyo-1", True)
    assert arguments["data"] == session._data(["bo"])
    assert panel.words.value == "Adapt poyo-1 to bo: see the jobs for how far it is."


def test_a_choice_stays_while_other_things_come(session: Session, add_run: Callable[..., str]) -> None:
    panel = explore(session).adapt
    add_run("poyo-1", "ada")
    panel.recording.value = "ada"
    session.group("mine", "unit", [1])
    assert panel.recording.value == "ada"


def test_a_job_that_met_a_stranger_has_a_button(
    session: Session, given: Given, add_run: Callable[..., str], tmp_path: Path
) -> None:
    add_run("poyo-1", "ada")
    arguments = {"run": str(session.runs["poyo-1"].path), "data": session._data(["bo"])[0]}
    job = Job(id=1, task="predict", arguments=arguments, title="Decode bo", folder=tmp_path, _jobs=session.jobs)
    row = JobRow(session, job)
    assert row.buttons["Adapt"].layout.display == "none"
    job.state, job.error = "failed", "the model has never seen 'bo/unit 0'; adapt it to this recording first"
    row.refresh()
    assert row.buttons["Adapt"].layout.display == ""
    row.buttons["Adapt"].click()
    ((task, asked),) = given
    assert (task, asked["data"]) == ("finetune", session._data(["bo"]))


def test_the_form_asks_what_learns_where_a_run_is_adapted(
    session: Session, given: Given, add_run: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    train = explore(session).train
    monkeypatch.setattr(train, "settings", dict)
    train.models = {"poyo": ModelOptions(name="poyo", title="POYO", paper="", config=(), schedule=())}
    train.model.options = [("POYO", "poyo")]
    add_run("poyo-1", "ada")
    assert train.units_only.layout.display == "none"
    train.start.value = "poyo-1"
    assert train.units_only.layout.display == ""
    assert train.model.disabled
    assert train.why.value.startswith("The run keeps its sizes; 250 steps")
    train.units_only.value = True
    train.button.click()
    ((task, arguments),) = given
    assert (task, arguments["units_only"]) == ("finetune", True)
