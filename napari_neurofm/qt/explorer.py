"""What is open, as a short tree, and what can be done with it."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QStackedWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from napari_neurofm.qt.message import Message, Offer
from napari_neurofm.qt.thread import follow
from neurofm.app import _adapt
from neurofm.app.decoders import lasts
from neurofm.app.progress import report
from neurofm.data.spans import duration
from neurofm.words import outcome

if TYPE_CHECKING:
    from napari_neurofm.qt.desk import Desk

EMPTY = "Nothing is open yet. Open a recording, or look at two simulated animals."
Offers = list[tuple[str, Callable[[], Any]]]


class Explorer(QWidget):
    """The first dock: Open, Train, Jobs, and a tree of recordings, runs and maps."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk, self.session = desk, desk.session
        self.busy, self.message = QLabel(), Message()
        self.jobs = QPushButton("Jobs")
        self.adapt = QPushButton("Adapt", toolTip="Let a run learn the units of a recording that it has never seen")
        self.offer = Offer()
        self.tree = QTreeWidget(headerHidden=True, rootIsDecorated=True)
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tree.customContextMenuRequested.connect(self._menu)
        self.tree.itemActivated.connect(self._activate)
        self.pages = QStackedWidget()
        self.pages.addWidget(self._empty())
        self.pages.addWidget(self.tree)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.addLayout(self._buttons())
        for part in (self.message, self.offer, self.busy, self.pages):
            layout.addWidget(part)
        self.busy.hide()
        self._follow()
        self.refresh()

    def refresh(self, *_: Any) -> None:
        """Show what is open now."""
        self.tree.clear()
        for name, recording in list(self.session.recordings.items()):
            words = f"{len(recording.units)} units · {_minutes(duration(recording.domain))}"
            self._add("recording", name, f"{name} · {words}", recording.notes)
        for name, run in list(self.session.runs.items()):
            self._add("run", name, " · ".join(filter(None, ["run", name, outcome(run.metrics)])))
        for name, embedding in list(self.session.embeddings.items()):
            words = f"{len(embedding.ids):,} {'moments' if embedding.space == 'time' else embedding.space + 's'}"
            self._add("embedding", name, f"map · {name} · {words} · {embedding.method}")
        for place, (name, group) in enumerate(list(self.session.groups.items()), 1):
            words = f"{len(group.ids):,} {'moments' if group.space == 'time' else group.space + 's'}"
            self._add("group", name, f"group · {name} · {words}", (f"Press {place} to pick it",) if place < 10 else ())
        for name, table in list(self.session.joined.items()):
            self._add("table", name, f"table · {name} · columns of each {table.space}", (table.path,))
        for name, found in list(self.session.decoders.items()):
            folds = f"{found.folds} folds" if found.folds > 1 else "one fold"
            self._add("decoder", name, f"decoders · {name} · {len(found.rows)} on {folds}")
        self.pages.setCurrentIndex(int(self.tree.topLevelItemCount() > 0))
        self.adapt.setVisible(bool(self.session.runs))
        self._count()

    # ---- how it is built

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        menu = QMenu(self)
        menu.addAction("Files…", self.desk.ask_open)
        menu.addAction("Session, folder or run…", self.desk.ask_folder)
        menu.addAction("Demo: two simulated animals", self.desk.open_demo)
        opens, train = QPushButton("Open"), QPushButton("Train")
        opens.setMenu(menu)
        train.clicked.connect(partial(self.desk.show, "train"))
        self.adapt.clicked.connect(lambda: self.desk.ask_adapt())
        self.jobs.clicked.connect(partial(self.desk.show, "jobs"))
        script = QPushButton("Export script", toolTip="What was done here, as Python that gives the same numbers")
        script.clicked.connect(self.desk.ask_script)
        save = QPushButton("Save", toolTip="Keep all of this, to open it again as it is")
        save.clicked.connect(self.desk.ask_save)
        for part in (opens, train, self.adapt, self.jobs):
            row.addWidget(part)
        row.addStretch()
        row.addWidget(save)
        row.addWidget(script)
        return row

    def _empty(self) -> QWidget:
        page = QWidget()
        words, opens, demo = QLabel(EMPTY, wordWrap=True), QPushButton("Open"), QPushButton("Show the demo")
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        opens.clicked.connect(self.desk.ask_open)
        demo.clicked.connect(self.desk.open_demo)
        row = QHBoxLayout()
        for part in (None, opens, demo, None):
            row.addStretch() if part is None else row.addWidget(part)
        layout = QVBoxLayout(page)
        layout.addStretch()
        layout.addWidget(words)
        layout.addLayout(row)
        layout.addStretch()
        return page

    def _follow(self) -> None:
        follow(self.session.changed, self, self.refresh)
        follow(self.session.jobs.changed, self, self._count)
        follow(self.session.jobs.finished, self, self._count)
        follow(self.session.jobs.finished, self, self._mend)
        self.desk.busy.connect(self._say)
        self.desk.wrong.connect(self.message.tell)
        self.desk.left.connect(self._offer)

    def _add(self, kind: str, name: str, words: str, notes: tuple[str, ...] = ()) -> None:
        item = QTreeWidgetItem([words])
        item.setData(0, Qt.ItemDataRole.UserRole, (kind, name))
        item.setToolTip(0, "\n".join(notes) or words)
        if kind == "recording":
            for child, series in self.session.recordings[name].series.items():
                unit = f" ({series.unit})" if series.unit else ""
                item.addChild(QTreeWidgetItem([f"{child}: {', '.join(series.names)}{unit}"]))
            for child, table in self.session.recordings[name].intervals.items():
                item.addChild(QTreeWidgetItem([f"{child}: {len(table)}"]))
        self.tree.addTopLevelItem(item)

    # ---- what the user does

    def _activate(self, item: QTreeWidgetItem) -> None:
        """Show in the views what was double-clicked."""
        kind, name = item.data(0, Qt.ItemDataRole.UserRole) or ("", "")
        if kind == "group":
            return self.session.pick_group(name)
        if kind == "decoder":
            return self.desk.show_decoders(name)
        for state in list(self.session.views.values()):
            if hasattr(state, kind):
                setattr(state, kind, name)
        if kind == "embedding":
            self.desk.show("latent")
        return None

    def _menu(self, at: Any) -> None:
        item = self.tree.itemAt(at)
        kind, name = (item and item.data(0, Qt.ItemDataRole.UserRole)) or ("", "")
        menu = QMenu(self)
        for words, do in self.offers(kind, name):
            menu.addAction(words, do)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.tree.viewport().mapToGlobal(at))

    def offers(self, kind: str, name: str) -> Offers:
        """What can be done with one thing."""
        train = partial(self.desk.show, "train")
        if kind == "recording":
            runs = [run for run in self.session.runs if name in _adapt.strangers(self.session, run)]
            adapt: Offers = [(f"Adapt {run} to this", partial(self.desk.adapt, run, name)) for run in runs]
            table = ("Add columns from a table…", self.desk.ask_table)
            decoders: Offers = [
                (f"Compare decoders ({lasts()})", partial(self.desk.compare_decoders, name)),
                (f"Compare decoders, a quick look ({lasts(quick=True)})",
                 partial(self.desk.compare_decoders, name, quick=True)),
            ]  # fmt: skip
            return [("Train on this…", train), *adapt, *decoders, table, ("Close", partial(self.session.close, name))]
        if kind == "run":
            new = _adapt.strangers(self.session, name)
            adapt = [(f"Adapt to {r}", partial(self.desk.adapt, name, r)) for r in new]
            known = [r for r in self.session.recordings if r not in new]
            decode: Offers = [(f"Decode {r}", partial(self.session.predict, name, r)) for r in known]
            others = [other for other in self.session.runs if other != name]
            compare: Offers = [(f"Compare with {o}", partial(self.desk.compare_runs, name, o)) for o in others]
            return [*adapt, *decode, *compare, ("Adapt to another recording…", partial(self.desk.ask_adapt, name))]
        if kind == "embedding":
            umap = partial(self.session.umap, name)
            return [("Draw by UMAP", umap), ("Export…", partial(self.desk.ask_embedding, name))]
        if kind == "group":
            compare = [("Compare groups", self.desk.compare_groups)] if len(self.session.groups) > 1 else []
            rename = partial(self.desk.ask_group_name, name)
            pick, forget = partial(self.session.pick_group, name), partial(self.session.ungroup, name)
            return [("Pick", pick), ("Rename…", rename), *compare, ("Forget", forget)]
        if kind == "decoder":
            return [("Show in table", partial(self.desk.show_decoders, name))]
        if kind == "table":
            return [("Take its columns away", partial(self.session.part, name))]
        return [("Open…", self.desk.ask_open), ("Add columns from a table…", self.desk.ask_table)]

    def _say(self, words: str) -> None:
        if words:
            self.message.tell("")  # what was wrong before is over
        self.busy.setText(words)
        self.busy.setVisible(bool(words))

    def _offer(self, work: Any) -> None:
        """Work that was not saved."""
        names = ", ".join(work.recordings) or "a session"
        when = time.strftime("%d %b, %H:%M", time.localtime(work.when))
        words = f"Work on {names} was not saved ({when})"
        self.offer.tell(words, open_it=partial(self.desk.recover, work), discard=work.discard)

    def _mend(self, job: Any) -> None:
        """Say why a job failed where one click mends it."""
        remedy = self.desk.remedy(job)
        if remedy is not None:
            self.message.tell(f"{job.title}: {job.error}", report(job), remedy)

    def _count(self, *_: Any) -> None:
        open_jobs = sum(not job.over for job in self.session.jobs)
        self.jobs.setText(f"Jobs {open_jobs}" if open_jobs else "Jobs")


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 120 else f"{seconds:.0f} s"
