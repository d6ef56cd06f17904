"""One widget that draws any view on a page and forwards what the user does there; it decides nothing."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import pandas as pd
import traitlets

from napari_neurofm.jupyter.bundle import bundle
from napari_neurofm.jupyter.host import Alone, Front, Host
from napari_neurofm.jupyter.loop import Loop, Once
from napari_neurofm.jupyter.page import page
from napari_neurofm.jupyter.snapshot import SIZE, Drawn, Snapshot
from napari_neurofm.jupyter.wire import control_values, scene_values
from neurofm.app import arrangement, commands, idle, summary
from neurofm.app.command import Context
from neurofm.app.pane import Pane
from neurofm.app.pictures.scene import Scene, Shape, Viewport
from neurofm.app.session import Session

HERE = Path(__file__).parent
FAILED = "This picture could not be drawn; the one before stands until something changes."
LARGEST = 8192  # pixels along an edge that a page may ask for

LENGTH = re.compile(r"[0-9.]+(px|%|r?em|d?v[hw]|vmin|vmax)|calc\(.+\)")

Size = float | str
Span = tuple[float, float]
Said = dict[str, Any]


class Plot(anywidget.AnyWidget):
    """A view of a session.

    Parameters
    ----------
    name : of the view ("latent", "latent 2")
    session : what it shows
    front : the views and panels around it, if there are any
    height, width : lengths of CSS

    Attributes
    ----------
    pane : what its gestures do
    host : what its commands ask of it
    picture : the scene as it was last sent
    cursor : the one time, None where the picture has none
    window : seconds of a time axis that the page shall show
    snapshot : name of the picture that stands in for it where no kernel runs
    """

    _esm = bundle(HERE / "js" / "view.js")
    _css = HERE / "view.css"
    picture = traitlets.Dict().tag(sync=True)
    controls = traitlets.List().tag(sync=True)
    cursor = traitlets.Float(None, allow_none=True).tag(sync=True)
    window = traitlets.List().tag(sync=True)
    time = traitlets.Bool().tag(sync=True)
    snapshot = traitlets.Unicode().tag(sync=True)
    height = traitlets.Unicode().tag(sync=True)
    width = traitlets.Unicode().tag(sync=True)

    def __init__(
        self, name: str, session: Session, front: Front | None = None, *, height: str = "380px", width: str = "100%"
    ) -> None:
        self.name, self.session = name, session
        self.pane = Pane(arrangement.spec(name), session, session.view(name))
        super().__init__(time=self.pane.time, height=height, width=width)
        self.viewport = Viewport(None, None, *SIZE, dark=False)
        self._began, self._noted = time.monotonic(), ""
        self.loop = Loop()
        self.host = Host(front or Alone(session, name, self.pane), self.send)
        self._heard: list[tuple[str, int]] = []  # questions of pages that the next picture answers
        self._pages: set[str] = set()  # that show it
        self._left = False  # by all of them
        self._redraw, self._retime = Once(self.loop, self._follow), Once(self.loop, self._move)
        self._snapshot = Snapshot(lambda: [[self.whole(2 * SIZE[0])]])
        self._idle: idle.Idle | None = None
        self.snapshot = self._snapshot.name
        self._connect()
        self.draw()

    # ---- what it shows

    @property
    def state(self) -> Any:
        """Of the view."""
        return self.pane.state

    @property
    def scene(self) -> Scene:
        """The picture that was last drawn."""
        return self.pane.picture

    def draw(self) -> None:
        """Send the picture as it is now; where that fails, the page says so and keeps the last."""
        failed = True
        try:
            scene = self.pane.scene(replace(self.viewport, seconds=time.monotonic() - self._began))
            with self.hold_sync():
                self.controls = [control_values(control) for control in self.pane.controls()]
                self.cursor = scene.cursor
                self.picture = self._values(scene)
            failed = False
        finally:
            if failed:
                self.send({"refused": FAILED})
            self._answer()
        if not scene.moves or scene.note != self._noted:
            self._snapshot.soon(self.loop)
        self._noted = scene.note

    def whole(self, width: int = SIZE[0]) -> Drawn:
        """All of the picture, whatever part of it the page shows, for one that remains."""
        dark = self.viewport.dark
        return self.pane.spec.scene(self.state, self.session, Viewport(None, None, width, SIZE[1], dark)), dark

    def show_window(self, start: float, stop: float) -> None:
        """Show these seconds of a time axis."""
        self.window = [start, stop]

    def bring(self) -> None:
        """Let pages scroll to it."""
        self.send({"bring": True})

    def picked(self) -> pd.DataFrame:
        """What is picked, a row per thing, in the space that this view shows."""
        return summary.picked(self.session, self.pane.space)

    def to_html(self, path: str | Path | None = None) -> str | Path:
        """What is shown as a page that needs no kernel: its text, or the file that it was written to.

        Raises
        ------
        DataError
            If that cannot be written.
        """
        return page([[self]], path)

    def close(self) -> None:
        """Follow the session no more."""
        for signal in (self.session.changed, self.session.selection.changed, self.state.events):
            signal.disconnect(self._redraw.ask, missing_ok=True)
        for told in (self.session.jobs.changed, self.session.jobs.finished):
            told.disconnect(self._on_job, missing_ok=True)
        for once in (self._retime, self._redraw):
            self.session.time_changed.disconnect(once.ask, missing_ok=True)
        self.session.read.disconnect(self._on_read, missing_ok=True)
        if self._idle is not None:
            self._idle.told.disconnect(self._tell, missing_ok=True)
            idle.leave(self._idle)
            self._idle = None
        self._snapshot.close()
        super().close()

    def _connect(self) -> None:
        self.on_msg(lambda _, said, __: self.loop.do(self._hear, said))
        for signal in (self.session.changed, self.session.selection.changed, self.state.events):
            signal.connect(self._redraw.ask)
        self.session.time_changed.connect(self._retime.ask if self.pane.time else self._redraw.ask)
        for told in (self.session.jobs.changed, self.session.jobs.finished):
            told.connect(self._on_job)
        self.session.read.connect(self._on_read)
        self.pane.shown.connect(self.show_window)
        self._idle = idle.of(self.session)
        self._idle.told.connect(self._tell)

    def _tell(self, words: str, kind: str) -> None:
        """What nobody asked for is told where it shows."""
        if hasattr(self.state, kind):
            self.loop.do(self.host.tell, words)

    def _repr_mimebundle_(self, **how: Any) -> Any:
        data, *more = super()._repr_mimebundle_(**how)
        return self._snapshot.bundle(data), *more

    def _ipython_display_(self) -> None:
        self._snapshot.show(super()._repr_mimebundle_()[0])

    def _follow(self) -> None:
        """Draw, unless it was closed meanwhile or no page shows it any more, as when its cell was run again."""
        if self.comm is not None and not self._left:
            self.draw()

    def _values(self, scene: Scene) -> dict[str, Any]:
        turned = getattr(self.state, "dims", "") == "3-D"
        turns = [self.state.azimuth, self.state.elevation] if turned else None
        follows = bool(scene.action) and self.host.follows(scene.action)
        words = commands.button(scene.action, self.session) if follows else ""
        if scene.action == "train" and not follows:
            scene = replace(scene, message=f"{scene.message}; session.train(...) does it in a cell")
        return scene_values(scene) | {"turns": turns, "button": words}

    def _move(self) -> None:
        self.cursor = self.session.time if self.scene.cursor is not None else None

    # ---- what the user does

    def _hear(self, said: Said) -> None:
        """Do what a page says, then tell it that its next word may come."""
        if said["ack"]:
            self._heard.append((said["view"], said["ack"]))
        self.host.page = said["view"]
        self.host.attempt(lambda: getattr(self, f"_on_{said['do']}")(said))
        if said["do"] not in ("look", "set", "turn"):  # those are answered by a picture
            self.loop.later(self._answer)  # behind what they have changed

    def _answer(self) -> None:
        if self._heard:
            self.send({"acks": self._heard})
            self._heard = []

    def _on_look(self, said: Said) -> None:
        """Another part of the data, or another size or theme of the page."""
        self._pages.add(said["view"])
        self._left = False
        width, height = (min(max(int(said[k]), 16), LARGEST) for k in ("width", "height"))
        x, y = _span(said["x"]), _span(said["y"])
        self.viewport = Viewport(x, y, width, height, bool(said["dark"]))
        if said["hand"]:
            self.pane.move((x or self.scene.x.range, y or self.scene.y.range))
        self._redraw.ask()

    def _on_gone(self, said: Said) -> None:
        """A page does not show it any more."""
        self._pages.discard(said["view"])
        self._left = not self._pages
        self.host.page = ""

    def _on_pick(self, said: Said) -> None:
        """What is under a shape; a click on nothing clears, unless it turns out to be half of a double click."""
        if not self.pane.pick(_shape(said), said["mode"]) and said["mode"] == "replace":
            self.send({"missed": said["click"], "view": said["view"]})

    def _on_drag(self, said: Said) -> None:
        """Something that was gripped is put elsewhere."""
        self.pane.drag(said["key"], *map(float, said["xy"]))

    def _on_name(self, said: Said) -> None:
        """A name of the legend."""
        self.pane.pick_named(said["name"], said["mode"])

    def _on_hover(self, said: Said) -> None:
        self.send({"tip": self.pane.hover(_shape(said)), "view": said["view"]})

    def _on_read(self, title: str) -> None:
        if title == self.pane.spec.title:
            self._redraw.ask()

    def _on_job(self, *_: Any) -> None:
        """A button says whether that is being done."""
        if self.scene.action:
            self._redraw.ask()

    def _on_time(self, said: Said) -> None:
        self.session.time = float(said["seconds"])

    def _on_step(self, said: Said) -> None:
        self.pane.step(float(said["seconds"]), float(said["frames"]))

    def _on_play(self, said: Said) -> None:
        self.pane.play(float(said["seconds"]))

    def _on_set(self, said: Said) -> None:
        """A control of the tool bar."""
        try:
            self.pane.set(said["values"])
        finally:
            self._redraw.ask()  # equal values say nothing, and the page waits for its answer

    def _on_turn(self, said: Said) -> None:
        """A drag by so many pixels since the picture was turned like that."""
        self.state.azimuth, self.state.elevation = map(float, said["turns"])
        self.pane.turn(float(said["right"]), float(said["down"]))
        self._redraw.ask()

    def _on_sort(self, said: Said) -> None:
        self.pane.sort(said["column"])

    def _on_open(self, said: Said) -> None:
        """A double click on a row of the table."""
        self.pane.activate(int(said["row"]))

    def _on_fit(self, said: Said) -> None:
        """The ranges around what is picked, where it is drawn as points."""
        ranges = self.pane.around_pick()
        if ranges is not None:
            self.send({"fit": ranges, "view": said["view"]})

    # ---- commands

    def _on_action(self, said: Said) -> None:
        """The button of an empty view."""
        commands.press(self.scene.action, self.name, self.host)

    def _on_key(self, said: Said) -> None:
        commands.do(commands.KEYS[said["key"]], self.host, kind="view", name=self.name)

    def _on_pick_group(self, said: Said) -> None:
        commands.pick_group(self.session, int(said["number"]))

    def _on_menu(self, said: Said) -> None:
        """A right click: what can be done with just this."""
        self.host.offer(Context(session=self.session, kind="view", name=self.name))

    def _on_choose(self, said: Said) -> None:
        self.host.choose(int(said["place"]))

    def _on_answer(self, said: Said) -> None:
        self.host.answer(said["text"])


def length(name: str, size: Size) -> str:
    """A size as CSS has it.

    Raises
    ------
    ValueError
        If it is neither a number of pixels nor a length of CSS.
    """
    if isinstance(size, int | float) and size > 0:
        return f"{size:g}px"
    if isinstance(size, str) and LENGTH.fullmatch(size.strip()):
        return size.strip()
    raise ValueError(f'{name} must be pixels (400) or a length of CSS ("50vh", "100%"), got {size!r}')


def _shape(said: Said) -> Shape:
    reach = said.get("reach") or (0.0, 0.0)
    return Shape(said["kind"], np.asarray(said["xy"], float).reshape(-1, 2), (float(reach[0]), float(reach[1])))


def _span(given: Any) -> Span | None:
    """A range that is not empty, or None for all."""
    if given is None:
        return None
    low, high = float(given[0]), float(given[1])
    return (low, high) if low < high else None
