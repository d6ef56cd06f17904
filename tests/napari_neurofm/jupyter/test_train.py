"""Train on a page: the shared form as widgets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import neurofm as nf
from napari_neurofm.jupyter.train import WAIT, Train
from neurofm.app.form import Form
from neurofm.app.session import Session
from tests import small


@pytest.fixture
def train(session: Session, options: str) -> Train:
    """A form that knows the models."""
    train = Train(Form(session))
    train.take(0, options)
    return train


def test_the_form_asks_for_what_differs_from_the_models_own(train: Train, submitted: Any) -> None:
    train.recordings.value = ("ada",)
    train.target.value = "velocity"
    train.first.fields["steps"].value = 7
    train.rest.fields["depth"].value = 1
    train.button.click()
    ((task, arguments),) = submitted.given
    assert task == "train"
    assert (arguments["model"], len(arguments["data"])) == ("poyo", 1)
    assert arguments["settings"] == {"steps": 7, "depth": 1, "target": "velocity"}


@pytest.mark.real
@pytest.mark.slow
def test_every_model_learns_a_real_recording_from_the_form(
    options: str, shared_data: Callable[[str], Path], tmp_path: Path
) -> None:
    file = shared_data("monkey_reach") / "chewie_2013-10-03_bin100ms.npz"
    session = Session([nf.read(file)], folder=tmp_path / "runs")
    train = Train(Form(session))
    train.take(0, options)
    for name in small.of_kind("recording"):
        train.model.value = name
        train.first.fields["steps"].value = 6
        train.button.click()
        assert "⚠" not in train.words.value
    for job in list(session.jobs):
        job.wait(300)
    session.jobs.close()
    assert [job.error for job in session.jobs if job.error] == []
    assert [run.config["model"] for run in session.runs.values()] == small.of_kind("recording")


def test_the_form_suits_the_recordings_and_says_why(train: Train, session: Session) -> None:
    train.recordings.value = tuple(session.recordings)
    train.model.value = "eit"
    both = train.why.value
    assert f"{train.first.fields['steps'].value:,} steps show each window about" in both
    train.recordings.value = ("ada",)
    assert train.why.value not in (both, "")
    train.recordings.value = ()
    assert train.why.value == ""


def test_the_form_asks_what_to_decode_only_where_a_model_decodes(train: Train) -> None:
    train.model.value, train.target.value = "poyo", "velocity"
    assert train.target.layout.display == ""
    assert train.form.settings()["target"] == "velocity"
    train.model.value = "mtm"
    assert train.target.layout.display == "none"
    assert "target" not in train.form.settings()


def test_the_form_refuses_what_is_out_of_range(train: Train, submitted: Any) -> None:
    train.first.fields["steps"].value = 0  # as typed on the page
    train.button.click()
    assert train.words.value == "⚠ steps must be from 1 to 1e+07, got 0"
    train.recordings.value = ()
    train.button.click()
    assert train.words.value == "⚠ choose a recording to train on"
    assert submitted.given == []


def test_models_that_cannot_be_listed_are_said(session: Session) -> None:
    train = Train(Form(session))
    assert (train.words.value, train.button.disabled) == (WAIT, True)
    train.take(1, "")
    assert train.words.value == "⚠ The models cannot be listed; reinstall NeuroFM."


def test_what_was_typed_stays_while_other_things_come(train: Train, session: Session) -> None:
    train.first.fields["steps"].value = 7
    session.group("mine", "unit", [1])
    assert train.first.fields["steps"].value == 7
    train.recordings.value = ("bo",)
    assert train.first.fields["steps"].value == 7
    session.close("bo")
    assert train.recordings.value == ()
    assert [name for name, _ in train.recordings.options] == ["ada"]


def test_a_run_that_is_adapted_stays_the_model_that_it_is(
    train: Train, add_run: Callable[..., str], submitted: Any
) -> None:
    add_run("mtm-1", "ada", model="mtm", target="")
    assert (train.units_only.layout.display, train.model.disabled) == ("none", False)
    train.start.value = "mtm-1"
    assert (train.units_only.layout.display, train.model.disabled) == ("", True)
    assert train.model.value == "mtm"
    assert train.why.value.startswith("The run keeps its sizes; 250 steps")
    train.units_only.value = True
    train.button.click()
    ((task, arguments),) = submitted.given
    assert (task, arguments["units_only"]) == ("finetune", True)


def test_the_settings_of_a_job_are_shown_to_be_changed(train: Train) -> None:
    settings = {"steps": 9, "target": "velocity"}
    job: Any = SimpleNamespace(task="train", arguments={"model": "poyo", "out": "runs/poyo-3", "settings": settings})
    train.form.fork(job)
    assert (train.model.value, train.first.fields["steps"].value, train.target.value) == ("poyo", 9, "velocity")
    assert train.words.value.startswith("Settings of poyo-3")


def test_a_closed_form_follows_nothing(session: Session) -> None:
    before = len(session.changed)
    train = Train(Form(session))
    train.close()
    assert len(session.changed) == before
    assert (len(train.form.changed), len(train.form.forked)) == (0, 0)


def test_what_is_wrong_with_what_is_chosen_is_told(train: Train, session: Session) -> None:
    assert train.warnings.value == ""
    good = session.recordings["ada"]
    series = {name: replace(s, times=s.times * 1000) for name, s in good.series.items()}
    session.add(replace(good, session="<odd>", series=series))
    train.refresh()
    assert '<div class="nf-warning">&lt;odd>: ' in train.warnings.value
    assert "as if they were milliseconds" in train.warnings.value
    train.recordings.value = ("ada",)
    assert train.warnings.value == ""
