"""Table: units, trials, sessions, runs or decoders in rows that can be sorted, or what differs between two groups."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from psygnal import evented

from neurofm.app import colors, decoders
from neurofm.app.controls import HIDDEN
from neurofm.app.link import NONE, among
from neurofm.app.scene import Axis, Column, Scene, Shape, Table, Viewport
from neurofm.app.views._words import describe as words
from neurofm.data.ids import Ids
from neurofm.errors import FilterError
from neurofm.specs import ViewSpec
from neurofm.words import TITLES

if TYPE_CHECKING:
    from neurofm.app.session import Session

ROW = 22  # pixels that a row is high, at least
THINGS = {
    "unit": "units", "trial": "trials", "session": "sessions", "run": "runs", "comparison": "columns",
    "decoder": "decoders",
}  # fmt: skip
EFFORTS = ("full", "quick")
NAMES = ("label", "run")  # columns that tell rows apart
WORDY = 12  # a column of so few different words gets colours


@evented
@dataclass
class State:
    """What the table shows.

    Parameters
    ----------
    of : what a row is; "comparison" sets two groups side by side, a row for each of their columns, and "decoder" all
        decoders on the same folds of a recording
    filter : the rows shown, such as ``rate > 2``
    a, b : the groups that are compared; the two newest of one kind if ""
    recording : on which decoders are compared; that of the newest comparison, else the first, if ""
    effort : of a comparison of decoders that is asked for
    sort_by, descending : the column that orders the rows, "" for as they came
    """

    of: Literal["unit", "trial", "session", "run", "comparison", "decoder"] = "unit"
    filter: str = ""
    a: str = ""
    b: str = ""
    recording: str = ""
    effort: str = "full"
    sort_by: str = field(default="", metadata=HIDDEN)
    descending: bool = field(default=False, metadata=HIDDEN)


def scene(state: State, session: Session, viewport: Viewport) -> Scene:
    """The rows in sight."""
    frame, warning = _frame(state, session)
    if not len(frame):
        return Scene("Table", message=_missing(state, session), action=_action(state, session))
    most = max(viewport.height // ROW, 1) + 2
    low, high = viewport.y or (0.0, float(most))
    first = int(np.clip(np.floor(low), 0, max(len(frame) - 1, 0)))
    last = int(np.clip(np.ceil(high), first, first + most))
    shown = frame.iloc[first:last]
    space = state.of if state.of in ("unit", "trial", "session") else ""
    ids = shown.index.to_numpy(np.int64)
    picked = session.selection.picked(space)
    table = Table(
        space,
        ids,
        tuple(_column(frame, str(name), slice(first, last), dark=viewport.dark) for name in frame),
        among(ids, picked),
        first,
        len(frame),
        state.sort_by if state.sort_by in frame else "",
        state.descending,
    )
    chosen = int(among(frame.index.to_numpy(np.int64), picked).sum())
    count = (
        f"{chosen:,} of {len(frame):,} {THINGS[state.of]} picked" if chosen else f"{len(frame):,} {THINGS[state.of]}"
    )
    if state.of == "decoder":
        count += _about(decoders.newest(session, _named(state, session)))
    rows = Axis("Row", "", (0.0, float(len(frame))))
    return Scene("Table", (table,), Axis("", "", (0.0, 1.0)), rows, note=count, warning=warning)


def hit(state: State, session: Session, shape: Shape) -> tuple[str, Ids]:
    """The things whose rows the shape touches; its y counts rows from the top."""
    if state.of not in ("unit", "trial", "session"):
        return "unit", NONE
    frame, _ = _frame(state, session)
    low, high = shape.xy[:, 1].min(), shape.xy[:, 1].max()
    first, last = max(int(np.floor(low)), 0), max(int(np.ceil(high)), int(np.floor(low)) + 1, 0)
    return state.of, np.sort(frame.index.to_numpy(np.int64)[first:last])


def describe(state: State, session: Session, space: str, id: int) -> str:
    """The thing under the mouse."""
    return words(session, space, id)


def choices(state: State, session: Session) -> dict[str, tuple[str, ...]]:
    """Groups, where they are compared, recordings on which decoders are, and at what effort if they are not yet."""
    names = ("", *session.groups) if state.of == "comparison" else ()
    known = ("", *session.recordings) if state.of == "decoder" else ()
    asked = state.of == "decoder" and decoders.newest(session, _named(state, session)) is None
    return {
        "a": names, "b": names, "recording": known if len(known) > 2 else (), "effort": EFFORTS if asked else (),
    }  # fmt: skip


def activate(state: State, session: Session, row: int) -> None:
    """Open the run of a decoder, if it has one.

    Raises
    ------
    DataError
        If the run is gone.
    """
    found, (frame, _) = decoders.newest(session, _named(state, session)), _frame(state, session)
    if state.of == "decoder" and found is not None and 0 <= row < len(frame) and frame["run"].iloc[row]:
        session.open_decoder(found.recording, int(frame.index[row]))


def frame(state: State, session: Session) -> pd.DataFrame:
    """All rows of the table as they are sorted and filtered, indexed by id where a row is a thing."""
    return _frame(state, session)[0]


def pair(state: State, session: Session) -> tuple[str, str] | None:
    """The groups that are compared: those named, else the two newest of one kind; None if there are no two."""
    groups = session.groups
    if state.a in groups and state.b in groups and state.a != state.b:
        return state.a, state.b
    for second in reversed(groups.values()):
        for first in reversed(groups.values()):
            if first is not second and first.space == second.space:
                return first.name, second.name
    return None


def _frame(state: State, session: Session) -> tuple[pd.DataFrame, str]:
    """Rows, and what is wrong with the filter."""
    found, warning = _rows(state, session), ""
    if state.filter.strip() and state.of in ("unit", "trial", "session"):
        try:
            found = found[session.keep(state.filter, state.of, found.index.to_numpy(np.int64))]
        except FilterError as error:
            warning = str(error)
    if state.sort_by in found:
        key = found[state.sort_by]
        key = key if key.dtype.kind in "fiub" else key.fillna("").astype(str)
        order = key.sort_values(ascending=not state.descending, kind="stable", na_position="last").index
        found = found.loc[order]
    return found, warning


def _rows(state: State, session: Session) -> pd.DataFrame:
    if state.of == "run":
        return _runs(session)
    if state.of == "decoder":
        made = decoders.newest(session, _named(state, session))
        return pd.DataFrame() if made is None else made.table.dropna(axis=1, how="all")
    if state.of == "comparison":
        names = pair(state, session)
        return pd.DataFrame() if names is None else session.contrast(*names).reset_index(drop=True)
    table = session.table(state.of)
    first = [c for c in ("label", "group") if c in table]
    return table[[*first, *(c for c in table if c not in first)]]


def _runs(session: Session) -> pd.DataFrame:
    """A row for each run: what it is and how well it does."""
    rows = []
    for name, run in session.runs.items():
        metrics = dict(run.metrics)
        score = {f"held-out {title}": metrics.get(key) for key, title in TITLES.items()}
        score |= {f"ridge {title}": metrics.get(f"ridge_{key}") for key, title in TITLES.items()}
        about = {"run": name, "model": run.config.get("model", "")} | score
        rows.append(about | {key: metrics.get(key) for key in ("steps", "seconds")})
    return pd.DataFrame(rows).dropna(axis=1, how="all")


def _column(frame: pd.DataFrame, name: str, rows: slice, *, dark: bool) -> Column:
    values, shown = frame[name], frame[name].iloc[rows]
    if values.dtype.kind in "fiu":
        return Column(str(name), tuple(_number(v) for v in shown), _bars(values, shown))
    said = tuple("" if v is None or v != v else str(v) for v in shown)
    few = name not in NAMES and values.nunique() <= min(WORDY, max(len(values) - 1, 1))
    dots = colors.categories(shown, values, dark=dark).rgba if few else None
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


def _about(found: decoders.Decoders | None) -> str:
    """Under the rows: on what they were tried, and what can be done with them."""
    if found is None:
        return ""
    folds = f"{found.folds} folds" if found.folds > 1 else "one fold and few steps"
    return f" on {folds} of {found.recording}; double-click one with a run to open it"


def _named(state: State, session: Session) -> str:
    """The recording that was chosen, "" if it is gone."""
    return state.recording if state.recording in session.recordings else ""


def _action(state: State, session: Session) -> str:
    if not session.recordings:
        return "open"
    if state.of != "decoder":
        return "train"
    return "jobs" if decoders.job_of(session, _named(state, session)) else "compare_decoders"


def _missing(state: State, session: Session) -> str:
    if not session.recordings:
        return "Open a recording to see its units and trials"
    if state.filter.strip() and len(_rows(state, session)):
        return f"No {THINGS[state.of]} pass the filter '{state.filter}'; change it or clear it"
    if state.of == "decoder":
        named = _named(state, session)
        name, lasts = named or next(iter(session.recordings)), decoders.lasts(quick=state.effort == "quick")
        if decoders.job_of(session, named):
            return f"Decoders are compared on {named or 'a recording'} …"
        return f"Compare decoders of all kinds and our models on {name} ({lasts} on this machine)"
    if state.of == "comparison":
        return "Pick some units or trials and press G, twice, to compare two groups"
    return {
        "run": "Train a model to see its results here",
        "trial": "No recording that is open has trials; open one that does",
    }.get(state.of, f"There are no {THINGS[state.of]} to show; open a recording that holds some")


SPEC = ViewSpec(
    title="Table", state=State, scene=scene, hit=hit, describe=describe, choices=choices, activate=activate, order=4
)
