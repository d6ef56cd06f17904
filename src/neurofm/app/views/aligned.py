"""Aligned: what units fire around the picked bouts, a line for each bout, and their mean rate under them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from psygnal import evented

from neurofm.app import colors
from neurofm.app.colors import Color
from neurofm.app.describe import describe as words
from neurofm.app.memory import remember
from neurofm.app.pictures.scene import Axis, Image, Line, Scene, Shape, Viewport
from neurofm.app.state.link import NONE, ranges
from neurofm.data.ids import Ids, pack, unpack
from neurofm.data.recording import UNIT, Recording
from neurofm.data.spans import SpanArray
from neurofm.specs import ViewSpec
from neurofm.words import counted, thing, things

if TYPE_CHECKING:
    from neurofm.app.state.catalog import Catalog

TITLE = "Aligned"
MOST = 6  # units at once
ACTIVE = 3  # of the most active, where none is picked
BINS = 50  # of the rates
WIDE = 2  # pixels of a spike
TWO_LINES = 40  # pixels of a unit's band in which its name and its rate stand one above the other
RATE, RASTER = (0.04, 0.36), (0.40, 0.96)  # of the height of each unit's band

Floats = NDArray[np.float64]


@evented
@dataclass
class State:
    """What is shown around what.

    Parameters
    ----------
    recording : whose units; the first on the clock of what is picked if ""
    units : a group of them; those that are picked, else the most active, if ""
    at : what time 0 is
    before, after : seconds
    """

    recording: str = ""
    units: str = ""
    at: Literal["start", "stop"] = "start"
    before: Annotated[float, {"min": 0.05, "max": 60.0}] = 1.0
    after: Annotated[float, {"min": 0.05, "max": 60.0}] = 2.0


@dataclass(frozen=True, eq=False)
class Aligned:
    """What is picked and lasts, on the clock of a recording, and the units that are shown around it."""

    recording: Recording
    space: str
    ids: Ids
    times: Floats  # (event,) that are time 0, ascending
    units: NDArray[np.int64]


def scene(state: State, session: Catalog, viewport: Viewport) -> Scene:
    """A band for each unit: its spikes around each event, and its mean rate; coloured as the events are elsewhere."""
    aligned = _aligned(state, session)
    if isinstance(aligned, Scene):
        return aligned
    x = viewport.x or (-state.before, state.after)
    coloring, column = _coloring(session, aligned, dark=viewport.dark)
    sorts = _sorts(session, aligned, column) if coloring.legend else [np.arange(len(aligned.ids))]
    curves = [(*_rates(state, aligned, rows), _color(coloring.rgba, rows, dark=viewport.dark)) for rows in sorts]
    marks: list[Image | Line] = []
    ticks = []
    for k, unit in enumerate(aligned.units):
        base = float(len(aligned.units) - 1 - k)
        marks += _raster(aligned, unit, base, coloring.rgba, x, viewport)
        top = max([float(np.nanmax(rates[k])) for rates, *_ in curves if np.isfinite(rates[k]).any()], default=0.0)
        scale = (RATE[1] - RATE[0]) / max(top, 1e-9)
        marks += [Line(t, base + RATE[0] + scale * rates[k], color, 1.5, "mean rate") for rates, t, color in curves]
        name = str(aligned.recording.units["label"].iloc[unit])
        rate, middle = f"{top:.3g} Hz", base + sum(RASTER) / 2
        roomy = viewport.height >= TWO_LINES * len(aligned.units)
        ticks += [(base + RATE[1], rate), (middle, name)] if roomy else [(middle, f"{name}, {rate}")]
    height = float(len(aligned.units))
    marks.append(Line(np.zeros(2), np.array([0.0, height]), colors.GREY, 1.0, "time 0"))
    what = f"{counted(len(aligned.ids), aligned.space)}"
    return Scene(
        f"{TITLE} to {what}",
        tuple(marks),
        Axis(f"Time from the {state.at} of a {thing(aligned.space)}", "s", (-state.before, state.after)),
        Axis("", "", (0.0, height), tuple(sorted(ticks))),
        legend=_present(session, aligned, column, coloring),
        colored=(aligned.space, column) if coloring.legend else ("", ""),
        note=f"{aligned.recording.session} · {what}, {_which(state, session, aligned)}",
    )


def hit(state: State, session: Catalog, shape: Shape) -> tuple[str, Ids]:
    """Events whose lines the shape touches."""
    aligned = _aligned(state, session)
    if isinstance(aligned, Scene):
        return UNIT, NONE
    count, (low, high) = len(aligned.ids), RASTER
    touched = np.zeros(count, bool)
    bottom, top = shape.xy[:, 1].min(), shape.xy[:, 1].max()
    level = low + (np.arange(count + 1)) * (high - low) / count  # edges of the lines, from the bottom
    for base in range(len(aligned.units)):
        touched |= (base + level[:-1] <= top) & (base + level[1:] >= bottom)
    return aligned.space, np.sort(aligned.ids[::-1][touched])


def describe(state: State, session: Catalog, space: str, id: int) -> str:
    """The bout under the mouse."""
    return words(session, space, id)


def choices(state: State, session: Catalog) -> dict[str, tuple[str, ...]]:
    """Recordings with spikes, and groups of units."""
    groups = tuple(g.name for g in session.groups.values() if g.space == UNIT)
    return {"recording": ("", *_firing(session)), "units": ("", *groups)}


def _aligned(state: State, session: Catalog) -> Aligned | Scene:
    """What there is to see, or what to do first."""
    firing = _firing(session)
    if not firing:
        return Scene(TITLE, message="Open a recording with spikes to see what its units do around bouts", action="open")
    space = _space(session)
    if not space:
        said = "Pick bouts in the ethogram, or trials, to see what units do around them"
        return Scene(TITLE, message=said, action="ethogram")
    clocks = {session.numbered()[n].clock for n in np.unique(unpack(session.selection.picked(space))[0]).tolist()}
    on_clock = [name for name, recording in firing.items() if recording.clock in clocks]
    chosen = state.recording if state.recording in firing else session.latest(on_clock)
    if chosen not in on_clock:
        said = f"The picked {things(space)} are on another clock than {chosen or 'any recording that has spikes'}"
        return Scene(TITLE, message=said, action="open")
    recording = firing[chosen]
    ids, edges = _events(session, space, recording.clock)
    if not len(ids):
        said = f"None of the picked {things(space)} has a start and a stop; pick some that have both"
        return Scene(TITLE, message=said)
    times = edges[:, 0 if state.at == "start" else 1]
    order = np.argsort(times, kind="stable")
    return Aligned(recording, space, ids[order], times[order], _units(state, session, recording))


def _firing(session: Catalog) -> dict[str, Recording]:
    return {name: one for name, one in session.recordings.items() if len(one.spikes) and len(one.units)}


def _space(session: Catalog) -> str:
    """The space of what is picked and lasts, the one that was picked in before those that followed; "" for none."""
    picked = [session.selection.last, *session.selection.spaces()]
    for space in picked:
        numbers = np.unique(unpack(session.selection.picked(space))[0]).tolist() if space else []
        if any(_edges(session, n, space) is not None for n in numbers):
            return space
    return ""


def _edges(session: Catalog, number: int, space: str) -> SpanArray | None:
    """(thing, 2) seconds of the things of a source that last."""
    source = session.numbered().get(number)
    held = None if source is None else source.spaces().get(space)
    times = None if held is None or held.times is None else held.times()
    return times if times is not None and times.ndim == 2 else None


def _events(session: Catalog, space: str, clock: str) -> tuple[Ids, SpanArray]:
    """What is picked on a clock, and its edges."""
    number, local = unpack(session.selection.picked(space))
    ids, edges = [NONE], [np.zeros((0, 2))]
    for n in np.unique(number).tolist():
        times = _edges(session, n, space)
        if times is None or session.numbered()[n].clock != clock:
            continue
        own = local[number == n]
        known = np.isfinite(times[own]).all(1)
        ids.append(pack(n, own[known]))
        edges.append(times[own[known]])
    return np.concatenate(ids), np.concatenate(edges)


def _units(state: State, session: Catalog, recording: Recording) -> NDArray[np.int64]:
    """Rows of the units that are shown."""
    group = session.groups.get(state.units)
    number, local = unpack(session.selection.picked(UNIT) if group is None else group.ids)
    rows = local[number == session.number(recording.session)]
    if len(rows):
        return rows[:MOST]
    rates = remember(recording, "rates", recording.rates)
    return np.sort(np.argsort(-rates, kind="stable")[:ACTIVE]).astype(np.int64)


def _which(state: State, session: Catalog, aligned: Aligned) -> str:
    """Which units these are."""
    if state.units in session.groups:
        return f"units of {state.units}"
    number = unpack(session.selection.picked(UNIT))[0]
    some = (number == session.number(aligned.recording.session)).any()
    return "the picked units" if some else "the most active units; Shift and a pick adds yours"


def _coloring(session: Catalog, aligned: Aligned, *, dark: bool) -> tuple[colors.Coloring, str]:
    """Colours of the events by the first column that their kind is told apart by."""
    source = session.numbered()[int(unpack(aligned.ids[:1])[0][0])]
    told = [c for c in source.spaces()[aligned.space].telling if c in session.columns(aligned.space)]
    column = next(iter(told), "")
    return session.colors(column, aligned.space, aligned.ids, dark=dark), column


def _present(session: Catalog, aligned: Aligned, column: str, coloring: colors.Coloring) -> colors.Legend:
    """The legend without what is not among the events."""
    if not coloring.legend:
        return ()
    there = set(session.values(aligned.space, column, aligned.ids).astype(str).tolist())
    rest = {"other", "none"} if there - {name for name, _ in coloring.legend} else set()
    return tuple((name, color) for name, color in coloring.legend if name in there | rest)


def _sorts(session: Catalog, aligned: Aligned, column: str) -> list[NDArray[np.intp]]:
    """Rows of the events of each sort, the sorts in the order in which they come."""
    values = session.values(aligned.space, column, aligned.ids).astype(str)
    return [np.flatnonzero(values == value) for value in dict.fromkeys(values.tolist())]


def _raster(
    aligned: Aligned, unit: int, base: float, rgba: Color, x: tuple[float, float], viewport: Viewport
) -> list[Image | Line]:
    """Spikes in pixels, the earliest event on top."""
    width, count = max(viewport.width, 1), len(aligned.ids)
    tall = min(count, max(int(viewport.height * (RASTER[1] - RASTER[0])) // len(aligned.units), 1))
    fired = _fired(aligned.recording, unit)
    first, last = (np.searchsorted(fired, aligned.times + edge) for edge in x)
    event = np.repeat(np.arange(count), last - first)
    place = (fired[ranges(first, last)] - aligned.times[event] - x[0]) * (width / max(x[1] - x[0], 1e-12))
    painted = np.zeros((tall, width, 4), np.uint8)
    row = tall - 1 - event * tall // count
    for beside in range(WIDE):
        painted[row, np.clip(place + beside, 0, width - 1).astype(np.intp)] = rgba[event]
    return [Image(painted, x, (base + RASTER[0], base + RASTER[1]))]


def _fired(recording: Recording, unit: int) -> Floats:
    """(spike,) seconds at which a unit fired."""
    return remember(
        recording, ("fired", int(unit)), lambda: np.asarray(recording.spikes.times[recording.spikes.unit == unit])
    )


def _rates(state: State, aligned: Aligned, rows: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """(unit, bin) mean rates around some events, and the seconds of each bin."""
    from neurofm.analysis.tuning import psth

    bin = (state.before + state.after) / BINS
    rates, centres = psth(aligned.recording, aligned.units, aligned.times[rows], (-state.before, state.after), bin)
    return np.asarray(rates, float), np.asarray(centres, float)


def _color(rgba: Color, rows: NDArray[np.intp], *, dark: bool) -> Color:
    """Of these events, ink where they differ."""
    own = rgba[rows]
    return own[0] if (own == own[0]).all() else colors.ink(dark=dark)


SPEC = ViewSpec(
    title=TITLE,
    state=State,
    scene=scene,
    hit=hit,
    describe=describe,
    choices=choices,
    needs=Recording.kind,
    invitation="Open a recording with spikes to see what its units do around bouts",
    place="tab of tuning",
    order=3,
)
