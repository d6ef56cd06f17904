"""Candidates: a unit beside those of another animal that are most like it, with their spikes and their tuning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, NamedTuple

import numpy as np
from numpy.typing import NDArray
from psygnal import evented

from neurofm.app import colors
from neurofm.app.colors import Color
from neurofm.app.describe import describe as words
from neurofm.app.memory import remember
from neurofm.app.pictures.scene import Axis, Image, Line, Scene, Shape, Viewport
from neurofm.app.state.link import NONE, ranges
from neurofm.app.views import _alike
from neurofm.app.views._alike import INVITATION
from neurofm.data.ids import Ids, unpack
from neurofm.data.matches import Matches
from neurofm.data.recording import UNIT, Recording
from neurofm.data.trials import cut
from neurofm.errors import DataError
from neurofm.specs import ViewSpec

if TYPE_CHECKING:
    from neurofm.app.state.catalog import Catalog

TITLE = "Candidates"
RASTERS, TUNING, BARS = (0.58, 0.98), (0.30, 0.52), (0.02, 0.25)  # of the height
HALVES = ((0.0, 0.485), (0.515, 1.0))  # of the width, for the two rasters
LOW, NARROW, LINE = 260, 700, 13  # pixels: of a view without rasters, of one whose axis says nothing, and of a name
GREY = colors.fade(colors.GREY, 0.5)

Floats = NDArray[np.floating]


@evented
@dataclass
class State:
    """Whose candidates are shown.

    Parameters
    ----------
    matches : name; the newest that are open if ""
    other : animal in which to look for units that are like the picked one; the nearest in the list if ""
    count : how many
    """

    matches: str = ""
    other: str = ""
    count: Annotated[int, {"min": 1, "max": 10}] = 4


class Found(NamedTuple):
    """A unit and those that are most like it, the nearest first.

    Parameters
    ----------
    unit, animal : its row, and that of the animal in which was looked
    candidates : rows of units
    distance : (candidate,)
    among : distances to all units of that animal, ascending
    q : (candidate,) least false-discovery rate at which it is called a match, NaN if it is none of the pairs
    match : (candidate,) whether it is called one
    """

    unit: int
    animal: int
    candidates: NDArray[np.int64]
    distance: Floats
    among: Floats
    q: Floats
    match: NDArray[np.bool_]


def scene(state: State, session: Catalog, viewport: Viewport) -> Scene:
    """Spikes of both on top, what they are tuned to over each other below, and how near each candidate is."""
    matches = _alike.shown(state.matches, session)
    if matches is None:
        return Scene(TITLE, message=INVITATION, action=_alike.first_step(session))
    found = _found(state, session, matches)
    if found is None:
        return Scene(TITLE, message=_asks(session, matches))
    palette = _palette(len(found.candidates))
    marks: list[Image | Line] = []
    ticks: list[tuple[float, str]] = []
    both = (found.unit, colors.ink(dark=viewport.dark)), (int(found.candidates[0]), palette[0])
    for (unit, color), across in zip(both, HALVES) if viewport.height >= LOW else ():
        drawn, named = _raster(session, matches, unit, color, across, viewport)
        marks += drawn
        ticks = ticks or named
    tuned, below = _tuning(matches, found, palette, (TUNING[0], TUNING[1] if marks else RASTERS[1]), viewport)
    bars, ranked = _bars(matches, found, palette)
    room = (BARS[1] - BARS[0]) * viewport.height / len(ranked)
    ranked = ranked if room >= LINE else ranked[:1]
    label = matches.units["label"].astype(str)
    first, other = label.iloc[found.unit], label.iloc[int(found.candidates[0])]
    return Scene(
        f"{first} beside {other}", (*marks, *tuned, *bars), Axis(_told(matches, viewport), "", (0.0, 1.0), below),
        Axis("", "", (0.0, 1.0), tuple(sorted([*ranked, *ticks]))),
        legend=_legend(label, found, palette, dark=viewport.dark), note=_note(matches, found),
    )  # fmt: skip


def hit(state: State, session: Catalog, shape: Shape) -> tuple[str, Ids]:
    """The candidates whose bars the shape touches."""
    matches = _alike.shown(state.matches, session)
    found = None if matches is None else _found(state, session, matches)
    if matches is None or found is None:
        return UNIT, NONE
    low, high = shape.xy[:, 1].min(), shape.xy[:, 1].max()
    level, half = _levels(len(found.candidates)), 0.5 * (BARS[1] - BARS[0]) / len(found.candidates)
    own = _alike.ids(session, matches)[found.candidates[(level - half <= high) & (level + half >= low)]]
    return matches.space, np.sort(own[own >= 0])


def choices(state: State, session: Catalog) -> dict[str, tuple[str, ...]]:
    """Matches and their animals."""
    matches = _alike.shown(state.matches, session)
    animals = () if matches is None else tuple(map(str, matches.animals["label"]))
    return {"matches": ("", *_alike.there(session)), "other": ("", *animals)}


def describe(state: State, session: Catalog, space: str, id: int) -> str:
    """The unit."""
    return words(session, space, id)


def _found(state: State, session: Catalog, matches: Matches) -> Found | None:
    """The picked unit and its candidates; None where none is picked that has distances to another animal."""
    names = [str(name) for name in matches.animals["label"]]
    for unit in _alike.asked(session, matches).tolist():
        own = int(matches.animal[unit])
        others = [names.index(state.other)] if state.other in names else [k for k in range(len(names)) if k != own]
        for other in others:
            distance = None if other == own else matches.distance(own, other)
            if distance is not None and distance.shape[1]:
                return _nearest(state, matches, unit, other, distance[unit - matches.rows(own)[0]])
    return None


def _nearest(state: State, matches: Matches, unit: int, other: int, distance: Floats) -> Found | None:
    known = np.flatnonzero(np.isfinite(distance))
    order = known[np.argsort(distance[known], kind="stable")]
    if not len(order):
        return None
    best = matches.rows(other)[order[: state.count]]
    pairs = _alike.found(matches, int(matches.animal[unit]), other)
    pairs = pairs[pairs["a"] == unit].drop_duplicates("b").set_index("b").reindex(best)
    match = pairs["sure"].fillna(False).to_numpy(bool)
    among = distance[order]
    return Found(unit, other, best, among[: state.count], among, pairs["q"].to_numpy(float), match)


def _palette(count: int) -> Color:
    return np.c_[colors.OKABE_ITO[np.arange(count) % 7], np.full(count, 255)].astype(np.uint8)


# ---- spikes


def _raster(
    session: Catalog, matches: Matches, unit: int, color: Color, across: tuple[float, float], viewport: Viewport
) -> tuple[list[Image | Line], list[tuple[float, str]]]:
    """Spikes of a unit in its trials, those of a condition beside each other; and where each condition lies."""
    id = int(_alike.ids(session, matches)[unit])
    source = session.numbered().get(int(unpack(id)[0])) if id >= 0 else None
    column = str(matches.options.get("conditions", ""))
    if not isinstance(source, Recording) or not matches.conditions or column not in source.intervals.get("trials", ()):
        return [], []
    lying = remember(source, ("conditions", column, matches), lambda: _trials(matches, source, column))
    if lying is None:
        return [], []
    start, condition, seconds = lying
    row = int(unpack(id)[1])
    fired = np.asarray(source.spikes.times[source.spikes.unit == row])
    first, last = (np.searchsorted(fired, start + edge) for edge in (0.0, seconds))
    trial = np.repeat(np.arange(len(start)), last - first)
    width = max(int(viewport.width * (across[1] - across[0])), 8)
    tall = max(int(viewport.height * (RASTERS[1] - RASTERS[0])), len(matches.conditions))
    place = ((fired[ranges(first, last)] - start[trial]) / seconds * width).astype(np.intp).clip(0, width - 1)
    share = _within(condition)  # of its condition's band, from the top
    bands = len(matches.conditions)
    level = ((condition[trial] + share[trial]) / bands * tall).astype(np.intp).clip(0, tall - 1)
    painted = np.zeros((tall, width, 4), np.uint8)
    thick = max(int(0.5 * tall / max(len(start), 1)), 1)
    for down in range(thick):
        for right in range(2):
            painted[(tall - 1 - level - down).clip(0), (place + right).clip(0, width - 1)] = color
    edges = RASTERS[1] - (RASTERS[1] - RASTERS[0]) * np.arange(bands + 1) / bands
    lines = Line(np.tile([*across, np.nan], bands + 1), np.repeat(edges, 3), GREY, 1.0)
    ticks = [(float(middle), str(name)) for middle, name in zip((edges[1:] + edges[:-1]) / 2, matches.conditions)]
    return [Image(painted, across, RASTERS), lines], ticks


def _trials(
    matches: Matches, recording: Recording, column: str
) -> tuple[NDArray[np.float64], NDArray[np.int64], float] | None:
    """Seconds at which trials of shared conditions begin, which condition each is of, and how long they last."""
    told = matches.options
    width = float(told.get("bin") or 0.1)
    try:
        given = {name: told[name] for name in ("event", "before", "after") if told.get(name)}
        trials = cut(recording, width, **given)
    except DataError:
        return None
    known = trials.row >= 0
    values = recording.intervals["trials"][column].to_numpy()[trials.row[known]]
    names = [str(name) for name in matches.conditions]
    place = np.array([_place(value, column, names) for value in values], np.int64)
    bins = int(told.get("bins") or max(matches.conditions.values(), default=1))
    return trials.start[known][place >= 0], place[place >= 0], width * bins


def _place(value: object, column: str, names: list[str]) -> int:
    """Which of the conditions a value of the trials is: called by itself, or by its column and itself."""
    from neurofm.analysis.conditions import said

    number = said(value)
    return next((names.index(name) for name in (number, f"{column} {number}") if name in names), -1)


def _within(condition: NDArray[np.int64]) -> Floats:
    """(trial,) which share of its condition's trials come before it."""
    share = np.zeros(len(condition))
    for k in np.unique(condition):
        own = np.flatnonzero(condition == k)
        share[own] = np.arange(len(own)) / len(own)
    return share


# ---- tuning, and how near they are


def _tuning(
    matches: Matches, found: Found, palette: Color, reach: tuple[float, float], viewport: Viewport
) -> tuple[list[Line], tuple[tuple[float, str], ...]]:
    """Profiles over each other, the unit's own in ink, and where each condition lies."""
    units = np.r_[found.unit, found.candidates]
    profiles = matches.profiles[units].astype(float)
    count = profiles.shape[1]
    if not count:
        return [], ()
    low, high = float(np.nanmin(profiles)), float(np.nanmax(profiles))
    at = (np.arange(count) + 0.5) / count
    heights = reach[0] + (profiles - low) / max(high - low, 1e-12) * (reach[1] - reach[0])
    edges = np.cumsum([0, *matches.conditions.values()]) / count
    breaks = (edges[1:-1] * count).round().astype(int)
    x = np.insert(at, breaks, np.nan)
    ink = colors.ink(dark=viewport.dark)
    order = [*range(len(units) - 1, 0, -1), 0]  # the unit itself is drawn last, on top
    curves = [
        Line(x, np.insert(heights[k], breaks, np.nan), ink if k == 0 else palette[k - 1], 2.5 if k == 0 else 1.5)
        for k in order
    ]
    inner = edges[1:-1]
    grid = Line(np.repeat(inner, 3), np.tile([*reach, np.nan], len(inner)), GREY, 1.0)
    ticks = tuple((float(m), str(name)) for m, name in zip((edges[1:] + edges[:-1]) / 2, matches.conditions))
    named = ticks if 0 < len(ticks) <= 16 else ((0.5, f"{count:,} features of {matches.by}"),)
    return [grid, *curves], named


def _levels(count: int) -> Floats:
    """Heights of the candidates' bars, the nearest on top."""
    return BARS[1] - (np.arange(count) + 0.5) * (BARS[1] - BARS[0]) / count


def _bars(matches: Matches, found: Found, palette: Color) -> tuple[list[Line], list[tuple[float, str]]]:
    """Bars as long as each candidate is far, up to the farthest of them, and its name with its distance."""
    share = 0.95 * found.distance / max(float(found.distance.max()), 1e-12)
    level = _levels(len(found.candidates))
    label = matches.units["label"].astype(str)
    bars = [Line(np.array([0.0, length]), np.full(2, y), color, 7.0) for length, y, color in zip(share, level, palette)]
    told = zip(found.candidates, found.distance)
    names = [f"{k + 1}. {_short(label.iloc[row])}, {far:.2g} away" for k, (row, far) in enumerate(told)]
    return bars, list(zip(level.tolist(), names))


def _short(label: str) -> str:
    """What a unit is called within its animal."""
    return label.rsplit("/", 1)[-1]


def _legend(label: object, found: Found, palette: Color, *, dark: bool) -> colors.Legend:
    names = [str(label.iloc[row]) for row in (found.unit, *found.candidates)]  # type: ignore[attr-defined]
    told = [names[0]]  # with its animal, since each animal has a unit 1
    for name, q, match in zip(names[1:], found.q, found.match):
        sure = ": match" if match else ": unsure" if np.isfinite(q) else ""
        told.append(f"{name}{sure}")
    return tuple(zip(told, [colors.ink(dark=dark), *palette]))


def _asks(session: Catalog, matches: Matches) -> str:
    """What to do where nothing is picked of what is open."""
    open_now = np.unique(matches.animal[_alike.ids(session, matches) >= 0])
    if not len(open_now):
        return f"None of the animals of {matches.session} is open; open them to pick units of theirs"
    name = matches.animals["label"].iloc[int(open_now[0])]
    return f"Pick one of {name} to see which of another animal are like it"


def _next(found: Found) -> str:
    """How much farther the next unit is."""
    if len(found.among) < 2:
        return ""
    farther = float(found.among[1] / max(found.among[0], 1e-12)) - 1
    if farther < 1:
        return f"; the next is {farther:.0%} farther"
    return f"; the next is {1 + farther:.0f} times as far" if farther < 100 else "; the next is far away"


def _told(matches: Matches, viewport: Viewport) -> str:
    """What stands under the pictures, where there is room."""
    if viewport.width < NARROW:
        return ""
    by = matches.options.get("conditions") or matches.by
    return f"Above: spikes by {by}; middle: what distances are of; below: the longer, the nearer"


def _note(matches: Matches, found: Found) -> str:
    """How sure the best is, in words."""
    best, q = str(matches.units["label"].iloc[found.candidates[0]]), float(found.q[0])
    if found.match[0] and not np.isfinite(q):
        sure = f"{best} was said to be the same"
    elif found.match[0]:
        sure = f"{best} is called a match: of the pairs at least as good as this about {q:.0%} are wrong"
    elif q < 1:
        sure = f"{best} is nearest, but no match: of the pairs at least as good as this about {q:.0%} are wrong"
    elif np.isfinite(q):
        own = str(matches.animals["label"].iloc[int(matches.animal[found.unit])])
        sure = f"{best} is nearest, but no match: another of {own} is nearer to it"
    else:
        sure = f"{best} is nearest; how sure that is cannot be told"
    return f"{sure}{_next(found)}. Alike in what they do, which is not being the same"


SPEC = ViewSpec(
    title=TITLE,
    state=State,
    scene=scene,
    hit=hit,
    describe=describe,
    choices=choices,
    place="tab of tuning",
    order=7,
    needs=Matches.kind,
    invitation=INVITATION,
    action=_alike.first_step,
)
