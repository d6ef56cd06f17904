"""Linked views of a session in one cell of a notebook, with what trains models and what shows the jobs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from threading import Thread
from typing import Any

import ipywidgets as widgets
import pandas as pd
import traitlets

from napari_neurofm.jupyter.adapt import Adapt
from napari_neurofm.jupyter.jobs import JobList
from napari_neurofm.jupyter.loop import Loop, Once
from napari_neurofm.jupyter.opened import Opened
from napari_neurofm.jupyter.page import page
from napari_neurofm.jupyter.plot import Plot, Size, length
from napari_neurofm.jupyter.snapshot import Snapshot
from napari_neurofm.jupyter.train import Train
from neurofm.app import commands
from neurofm.app.arrangement import VIEWS, grid, spec
from neurofm.app.form import Form
from neurofm.app.pane import Ranges, move_together
from neurofm.app.session import Session
from neurofm.app.summary import picked, summary
from neurofm.app.views import warm
from neurofm.registry import called

NARROW, GAP = 330, 6  # pixels that a view has at least, and between two
AS_WIDE = {"width": "auto", "flex": "0 0 auto"}  # as the words on it, however long those beside it are
BUTTONS = {"open_files": "Open…", "save": "Save…", "export_script": "Script…"}  # commands that stand on top


def view(name: str, session: Session, *, height: Size = 380, width: Size = "100%") -> Plot:
    """One view of a session: "latent", "raster", "trace", ...; "latent 2" is a second one with choices of its own."""
    name = called(VIEWS, name)
    _warm()
    return Plot(name, session, height=length("height", height), width=length("width", width))


def explore(
    session: Session,
    views: Sequence[Sequence[str]] | None = None,
    *,
    height: Size | None = None,
    width: Size = "100%",
) -> Explorer:
    """Views of a session in a grid as wide as the cell, a row of names each; all follow the same picks and time.

    Unless views are named there are those that can show what is open, also of what is opened later.

    Raises
    ------
    LookupError
        If there is no such view.
    ValueError
        If there is none at all, or one twice.
    """
    views = None if views is None else _rows(views)
    names = [name for row in (grid(()) if views is None else views) for name in row]
    if not names or len(set(names)) < len(names):
        raise ValueError(f"views must be rows of different names, got {names}; a second latent space is 'latent 2'")
    tall, across = None if height is None else length("height", height), length("width", width)
    _warm()
    return Explorer(session, views, height=tall, width=across)


def _rows(views: str | Sequence[str | Sequence[str]]) -> list[list[str]]:
    """Names of views by row, in any case; one that stands alone is a row."""
    rows = [[row] if isinstance(row, str) else row for row in ([views] if isinstance(views, str) else views)]
    return [[called(VIEWS, name) for name in row] for row in rows]


class Explorer(widgets.VBox):
    """A grid of views that share a session, `height` the rows of them together and `width` across.

    Attributes
    ----------
    plots : the views by name
    opened : what is open, with menus
    train, adapt, jobs : what the switches on top unfold
    form : what is chosen for the next training
    selection : ids of what is picked, by space; it can be observed and set
    """

    selection = traitlets.Dict()
    _heard = False  # what is picked comes from the session
    _bare = False  # the panels are not shown

    def __init__(
        self,
        session: Session,
        views: Sequence[Sequence[str]] | None = None,
        *,
        height: str | None = None,
        width: str = "100%",
    ) -> None:
        self.height = height  # None: each view has its own
        self.session, self.form, self.loop = session, Form(session), Loop()
        self._usual = grid(session.sources.values()) if views is None else None  # None: they were chosen
        self.rows = [list(row) for row in self._usual or views or () if row]
        self.plots: dict[str, Plot] = {}
        self.opened = Opened(self)
        self.train, self.adapt, self.jobs = Train(self.form), Adapt(session), JobList(self.opened.host)
        self._panels: dict[str, Any] = {"train": self.train, "adapt": self.adapt, "jobs": self.jobs}
        self._switches = {name: _switch(name) for name in self._panels}
        self.buttons = {name: self._button(name, words) for name, words in BUTTONS.items()}
        self._summary, self._grid = widgets.Label(layout={"min_width": "0"}), widgets.VBox()
        bar = widgets.HBox([*self.buttons.values(), *self._switches.values(), self._summary])
        bar.add_class("neurofm-bar")
        super().__init__([bar, self.opened, *self._panels.values(), self._grid], layout={"width": width})
        self.add_class("neurofm-explorer")
        self._snapshot = Snapshot(lambda: [[self.plots[name].whole() for name in row] for row in self.rows])
        self._once = Once(self.loop, self._refresh)
        self._connect()
        self._lay_out()
        self._sum_up()

    def picked(self, space: str = "") -> pd.DataFrame:
        """What is picked, a row per thing: of `space`, or of what was picked in last."""
        return picked(self.session, space)

    def to_html(self, path: str | Path | None = None) -> str | Path:
        """What is shown as a page that needs no kernel: its text, or the file that it was written to.

        Points and rows can be picked on it, and views of the same things follow.

        Raises
        ------
        DataError
            If that cannot be written.
        """
        return page([[self.plots[name] for name in row] for row in self.rows], path)

    def close(self) -> None:
        """Follow the session no more."""
        self._snapshot.close()
        self.session.selection.changed.disconnect(self._tell_picks, missing_ok=True)
        for signal in self._followed():
            signal.disconnect(self._once.ask, missing_ok=True)
        for child in (*self.plots.values(), *self._panels.values(), self.opened):
            child.close()
        super().close()

    # ---- as a front

    @property
    def panels(self) -> tuple[str, ...]:
        """What commands can unfold."""
        return () if self._bare else tuple(self._panels)

    def show(self, name: str) -> None:
        """Bring a view or a panel into sight; a view that is not there yet comes beside one of its kind."""
        if self._bare and name in self._panels:
            raise LookupError(f"marimo shows views alone; session.{name} does it in a cell")
        if name in self._panels:
            self._switches[name].value = True
            return
        if name not in self.plots:
            spec(name)
            self._place(name)
            self._lay_out()
        self.plots[name].bring()

    def ranges(self, view: str) -> Ranges | None:
        """What is seen of a view."""
        return self.plots[view].pane.ranges if view in self.plots else None

    def ask_adapt(self, run: str) -> bool:
        """Ask in the panel for it."""
        self.show("adapt")
        self.adapt.run.value = run
        return True

    # ---- how it is built

    def _place(self, name: str) -> None:
        """Put a view behind the last of its kind, or into a row of its own."""
        kind = name.split(" ")[0]
        for row in self.rows:
            same = [place for place, other in enumerate(row) if other.split(" ")[0] == kind]
            if same:
                row.insert(same[-1] + 1, name)
                return
        self.rows.append([name])

    def _lay_out(self) -> None:
        for name in (name for row in self.rows for name in row if name not in self.plots):
            self.plots[name] = self._plot(name)
        if self.height is not None:
            share = f"calc({self.height} / {len(self.rows)} - {GAP}px)"
            for plot in self.plots.values():
                plot.height = share
        self._grid.children = [_row([self.plots[name] for name in row]) for row in self.rows]

    def _plot(self, name: str) -> Plot:
        plot = Plot(name, self.session, self)
        plot.pane.moved.connect(partial(self._move, plot))
        plot.observe(lambda _: self._snapshot.soon(self.loop), "picture")
        plot.snapshot = self._snapshot.name
        return plot

    def _move(self, moved: Plot, start: float, stop: float) -> None:
        """All time axes show what was moved to in one of them."""
        move_together([plot.pane for plot in self.plots.values()], moved.pane, start, stop)

    def _button(self, name: str, words: str) -> widgets.Button:
        button = widgets.Button(description=words, layout=AS_WIDE)
        button.on_click(lambda _: commands.do(name, self.opened.host))
        return button

    def _repr_mimebundle_(self, **how: Any) -> Any:
        data = super()._repr_mimebundle_(**how)
        return self._snapshot.bundle(data)

    def _ipython_display_(self) -> None:
        self._snapshot.show(super()._repr_mimebundle_())

    def _display_(self) -> Any:
        """What marimo shows: the same views, which it runs itself, without the panels of JupyterLab around them."""
        import marimo

        self._bare = True
        for plot in self.plots.values():
            plot.draw()  # no button leads to a panel any more
        rows = [marimo.hstack([marimo.ui.anywidget(self.plots[n]) for n in row], widths="equal") for row in self.rows]
        return marimo.vstack([marimo.ui.anywidget(self.opened), *rows])

    def _followed(self) -> tuple[Any, ...]:
        session = self.session
        return session.changed, session.selection.changed, session.jobs.changed, session.jobs.finished

    def _connect(self) -> None:
        for signal in self._followed():
            signal.connect(self._once.ask)
        self.session.selection.changed.connect(self._tell_picks)
        self._tell_picks()
        for name, panel in self._panels.items():
            panel.add_class("neurofm-panel")
            panel.layout.display = "none"
            self._switches[name].observe(partial(self._unfold, name), "value")

    def _unfold(self, name: str, change: Any) -> None:
        self._panels[name].layout.display = "" if change["new"] else "none"
        if name == "train":
            self.train.read()

    def _tell_picks(self, *_: Any) -> None:
        picks = self.session.selection
        with self._hearing():
            self.selection = {space: picks.picked(space) for space in picks.spaces()}

    @traitlets.validate("selection")
    def _pick(self, proposal: Any) -> Any:
        """Pick what it is set to; the session then tells what is picked with it."""
        if self._heard:
            return proposal["value"]
        selection = self.session.selection
        if not proposal["value"]:
            selection.clear()
        for k, (space, ids) in enumerate(proposal["value"].items()):
            selection.pick(space, ids, "add" if k else "replace")
        return self.selection

    @contextmanager
    def _hearing(self) -> Iterator[None]:
        before, self._heard = self._heard, True
        try:
            yield
        finally:
            self._heard = before

    def _refresh(self) -> None:
        self._follow()
        self._sum_up()

    def _follow(self) -> None:
        """Show the usual views of what is open by now, and those that were asked for."""
        usual = grid(self.session.sources.values())
        if self._usual in (None, usual):
            return
        here, before = ({name for row in rows for name in row} for rows in (self.rows, self._usual or ()))
        self._usual, self.rows = usual, [list(row) for row in usual]
        for name in sorted(here - before):
            if not any(name in row for row in self.rows):
                self._place(name)
        self._lay_out()
        for name in here.difference(*self.rows):
            self.plots.pop(name).close()

    def _sum_up(self) -> None:
        """What is open, in one line, and how many jobs are not over."""
        busy = sum(not job.over for job in self.session.jobs)
        self._summary.value = summary(self.session)
        self._switches["jobs"].description = f"Jobs ({busy})" if busy else "Jobs"
        self._switches["adapt"].layout.display = "" if self.session.runs else "none"


@cache
def _warm() -> None:
    """Load the compiled loops meanwhile, so that the first lasso need not."""
    Thread(target=warm, name="neurofm warm").start()


def _switch(name: str) -> widgets.ToggleButton:
    return widgets.ToggleButton(description=name.capitalize(), layout=AS_WIDE)


def _row(plots: Sequence[Plot]) -> widgets.GridBox:
    share = f"max({NARROW}px, {100 / len(plots):.3f}% - {GAP}px)"  # a row breaks where its views would be too narrow
    columns = f"repeat(auto-fit, minmax(min(100%, {share}), 1fr))"
    return widgets.GridBox(plots, layout={"grid_template_columns": columns, "grid_gap": f"{GAP}px", "width": "100%"})
