"""Linked views of a session in one cell of a notebook, with what trains models and what shows the jobs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from threading import Thread
from typing import Any

import ipywidgets as widgets
import pandas as pd

from napari_neurofm.jupyter.adapt import Adapt
from napari_neurofm.jupyter.jobs import JobList
from napari_neurofm.jupyter.loop import Loop, Once
from napari_neurofm.jupyter.plot import Plot, table
from napari_neurofm.jupyter.snapshot import Snapshot
from napari_neurofm.jupyter.train import Train
from neurofm import registry
from neurofm.app.session import Session
from neurofm.app.views import warm
from neurofm.checks import check_choice
from neurofm.errors import NeuroFMError

PLACE = "neurofm.app.views"
NARROW, GAP = 330, 6  # pixels that a view has at least, and between two
THINGS = {"time": "moment"}
VIEWS = (("latent", "raster"), ("trace", "tuning"))


def view(name: str, session: Session) -> Plot:
    """One view of a session: "latent", "raster", "trace", ...; "latent 2" is a second one with choices of its own."""
    _warm()
    return _plot(name, session)


def explore(session: Session, views: Sequence[Sequence[str]] = VIEWS) -> Explorer:
    """Views of a session in a grid as wide as the cell, a row of names each; all follow the same picks and time.

    Raises
    ------
    LookupError
        If there is no such view.
    ValueError
        If there is none at all, or one twice.
    """
    names = [name for row in views for name in row]
    for name in names:
        check_choice("view", name.split(" ")[0], registry.names(PLACE))
    if not names or len(set(names)) < len(names):
        raise ValueError(f"views must be rows of different names, got {names}; a second latent space is 'latent 2'")
    _warm()
    return Explorer(session, views)


class Explorer(widgets.VBox):
    """A grid of views that share a session.

    Attributes
    ----------
    plots : the views by name
    train, adapt, jobs, opening : what the buttons on top unfold
    """

    def __init__(self, session: Session, views: Sequence[Sequence[str]] = VIEWS) -> None:
        self.session, self.loop = session, Loop()
        self.plots = {name: _plot(name, session, actions=("open", "train", "jobs")) for row in views for name in row}
        self.train, self.adapt = Train(session), Adapt(session)
        self.jobs, self.opening = JobList(session), Opening(session)
        self._panels: dict[str, Any] = {
            "Open": self.opening,
            "Train": self.train,
            "Adapt": self.adapt,
            "Jobs": self.jobs,
        }
        toggle = partial(widgets.ToggleButton, layout={"width": "auto"})
        self._buttons: dict[str, Any] = {name: toggle(description=name) for name in self._panels}
        self._summary = widgets.Label()
        bar = widgets.HBox([*self._buttons.values(), self._summary])
        grid = [_row([self.plots[name] for name in row]) for row in views if row]
        super().__init__([bar, *self._panels.values(), *grid])
        self.add_class("neurofm-explorer")
        self._views = [list(row) for row in views if row]
        self._snapshot = Snapshot(lambda: [[self.plots[name].whole() for name in row] for row in self._views])
        self._once = Once(self.loop, self._sum_up)
        self._connect()
        self._sum_up()

    def selection(self, space: str = "") -> pd.DataFrame:
        """What is picked, a row per thing: of `space`, or of what was picked in last."""
        return table(self.session, space or self.session.selection.last or "unit")

    def close(self) -> None:
        """Follow the session no more."""
        self._snapshot.close()
        for signal in self._followed():
            signal.disconnect(self._once.ask, missing_ok=True)
        for part in (*self.plots.values(), *self._panels.values()):
            part.close()
        super().close()

    def _repr_mimebundle_(self, **how: Any) -> Any:
        data = super()._repr_mimebundle_(**how)
        return self._snapshot.bundle(data)

    def _ipython_display_(self) -> None:
        self._snapshot.show(super()._repr_mimebundle_())

    def _followed(self) -> tuple[Any, ...]:
        session = self.session
        return session.changed, session.selection.changed, session.jobs.changed, session.jobs.finished

    def _connect(self) -> None:
        for signal in self._followed():
            signal.connect(self._once.ask)
        for name, panel in self._panels.items():
            panel.add_class("neurofm-panel")
            panel.layout.display = "none"
            self._buttons[name].observe(partial(self._unfold, name), "value")
        for plot in self.plots.values():
            plot.asked.connect(self._on_action)
            plot.window_moved.connect(self._mover(plot))
            plot.observe(lambda _: self._snapshot.soon(self.loop), "picture")
            plot.snapshot = self._snapshot.name

    def _mover(self, moved: Plot) -> Callable[[float, float], None]:
        """All time axes show what was moved to in one of them."""

        def move(start: float, stop: float) -> None:
            for plot in self.plots.values():
                if plot is not moved and plot.time:
                    plot.show_window(start, stop)

        return move

    def _on_action(self, action: str) -> None:
        self._buttons[action.capitalize()].value = True

    def _unfold(self, name: str, change: Any) -> None:
        self._panels[name].layout.display = "" if change["new"] else "none"
        if name == "Train":
            self.train.read()

    def _sum_up(self) -> None:
        """What is open, in one line, and how many jobs are not over."""
        session, busy = self.session, sum(not job.over for job in self.session.jobs)
        units = sum(len(r.units) for r in session.recordings.values())
        picks = {space: len(session.selection.picked(space)) for space in session.selection.spaces()}
        picked = [f"{n:,} {THINGS.get(space, space)}{'' if n == 1 else 's'} picked" for space, n in picks.items()]
        parts = [", ".join(session.recordings) or "nothing is open", f"{units:,} units", *picked]
        self._summary.value = " · ".join(parts)
        self._buttons["Jobs"].description = f"Jobs ({busy})" if busy else "Jobs"


class Opening(widgets.VBox):
    """Asks for a file that the kernel can read."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.path = widgets.Text(placeholder="a file or a run's folder", layout={"flex": "1 1 auto", "width": "auto"})
        self.button, self.words = widgets.Button(description="Open", layout={"width": "auto"}), widgets.Label()
        super().__init__([widgets.HBox([self.path, self.button]), self.words])
        self.button.on_click(lambda _: self.read())

    def read(self) -> None:
        """Open it, or say why not."""
        try:
            self.words.value = f"{self.session.open(self.path.value.strip())} is open"
        except (NeuroFMError, ValueError, LookupError, OSError) as error:
            self.words.value = f"⚠ {error}"


@cache
def _warm() -> None:
    """Load the compiled loops meanwhile, so that the first lasso need not."""
    Thread(target=warm, name="neurofm warm").start()


def _plot(name: str, session: Session, actions: tuple[str, ...] = ()) -> Plot:
    spec = registry.get(PLACE, name.split(" ")[0])
    return Plot(spec, session, session.view(name), actions)


def _row(plots: Sequence[Plot]) -> widgets.GridBox:
    share = f"max({NARROW}px, {100 / len(plots):.3f}% - {GAP}px)"  # a row breaks where its views would be too narrow
    columns = f"repeat(auto-fit, minmax(min(100%, {share}), 1fr))"
    return widgets.GridBox(plots, layout={"grid_template_columns": columns, "grid_gap": f"{GAP}px", "width": "100%"})
