"""A run is adapted to a recording by a menu, a button, a command, and where something failed for want of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import neurofm as nf
from neurofm.app.jobs import Job
from neurofm.app.state.log import Action
from neurofm.errors import UnknownUnits
from neurofm.runs import RunFolder

pytestmark = pytest.mark.gui
LONG = 300_000  # ms; workers load torch first, and a loaded machine takes its time


@pytest.fixture
def seen(arranged, tmp_path, monkeypatch):
    """A desk with a run that has learned from ada alone; what is submitted is noted and not run."""
    folder = tmp_path / "poyo-1"
    folder.mkdir()
    (folder / "config.json").write_text(
        '{"format": 1, "config": {}, "target": {"series": "position", "names": ["x", "y"]}, "model": "poyo"}'
    )
    (folder / "metrics.json").write_text("{}")
    (folder / "vocab.json").write_text(json.dumps({"sessions": ["ada"]}))
    arranged.session.add(RunFolder(folder))
    arranged.given = []
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(arranged.session.jobs, "submit", lambda *given, **options: arranged.given.append(given))
    return arranged


def wanted(desk):
    """Task, run and recordings of all that was submitted."""
    sources = {str(source): name for name, source in desk.session.places.items()}
    return [(task, Path(a["run"]).name, [sources[str(d)] for d in a["data"]]) for task, a, *_ in desk.given]


def click(qtbot, button, at=None):
    """In its middle, or so many pixels from its left edge."""
    from qtpy.QtCore import QPoint, Qt

    qtbot.waitUntil(button.isVisible)
    place = QPoint(button.width() // 2 if at is None else at, button.height() // 2)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton, pos=place)


def test_the_menus_of_runs_and_of_recordings_adapt(seen, qtbot, right_click, offered):
    from qtpy.QtCore import Qt

    tree = seen.widget("explorer").tree
    for row, words in (("run · poyo-1", "Adapt to bo"), ("bo", "Adapt poyo-1 to this")):
        (item,) = tree.findItems(row, Qt.MatchFlag.MatchStartsWith)
        menu = right_click(tree.viewport(), tree.visualItemRect(item).center())
        (action,) = (a for a in menu.actions() if a.text() == words)
        qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())
    assert wanted(seen) == [("finetune", "poyo-1", ["bo"])] * 2
    assert seen.given[0][1]["choose"]
    qtbot.waitUntil(seen.widget("jobs").isVisible)
    assert list(offered(seen, "run", "poyo-1")) == ["Adapt to bo", "Decode ada", "Adapt to another recording…"]
    assert not any("Adapt" in words for words in offered(seen, "source", "ada"))


def answer(qtbot, dialogs, name):
    """Press a button of the dialog that comes up, and note what it showed."""
    from qtpy.QtCore import Qt, QTimer
    from qtpy.QtWidgets import QApplication, QDialogButtonBox

    def press():
        dialog = QApplication.activeModalWidget()
        if dialog is None:
            return QTimer.singleShot(20, press)
        dialogs.append((dialog.choice(), dialog.recording.currentText(), dialog.words.text()))
        button = dialog.adapt if name == "Adapt" else dialog.buttons.button(QDialogButtonBox.StandardButton.Cancel)
        return qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    QTimer.singleShot(20, press)


def test_the_button_asks_with_the_answer_filled_in(seen, qtbot):
    dialogs: list = []
    answer(qtbot, dialogs, "Cancel")
    click(qtbot, seen.widget("explorer").adapt)
    assert seen.given == []
    answer(qtbot, dialogs, "Adapt")
    click(qtbot, seen.widget("explorer").adapt)
    assert wanted(seen) == [("finetune", "poyo-1", ["bo"])]
    assert [shown[:2] for shown in dialogs] == [(("poyo-1", "bo"), "bo (new to it)")] * 2
    assert dialogs[0][2].startswith("Learns who the units of this recording are")
    seen.session.runs.clear()
    seen.session.changed.emit("run", "poyo-1")
    qtbot.waitUntil(lambda: not seen.widget("explorer").adapt.isVisible())


def test_the_command_says_what_is_missing(arranged, qtbot):
    from napari._app_model import get_app_model

    get_app_model().commands.execute_command("napari-neurofm.adapt")
    message = arranged.widget("explorer").message
    qtbot.waitUntil(message.isVisible)
    assert message.words.text().startswith("train a model or open a run")
    assert not message.mend.isVisible()


def test_a_job_that_met_a_stranger_is_mended_by_one_click(seen, qtbot, tmp_path):
    session = seen.session
    (data,) = session.files(["bo"])
    arguments = {"run": str(session.runs["poyo-1"].path), "data": data}
    error = "the model has never seen 'bo/unit 0'; adapt it to this recording first"
    jobs = session.jobs
    job = Job(
        id=9, task="predict", arguments=arguments, title="Decode bo", folder=tmp_path, error=error, _jobs=jobs,
        code=UnknownUnits.code, action=Action(kind="predict", name="", options={"run": "poyo-1", "names": ["bo"]}),
    )  # fmt: skip
    job.state = "failed"
    jobs._jobs.append(job)
    jobs.finished.emit(job)
    message = seen.widget("explorer").message
    qtbot.waitUntil(message.isVisible)
    assert message.words.text() == f"Decode bo: {error}"
    assert message.mend.text() == seen.widget("jobs").rows[9].message.mend.text() == "Adapt poyo-1 to bo"
    assert message.mend.y() > message.words.y() + message.words.height() - 1
    click(qtbot, message.mend)
    assert not message.isVisible()
    assert wanted(seen) == [("finetune", "poyo-1", ["bo"])]
    message.tell("something else is wrong")
    assert not message.mend.isVisible()


@pytest.mark.slow
def test_the_whole_way_in_a_window(arranged, qtbot, tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    session, message = arranged.session, arranged.widget("explorer").message
    ada = session.recordings["ada"]
    session.add(nf.train("poyo", ada, tmp_path / "poyo-1", settings={"steps": 2, "dim": 16}, device="cpu"))
    session.embed("poyo-1")
    qtbot.waitUntil(message.isVisible, timeout=LONG)
    click(qtbot, message.mend)
    qtbot.waitUntil(lambda: "poyo-1-1" in session.runs, timeout=LONG)
    qtbot.waitUntil(lambda: "poyo-1-1 bo" in session.predictions, timeout=LONG)
    assert any("nf.finetune(poyo_1, [bo], choose=True" in line for line in session.recipe)


def test_the_form_asks_what_learns_where_a_run_is_adapted(seen, qtbot):
    train = seen.widget("train")
    seen.show("train")
    qtbot.waitUntil(lambda: bool(train.form.models) and train.start.count() == 2, timeout=LONG)
    assert not train.units_only.isVisible()
    train.start.setCurrentIndex(1)
    click(qtbot, train.units_only, at=10)
    click(qtbot, train.button)
    ((task, arguments, *_),) = seen.given
    assert (task, arguments["units_only"], len(arguments["data"])) == ("finetune", True, 2)
    train.start.setCurrentIndex(0)
    assert not train.units_only.isVisible()
