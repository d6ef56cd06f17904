"""What is open, on a page: a chip each, with a menu of what can be done with it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import anywidget
import traitlets

from napari_neurofm.jupyter.bundle import bundle
from napari_neurofm.jupyter.host import Front, Host
from napari_neurofm.jupyter.loop import Loop, Once
from napari_neurofm.jupyter.plot import HERE
from neurofm.app import commands, welcome
from neurofm.app.command import Context
from neurofm.app.opened import opened, title
from neurofm.app.session import Session

Said = dict[str, Any]


class Opened(anywidget.AnyWidget):
    """Recordings, runs, maps, groups, tables and comparisons of a front's session.

    Attributes
    ----------
    rows : as they were last sent
    first : samples that stand where nothing is open, each with what opens it or does something with it
    host : what the commands of its menus ask of it
    """

    _esm = bundle(HERE / "js" / "opened.js")
    _css = HERE / "view.css"
    rows = traitlets.List().tag(sync=True)
    titles = traitlets.Dict().tag(sync=True)
    empty = traitlets.Unicode(welcome.EMPTY).tag(sync=True)
    first = traitlets.List().tag(sync=True)

    def __init__(self, front: Front) -> None:
        super().__init__(first=_samples(front.session))
        self.session, self.loop = front.session, Loop()
        self.host = Host(front, self.send)
        self._once = Once(self.loop, self.refresh)
        self.session.changed.connect(self._once.ask)
        self.on_msg(lambda _, said, __: self.loop.do(self._hear, said))
        self.refresh()

    def refresh(self) -> None:
        """Show what is open now."""
        rows = opened(self.session)
        self.titles = {row.kind: title(row.kind) for row in rows}
        self.rows = [asdict(row) for row in rows]

    def close(self) -> None:
        """Follow the session no more."""
        self.session.changed.disconnect(self._once.ask, missing_ok=True)
        super().close()

    def _hear(self, said: Said) -> None:
        self.host.page = said["view"]
        self.host.attempt(lambda: getattr(self, f"_on_{said['do']}")(said))

    def _on_gone(self, said: Said) -> None:
        self.host.page = ""

    def _on_menu(self, said: Said) -> None:
        """A click on something, or on the room between."""
        self.host.offer(self._context(said))

    def _on_show(self, said: Said) -> None:
        """A double click."""
        commands.show(self._context(said), self.host)

    def _on_command(self, said: Said) -> None:
        commands.do(said["name"], self.host)

    def _on_choose(self, said: Said) -> None:
        self.host.choose(int(said["place"]))

    def _on_answer(self, said: Said) -> None:
        self.host.answer(said["text"])

    def _context(self, said: Said) -> Context:
        return Context(session=self.session, kind=said["kind"], name=said["name"])


def _samples(session: Session) -> list[Said]:
    """Of each sample its title, a sentence, and (command, words) of its buttons."""
    return [
        {"title": row.title, "about": row.about, "does": [[e.command.name, e.words] for e in row.entries]}
        for row in welcome.from_samples(session)
    ]
