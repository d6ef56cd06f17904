"""What is open, what is picked, which time it is, and what was done: everything a front shows and asks for.

Signals speak in the thread that made the change; what a job brings comes from the job's thread, so fronts connect with
``thread="main"``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from numpy.typing import ArrayLike

from neurofm import registry
from neurofm.app import groups, joined
from neurofm.app._run import RunCard
from neurofm.app.catalog import MAKERS, is_run
from neurofm.app.groups import Group
from neurofm.app.joined import Joined
from neurofm.app.ledger import Source
from neurofm.app.link import tidy
from neurofm.app.script import Action, notebook, script
from neurofm.app.work import Work
from neurofm.checks import check_choice
from neurofm.data.ids import SPACES

if TYPE_CHECKING:
    from neurofm.app.keep import Kept


class Session(Work):
    """Recordings and what came of them, in files and out of them, and what users say of things.

    Parameters
    ----------
    recordings : to begin with
    folder : where runs go; the user's data folder unless given

    Attributes
    ----------
    changed, time_changed, views, selection, history, actions : as in `Ledger`
    recordings, embeddings, predictions, runs, groups, joined, decoders : as in `Catalog`
    """

    # ---- files

    def open(self, path: str | Path | Sequence[str | Path], *, reader: str = "") -> str:
        """Read a recording (a list is the parts of one) or a run folder and add it; gives its name.

        A session that was saved takes the place of all that is open.

        Raises
        ------
        DataError
            If it cannot be used; what was open stays as it was.
        """
        from neurofm import io
        from neurofm.app import keep

        if keep.is_session(path):
            self._hold(keep.read(path))  # type: ignore[arg-type]
            return Path(path).stem  # type: ignore[arg-type]
        source: Source = [_whole(p) for p in path] if isinstance(path, list | tuple) else _whole(path)
        if is_run(source):
            return self.add(RunCard(str(source)))
        recording = io.read_recording(source, reader=reader)
        self._add_recording(recording, source, reader)
        return str(recording.session)

    @classmethod
    def restore(cls, path: str | Path, *, moved: Mapping[str, str | None] | None = None) -> Session:
        """A session as it was saved; what could be undone then cannot be any more.

        Parameters
        ----------
        path : the folder, an exported `.zip`, or `session.previous.json` in the folder
        moved : where files it refers to (or folders of them) are now, by where they were; None goes without them

        Raises
        ------
        MovedError
            If files are not where they were; its `paths` say which.
        DataError
            If anything in it is not as it must be.
        """
        from neurofm.app import keep

        session = cls()
        session._hold(keep.read(path, moved))
        return session

    def save(self, path: str | Path) -> Path:
        """Keep all of this in a folder `NAME.neurofm`, to be restored; a name that ends in .zip makes one file."""
        from neurofm.app import keep

        state = keep.state(self)
        made = keep.export(self, path) if Path(path).suffix == ".zip" else keep.save(self, path)
        self.saved = state
        return made

    # ---- what users say of things

    def group(self, name: str = "", space: str = "", ids: ArrayLike | None = None) -> Group:
        """Give things a name, by which they keep their colour and can be picked again: those picked unless given.

        Raises
        ------
        ValueError
            If there is nothing to name.
        """
        space = space or self.selection.last
        found = self.selection.picked(space) if ids is None else tidy(ids)
        if not len(found):
            raise ValueError("nothing is picked; pick the units, moments or trials that are to be a group first")
        check_choice("space", space, SPACES)
        group = Group(name or groups.free_name(self.groups), space, found)
        self._edit("groups", "group", group.name, group)
        return group

    def ungroup(self, name: str) -> None:
        """Forget the name of a group."""
        check_choice("group", name, self.groups)
        self._edit("groups", "group", name, None)

    def rename_group(self, name: str, new: str) -> None:
        """Call a group by another name; it keeps its colour.

        Raises
        ------
        ValueError
            If the new name is taken.
        """
        check_choice("group", name, self.groups)
        if new in self.groups:
            raise ValueError(f"there is a group called '{new}' already; choose another name")
        after = {(new if k == name else k): replace(g, name=new) if k == name else g for k, g in self.groups.items()}
        self._edit_all("groups", "group", new, after)

    def pick_group(self, name: str) -> None:
        """Pick what is in a group."""
        check_choice("group", name, self.groups)
        self.selection.pick(self.groups[name].space, self.groups[name].ids)

    def join(self, table: pd.DataFrame | str | Path, *, name: str = "", on: str = "", space: str = "") -> Joined:
        """Add the columns of a user's table to the units, trials or sessions that its rows are about.

        Parameters
        ----------
        table : rows, or a `.csv`, `.tsv` or `.parquet` file
        on, space : the shared column and what it names, where several could be meant

        Raises
        ------
        DataError
            If it cannot be read, joins to nothing, or to several.
        """
        path = "" if isinstance(table, pd.DataFrame) else _whole(table)
        rows = table if isinstance(table, pd.DataFrame) else joined.read(path)
        name = name or (Path(path).stem if path else f"table {len(self.joined) + 1}")
        tables = {s: MAKERS[s](self.numbered()) for s in joined.SPACES}  # without columns that were joined
        found = joined.join(name, rows.rename(columns=str), tables, on=on, space=space, path=path)
        self._edit("joined", "table", name, found)
        return found

    def part(self, name: str) -> None:
        """Take the columns of a joined table away again."""
        check_choice("joined table", name, self.joined)
        self._edit("joined", "table", name, None)

    def compare(self, first: str, second: str) -> pd.DataFrame:
        """What differs between two groups of units, trials or moments, the surest first (see `analysis.compare`).

        Things in both groups are left out; of moments, each stretch of them counts once.
        """
        for name in (first, second):
            check_choice("group", name, self.groups)
        if not any(a.kind == "compare" and a.options == {"first": first, "second": second} for a in self.actions):
            self._did("compare", f"{first}, {second}", first=first, second=second)
        return self.contrast(first, second).copy()

    def contrast(self, first: str, second: str) -> pd.DataFrame:
        """The same for a picture of it, which leaves no line in the script; not to be changed."""
        return self._remember(("compare", first, second), lambda: self._compared(first, second))

    # ---- what goes out

    def figure(self, view: str, path: str | Path, **options: Any) -> Path:
        """Write a view as it is to `.svg`, `.pdf` or `.png`; the options are those of `app.figure.render`."""
        from neurofm.app import figure

        state = self.view(view)
        made = figure.render(registry.get("neurofm.app.views", view.split(" ")[0]), state, self, path, **options)
        picks = [[space, ids.tolist(), mode] for space, ids, mode in self.selection.steps()]
        how = {"path": str(path), "state": asdict(state), "picks": picks, "time": self._time}
        self._did("figure", view, **how, options=options)
        return made

    def export(self, what: str, path: str | Path) -> Path:
        """Write a table ("unit", "trial", "session") or an embedding, by its name, with labels and all columns.

        Tables go to `.csv` or `.parquet`, embeddings also to `.h5ad` (AnnData).
        """
        from neurofm.app import export

        check_choice("table or embedding", what, [*MAKERS, *self.embeddings])
        made = export.embedding(self, what, path) if what in self.embeddings else export.table(self.table(what), path)
        self._did("export", what, path=str(path))
        return made

    @property
    def recipe(self) -> list[str]:
        """What was done, a line of Python each."""
        return self.script().splitlines()

    def script(self) -> str:
        """Python that does everything again and gets the same numbers."""
        self._data(list(self.recordings))
        return script([*self.actions, *self._edits()], self.selection.steps(), self._time)

    def notebook(self) -> str:
        """The script as a Jupyter notebook, a cell for each thing that was done."""
        self._data(list(self.recordings))
        return notebook([*self.actions, *self._edits()], self.selection.steps(), self._time)

    # ---- how

    def _hold(self, kept: Kept) -> None:
        """Put what was kept in place of all that is open, and tell of it."""
        from neurofm.app import keep

        if any(not job.over for job in self.__dict__.get("jobs", ())):
            raise ValueError("a job is still at work; stop it or wait for it before another session is opened")
        before = [(kind, name) for kind, place in _PLACES.items() for name in getattr(self, place)]
        for place in _PLACES.values():
            setattr(self, place, dict(getattr(kept, place)))
        self._names, self._sources, self.actions = list(kept.names), dict(kept.sources), list(kept.actions)
        self._known = {}
        self.version += 1
        self.selection.retell(kept.picks, self._links())
        self.history.clear()
        for name, state in kept.views.items():
            self._set_view(name, state)
        for name in kept.left_out:
            self.close(name)
        after = [(kind, name) for kind, place in _PLACES.items() for name in getattr(self, place)]
        for kind, name in dict.fromkeys([*before, *after]):
            self.changed.emit(kind, name)
        self._time = None  # so that it is told
        if kept.time is not None:
            self.set_time(kept.time)
        self.saved = keep.state(self)

    def _compared(self, first: str, second: str) -> pd.DataFrame:
        from neurofm.analysis.compare import compare
        from neurofm.app import _contrast

        return compare(*_contrast.tables(self, first, second))

    def _edits(self) -> list[Action]:
        """Joined tables and groups as they are now, for the script."""
        tables = [
            Action(kind="join", name=j.name, options={"path": _table(j), "on": j.key[-1], "space": j.space})
            for j in self.joined.values()
        ]
        named = [
            Action(kind="group", name=g.name, options={"space": g.space, "ids": g.ids}) for g in self.groups.values()
        ]
        return [*tables, *named]


_PLACES = {
    "recording": "recordings", "run": "runs", "embedding": "embeddings", "prediction": "predictions",
    "group": "groups", "table": "joined", "decoder": "decoders",
}  # fmt: skip


def _table(table: Joined) -> str:
    """Where a script finds a joined table: its file, or a copy in the cache of what has none."""
    if table.path and Path(table.path).exists():
        return table.path
    from platformdirs import user_cache_path

    from neurofm.app._shelf import Shelf

    shelf = Shelf(user_cache_path("neurofm") / "tables")
    return str(shelf.folder / shelf.put(table))


def _whole(path: Any) -> str:
    """The whole path, so that a script finds it from any folder."""
    return str(Path(path).resolve()) if Path(path).exists() else str(path)
