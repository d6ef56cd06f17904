"""Several things are asked at once, in the window."""

from __future__ import annotations

from typing import Any

import pytest
from qtpy.QtWidgets import QDialog

from napari_neurofm.qt import desk as module
from napari_neurofm.qt.asking import FormDialog, ask_form
from neurofm.app.options import Option

pytestmark = pytest.mark.gui
ASKED = (
    Option(
        name="least", kind="int", default=20, low=1, called="fewest voxels of a cell", words="Smaller ones are left"
    ),
    Option(name="size", kind="float", default=0.0125, low=0.0),
    Option(name="unit", kind="choice", default="nm", choices=("um", "nm")),
    Option(name="split", kind="bool", default=False),
    Option(name="name", kind="str", default="cell"),
)
DEFAULTS = {"least": 20, "size": 0.0125, "unit": "nm", "split": False, "name": "cell"}


def test_fields_are_filled_in_and_answer_as_they_are(qtbot: Any) -> None:
    dialog = FormDialog(None, "Measure", ASKED)
    qtbot.addWidget(dialog)
    assert dialog.answers() == DEFAULTS
    dialog.fields["size"].setText("1.1234567891")
    dialog.fields["split"].setChecked(True)
    dialog.fields["unit"].setCurrentText("um")
    assert dialog.answers() == DEFAULTS | {"size": 1.1234567891, "split": True, "unit": "um"}
    assert dialog.fields["least"].toolTip() == "Smaller ones are left"


def test_what_is_no_number_keeps_it_open_and_says_so(qtbot: Any) -> None:
    dialog = FormDialog(None, "Measure", ASKED)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.fields["size"].setText("wide")
    dialog.buttons.accepted.emit()
    assert dialog.isVisible()
    assert dialog.problem.text() == "size must be a number, got 'wide'"
    dialog.fields["size"].setText("2")
    dialog.buttons.accepted.emit()
    assert dialog.result() == QDialog.DialogCode.Accepted


@pytest.mark.parametrize(("code", "answers"), [(1, DEFAULTS), (0, {})])
def test_nothing_is_answered_by_who_thinks_better_of_it(
    qtbot: Any, monkeypatch: pytest.MonkeyPatch, code: int, answers: dict[str, Any]
) -> None:
    monkeypatch.setattr(FormDialog, "exec", lambda self: code)
    assert ask_form(None, "Measure", ASKED) == answers


def test_answers_that_are_refused_are_asked_for_once_more_with_why(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    answers = [DEFAULTS | {"name": "axon"}, DEFAULTS | {"name": "cell"}]

    def ask(parent: Any, title: str, options: Any, refused: str) -> dict[str, Any]:
        seen.append((title, options[-1].default, refused))
        return answers[len(seen) - 1]

    def take(given: dict[str, Any]) -> None:
        if given["name"] == "axon":
            raise ValueError("there is no axon")
        taken.append(given)

    taken: list[Any] = []
    monkeypatch.setattr(module, "ask_form", ask)
    desk.ask_form("Measure…", ASKED, take)
    assert seen == [("Measure", "cell", ""), ("Measure", "axon", "there is no axon")]
    assert taken == [DEFAULTS]
