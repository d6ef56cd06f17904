"""Choices: which arm subjects chose, what came of it, and how likely a model found each arm, trial by trial."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from psygnal import evented

from neurofm.app import colors
from neurofm.app.describe import describe as words
from neurofm.app.pictures.scene import Axis, Line, Points, Scene, Shape, Viewport
from neurofm.app.state.link import NONE
from neurofm.app.views import _bands
from neurofm.data.choices import SUBJECT, TRIAL, Choices
from neurofm.data.ids import Ids, pack, unpack
from neurofm.data.prediction import Prediction
from neurofm.specs import ViewSpec
from neurofm.words import counted, outcome

if TYPE_CHECKING:
    from neurofm.app.state.catalog import Catalog

INVITATION = "Open a table of choices to see what subjects chose"
LANES = 12  # of an arm of a subject each, at most; one subject is always shown
MOST = 4000  # trials that are drawn as points
LOW, HIGH, DOT = 0.08, 0.78, 0.9  # of a lane: a chance of 0, of 1, and where a choice stands above these
MIDDLE = 0.5  # where it stands alone
ROOM = 0.15  # above the first lane, for its dots


@evented
@dataclass
class State:
    """What is shown of choices.

    Parameters
    ----------
    source : name; the one that was opened or chosen last if ""
    color_by : a column of the trials; what came of them if ""
    run : whose chances are shown; the newest if ""
    """

    source: str = ""
    color_by: str = ""
    run: str = ""


class _Shown(NamedTuple):
    """Subjects by their rows, the trials of all of them by theirs, and the place of these."""

    source: Choices
    subjects: list[int]
    rows: NDArray[np.int64]
    xy: NDArray[np.float64]


def scene(state: State, session: Catalog, viewport: Viewport) -> Scene:
    """A lane for each arm of each subject: dots are choices, the line is how likely the arm was."""
    shown = _shown(state, session)
    if shown is None:
        return Scene("Choices", message=INVITATION, action="open")
    source, prediction = shown.source, _prediction(state, session)
    longest = float(source.lengths[shown.subjects].max(initial=1))
    x = viewport.x or (0.0, longest + 1)
    column = state.color_by or next(iter(source.outcome_names), "choice")
    points, coloring = _points(session, shown, x, column, viewport)
    lines = () if prediction is None else _lines(shown, prediction)
    decoded = [("chance of the arm", colors.PREDICTED)] if lines else []
    return Scene(
        "Choices" if prediction is None else " · ".join(filter(None, ["Choices", _outcome(prediction, session)])),
        (*lines, *points),
        Axis(_counted(source), "", (0.0, longest + 1)),
        _axis(shown, viewport.height),
        legend=(*coloring.legend, *decoded),
        scale=coloring.scale,
        colored=(TRIAL, column),
        note=" · ".join(
            filter(None, [_note(session, shown), "" if prediction is None else _outcome(prediction, session)])
        ),
    )


def hit(state: State, session: Catalog, shape: Shape) -> tuple[str, Ids]:
    """Trials under the shape; under a point the nearest."""
    from neurofm.app.views._kernels import in_box, in_polygon

    shown = _shown(state, session)
    if shown is None or not len(shown.rows):
        return TRIAL, NONE
    ids, corners = pack(session.number(shown.source.session), shown.rows), np.asarray(shape.xy, float)
    if shape.kind == "point":
        away = np.abs(shown.xy - corners[0]) / np.maximum(shape.reach, 1e-9)
        nearest = int(np.hypot(*away.T).argmin())
        return TRIAL, ids[[nearest]] if (away[nearest] <= 1).all() else NONE
    if shape.kind == "box":
        return TRIAL, ids[in_box(shown.xy, corners.min(0), corners.max(0))]
    return TRIAL, ids[in_polygon(shown.xy, corners)]


def describe(state: State, session: Catalog, space: str, id: int) -> str:
    """The trial under the mouse, and how likely its choice was: `people/7 trial 12 · chose 2 · chance 0.62`."""
    said, prediction = words(session, space, id), _prediction(state, session)
    if prediction is None or space != TRIAL:
        return said
    row = np.flatnonzero(prediction.ids == id)
    if not len(row):
        return said
    chosen = prediction.truth[row[0]].argmax()
    return f"{said} · chance {prediction.values[row[0], chosen]:.2f}"


def choices(state: State, session: Catalog) -> dict[str, tuple[str, ...]]:
    """Files of choices, columns of their trials, and runs that told them."""
    source = _source(state, session)
    columns = session.columns(TRIAL) if source is not None else []
    runs = dict.fromkeys(_run(p) for p in _predictions(state, session))
    return {"source": ("", *_sources(session)), "color_by": ("", *columns), "run": ("", *runs)}


def _sources(session: Catalog) -> dict[str, Choices]:
    return {name: one for name, one in list(session.sources.items()) if isinstance(one, Choices)}


def _source(state: State, session: Catalog) -> Choices | None:
    there = _sources(session)
    return there.get(state.source) or there.get(session.latest(there))


def _shown(state: State, session: Catalog) -> _Shown | None:
    """The picked subjects, else the first ones."""
    source = _source(state, session)
    if source is None:
        return None
    number, local = unpack(session.selection.picked(SUBJECT))
    picked = local[number == session.number(source.session)]
    every = picked if len(picked) else np.arange(len(source.subjects))
    subjects = [int(k) for k in every[: max(LANES // len(source.arms), 1)]]
    rows = source.rows(subjects)
    order = np.repeat(np.arange(len(subjects)), source.lengths[subjects])
    lane = _lane(len(subjects), len(source.arms), order, source.action[rows])
    dot = MIDDLE if _prediction(state, session) is None else DOT
    return _Shown(source, subjects, rows, np.column_stack([source.place[rows] + 1.0, lane + dot]))


def _lane(subjects: int, arms: int, subject: NDArray[np.int64], arm: NDArray[np.int64]) -> NDArray[np.float64]:
    """Foot of the lane of an arm of a subject, the first subject and the first arm on top."""
    return np.asarray(subjects * arms - 1 - (subject * arms + arm), float)


def _points(
    session: Catalog, shown: _Shown, x: tuple[float, float], column: str, viewport: Viewport
) -> tuple[tuple[Points, ...], colors.Coloring]:
    """Choices in sight, evenly thinned where they are many; those that are picked on top."""
    inside = np.flatnonzero((shown.xy[:, 0] >= x[0]) & (shown.xy[:, 0] <= x[1]))
    inside = inside[:: max(-(-len(inside) // MOST), 1)]
    ids = pack(session.number(shown.source.session), shown.rows[inside])
    coloring = session.colors(column, TRIAL, ids, dark=viewport.dark)
    picked = np.isin(ids, session.selection.picked(TRIAL))
    size = float(np.clip(viewport.width / max(x[1] - x[0], 1.0), 3.0, 7.0))
    marks = [Points(TRIAL, ids[~picked], shown.xy[inside[~picked]], coloring.rgba[~picked], size)]
    if picked.any():
        rim = colors.ink(dark=viewport.dark)
        marks += [Points(TRIAL, ids[picked], shown.xy[inside[picked]], coloring.rgba[picked], size + 2, rim)]
    return tuple(marks), coloring


def _lines(shown: _Shown, prediction: Prediction) -> tuple[Line, ...]:
    """How likely each arm was before each trial."""
    source, lines = shown.source, []
    values = np.full((len(source.action), len(source.arms)), np.nan)
    values[unpack(prediction.ids)[1]] = prediction.values
    for k, subject in enumerate(shown.subjects):
        rows = source.rows([subject])
        for arm, name in enumerate(source.arms):
            foot = _lane(len(shown.subjects), len(source.arms), np.array(k), np.array(arm))
            height = foot + LOW + (HIGH - LOW) * values[rows, arm]
            lines.append(Line(source.place[rows] + 1.0, height, colors.PREDICTED, 1.5, f"{subject} {name}"))
    return tuple(lines)


def _counted(source: Choices) -> str:
    """What the axis counts, where that is not what the file does."""
    return "Trial" if (source.number == source.place + 1).all() else "Trial, counted from 1 in each subject"


def _axis(shown: _Shown, height: int) -> Axis:
    """Names of the arms, behind that of the subject at its first; where lanes are low, of the subjects."""
    arms, count, ticks = shown.source.arms, len(shown.subjects), []
    if height < _bands.LINE * count * len(arms):
        names = shown.source.subjects["label"].iloc[shown.subjects]
        ticks = [((count - 0.5 - k) * len(arms), str(name)) for k, name in enumerate(names)]
        return Axis("", "", (0.0, count * len(arms) + ROOM), tuple(ticks))
    for k, subject in enumerate(shown.subjects):
        for arm, name in enumerate(arms):
            who = f"{shown.source.subjects['label'].iloc[subject]} · " if arm == 0 else ""
            ticks.append((count * len(arms) - 0.5 - (k * len(arms) + arm), f"{who}{name}"))
    return Axis("", "", (0.0, max(count * len(arms), 1) + ROOM), tuple(ticks))


def _note(session: Catalog, shown: _Shown) -> str:
    every = len(shown.source.subjects)
    some = f"{len(shown.subjects)} of {counted(every, SUBJECT)}" if len(shown.subjects) < every else ""
    hint = "pick subjects to see others" if some and not len(session.selection.picked(SUBJECT)) else ""
    return " · ".join(filter(None, [shown.source.session, some, hint]))


def _predictions(state: State, session: Catalog) -> list[Prediction]:
    source = _source(state, session)
    name = "" if source is None else source.session
    return [p for p in list(session.predictions.values()) if p.session == name and p.space == TRIAL]


def _prediction(state: State, session: Catalog) -> Prediction | None:
    """That of the run that was asked for, else the newest."""
    there = _predictions(state, session)
    asked = [p for p in there if _run(p) == state.run]
    return next(reversed(asked or there), None)


def _run(prediction: Prediction) -> str:
    return Path(prediction.run).name


def _outcome(prediction: Prediction, session: Catalog) -> str:
    """How good it is, beside the best of what was fitted where its run is open."""
    run = session.runs.get(_run(prediction))
    beside = {} if run is None else run.metrics.get("sessions", {}).get(prediction.session, {})
    return outcome({**beside, **prediction.metrics})


SPEC = ViewSpec(
    title="Choices",
    state=State,
    scene=scene,
    hit=hit,
    describe=describe,
    choices=choices,
    needs=Choices.kind,
    invitation=INVITATION,
    place="tab of trace",
    order=5,
)
