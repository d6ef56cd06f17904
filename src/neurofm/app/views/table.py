"""Table: the things of a space, runs, or what a verb left to look at, in rows that can be sorted."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from psygnal import evented

from neurofm import registry
from neurofm.app import colors
from neurofm.app.describe import describe as words
from neurofm.app.pictures.controls import HIDDEN
from neurofm.app.pictures.scene import Axis, Column, Scene, Shape, Table, Viewport
from neurofm.app.state.catalog import VERBS, Catalog
from neurofm.app.state.link import NONE, among
from neurofm.data.ids import Ids, unpack
from neurofm.errors import FilterError
from neurofm.specs import RowSpec, ViewSpec
from neurofm.words import ALL, BESIDE, OF, TITLES, things

ROW = 22  # pixels that a row is high, at least
RUN = "run"
NAMES = ("label", RUN)  # columns that tell rows apart
WORDY = 12  # a column of so few different words gets colours


@evented
@dataclass
class State:
    """What the table shows.

    Parameters
    ----------
    of : what a row is: a space ("unit"), "run", or what a verb left ("comparison" of two groups, "decoder"); the first
        space of what is open if ""
    filter : the rows shown, such as ``rate > 2``
    a, b : the groups that are compared; the two newest of one kind if ""
    recording : on which decoders are compared; that of the newest comparison, else the first, if ""
    effort : of a comparison of decoders that is asked for
    sort_by, descending : the column that orders the rows, "" for as they came
    """

    of: str = ""
    filter: str = ""
    a: str = ""
    b: str = ""
    recording: str = ""
    effort: str = "full"
    sort_by: str = field(default="", metadata=HIDDEN)
    descending: bool = field(default=False, metadata=HIDDEN)


def scene(state: State, session: Catalog, viewport: Viewport) -> Scene:
    """The rows in sight."""
    frame, warning = _frame(state, session)
    of = rows_of(state, session)
    if not len(frame):
        message, action = _missing(state, session)
        return Scene("Table", message=message, action=action)
    most = max(viewport.height // ROW, 1) + 2
    low, high = viewport.y or (0.0, float(most))
    first = int(np.clip(np.floor(low), 0, max(len(frame) - 1, 0)))
    last = int(np.clip(np.ceil(high), first, first + most))
    shown = frame.iloc[first:last]
    space = of if of in session.tables() else ""
    ids = shown.index.to_numpy(np.int64)
    picked = session.selection.picked(space)
    columns = [_column(frame, str(name), slice(first, last), dark=viewport.dark) for name in frame]
    units = _units(session, space)
    table = Table(
        space,
        ids,
        tuple(replace(column, unit=units.get(column.name, "")) for column in columns),
        among(ids, picked),
        first,
        len(frame),
        state.sort_by if state.sort_by in frame else "",
        state.descending,
        next(iter(np.flatnonzero(among(frame.index.to_numpy(np.int64), picked)).tolist()), -1) if len(picked) else -1,
    )
    rows = Axis("Row", "", (0.0, float(len(frame))))
    note = _note(state, session, frame, picked)
    return Scene("Table", (table,), Axis("", "", (0.0, 1.0)), rows, note=note, warning=warning)


def hit(state: State, session: Catalog, shape: Shape) -> tuple[str, Ids]:
    """The things whose rows the shape touches; its y counts rows from the top."""
    of = rows_of(state, session)
    if of not in session.tables():
        return "", NONE
    frame, _ = _frame(state, session)
    low, high = shape.xy[:, 1].min(), shape.xy[:, 1].max()
    first, last = max(int(np.floor(low)), 0), max(int(np.ceil(high)), int(np.floor(low)) + 1, 0)
    return of, np.sort(frame.index.to_numpy(np.int64)[first:last])


def describe(state: State, session: Catalog, space: str, id: int) -> str:
    """The thing under the mouse."""
    return words(session, space, id)


def choices(state: State, session: Catalog) -> dict[str, tuple[str, ...]]:
    """What rows can be, and what else there is to choose for these."""
    others = _others()
    fields: dict[str, tuple[str, ...]] = {"a": (), "b": (), "recording": (), "effort": ()}
    if state.of in others:
        fields |= others[state.of].choices(state, session)
    else:
        fields["sort_by"] = ("", *map(str, _rows(state, session)))
    return {"of": (*session.tables(), RUN, *others)} | fields


def activate(state: State, session: Catalog, row: int) -> None:
    """Do what a double click on a row is for: of a thing that has times, go to when it was.

    Raises
    ------
    DataError
        If what it opens is gone.
    """
    others, (frame, _) = _others(), _frame(state, session)
    if not 0 <= row < len(frame):
        return
    if state.of in others:
        others[state.of].activate(state, session, int(frame.index[row]))
        return
    of, (numbers, local) = rows_of(state, session), unpack(frame.index.to_numpy()[[row]])
    source = session.numbered().get(int(numbers[0])) if of in session.tables() else None
    times = source.spaces()[of].times if source is not None else None
    begin = np.nan if times is None else float(np.ravel(times()[local[0]])[0])
    if source is not None and np.isfinite(begin):
        session.current = source.session
        session.time = begin


def rows_of(state: State, session: Catalog) -> str:
    """What a row is: as was chosen, else a thing of the current source, or of the first space that has a table."""
    source, tables = session.sources.get(session.current), session.tables()
    own = [] if source is None else [name for name in source.spaces() if name in tables]
    return state.of or (own or tables)[0]


def frame(state: State, session: Catalog) -> pd.DataFrame:
    """All rows of the table as they are sorted and filtered, indexed by id where a row is a thing."""
    return _frame(state, session)[0]


def _others() -> dict[str, RowSpec]:
    """Rows that verbs offer, by the word that chooses them."""
    return {word: rows for spec in registry.specs(VERBS).values() for word, rows in spec.rows.items()}


def _frame(state: State, session: Catalog) -> tuple[pd.DataFrame, str]:
    """Rows, and what is wrong with the filter."""
    rows, warning, of = _rows(state, session), "", rows_of(state, session)
    if state.filter.strip() and of in session.tables():
        try:
            rows = rows[session.passing(state.filter, of, rows.index.to_numpy(np.int64))]
        except FilterError as error:
            warning = error.in_view()
    if state.sort_by in rows:
        key = rows[state.sort_by]
        key = key if key.dtype.kind in "fiub" else key.fillna("").astype(str)
        order = key.sort_values(ascending=not state.descending, kind="stable", na_position="last").index
        rows = rows.loc[order]
    return rows, warning


def _rows(state: State, session: Catalog) -> pd.DataFrame:
    of, others = rows_of(state, session), _others()
    if of == RUN:
        return _runs(session)
    if of in others:
        rows: pd.DataFrame = others[of].frame(state, session)
        return rows
    table = session.table(of)
    first = [c for c in ("label", "group") if c in table]
    return table[[*first, *(c for c in table if c not in first)]]


def _runs(session: Catalog) -> pd.DataFrame:
    """A row for each run: what it is and how well it does."""
    rows = []
    for name, run in session.runs.items():
        metrics = dict(run.metrics)
        score = {f"held-out {title}": metrics.get(key) for key, title in TITLES.items()}
        score |= {f"{title} over all": metrics.get(f"{ALL}{key}") for key, title in TITLES.items()}
        for other, word in BESIDE.items():
            score |= {f"{word} {title}": metrics.get(f"{other}_{key}") for key, title in TITLES.items()}
        about = {RUN: name, "model": run.config.get("model", ""), OF: run.of} | score
        rows.append(about | {key: metrics.get(key) for key in ("steps", "seconds")})
    return pd.DataFrame(rows).dropna(axis=1, how="all")


def _named(of: str) -> str:
    """What rows are called, when there are several."""
    others = _others()
    return others[of].title if of in others else things(of)


def _note(state: State, session: Catalog, frame: pd.DataFrame, picked: Ids) -> str:
    """How many rows, how many of them picked, and what more there is to say."""
    of, others = rows_of(state, session), _others()
    chosen = int(among(frame.index.to_numpy(np.int64), picked).sum())
    count = f"{len(frame):,} {_named(of)}"
    more = others[of].note(state, session) if of in others else ""
    return (f"{chosen:,} of {count} picked" if chosen else count) + more


def _missing(state: State, session: Catalog) -> tuple[str, str]:
    """What to say where there are no rows, and the command of the button under it."""
    of, others = rows_of(state, session), _others()
    if of in others:
        message, action = others[of].missing(state, session)
        return message, action
    if state.filter.strip() and len(_rows(state, session)):
        return f"No {_named(of)} pass the filter '{state.filter}'; change it or clear it", ""
    at_work = next((job.title for job in session.jobs if not job.over), "")
    if at_work and of != RUN:
        return f"No {_named(of)} yet; at work: {at_work}", "jobs"
    if of == RUN:
        return "Train a model to see its results here", "train"
    return f"Nothing that is open has {_named(of)}; open something that does", "open"


def _units(session: Catalog, space: str) -> dict[str, str]:
    """In what columns of things are measured; "" where sources measure one in several units."""
    each = [source.spaces()[space].units for source in session.sources.values() if space in source.spaces()]
    there: dict[str, set[str]] = {}
    for name, unit in (pair for units in each for pair in units.items()):
        there.setdefault(name, set()).add(unit)
    return {name: next(iter(units)) if len(units) == 1 else "" for name, units in there.items()}


def _column(frame: pd.DataFrame, name: str, rows: slice, *, dark: bool) -> Column:
    values, shown = frame[name], frame[name].iloc[rows]
    if values.dtype.kind in "fiu":
        return Column(str(name), tuple(_number(v) for v in shown), _bars(values, shown))
    said = tuple("" if v is None or v != v else str(v) for v in shown)
    few = name not in NAMES and values.nunique() <= min(WORDY, max(len(values) - 1, 1))
    dots = colors.categories(shown, values, dark=dark).rgba.copy() if few else None
    if dots is not None:
        dots[[not words for words in said], 3] = 0  # what is not known is no kind of its own
    return Column(str(name), said, None, dots)


def _bars(values: pd.Series[Any], shown: pd.Series[Any]) -> NDArray[np.float64] | None:
    """Length of each cell's bar: the share of the largest value, from zero where none is negative."""
    low, high = min(float(values.min()), 0.0), float(values.max())
    if not np.isfinite([low, high]).all() or high <= low:
        return None
    return ((shown.to_numpy(float) - low) / (high - low)).clip(0, 1)


def _number(value: Any) -> str:
    if value != value:
        return ""
    whole = isinstance(value, int | np.integer) or 1000 <= abs(value) < 1e9
    return f"{value:,.0f}" if whole else f"{value:.3g}"


SPEC = ViewSpec(
    title="Table", state=State, scene=scene, hit=hit, describe=describe, choices=choices, activate=activate,
    order=4,     needs="any", invitation="Open a recording to see its units and trials",
)  # fmt: skip
