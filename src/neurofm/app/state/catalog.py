"""What is open and what is known of each thing in it; how it comes and goes, and who is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from psygnal import Signal

from neurofm import registry
from neurofm.app import colors
from neurofm.app.state import groups, moments, tables, ties
from neurofm.app.state.checked import become, checked
from neurofm.app.state.filter import Search, condition
from neurofm.app.state.groups import Group
from neurofm.app.state.history import History
from neurofm.app.state.link import NONE
from neurofm.app.state.log import Log
from neurofm.app.state.now import Now
from neurofm.app.state.selection import Selection
from neurofm.app.state.tables import Beside
from neurofm.app.state.user_tables import UserTable
from neurofm.checks import check_choice
from neurofm.data.classes import words
from neurofm.data.embedding import Embedding
from neurofm.data.given import ids_given
from neurofm.data.ids import SPACES, Ids, seconds, unpack
from neurofm.data.prediction import Prediction
from neurofm.data.recording import TIME, Recording
from neurofm.data.source import SESSION, Source, start
from neurofm.data.spans import SpanArray
from neurofm.runs import RunFolder, new_folder, unclaim

if TYPE_CHECKING:
    from neurofm.app.jobs import Job, Jobs

VERBS, VIEWS = "neurofm.app.verbs", "neurofm.app.views"
Paths = str | list[str]  # of a source: a file, or those that together are one


class Catalog(Now):
    """Everything that is open, picked and done; every change is told.

    Attributes
    ----------
    changed : signal (kind, name) of what came, changed or went; kind is source, current (the source that was chosen),
        embedding, prediction, run, group, table or view, the name of a verb whose results changed, or "job" for
        something of a view that began or failed
    time_changed : as in `Now`
    read : signal (title of a view) that what it shows was read meanwhile: it alone is to be drawn again
    sources, embeddings, predictions, runs, groups, user_tables, views : by name, in the order they came
    results : what verbs left for people to look at, by verb and name
    selection, history, actions : what is picked, what can be undone, and what was done
    numbers, places : names of sources by the number that ids carry; where other processes read each
    version : counts what changed in the columns of things
    """

    read = Signal(str)

    def __init__(self, *, folder: str | Path | None = None) -> None:
        super().__init__()
        self.sources: dict[str, Source] = {}
        self.embeddings: dict[str, Embedding] = {}
        self.predictions: dict[str, Prediction] = {}
        self.runs: dict[str, RunFolder] = {}
        self.groups: dict[str, Group] = {}
        self.user_tables: dict[str, UserTable] = {}
        self.results: dict[str, dict[str, Any]] = {}
        self.views: dict[str, Any] = {}
        self.history = History()
        self.selection = Selection(self.history, self.ids)
        self.actions = Log()
        self.version = 0
        self.saved = ""  # what was last saved or restored, in a form that tells whether anything has changed
        self.seen: dict[str, str] = {}  # the page of each saved session that was last read or written here
        self.moved_aside: dict[str, str] = {}  # where it was saved instead of a session that others had changed
        self._folder = None if folder is None else Path(folder)
        self.numbers: list[str] = []  # every source that ever was open, "" once closed; its place is its number
        self.places: dict[str, Paths] = {}  # where other processes read each source; "" where only this one has it
        self._memory: dict[Any, Any] = {}  # tables and moments, until something changes

    @property
    def recordings(self) -> dict[str, Recording]:
        """Sources that are recordings, by name."""
        return {name: source for name, source in list(self.sources.items()) if isinstance(source, Recording)}

    def recording(self, name: str = "") -> Recording | None:
        """The recording of that name, or the one that was current last; None if there is none."""
        there = self.recordings
        return there.get(name) or there.get(self.latest(there))

    def number(self, name: str) -> int:
        """The number that ids of this source carry."""
        check_choice("source", name, self.sources)
        return self.numbers.index(name)

    def suiting(self, run: str) -> list[str]:
        """Names of open sources of the kind that a run has learned from."""
        return [name for name, source in list(self.sources.items()) if source.kind == self.runs[run].takes]

    def numbered(self) -> dict[int, Source]:
        """Open sources by number."""
        return {self.numbers.index(name): source for name, source in list(self.sources.items())}

    # ---- columns

    def tables(self) -> list[str]:
        """Spaces of what is open in which each thing has a row in a table, sessions last."""
        holders = tables.spaces(self.numbered())
        return [name for name, held in holders.items() if any(space.table for _, space in held)] + [SESSION]

    def spaces(self) -> list[str]:
        """All spaces of what is open, sessions last."""
        return [*tables.spaces(self.numbered()), SESSION]

    def table(self, space: str) -> pd.DataFrame:
        """Names and columns of every thing of a space, indexed by id; those that users added stand last."""
        check_choice("table", space, set(SPACES) - (set(self.spaces()) - set(self.tables())))
        return self.remember(("table", space), lambda: self._table(space))

    def columns(self, space: str) -> list[str]:
        """What things of a space can be coloured by."""
        if space in self.tables():
            return [str(name) for name in self.table(space) if name != "label"]
        if space not in self.spaces():
            return []
        grouped = ["group"] if any(g.space == space for g in self.groups.values()) else []
        return [*tables.columns_on_demand(self.numbered(), space, self._beside(space)), *grouped]

    def values(self, space: str, column: str, ids: Ids) -> NDArray[Any]:
        """(id,) values of a column, words or numbers."""
        if space in self.tables():
            check_choice(f"column of {space}", column, self.columns(space))
            return tables.look_up(self.table(space), column, ids)
        if column == "group":
            return groups.of(self.groups, space, ids)
        return tables.values_on_demand(self.numbered(), space, column, ids, self._beside(space))

    def passing(self, text: str, space: str, ids: Ids) -> NDArray[np.bool_]:
        """(id,) which things pass a filter such as ``rate > 2``; all where there is no filter.

        Raises
        ------
        FilterError
            If it cannot be read, or asks for a column that is not there.
        """
        if not text.strip():
            return np.ones(len(ids), bool)
        tabled = space in self.tables()

        def column(name: str) -> NDArray[Any]:
            if name == "label" and tabled:
                return tables.look_up(self.table(space), name, ids)
            return self.values(space, name, ids)

        asked, columns = condition(text), [*(["label"] if tabled else []), *self.columns(space)]
        if isinstance(asked, Search):  # which is for words: no amounts are looked up for it
            one = ids[:1]
            columns = [
                n for n in columns if tables.wordy(self.table(space)[n] if tabled else self.values(space, n, one))
            ]
        return asked.mask(column, columns, len(ids))

    def where(self, space: str, column: str, value: str) -> Ids:
        """Sorted ids of the things whose `column` says `value`, as a legend does; "none" for those without."""
        said = words(self.values(space, column, ids := self.everything(space)))
        return ids[said == ("" if value == "none" and not (said == value).any() else value)]

    def everything(self, space: str) -> Ids:
        """Sorted ids of all things of a space; of one that has no table, of those that are shown."""
        if space in self.tables():
            return np.sort(self.table(space).index.to_numpy(np.int64))
        holders = tables.spaces(self.numbered()).get(space, [])
        return np.concatenate([*(self._shown(number, space)[0] for number in sorted(dict(holders))), NONE])

    def ids(self, given: Any, space: str) -> Ids:
        """(thing,) ids of a space, given as ids, names ("rat/17"), a mask, or rows of its table; else refused."""
        if space in self.tables():
            return ids_given(given, space, self.table(space)["label"])
        ids = ids_given(given, space)
        moments.check(ids, space, self.numbered(), self._shown)
        return ids

    def label(self, space: str, id: int) -> str:
        """What a user calls one thing: `rat/17`, or `rat 12.345 s` for a moment."""
        return tables.label(self.numbered(), space, id, self.table(space) if space in self.tables() else None)

    def colors(self, column: str, space: str, ids: Ids, *, dark: bool = True) -> colors.Coloring:
        """Colours of things by one of their columns, the same in every picture; ink where there is no such column."""
        if column not in self.columns(space):
            return colors.plain(len(ids), dark=dark)
        values = self.values(space, column, ids)
        if values.dtype.kind in "fiub":
            return colors.by_kind(column, column, dark=dark)(values)
        if column == "group":
            return colors.named(values, [g.name for g in self.groups.values() if g.space == space], dark=dark)
        like = None if space in self.tables() else self._beside(space).get(column)
        everywhere = self.table(like.space if like else space if space in self.tables() else SESSION)
        return colors.categories(values, everywhere.get(like.column if like else column), dark=dark)

    # ---- moments

    def moments(self, name: str, start: float, stop: float) -> Ids:
        """Ids of the moments in [start, stop) seconds that anything shown of a source has: latents, else samples."""
        number = self.number(name)
        return moments.between(number, self.sources[name], self._shown(number, TIME)[0], (start, stop))

    def moment(self, name: str, time: float, reach: float) -> Ids:
        """The moment nearest to `time`, none if it is further than `reach` seconds."""
        near = self.moments(name, time - reach, time + reach)
        far = np.abs(seconds(unpack(near)[1], start(self.sources[name])) - time)
        return near[[far.argmin()]] if len(near) else near

    def spans_of(self, ids: Ids, name: str = "") -> SpanArray:
        """(k, 2) seconds around moments of one source, each as long as the spacing of moments like it."""
        source = self.sources.get(name) or self.sources.get(self.current)
        if source is None or not len(ids):
            return np.zeros((0, 2))
        last: tuple[Ids, SpanArray] | None = self._memory.get(("spans", source.session))
        if last is None or last[0] is not ids:
            number = self.number(source.session)
            last = ids, moments.around(number, source, self._shown(number, TIME)[1:], ids)
            self._memory["spans", source.session] = last
        return last[1]

    # ---- how things come and go

    def put(self, kind: str, place: dict[str, Any], name: str, result: Any) -> None:
        """Put something in its place, as the newest, and tell of it."""
        place.pop(name, None)
        place[name] = result
        self.tell(kind, name)

    def put_result(self, verb: str, name: str, result: Any) -> None:
        """Keep what a verb left to look at, and tell of it."""
        self.put(verb, self.results.setdefault(verb, {}), name, result)

    def files(self, names: Sequence[str]) -> list[Paths]:
        """Where other processes read sources: their own files, or a copy in the cache of what has none."""
        from neurofm import io

        for name in names:
            check_choice("source", name, self.sources)
            source, action = self.sources[name], self.opening(name)
            self.places[name], held = io.file_of(source), io.origin(source)
            if action is not None:
                action.options = {"path": self.places[name], "reader": ""} if held is None else held.options
        return [self.places[name] for name in names]

    def opening(self, name: str) -> Any:
        """The action that opened a source as it is; None where it came otherwise, or was edited since."""
        edits = [a for a in self.actions if registry.get(VERBS, a.kind).edits]
        edited = any(name in (a.name, *(a.options.get("along") or ())) for a in edits)
        return None if edited else self.actions.last("open", name)

    def actions_for(self, run: str) -> list[Any]:
        """The actions from which a run of that name came."""
        return [a for a in self.actions if a.name == run and a.done != 0 and registry.get(VERBS, a.kind).gives == "run"]

    # ---- views, and what can be undone

    def view(self, name: str) -> Any:
        """The state of a view, made at its first use; "latent 2" is a second latent space."""
        name = name if name in self.views else registry.called(VIEWS, name)
        if name not in self.views:
            spec = registry.get(VIEWS, name.split(" ")[0])
            self.views[name] = checked(spec.state, spec.title, lambda state: spec.choices(state, self))
            self.changed.emit("view", name)
        return self.views[name]

    def set_view(self, name: str, state: Any) -> None:
        """Let the state that a dock may hold become another, value by value; what it names need not be there."""
        become(self.view(name), state)

    def undo(self) -> bool:
        """Take back the last pick or edit; False if there is none."""
        return self.history.undo()

    def redo(self) -> bool:
        """Take back the last undo; False if there is none."""
        return self.history.redo()

    def edit(self, kind: str, place: str, name: str, after: dict[str, Any]) -> None:
        """Put `after` in place of all groups or tables, so that it can be undone, and tell of the one that changed."""
        before = dict(getattr(self, place))
        replaced = partial(self._replace, kind, place, name)
        replaced(after)
        self.history.did(partial(replaced, before), partial(replaced, after))

    # ---- jobs

    @cached_property
    def jobs(self) -> Jobs:
        """The queue of long work."""
        from neurofm.app.jobs import Jobs

        jobs = Jobs()
        jobs.preview.connect(self._on_preview)
        jobs.finished.connect(self._on_finished)
        jobs.expect(name for run in self.runs.values() for name in run.slow)
        return jobs

    @property
    def folder(self) -> Path:
        """Where runs go."""
        if self._folder is None:
            from platformdirs import user_data_path

            self._folder = user_data_path("neurofm") / "runs"
        return self._folder

    @folder.setter
    def folder(self, folder: str | Path) -> None:
        self._folder = Path(folder)

    def free_folder(self, name: str) -> Path:
        """A run folder that was not there yet; it is made, so that no other program takes its name."""
        return new_folder(self.folder, name, {action.name for action in self.actions})

    # ---- how

    def tell(self, kind: str, name: str) -> None:
        """Tell of a change, once everything follows from it."""
        if kind in ("source", "group", "table"):  # these change what is known of things
            self.follow()
        else:
            self._memory = {key: value for key, value in list(self._memory.items()) if key[0] == "table"}
            self.selection.relink(self._links())
        self.changed.emit(kind, name)

    def follow(self) -> None:
        """Let tables, colours and links follow what is open now; who changes that tells of it afterwards."""
        self._memory = {}
        self.version += 1
        self.selection.relink(self._links())

    def remember(self, key: Any, make: Callable[[], Any]) -> Any:
        """What `make` gives, made once until something changes."""
        memory = self._memory  # a change puts another in its place, so that nothing stale is kept
        if (value := memory.get(key)) is None:
            value = memory[key] = make()
        return value

    def _beside(self, space: str) -> dict[str, Beside]:
        """What goes on beside things of a space that has no table."""
        return self.remember(("table", f"beside {space}"), lambda: tables.beside(self.numbered(), space))

    def _table(self, space: str) -> pd.DataFrame:
        table = tables.table(self.numbered(), space)
        for user_table in self.user_tables.values():
            if user_table.space == space:
                table = user_table.added_to(table)
        if any(g.space == space for g in self.groups.values()):
            table = table.assign(group=groups.of(self.groups, space, table.index.to_numpy(np.int64)))
        return table

    def _shown(self, number: int, space: str) -> list[Ids]:
        """Sorted ids of a source in a space without a table: all that are shown, then those of each that shows some."""
        drawn = list(self.embeddings.values()), list(self.predictions.values())
        source = self.numbered()[number]
        return self.remember(("shown", space, number), lambda: moments.shown(number, source, space, *drawn))

    def _links(self) -> tuple[Any, ...]:
        mapped = {e.space for e in self.embeddings.values()}
        return ties.links(self.numbered(), lambda number: self._shown(number, TIME)[0], mapped)

    def _replace(self, kind: str, place: str, name: str, things: dict[str, Any]) -> None:
        setattr(self, place, dict(things))
        self.tell(kind, name)

    def _on_preview(self, job: Job, path: str) -> None:
        registry.get(VERBS, job.task).previewed(self, job, Path(path))

    def _on_finished(self, job: Job) -> None:
        registry.get(VERBS, job.task).took(self, job)
        if job.state != "done" and job.arguments.get("out"):
            unclaim(Path(job.arguments["out"]))
