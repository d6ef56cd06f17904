"""One viewer's session and the docks around it."""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary, ref

from napari.utils import progress
from napari.utils.notifications import show_error, show_info
from psygnal.qt import start_emitting_from_queue
from qtpy.QtCore import QObject, QTimer, Signal
from qtpy.QtWidgets import QSizePolicy, QWidget

from napari_neurofm.preferences import preferences
from napari_neurofm.qt import arrangement, files, keys
from napari_neurofm.qt.activity import Activity
from napari_neurofm.qt.adapt import ask_adapt
from napari_neurofm.qt.figure import ask_figure
from napari_neurofm.qt.layers import Layers
from napari_neurofm.qt.message import Remedy
from napari_neurofm.qt.pace import Pace
from napari_neurofm.qt.picks import Picks
from napari_neurofm.qt.plot import Look, Plot
from napari_neurofm.qt.thread import in_thread
from neurofm import registry
from neurofm.app import _adapt
from neurofm.app.saved.autosave import Autosave, Unsaved, set_aside, unsaved
from neurofm.app.pictures.controls import ACTS
from neurofm.app.saved.folder import is_session
from neurofm.app.session import Session
from neurofm.errors import NeuroFMError

CALM = 3000  # ms after the docks were arranged until everything is loaded
SETTLED = 200  # ms after which they stand where they were put
POLL = 15  # ms between two looks at what other threads said
log = logging.getLogger(__name__)


class Desk(QObject):
    """What belongs to one napari viewer; it lives and dies with the window.

    Attributes
    ----------
    session : what is open, picked and done; it keeps the states of views while their docks are closed
    busy : signal with what is being opened, "" when it is there
    wrong : signal with one sentence and the details behind it
    left : signal with work that was not saved before a crash, or before another session was opened
    """

    busy = Signal(str)
    wrong = Signal(str, str)
    left = Signal(object)

    def __init__(self, viewer: Any) -> None:
        super().__init__(viewer.window._qt_window)
        self._viewer: Callable[[], Any] = ref(viewer)
        Pace(self.window)
        self.session = Session(folder=preferences().runs or None)
        self._widgets: WeakValueDictionary[str, QWidget] = WeakValueDictionary()
        start_emitting_from_queue(POLL)
        self.layers = Layers(self, viewer, self.session)
        self.picks = Picks(self, viewer, self.session)
        self.activity = Activity(self, self.session)
        self.player = keys.Player(self)
        self.autosave = Autosave(self.session, every=60.0 * preferences().autosave).start()
        keys.bind_canvas(viewer, self.player)
        viewer.events.theme.connect(self._on_theme)
        self._calm = QTimer(self, singleShot=True, interval=CALM)
        self._calm.timeout.connect(_spare)
        self._settled = QTimer(self, singleShot=True, interval=SETTLED)
        self._settled.timeout.connect(self._tidy)
        self.destroyed.connect(partial(_end, self.session, self.autosave))
        QTimer.singleShot(0, self._warm)

    @property
    def viewer(self) -> Any:
        """The napari viewer."""
        return self._viewer()

    @property
    def window(self) -> QWidget:
        """The main window, parent of dialogs."""
        return self.viewer.window._qt_window

    # ---- docks

    def widget(self, name: str) -> QWidget:
        """The widget of a dock, made at its first use: "explorer", "train", "jobs" or a view."""
        made = self._widgets.get(name)
        if made is None:
            made = self._widgets[name] = self._make(name)
        return made

    def plots(self) -> list[Plot]:
        """Views that have a dock."""
        return [w for w in self._widgets.values() if isinstance(w, Plot)]

    def arrange(self) -> None:
        """Put every dock where it belongs, making those that are missing."""
        arrangement.arrange(self)
        QTimer.singleShot(0, self._see_all)
        self._calm.start()
        self._settled.start()

    def show(self, name: str) -> None:
        """Bring a dock to the front."""
        arrangement.show(self, name)

    def do(self, command: str, view: str = "") -> None:
        """What the button of an empty view asks for."""
        if command == "open":
            self.ask_open()
        elif command in ACTS:
            try:
                ACTS[command](self.session.view(view), self.session)
            except (NeuroFMError, ValueError, LookupError, OSError) as error:
                self.tell(error)
        else:
            self.show(command)

    # ---- opening

    def open(self, source: str | Path | Sequence[str | Path]) -> None:
        """Read a recording or a run in the background; a file that cannot be used is told in one sentence."""
        self.later(partial(self._open, source), f"Opening {_name(source)}", self._opened)

    def open_demo(self) -> None:
        """Two simulated animals."""
        self.later(self._add_demo, "Simulating two animals", self._opened)

    def add_here(self, recordings: Sequence[Any]) -> list[Any]:
        """Add recordings, arrange the docks, and give their layers for napari to add."""
        with self.layers.by_napari():
            for recording in recordings:
                self.session.add(recording)
        self.arrange()
        return self.layers.data(recordings)

    def later(self, work: Callable[[], Any], words: str, done: Callable[[Any], None] | None = None) -> None:
        """Do short work in a thread, with words in the activity dock."""
        bar = progress(total=0, desc=words)
        self.busy.emit(f"{words} …")

        def end(result: Any) -> None:
            bar.close()
            self.busy.emit("")
            if isinstance(result, Exception):
                self.tell(result)
            elif done is not None:
                done(result)

        in_thread(work, self, end)

    def tell(self, error: Exception) -> None:
        """One sentence for the user, the rest for the log."""
        words = str(error) if isinstance(error, NeuroFMError | ValueError | LookupError) else f"{error!r}; see the log"
        log.error(words, exc_info=error)
        self.wrong.emit(words, _details(error))
        show_error(words)

    # ---- what menus and buttons ask for

    def ask_open(self) -> None:
        """Choose files; several at once are the parts of one recording."""
        chosen = files.ask_open(self.window, _patterns())
        if chosen:
            self.open(chosen if len(chosen) > 1 else chosen[0])

    def ask_folder(self) -> None:
        """Choose a folder: a recording or a run."""
        chosen = files.ask_folder(self.window)
        if chosen is not None:
            self.open(chosen)

    def ask_save(self) -> None:
        """Choose where to keep the session; a name that ends in .zip makes one file to send."""
        kinds = "Session (*.neurofm);;One file to send (*.zip)"
        path = files.ask_save(self.window, "Save session", "work.neurofm", kinds)
        if path is not None:
            path = path if path.suffix in (".neurofm", ".zip") else path.with_suffix(".neurofm")
            self.save(path)

    def save(self, path: Path) -> None:
        """Keep the session, in the background."""
        self.later(partial(self.session.save, path), f"Saving {path.name}", lambda _: show_info(f"Saved {path}"))

    def offer_unsaved(self) -> None:
        """Tell of work that a program which is gone had not saved, with a button that opens it."""
        left = unsaved()
        if left and not self.session.recordings:
            self.left.emit(left[0])

    def recover(self, work: Unsaved) -> None:
        """Open what was not saved."""
        restore = partial(work.restore, self.session)
        self.later(partial(self._instead, restore), "Opening what was not saved", self._opened)

    def ask_script(self) -> None:
        """Choose where to write the script of what was done."""
        path = files.ask_save(self.window, "Export script", "session.py", "Python (*.py)")
        if path is not None:
            self.export_script(path)

    def export_script(self, path: Path) -> None:
        """Write what was done as Python."""
        try:
            path.write_text(self.session.script(), "utf8")
        except OSError as error:
            self.tell(NeuroFMError(f"{path}: cannot be written ({error.strerror}); choose another folder"))
        else:
            show_info(f"Wrote {path}")

    def ask_embedding(self, name: str) -> None:
        """Choose where to write an embedding."""
        kinds = "AnnData (*.h5ad);;Table (*.csv *.parquet);;Arrays (*.npz)"
        path = files.ask_save(self.window, "Export embedding", f"{name}.h5ad", kinds)
        if path is None:
            return
        work: Callable[[], Any] = partial(self.session.export, name, path)
        if path.suffix == ".npz":
            from neurofm.data import store

            work = partial(store.save, self.session.embeddings[name], path)
        self.later(work, f"Writing {path.name}", lambda _: show_info(f"Wrote {path}"))

    def ask_export(self, name: str) -> None:
        """Choose how a view is written to a file: a table as rows, any other as a figure."""
        if name.split(" ")[0] == "table":
            return self.ask_rows(name)
        plot = self.widget(name)
        asked = ask_figure(self.window, plot.spec.title)
        if asked is not None:
            work = partial(self.session.figure, name, asked.path, **asked.sizes, ranges=plot.ranges)
            self.later(work, f"Writing {asked.path.name}", lambda _: show_info(f"Wrote {asked.path}"))

    def ask_rows(self, name: str) -> None:
        """Choose where to write what a table shows."""
        path = files.ask_save(self.window, "Export table", f"{name}.csv", "Tables (*.csv *.parquet)")
        if path is not None:
            self.later(
                partial(self.write_rows, name, path), f"Writing {path.name}", lambda _: show_info(f"Wrote {path}")
            )

    def write_rows(self, name: str, path: Path) -> None:
        """Write the rows of a table as they are sorted and filtered."""
        from neurofm.app import export
        from neurofm.app.views import table

        export.table(table.frame(self.session.view(name), self.session), path)

    def ask_table(self) -> None:
        """Choose a table of the user's own whose columns are to be added."""
        chosen = files.ask_table(self.window)
        if chosen is not None:
            self.later(partial(self.session.join, chosen), f"Reading {chosen.name}", self._joined)

    def name_pick(self) -> None:
        """Make what is picked a group."""
        try:
            group = self.session.group()
        except ValueError as error:
            return show_info(str(error).capitalize())
        place = list(self.session.groups).index(group.name) + 1
        key = f"; press {place} to pick it again" if place < 10 else ""
        return show_info(f"{group.name}: {len(group.ids):,} {_things(group.space)}{key}")

    def ask_group_name(self, name: str) -> None:
        """Another name for a group."""
        from qtpy.QtWidgets import QInputDialog

        new, said = QInputDialog.getText(self.window, "Rename group", "Name", text=name)
        if said and new.strip() and new.strip() != name:
            try:
                self.session.rename_group(name, new.strip())
            except ValueError as error:
                self.tell(error)

    def show_keys(self) -> None:
        """List what the mouse and the keys do."""
        keys.show(self.window)

    # ---- how

    def _make(self, name: str) -> QWidget:
        from napari_neurofm.qt.explorer import Explorer
        from napari_neurofm.qt.jobs import JobList
        from napari_neurofm.qt.train import Train

        fixed: dict[str, Callable[[Desk], QWidget]] = {"explorer": Explorer, "train": Train, "jobs": JobList}
        widget = fixed[name](self) if name in fixed else self._plot(name)
        widget.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)  # else napari adds a stretch
        keys.bind(widget, self.player)
        return widget

    def _plot(self, name: str) -> Plot:
        spec = registry.get("neurofm.app.views", name.split(" ")[0])
        state = self.session.view(name)
        plot = Plot(spec, self.session, state, partial(self._offers, name))
        plot.set_look(self.look())
        plot.asked.connect(partial(self.do, view=name))
        plot.exported.connect(partial(self.ask_export, name))
        plot.opened.connect(partial(self.activate, name))
        if spec.axis == "time":
            plot.window_moved.connect(partial(self._move_windows, plot))
        return plot

    def _offers(self, name: str) -> list[tuple[str, Callable[[], None]]]:
        offers: list[tuple[str, Callable[[], None]]] = []
        if self.session.selection.spaces():
            offers += [("Make the pick a group", self.name_pick), ("Show in table", self.show_in_table)]
        if len(self.session.groups) > 1:
            offers.append(("Compare groups", self.compare_groups))
        offers += [("Adapt to another recording…", self.ask_adapt)] if self.session.runs else []
        return [*offers, ("Add columns from a table…", self.ask_table), ("Export script…", self.ask_script)]

    def show_in_table(self) -> None:
        """Bring the table of what is picked to the front."""
        space = self.session.selection.last
        if space in ("unit", "trial", "session"):
            self.session.view("table").of = space
        self.show("table")

    def compare_groups(self) -> None:
        """Bring the comparison of the newest two groups to the front."""
        self.session.view("table").of = "comparison"
        self.show("table")

    def compare_decoders(self, recording: str = "", quick: bool = False) -> None:
        """Compare decoders on a recording, the first unless named, and bring their table to the front."""
        self.later(
            partial(self.session.compare_decoders, recording, quick=quick),
            "Looking at what can be decoded",
            lambda job: self.show_decoders(job.arguments["recording"]),
        )

    def show_decoders(self, recording: str) -> None:
        """Bring the table of decoders to the front."""
        state = self.session.view("table")
        state.of, state.recording = "decoder", recording
        self.show("table")

    def activate(self, name: str, row: int) -> None:
        """Do what a double click on a row of a table is for."""
        spec, state = registry.get("neurofm.app.views", name.split(" ")[0]), self.session.view(name)
        try:
            spec.activate(state, self.session, row)
        except (NeuroFMError, ValueError, LookupError, OSError) as error:
            self.tell(error)

    def fork(self, job: Any) -> None:
        """Bring the form to the front with the settings of a job."""
        self.show("train")
        self.widget("train").fork(job)

    def ask_adapt(self, run: str = "") -> None:
        """Choose what a run, the newest unless named, is adapted to."""
        try:
            run, _ = _adapt.choose(self.session, run)
        except LookupError as error:
            return self.tell(error)
        chosen = ask_adapt(self.window, self.session, run)
        return None if chosen is None else self.adapt(*chosen)

    def adapt(self, run: str, recording: str) -> None:
        """Adapt a run to a recording, and show how it goes."""
        try:
            self.session.adapt(run, recording, device=preferences().device)
        except (ValueError, LookupError, OSError) as error:
            return self.tell(error)
        return self.show("jobs")

    def remedy(self, job: Any) -> Remedy | None:
        """What mends a job that failed, if it met a recording that its run has never seen."""
        found = _adapt.remedy(self.session, job)
        return None if found is None else Remedy("Adapt {} to {}".format(*found), partial(self.adapt, *found))

    def compare_runs(self, first: str, second: str) -> None:
        """Two latent spaces side by side, with the same colours and picks."""
        one, other = self.session.view("latent"), self.session.view("latent 2")
        for state, run in ((one, first), (other, second)):
            names = [n for n, e in self.session.embeddings.items() if Path(e.run).name == run and e.space == one.of]
            state.embedding = names[-1] if names else ""
        for name in ("of", "color_by", "filter"):
            setattr(other, name, getattr(one, name))
        self.show("latent")
        self.show("latent 2")

    def open_view(self, kind: str) -> None:
        """One more view of this kind, beside those there are."""
        taken = self.session.views
        names = (kind, *(f"{kind} {k}" for k in range(2, 100)))
        self.show(next(name for name in names if name not in taken))

    def _move_windows(self, moved: Plot, start: float, stop: float) -> None:
        for plot in self.plots():
            if plot is not moved and plot.canvas.time:
                plot.show_window(start, stop)

    def look(self) -> Look:
        """Colours of the viewer's theme."""
        from napari.utils.theme import get_theme

        theme = get_theme(self.viewer.theme)
        back, text = theme.background.as_hex(), theme.text.as_hex()
        return Look(
            dark=theme.syntax_style == "native" or sum(theme.background.as_rgb_tuple()[:3]) < 384, back=back, text=text
        )

    def _on_theme(self) -> None:
        for plot in self.plots():
            plot.set_look(self.look())

    def _joined(self, table: Any) -> None:
        more = [c for c in table.table.columns if c not in table.key]
        show_info(f"{table.name}: {len(more)} columns for each {table.space}, to colour by and to filter")

    def _open(self, source: str | Path | Sequence[str | Path]) -> Any:
        work = partial(self.session.open, source)
        return self._instead(work) if is_session(source) else work()

    def _instead(self, work: Callable[[], Any]) -> Unsaved | None:
        """Work that puts another session in the place of what is open, which is kept if it was not saved."""
        held, before = self.session.recordings, set_aside(self.session)
        try:
            work()
        except Exception:
            if before and self.session.recordings is held:
                before.discard()  # it is open still
            raise
        return before

    def _opened(self, before: Any) -> None:
        self.arrange()
        if isinstance(before, Unsaved):
            self.left.emit(before)

    def _add_demo(self) -> None:
        from neurofm.synthetic.demo import demo

        for recording in demo():
            self.session.add(recording)

    def _see_all(self) -> None:
        """The canvas is smaller now than when napari fitted the layers into it."""
        seen = [] if self.viewer is None else [layer for layer in self.viewer.layers if layer.visible]
        if seen:
            self.viewer.reset_view(layers=seen)

    def _tidy(self) -> None:
        arrangement.tidy(self.parent())  # the viewer may be gone already

    def _warm(self) -> None:
        preferences().apply()
        self.offer_unsaved()
        self.session.jobs.warm()


def _end(session: Session, autosave: Autosave, *_: Any) -> None:
    """Stop all jobs, in a thread: what they say in the GUI's would reach widgets that are being destroyed."""
    gc.unfreeze()  # what `_spare` kept may go with the window

    def end() -> None:
        autosave.close()
        session.jobs.close()

    threading.Thread(target=end, name="neurofm's end").start()


def _spare() -> None:
    """Leave all that is loaded by now out of Python's searches for garbage: each held the window for 150 ms."""
    gc.collect()
    gc.freeze()


def _patterns() -> tuple[str, ...]:
    specs = [registry.get("neurofm.io", name) for name in registry.names("neurofm.io")]
    return tuple(sorted({p for spec in specs if not spec.folder for p in spec.patterns}))


def _name(source: str | Path | Sequence[str | Path]) -> str:
    paths = [source] if isinstance(source, str | Path) else source
    return " + ".join(Path(p).name for p in paths)


def _things(space: str) -> str:
    return "moments" if space == "time" else f"{space}s"


def _details(error: Exception) -> str:
    import traceback

    return "".join(traceback.format_exception(error))
