"""Menus of a right click, made of what is on offer."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from qtpy.QtWidgets import QMenu, QWidget

from napari_neurofm.qt.message import Remedy
from neurofm.app import commands
from neurofm.app.command import Context, Entry, Host


def popup(parent: QWidget, at: Any, entries: Iterable[Entry], host: Host) -> None:
    """Show entries at a place of the screen; nothing where there are none."""
    menu = QMenu(parent)
    for entry in entries:
        menu.addAction(entry.words, partial(entry.do, host)).setEnabled(not entry.why)
    menu.aboutToHide.connect(menu.deleteLater)
    menu.popup(at)


def entries(host: Host, kind: str, name: str = "") -> list[Entry]:
    """What can be done with a thing, as it is now."""
    return commands.menu(Context(session=host.session, kind=kind, name=name))


def remedy(host: Host, job: Any) -> Remedy | None:
    """What mends a job that failed, if it met a recording that its run has never seen."""
    context = Context(session=host.session, kind="job", name=str(job.id))
    mend = next(commands.get("mend").entries(context), None)
    return None if mend is None else Remedy(mend.words, partial(mend.do, host))
