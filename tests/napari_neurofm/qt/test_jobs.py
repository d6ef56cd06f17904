"""Rows of jobs offer what makes sense as they are, and a training is followed where it goes on."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from napari_neurofm.qt.jobs import JobList
from napari_neurofm.qt.train import Train
from neurofm.app.session import Session
from neurofm.synthetic.demo import demo
from tests.app.conftest import FakeHost

pytestmark = pytest.mark.gui


@pytest.fixture
def host(tmp_path) -> Any:
    return FakeHost(Session(demo(duration=5), folder=tmp_path / "runs"))


def add(host: Any, number: int, **more: Any) -> Any:
    job = SimpleNamespace(
        **{
            "id": number, "task": "train", "title": "Train", "state": "running", "over": False, "fraction": 0.5,
            "remaining": 30.0, "text": "step 5", "error": "", "arguments": {"out": "a"}, "result": {}, "action": None,
        } | more
    )  # fmt: skip
    host.session.jobs._jobs.append(job)
    return job


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ("running", {"pause", "fork", "stop"}),
        ("paused", {"resume", "fork", "stop"}),
        ("stopped", {"resume", "fork"}),
        ("done", {"fork"}),
    ],
)
def test_a_row_offers_what_makes_sense(host, qtbot, state, shown):
    rows = JobList(host)
    qtbot.addWidget(rows)
    rows.show_job(add(host, 1, state=state, over=state in ("stopped", "done")))
    buttons = rows.rows[1].buttons
    assert {name for name, button in buttons.items() if not button.isHidden()} == shown
    assert rows.words.isHidden()


def test_a_job_that_was_resumed_has_one_row(host, qtbot):
    rows, action = JobList(host), SimpleNamespace()
    qtbot.addWidget(rows)
    old = add(host, 1, state="stopped", over=True, action=action)
    rows.show_job(old)
    rows.show_job(add(host, 2, action=action))
    rows.show_job(old)  # which is told once more
    assert list(rows.rows) == [2]


def test_what_works_stands_on_top_and_what_is_over_takes_one_line(host, qtbot):
    rows = JobList(host)
    qtbot.addWidget(rows)
    first, second = (add(host, k, title=f"Train {k}", text="step 5 · loss 0.1") for k in (1, 2))
    for job in (first, second):
        rows.show_job(job)
    assert rows.column.indexOf(rows.rows[1]) == 0
    first.state, first.over, first.text = "done", True, "Done"
    rows.show_job(first)
    assert rows.column.indexOf(rows.rows[2]) == 0
    assert rows.rows[1].title.text() == "Train 1 · Done"
    assert rows.rows[1].bar.isHidden()
    assert not rows.rows[2].bar.isHidden()


def test_a_button_does_it(host, qtbot):
    stopped = []
    rows = JobList(host)
    qtbot.addWidget(rows)
    rows.show_job(add(host, 1, stop=lambda: stopped.append(1)))
    rows.rows[1].buttons["stop"].click()
    rows.rows[1].buttons["fork"].click()
    assert (stopped, host.shown) == ([1], ["train"])


def test_the_form_follows_the_training_that_goes_on(host, qtbot):
    train = Train(host)
    qtbot.addWidget(train)
    train.job = add(host, 1, state="stopped", over=True)
    train.refresh_job()
    assert not train.does.buttons["resume"].isHidden()
    train._on_job(add(host, 2, arguments={"out": "another"}))
    assert train.job.id == 1
    train._on_job(add(host, 3, text="step 9"))
    assert train.job.id == 3
    assert train.score.text() == "Train · step 9"
    train._on_job(host.session.jobs._jobs[0])
    assert train.job.id == 3
    assert train.does.buttons["resume"].isHidden()


def test_what_was_learned_is_told_until_something_else_is_chosen(host, qtbot):
    train = Train(host)
    qtbot.addWidget(train)
    train.job = add(host, 1, title="Train poyo-1", state="done", over=True, text="Done")
    train.refresh()
    assert train.score.text() == "Train poyo-1 · Done"
    train._choose(host.form.choose_sources, [])
    assert (train.job, train.score.text()) == (None, "")
    train.job = add(host, 2)
    train._choose(host.form.choose_sources, ["ada"])
    assert train.job.id == 2  # it works still
