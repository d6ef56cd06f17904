"""What the window asks its user, each answer handed on to whoever asked; nothing if the user thinks better of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import wrap
from typing import Any

from qtpy.QtWidgets import QDialog, QFileDialog, QInputDialog, QLabel, QVBoxLayout, QWidget

from napari_neurofm.qt.bar import HELP
from neurofm.app.command import Question
from neurofm.errors import NeuroFMError

WIDE = 80  # letters of a line


def ask_path(parent: QWidget, question: Question) -> list[Path]:
    """Files or a folder, by the desktop's own dialogs; none if the user thought better of it."""
    kinds = ";;".join(f"{words} ({' '.join(patterns)})" for words, patterns in question.kinds)
    if not question.kinds:
        chosen = [QFileDialog.getExistingDirectory(parent, question.title)]
    elif question.name:
        chosen = [QFileDialog.getSaveFileName(parent, question.title, question.name, kinds)[0]]
    elif question.several:
        chosen = QFileDialog.getOpenFileNames(parent, question.title, "", kinds)[0]
    else:
        chosen = [QFileDialog.getOpenFileName(parent, question.title, "", kinds)[0]]
    return [Path(name) for name in chosen if name]


def ask_name(parent: QWidget, title: str, name: str) -> str:
    """A name; "" if the user thought better of it. The last line of the title is that of the window."""
    lines = title.splitlines()
    words = "\n".join(wrapped for line in lines for wrapped in wrap(line, WIDE))
    answer, given = QInputDialog.getText(parent, lines[-1], words, text=name)
    return answer if given else ""


def until_taken(ask: Callable[[Any, str], Any], then: Callable[[Any], Any]) -> None:
    """Ask, with the answer of before and why it was refused, until one is taken or the user thinks better of it.

    Raises
    ------
    Exception
        Whatever refuses the same answer twice: who insists is told outside.
    """
    before, refused = None, ""
    while answer := ask(before, refused):
        try:
            return then(answer)
        except (NeuroFMError, ValueError, LookupError) as error:
            if answer == before:
                raise
            before, refused = answer, str(error)
    return None


def hand_on(answer: Any, then: Callable[[Any], Any]) -> None:
    """Give an answer to whoever asked, if there is one."""
    if answer:
        then(answer)


def show_keys(parent: QWidget) -> None:
    """A window with what the mouse and the keys do."""
    window = QDialog(parent)
    window.setWindowTitle("NeuroFM: mouse and keys")
    window.finished.connect(window.deleteLater)
    QVBoxLayout(window).addWidget(QLabel(HELP))
    window.show()
