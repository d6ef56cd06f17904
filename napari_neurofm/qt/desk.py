"""One viewer's session and the docks around it."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any
from weakref import WeakValueDictionary, ref

import numpy as np
import pandas as pd
from napari.utils import progress
from napari.utils.notifications import show_error, show_info
from psygnal.qt import start_emitting_from_queue
from qtpy.QtCore import QObject, QTimer, Signal
from qtpy.QtWidgets import QSizePolicy, QWidget

from napari_neurofm.preferences import preferences
from napari_neurofm.qt import dialogs, keys
from napari_neurofm.qt.activity import Activity
from napari_neurofm.qt.adapt import ask_adapt
from napari_neurofm.qt.arrangement import Arrangement, tidy
from napari_neurofm.qt.asking import ask_form
from napari_neurofm.qt.explorer import Explorer
from napari_neurofm.qt.figure import ask_figure
from napari_neurofm.qt.jobs import JobList
from napari_neurofm.qt.layers import Layers
from napari_neurofm.qt.lights import Lights
from napari_neurofm.qt.menu import entries
from napari_neurofm.qt.picks import Picks
from napari_neurofm.qt.planes import Planes
from napari_neurofm.qt.plot import Look, Plot
from napari_neurofm.qt.reading import ask_reading
from napari_neurofm.qt.repaint import Repaint
from napari_neurofm.qt.things import Things
from napari_neurofm.qt.thread import end, follow, in_thread, spare
from napari_neurofm.qt.toasts import Toasts
from napari_neurofm.qt.tour import Tour
from napari_neurofm.qt.train import Train
from napari_neurofm.qt.welcome import OnCanvas, Welcome
from neurofm.app import arrangement, commands, opening, reading
from neurofm.app.command import Question
from neurofm.app.form import Form
from neurofm.app.idle import Idle
from neurofm.app.options import Option
from neurofm.app.pane import Ranges, move_together
from neurofm.app.saved.autosave import Autosave, Unsaved, set_aside, unsaved
from neurofm.app.saved.folder import is_session
from neurofm.app.session import Session
from neurofm.app.summary import picked
from neurofm.errors import NeuroFMError
from neurofm.io import Asking

CALM = 3000  # ms after the docks were arranged until everything is loaded
SETTLED = 200  # ms after which they stand where they were put
SLICES = "slices"  # the view whose plane is that of the canvas
POLL = 15  # ms between two looks at what other threads said
log = logging.getLogger(__name__)


class Desk(QObject):
    """What belongs to one napari viewer; it lives and dies with the window.

    It is the `Host` of what can be done there.

    Attributes
    ----------
    session : what is open, picked and done; it keeps the states of views while their docks are closed
    form : what asks for the next training
    busy : signal with what is being opened, "" when it is there
    wrong : signal with one sentence and the details behind it
    left : signal with work that was not saved before a crash, or before another session was opened
    unsure : signal with a question, and what each answer does
    """

    busy = Signal(str)
    wrong = Signal(str, str)
    left = Signal(object)
    unsure = Signal(str, object)

    def __init__(self, viewer: Any) -> None:
        super().__init__(viewer.window._qt_window)
        self._viewer: Callable[[], Any] = ref(viewer)
        Repaint(self.window)
        self.session = Session(folder=preferences().runs or None)
        self.form = Form(self.session)
        follow(self.session.changed, self, self.form.refresh)
        follow(self.session.changed, self, self._on_session)
        self._at_work: list[str] = []
        self._widgets: WeakValueDictionary[str, QWidget] = WeakValueDictionary()
        start_emitting_from_queue(POLL)
        self.docks = Arrangement(self, viewer, self.widget)
        self.layers = Layers(self, viewer, self.session)
        self.things = Things(self, viewer, self.session)
        self.planes = Planes(self, viewer, self.session, self.layers, self.things)
        self.toasts = Toasts(self, self.window)
        self.lights = Lights(self, viewer, self.session, lambda: self.look().dark)
        self.picks = Picks(self, viewer, self.session, self.things)
        self.welcome = OnCanvas(self, viewer, partial(Welcome, self))
        self.activity = Activity(self, self.session)
        layers = self.layers
        self.player = keys.Player(self, self.session, _doer(self), lambda: layers.step)
        self.autosave = Autosave(self.session, every=60.0 * preferences().autosave).start()
        self.idle = Idle(self.session, unasked=preferences().umap).start()
        follow(self.idle.told, self, self._tell_unasked)
        keys.bind_canvas(viewer, self.player)
        viewer.events.theme.connect(self._on_theme)
        self._calm = QTimer(self, singleShot=True, interval=CALM)
        self._calm.timeout.connect(spare)
        self._opening = QTimer(self, singleShot=True, interval=0)
        self._opening.timeout.connect(self._follow)
        self._settled = QTimer(self, singleShot=True, interval=SETTLED)
        self._settled.timeout.connect(self._tidy)
        self.destroyed.connect(partial(end, self.session, self.autosave, self.idle))
        QTimer.singleShot(0, self._warm)

    @property
    def viewer(self) -> Any:
        """The napari viewer."""
        return self._viewer()

    @property
    def window(self) -> QWidget:
        """The main window, parent of dialogs."""
        return self.viewer.window._qt_window

    @property
    def device(self) -> str:
        """What models are trained on."""
        return preferences().device

    # ---- docks

    def widget(self, name: str) -> QWidget:
        """The widget of a dock, made at its first use: "explorer", "train", "jobs" or a view."""
        widget = self._widgets.get(name)
        if widget is None:
            widget = self._widgets[name] = self._make(name)
        return widget

    def plots(self) -> list[Plot]:
        """Views that have a dock."""
        return [w for w in self._widgets.values() if isinstance(w, Plot)]

    def arrange(self) -> None:
        """Put every dock that what is open needs where it belongs, making those that are missing."""
        self.docks.arrange(self.session.sources.values())
        self.welcome.refresh()
        QTimer.singleShot(0, self._show_layers)
        self._calm.start()
        self._settled.start()

    def ranges(self, view: str) -> Ranges | None:
        """What is seen of a view that has a dock."""
        plot = self._widgets.get(view)
        return plot.pane.ranges if isinstance(plot, Plot) else None

    def canvas(self, source: str) -> Any:
        """Corners of what is seen of a source on napari's canvas."""
        return self.layers.sight(source)

    def show(self, name: str) -> None:
        """Bring a dock to the front."""
        self.docks.show(name)
        self._settled.start()

    def do(self, command: str, kind: str = "", name: str = "") -> None:
        """Do a command, with a thing of that kind if it is about one; what was wrong before is over."""
        self.wrong.emit("", "")
        commands.do(command, self, kind=kind, name=name)

    def selection(self, space: str = "") -> pd.DataFrame:
        """What is picked, a row per thing: of `space`, or of what was picked in last."""
        return picked(self.session, space)

    # ---- opening

    def open(self, source: str | Path | Sequence[str | Path]) -> None:
        """Read a recording or a run in the background; a file that cannot be used is told in one sentence.

        What does not say how it is read is asked about first.
        """
        self.later(partial(self._ask_or_open, source), f"Opening {_name(source)}", partial(self._asked, source))

    def stand_in(self, name: str) -> list[Any]:
        """A layer of nothing, gone at once, for what opens beside the window: napari wants one of every sample."""

        def remove() -> None:
            layers = [] if self.viewer is None else self.viewer.layers
            for layer in [layer for layer in layers if layer.name == name]:
                layers.remove(layer)

        QTimer.singleShot(0, remove)
        return [(np.empty((0, 2)), {"name": name, "visible": False}, "points")]

    def offer_unsaved(self) -> None:
        """Tell of work that a program which is gone had not saved, with a button that opens it."""
        lost = unsaved()
        if lost and not self.session.sources:
            self.left.emit(lost[0])

    def recover(self, work: Unsaved) -> None:
        """Open what was not saved."""
        restore = partial(work.restore, self.session, self.autosave)
        self.later(partial(self._instead, restore), "Opening what was not saved", self._opened)

    # ---- words and questions

    def later(self, work: Callable[[], Any], words: str, done: Callable[[Any], Any]) -> None:
        """Do short work in a thread, with words in the activity dock."""
        bar = progress(total=0, desc=words)
        self._at_work.append(words)
        self.busy.emit(f"{words} …")

        def end(result: Any) -> None:
            bar.close()
            self._at_work.remove(words)
            self.busy.emit(f"{self._at_work[-1]} …" if self._at_work else "")
            if isinstance(result, Exception):
                self.refuse(result)
            else:
                done(result)

        in_thread(work, self, end)

    def tell(self, words: str) -> None:
        """Say that something is done."""
        show_info(words)

    def _tell_unasked(self, words: str, kind: str) -> None:
        self.tell(words)

    def refuse(self, error: Exception) -> None:
        """One sentence for the user, the rest for the log."""
        plain = isinstance(error, NeuroFMError | ValueError | LookupError)
        words = str(error) if plain else f"{error!r}; see the log"
        log.error(words, exc_info=error)
        self.wrong.emit(words, "".join(traceback.format_exception(error)))
        show_error(words)

    def ask_path(self, question: Question, then: Callable[[list[Path]], Any]) -> None:
        """Ask for files or a folder."""
        dialogs.hand_on(dialogs.ask_path(self.window, question), then)

    def ask_name(self, title: str, name: str, then: Callable[[str], Any]) -> None:
        """Ask for a name; after an answer that is refused once more, with what was wrong and what was written."""

        def ask(before: Any, refused: str) -> str:
            return dialogs.ask_name(self.window, f"{refused}\n{title}" if refused else title, before or name)

        dialogs.until_taken(ask, then)

    def ask_form(self, title: str, options: Sequence[Option], then: Callable[[dict[str, Any]], Any]) -> None:
        """Ask for several things at once; once more if they are refused, with what was wrong and what was chosen."""

        def ask(before: Any, refused: str) -> dict[str, Any]:
            chosen = [replace(option, default=(before or {}).get(option.name, option.default)) for option in options]
            return ask_form(self.window, title.removesuffix("…"), chosen, refused)

        dialogs.until_taken(ask, then)

    def ask_reading(self, name: str, asking: Asking, then: Callable[[dict[str, Any]], Any]) -> None:
        """Ask how a file is read that does not say it itself."""
        dialogs.hand_on(ask_reading(self.window, name, asking), then)

    def ask_one(self, words: str, choices: Mapping[str, Callable[[], Any]]) -> None:
        """Ask which of several things to do, in the Explorer."""
        does = {name: partial(self.later, do, name, lambda _: self.arrange()) for name, do in choices.items()}
        self.unsure.emit(words, does)

    def ask_adapt(self, run: str) -> None:
        """Ask what a run is adapted to."""
        dialogs.hand_on(ask_adapt(self.window, self.session, run), lambda pair: commands.adapt(self, *pair))

    def ask_figure(self, view: str) -> None:
        """Ask how a view is written to a file, as it is seen."""
        plot = self.widget(view)

        def write(asked: Any) -> None:
            work = partial(self.session.figure, view, asked.path, **asked.sizes, ranges=plot.pane.ranges)
            self.later(work, f"Writing {asked.path.name}", lambda _: self.tell(f"Wrote {asked.path}"))

        dialogs.hand_on(ask_figure(self.window, arrangement.title(view)), write)

    def show_keys(self) -> None:
        """List what the mouse and the keys do."""
        dialogs.show_keys(self.window)

    # ---- how

    def _make(self, name: str) -> QWidget:
        panels: dict[str, Callable[[], QWidget]] = {
            "explorer": self._explorer,
            "train": partial(Train, self),
            "jobs": partial(JobList, self),
            "welcome": partial(Welcome, self),
            "tour": partial(Tour, self),
        }
        widget = panels[name]() if name in panels else self._plot(name)
        widget.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)  # else napari adds a stretch
        keys.bind(widget, self.player)
        return widget

    def _explorer(self) -> Explorer:
        explorer = Explorer(self)
        self.busy.connect(explorer.say)
        self.wrong.connect(explorer.message.add)
        self.left.connect(explorer.offer_work)
        self.unsure.connect(explorer.offer.tell)
        explorer.recovered.connect(self.recover)
        return explorer

    def _plot(self, name: str) -> Plot:
        state = self.session.view(name)
        plot = Plot(arrangement.spec(name), self.session, state, partial(self._menu, name))
        plot.set_look(self.look())
        if name == SLICES:  # one more beside it is for another plane
            self.planes.join(state)
        plot.asked.connect(lambda action: commands.press(action, name, self))
        plot.exported.connect(partial(self.do, "export_view", "view", name))
        plot.opened.connect(partial(self._activate, name))
        follow(plot.pane.moved, plot, partial(self._move_windows, name))
        return plot

    def _menu(self, name: str) -> list[tuple[str, Callable[[], None]]]:
        return [(entry.words, partial(entry.do, self)) for entry in entries(self, "view", name)]

    def _activate(self, name: str, row: int) -> None:
        """Do what a double click on a row of a table is for."""
        try:
            self.widget(name).pane.activate(row)
        except (NeuroFMError, ValueError, LookupError, OSError) as error:
            self.refuse(error)

    def _move_windows(self, name: str, start: float, stop: float) -> None:
        move_together([plot.pane for plot in self.plots()], self.widget(name).pane, start, stop)

    def look(self) -> Look:
        """Colours of the viewer's theme."""
        from napari.utils.theme import get_theme

        theme = get_theme(self.viewer.theme)
        dark = theme.syntax_style == "native" or sum(theme.background.as_rgb_tuple()[:3]) < 384
        return Look(dark=dark, back=theme.background.as_hex(), text=theme.text.as_hex())

    def _on_theme(self) -> None:
        for plot in self.plots():
            plot.set_look(self.look())
        self.lights.refresh()

    def _ask_or_open(self, source: str | Path | Sequence[str | Path]) -> Any:
        return reading.asked(self.session, source) or self._open(source)

    def _asked(self, source: str | Path | Sequence[str | Path], came: Any) -> None:
        if not isinstance(came, Asking):
            return self._opened(came)
        name = _name(source)
        self.ask_reading(
            name, came, lambda how: self.later(partial(self._open, source, how), f"Opening {name}", self._opened)
        )

    def _open(self, source: str | Path | Sequence[str | Path], how: Mapping[str, Any] = MappingProxyType({})) -> Any:
        work = partial(opening.open, self.session, source, **how)
        return self._instead(work) if is_session(source) else work()

    def _instead(self, work: Callable[[], Any]) -> Unsaved | None:
        """Work that puts another session in the place of what is open, which is kept if it was not saved."""
        held, before = self.session.sources, set_aside(self.session)
        try:
            work()
        except Exception:
            if before and self.session.sources is held:
                before.discard()  # it is open still
            raise
        return before

    def _opened(self, before: Any) -> None:
        self.arrange()
        if isinstance(before, Unsaved):
            self.left.emit(before)
        if isinstance(before, opening.Asked):
            self.ask_one(before.words, before.choices(self.session))

    def _on_session(self, kind: str, name: str) -> None:
        if kind == "source":
            self._opening.start()  # several come at once

    def _follow(self) -> None:
        """Docks follow what is open."""
        if self.docks.stale(self.session.sources.values()):
            self.arrange()

    def _show_layers(self) -> None:
        """The canvas is smaller now than when napari fitted the layers into it."""
        shown = [] if self.viewer is None else [layer for layer in self.viewer.layers if layer.visible]
        if shown:
            self.viewer.reset_view(layers=shown)

    def _tidy(self) -> None:
        tidy(self.parent())  # the viewer may be gone already

    def _warm(self) -> None:
        preferences().apply()
        self.offer_unsaved()
        self.session.jobs.warm()


def _doer(desk: Desk) -> Callable[[str], None]:
    """Does commands for keys, without keeping the desk alive."""
    here = ref(desk)

    def do(command: str) -> None:
        alive = here()
        if alive is not None:
            alive.do(command)

    return do


def _name(source: str | Path | Sequence[str | Path]) -> str:
    paths = [source] if isinstance(source, str | Path) else source
    return " + ".join(Path(p).name for p in paths)
