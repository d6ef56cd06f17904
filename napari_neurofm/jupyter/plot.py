"""One widget that draws any view on a page and forwards what the user does there; it decides nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import pandas as pd
import traitlets
from psygnal import Signal

from napari_neurofm.jupyter.bundle import bundle
from napari_neurofm.jupyter.loop import Loop, Once
from napari_neurofm.jupyter.snapshot import SIZE, Drawn, Snapshot
from napari_neurofm.jupyter.wire import scene_values
from neurofm.app.catalog import MAKERS
from neurofm.app.controls import ACTS, Control, controls
from neurofm.app.scene import Points, Scene, Shape, Viewport
from neurofm.app.session import Session
from neurofm.errors import NeuroFMError
from neurofm.specs import ViewSpec

HERE = Path(__file__).parent
LARGEST = 8192  # pixels along an edge that a page may ask for
FRAME = 0.1  # seconds of a step

Span = tuple[float, float]
Said = dict[str, Any]


class Plot(anywidget.AnyWidget):
    """A view of a session.

    Parameters
    ----------
    spec : the view
    session : what it shows
    state : of the view
    actions : commands of an empty view that somebody follows ("train")

    Attributes
    ----------
    picture : the scene as it was last sent
    cursor : the one time, None where the picture has none
    window : seconds of a time axis that the page shall show
    snapshot : name of the picture that stands in for it where no kernel runs
    asked : signal with the command of an empty view's button
    window_moved : signal with the (start, stop) a time axis was moved to by hand
    """

    _esm = bundle(HERE / "js" / "view.js")
    _css = HERE / "view.css"
    picture = traitlets.Dict().tag(sync=True)
    controls = traitlets.List().tag(sync=True)
    cursor = traitlets.Float(None, allow_none=True).tag(sync=True)
    window = traitlets.List().tag(sync=True)
    time = traitlets.Bool().tag(sync=True)
    snapshot = traitlets.Unicode().tag(sync=True)
    height = traitlets.Int(380).tag(sync=True)

    asked = Signal(str)
    window_moved = Signal(float, float)

    def __init__(self, spec: ViewSpec, session: Session, state: Any, actions: tuple[str, ...] = ()) -> None:
        super().__init__(time=spec.axis == "time")
        self.spec, self.session, self.state, self.actions = spec, session, state, actions
        self.viewport = Viewport(None, None, *SIZE, dark=False)
        self.scene = Scene("")
        self.loop = Loop()
        self._heard: list[tuple[str, int]] = []  # questions of pages that the next picture answers
        self._pages: set[str] = set()  # that show it
        self._left = False  # by all of them
        self._redraw, self._retime = Once(self.loop, self._follow), Once(self.loop, self._move)
        self._snapshot = Snapshot(lambda: [[self.whole(2 * SIZE[0])]])
        self.snapshot = self._snapshot.name
        self.on_msg(lambda _, said, __: self.loop.do(self._hear, said))
        for signal in (session.changed, session.selection.changed, state.events):
            signal.connect(self._redraw.ask)
        session.time_changed.connect(self._retime.ask if spec.axis == "time" else self._redraw.ask)
        self.draw()

    # ---- what it shows

    def draw(self) -> None:
        """Send the picture as it is now."""
        try:
            self.scene = self.spec.scene(self.state, self.session, self.viewport)
            with self.hold_sync():
                self.controls = [_plain(c) for c in controls(self.spec, self.state, self.session)]
                self.cursor = self.scene.cursor
                self.picture = self._values()
        finally:
            self._answer()
        self._snapshot.soon(self.loop)

    def whole(self, width: int = SIZE[0]) -> Drawn:
        """All of the picture, whatever part of it the page shows, for one that stays."""
        dark = self.viewport.dark
        return self.spec.scene(self.state, self.session, Viewport(None, None, width, SIZE[1], dark)), dark

    def show_window(self, start: float, stop: float) -> None:
        """Show these seconds of a time axis."""
        self.window = [start, stop]

    def selection(self) -> pd.DataFrame:
        """What is picked, a row per thing, in the space that this view shows."""
        return table(self.session, self.space)

    @property
    def space(self) -> str:
        """What a pick in this view is of: "unit", "time", ..."""
        return str(self.spec.hit(self.state, self.session, Shape("box", np.zeros((2, 2))))[0])

    def close(self) -> None:
        """Follow the session no more."""
        for signal in (self.session.changed, self.session.selection.changed, self.state.events):
            signal.disconnect(self._redraw.ask, missing_ok=True)
        for once in (self._retime, self._redraw):
            self.session.time_changed.disconnect(once.ask, missing_ok=True)
        self._snapshot.close()
        super().close()

    def _repr_mimebundle_(self, **how: Any) -> Any:
        data, *more = super()._repr_mimebundle_(**how)
        return self._snapshot.bundle(data), *more

    def _ipython_display_(self) -> None:
        self._snapshot.show(super()._repr_mimebundle_()[0])

    def _follow(self) -> None:
        """Draw, unless it was closed meanwhile or no page shows it any more, as when its cell was run again."""
        if self.comm is not None and not self._left:
            self.draw()

    def _values(self) -> dict[str, Any]:
        turned = getattr(self.state, "dims", "") == "3-D"
        turns = [self.state.azimuth, self.state.elevation] if turned else None
        action = self.scene.action if self.scene.action in (*self.actions, *ACTS) else ""
        return scene_values(self.scene) | {"turns": turns, "action": action}

    def _move(self) -> None:
        self.cursor = self.session.time if self.scene.cursor is not None else None

    # ---- what the user does

    def _hear(self, said: Said) -> None:
        """Do what a page says, then tell it that its next word may come."""
        if said["ack"]:
            self._heard.append((said["view"], said["ack"]))
        try:
            getattr(self, f"_on_{said['do']}")(said)
        except (NeuroFMError, ValueError, LookupError, OSError) as error:
            self.send({"say": str(error)})
        if said["do"] not in ("look", "set"):
            self._answer()

    def _answer(self) -> None:
        if self._heard:
            self.send({"acks": self._heard})
            self._heard = []

    def _on_look(self, said: Said) -> None:
        """Another part of the data, or another size or theme of the page."""
        self._pages.add(said["view"])
        self._left = False
        width, height = (min(max(int(said[k]), 16), LARGEST) for k in ("width", "height"))
        self.viewport = Viewport(_span(said["x"]), _span(said["y"]), width, height, bool(said["dark"]))
        if said["hand"] and self.time:
            self.window_moved.emit(*(self.viewport.x or self.scene.x.range))
        self._redraw.ask()

    def _on_gone(self, said: Said) -> None:
        """A page does not show it any more."""
        self._pages.discard(said["view"])
        self._left = not self._pages

    def _on_pick(self, said: Said) -> None:
        space, ids = self.spec.hit(self.state, self.session, _shape(said))
        if len(ids):
            self.session.selection.pick(space, ids, said["mode"])
        elif said["mode"] == "replace":
            # the page clears then, unless this turns out to be half of a double click
            self.send({"missed": said["click"], "view": said["view"]})

    def _on_name(self, said: Said) -> None:
        """A name of the legend."""
        space, column = self.scene.colored
        if column:
            self.session.selection.pick(space, self.session.where(space, column, said["name"]), said["mode"])

    def _on_hover(self, said: Said) -> None:
        space, ids = self.spec.hit(self.state, self.session, _shape(said))
        words = self.spec.describe(self.state, self.session, space, int(ids[0])) if len(ids) else ""
        self.send({"tip": words, "view": said["view"]})

    def _on_time(self, said: Said) -> None:
        self.session.time = float(said["seconds"])

    def _on_step(self, said: Said) -> None:
        """By seconds or frames, within what was recorded."""
        recordings = self.session.recordings.values()
        if recordings:
            low, high = min(r.start for r in recordings), max(r.stop for r in recordings)
            by = float(said["seconds"]) + FRAME * float(said["frames"])
            self.session.time = min(max(self.session.time + by, low), high)

    def _on_set(self, said: Said) -> None:
        """A control of the tool bar, or how a picture in three dimensions is turned."""
        for name, value in said["values"].items():
            setattr(self.state, name, type(getattr(self.state, name))(value))
        self._redraw.ask()  # equal values say nothing, and the page waits for its answer

    def _on_sort(self, said: Said) -> None:
        """By a column of the table, the other way round if it is sorted by that already."""
        same = self.state.sort_by == said["column"]
        self.state.descending = same and not self.state.descending
        self.state.sort_by = said["column"]

    def _on_open(self, said: Said) -> None:
        """A double click on a row of the table."""
        self.spec.activate(self.state, self.session, int(said["row"]))

    def _on_fit(self, said: Said) -> None:
        """The ranges around what is picked, where it is drawn as points."""
        picks = self.session.selection.picked
        found = [m.xy[np.isin(m.ids, picks(m.space))] for m in self.scene.marks if isinstance(m, Points)]
        if sum(map(len, found)):
            low, high = np.concatenate(found).min(0), np.concatenate(found).max(0)
            room = np.maximum(0.1 * (high - low), 1e-9)
            self.send({"fit": np.stack([low - room, high + room], 1).tolist(), "view": said["view"]})

    def _on_action(self, said: Said) -> None:
        if self.scene.action in ACTS:
            ACTS[self.scene.action](self.state, self.session)
        else:
            self.asked.emit(self.scene.action)

    def _on_clear(self, said: Said) -> None:
        self.session.selection.clear()

    def _on_undo(self, said: Said) -> None:
        self.session.undo()

    def _on_redo(self, said: Said) -> None:
        self.session.redo()

    def _on_group(self, said: Said) -> None:
        self.session.group()

    def _on_pick_group(self, said: Said) -> None:
        names = list(self.session.groups)
        if 0 < said["number"] <= len(names):
            self.session.pick_group(names[said["number"] - 1])


def table(session: Session, space: str) -> pd.DataFrame:
    """What is picked of a space, a row per thing with all that is known of it."""
    ids = session.selection.picked(space)
    if space in MAKERS:
        known = session.table(space)
        return known[known.index.isin(ids)]
    names = {"label": [session.label(space, int(id)) for id in ids]}
    return pd.DataFrame(names | {c: session.values(space, c, ids) for c in session.columns(space)}, index=ids)


def _plain(control: Control) -> dict[str, Any]:
    """A control as the page draws it."""
    choices = [[value, value or "auto"] for value in control.choices]
    return {
        "name": control.name,
        "words": control.words,
        "kind": control.kind,
        "value": control.value,
        "choices": choices,
        "low": control.low,
        "high": control.high,
    }


def _shape(said: Said) -> Shape:
    reach = said.get("reach") or (0.0, 0.0)
    return Shape(said["kind"], np.asarray(said["xy"], float).reshape(-1, 2), (float(reach[0]), float(reach[1])))


def _span(given: Any) -> Span | None:
    """A range that is not empty, or None for all."""
    if given is None:
        return None
    low, high = float(given[0]), float(given[1])
    return (low, high) if low < high else None
