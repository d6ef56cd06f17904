"""What is open and what is known of each thing in it: tables, columns, colours, moments. Reading only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.app import _moments, _tables, colors, groups
from neurofm.app._run import RunCard
from neurofm.app.decoders import Decoders
from neurofm.app.expression import Expression
from neurofm.app.groups import Group
from neurofm.app.joined import Joined
from neurofm.app.link import NONE, Link
from neurofm.checks import check_choice
from neurofm.data.embedding import Embedding
from neurofm.data.ids import Ids, pack, seconds, unpack
from neurofm.data.prediction import Prediction
from neurofm.data.recording import Recording
from neurofm.data.spans import SpanArray

if TYPE_CHECKING:
    from neurofm.training import Run

MAKERS = {"unit": _tables.units, "trial": _tables.trials, "session": _tables.sessions}


class Catalog:
    """Recordings, what came of them, and what users said of them.

    Attributes
    ----------
    recordings, embeddings, predictions, runs, groups, joined : by name, in the order they came
    decoders : how well decoders do, by the name of the recording
    version : counts what changed in the columns of things
    """

    def __init__(self) -> None:
        self.recordings: dict[str, Recording] = {}
        self.embeddings: dict[str, Embedding] = {}
        self.predictions: dict[str, Prediction] = {}
        self.runs: dict[str, Run | RunCard] = {}
        self.groups: dict[str, Group] = {}
        self.joined: dict[str, Joined] = {}
        self.decoders: dict[str, Decoders] = {}
        self.version = 0
        self._names: list[str] = []  # of every recording that ever was open; its place is its number
        self._known: dict[Any, Any] = {}  # tables and moments, until something changes

    def number(self, name: str) -> int:
        """The number that ids of this recording carry."""
        check_choice("recording", name, self.recordings)
        return self._names.index(name)

    def recording(self, name: str = "") -> Recording | None:
        """The recording of that name, or the first that is open; None if there is none."""
        return self.recordings.get(name) or next(iter(self.recordings.values()), None)

    def numbered(self) -> dict[int, Recording]:
        """Open recordings by number."""
        return {self._names.index(name): recording for name, recording in list(self.recordings.items())}

    # ---- columns

    def table(self, space: str) -> pd.DataFrame:
        """Names and columns of every unit, trial or session, indexed by id; those that users joined stand last."""
        check_choice("table", space, MAKERS)
        return self._remember(("table", space), lambda: self._table(space))

    def columns(self, space: str) -> list[str]:
        """What things of a space can be coloured by."""
        if space in MAKERS:
            return [str(name) for name in self.table(space) if name != "label"]
        if space != "time":
            return []
        grouped = ["group"] if any(g.space == "time" for g in self.groups.values()) else []
        return [*_tables.moment_columns(self.numbered()), *grouped]

    def values(self, space: str, column: str, ids: Ids) -> NDArray[Any]:
        """(id,) values of a column, words or numbers."""
        if space == "time":
            if column == "group":
                return groups.of(self.groups, "time", ids)
            return _tables.of_moments(self.numbered(), column, ids)
        check_choice(f"column of {space}", column, self.columns(space))
        return _tables.look_up(self.table(space), column, ids)

    def keep(self, text: str, space: str, ids: Ids) -> NDArray[np.bool_]:
        """(id,) which things a filter such as ``rate > 2`` is true of; all where there is no filter.

        Raises
        ------
        FilterError
            If it cannot be read, or asks for a column that is not there.
        """
        if not text.strip():
            return np.ones(len(ids), bool)
        known = ["label", *self.columns(space)] if space in MAKERS else self.columns(space)

        def column(name: str) -> NDArray[Any]:
            if name == "label":
                return _tables.look_up(self.table(space), name, ids)
            return self.values(space, name, ids)

        return Expression(text).mask(column, known, len(ids))

    def where(self, space: str, column: str, value: str) -> Ids:
        """Sorted ids of the things whose `column` says `value`, as a legend does; "none" for those without."""
        ids = self.everything(space)
        words = pd.Series(self.values(space, column, ids), dtype=object).fillna("").astype(str).to_numpy()
        return ids[words == ("" if value == "none" and not (words == value).any() else value)]

    def everything(self, space: str) -> Ids:
        """Sorted ids of all units, trials, sessions or moments."""
        if space in MAKERS:
            return np.sort(self.table(space).index.to_numpy(np.int64))
        found = [self._moments(number)[0] for number in sorted(self.numbered())] if space == "time" else []
        return np.concatenate([*found, NONE])

    def label(self, space: str, id: int) -> str:
        """What a user calls one thing: `rat/17`, or `rat 12.345 s` for a moment."""
        number, local = (int(part) for part in unpack(id))
        recording = self.numbered().get(number)
        if recording is None:
            return ""
        if space == "time":
            return f"{recording.session} {seconds(local, recording.start):.3f} s"
        table = self.table(space) if space in MAKERS else pd.DataFrame()
        return str(table.at[id, "label"]) if id in table.index else f"{recording.session}/{space} {local}"

    def colors(self, column: str, space: str, ids: Ids, *, dark: bool = True) -> colors.Coloring:
        """Colours of things by one of their columns, the same in every picture; ink where there is no such column."""
        if column not in self.columns(space):
            return colors.plain(len(ids), dark=dark)
        values = self.values(space, column, ids)
        if values.dtype.kind in "fiub":
            return colors.by_kind(column, column)(values)
        if column == "group":
            return colors.named(values, [g.name for g in self.groups.values() if g.space == space], dark=dark)
        known = self.table("session")["session"] if space == "time" else self.table(space)[column]
        return colors.categories(values, known, dark=dark)

    # ---- moments

    def moments(self, name: str, start: float, stop: float) -> Ids:
        """Ids of the moments in [start, stop) seconds that anything shown of a recording has: latents, else samples."""
        number = self.number(name)
        return _moments.between(number, self.recordings[name], self._moments(number)[0], (start, stop))

    def moment(self, name: str, time: float, reach: float) -> Ids:
        """The moment nearest to `time`, none if it is further than `reach` seconds."""
        start = self.recordings[name].start
        near = self.moments(name, time - reach, time + reach)
        far = np.abs(seconds(unpack(near)[1], start) - time)
        return near[[far.argmin()]] if len(near) else near

    def spans_of(self, ids: Ids, name: str = "") -> SpanArray:
        """(k, 2) seconds around moments of one recording, each as long as the spacing of moments like it."""
        recording = self.recording(name)
        if recording is None or not len(ids):
            return np.zeros((0, 2))
        last: tuple[Ids, SpanArray] | None = self._known.get(("spans", recording.session))
        if last is None or last[0] is not ids:
            number = self.number(recording.session)
            last = (ids, _moments.around(number, recording, self._moments(number)[1:], ids))
            self._known[("spans", recording.session)] = last
        return last[1]

    # ---- how

    def _table(self, space: str) -> pd.DataFrame:
        table = MAKERS[space](self.numbered())
        for joined in self.joined.values():
            if joined.space == space:
                table = joined.added_to(table)
        if any(g.space == space for g in self.groups.values()):
            table = table.assign(group=groups.of(self.groups, space, table.index.to_numpy(np.int64)))
        return table

    def _remember(self, key: Any, make: Any) -> Any:
        known = self._known  # a change puts another in its place, so that nothing stale is kept
        found = known.get(key)
        if found is None:
            found = known[key] = make()
        return found

    def _moments(self, number: int) -> list[Ids]:
        """Sorted moments of a recording: all that are shown, then those of each source."""
        sources = list(self.embeddings.values()), list(self.predictions.values())
        recording = self.numbered()[number]
        return self._remember(("moments", number), lambda: _moments.known(number, recording, *sources))

    def _links(self) -> tuple[Link, ...]:
        """Trials and the moments in them; sessions and the units in them where sessions have a map."""
        tried = [(number, r) for number, r in self.numbered().items() if len(r.intervals.get("trials", ()))]
        found = [_moments.in_trials(number, r, self._moments(number)[0]) for number, r in tried]
        if any(e.space == "session" for e in self.embeddings.values()):
            units = self.table("unit").index.to_numpy()
            found.append(Link("session", "unit", pack(unpack(units)[0], 0), units))
        return tuple(found)


def is_run(source: object) -> bool:
    """Whether a path is the folder of a run."""
    return isinstance(source, str) and (Path(source) / "config.json").is_file()
