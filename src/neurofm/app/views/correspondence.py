"""Correspondence: how far each unit of one animal is from each of another, like beside like, and which are matched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from psygnal import evented

from neurofm.app import colors
from neurofm.app.describe import describe as words
from neurofm.app.memory import remember
from neurofm.app.pictures.scene import Axis, Image, Line, Points, Scene, Shape, Spans, Viewport
from neurofm.app.state.link import NONE
from neurofm.app.views import _alike
from neurofm.app.views._alike import INVITATION, Pair
from neurofm.data.ids import Ids, pack
from neurofm.data.matches import MATCH, Matches
from neurofm.data.recording import UNIT
from neurofm.specs import ViewSpec
from neurofm.words import counted

if TYPE_CHECKING:
    from neurofm.app.state.catalog import Catalog

TITLE = "Correspondence"
NAMED = 40  # units whose names fit beside the picture
LINE, WORD = 14, 48  # pixels that a name is high and wide
MARKED = 200  # picked units that are marked
COARSEST = 256  # cells that are not folded further
FAR = 0.95  # share of the distances that colours tell apart; those beyond are as far as can be

Floats = NDArray[np.floating]


@evented
@dataclass
class State:
    """What is shown of which matches.

    Parameters
    ----------
    matches : name; the newest that are open if ""
    one, other : animals whose units are the rows and the columns; the first two if ""
    place : a column that says where units are, such as depth: matched units are joined between two such rules; "" shows
        distances
    """

    matches: str = ""
    one: str = ""
    other: str = ""
    place: str = ""


class Ordered(NamedTuple):
    """Units as they lie, like beside like.

    Parameters
    ----------
    rows, columns : (place,) units that can be judged from the top and from the left, counted in their animals
    near : (row, column) distances as a share of what is usual of both units, from 0 for the nearest to 255, from the
        bottom and the left, as pixels are; and the same at half, a quarter, ... of the size
    limits : the shares that these stand for
    """

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    near: tuple[NDArray[np.uint8], ...]
    limits: tuple[float, float]


def scene(state: State, session: Catalog, viewport: Viewport) -> Scene:
    """Distances, near ones bright, with a ring around each match; picked units marked along both sides."""
    matches = _alike.shown(state.matches, session)
    pair = None if matches is None else _alike.pair(matches, state.one, state.other)
    if matches is None or pair is None or not np.isfinite(pair.distance).any():
        told = INVITATION if matches is None else f"{matches.session} has no distances; match the units again"
        return Scene(TITLE, message=told, action=_alike.first_step(session))
    if state.place in _places(session, matches):
        return _rules(state, session, matches, pair, viewport)
    order = _ordered(matches, pair)
    tall, wide = (float(len(units)) for units in (order.rows, order.columns))
    x, y = viewport.x or (0.0, wide), viewport.y or (0.0, tall)
    image, scale = _drawn(order, x, y, viewport)
    across, down = (str(matches.animals["label"].iloc[k]) for k in (pair.other, pair.one))
    marks = (image, *_matched(session, matches, pair, order, x, y, viewport), *_picked(session, matches, pair, order))
    names = matches.units["label"].astype(str).to_numpy(object)
    columns = _ticks(names[pair.columns[order.columns]], x, viewport.width // WORD, across)
    rows = _ticks(names[pair.rows[order.rows]][::-1], y, viewport.height // LINE, down)
    return Scene(
        TITLE, marks, Axis(across, "", (0.0, wide), columns), Axis(down, "", (0.0, tall), rows), scale=scale,
        note=_note(matches, pair), warning=_warning(matches, pair),
    )  # fmt: skip


def hit(state: State, session: Catalog, shape: Shape) -> tuple[str, Ids]:
    """Units of the rows and of the columns under the shape; of a point both that meet there."""
    matches = _alike.shown(state.matches, session)
    pair = None if matches is None else _alike.pair(matches, state.one, state.other)
    if matches is None or pair is None or not np.isfinite(pair.distance).any():
        return UNIT, NONE
    if state.place in _places(session, matches):
        return matches.space, _near(state, session, matches, pair, shape)
    order, corners = _ordered(matches, pair), np.asarray(shape.xy, float)
    low, high = corners.min(0), corners.max(0)
    across = _between(low[0], high[0], len(order.columns))
    down = _between(len(order.rows) - high[1], len(order.rows) - low[1], len(order.rows))
    if not (len(across) and len(down)):
        return matches.space, NONE
    units = np.r_[pair.rows[order.rows[down]], pair.columns[order.columns[across]]]
    own = _alike.ids(session, matches)[units]
    return matches.space, np.sort(own[own >= 0])


def choices(state: State, session: Catalog) -> dict[str, tuple[str, ...]]:
    """Matches, their animals, and columns that say where units are."""
    matches = _alike.shown(state.matches, session)
    animals = () if matches is None else tuple(map(str, matches.animals["label"]))
    return {
        "matches": ("", *_alike.there(session)),
        "one": ("", *animals),
        "other": ("", *animals),
        "place": ("", *(() if matches is None else _places(session, matches))),
    }


def describe(state: State, session: Catalog, space: str, id: int) -> str:
    """The unit, or the two that are matched and how sure that is."""
    return words(session, space, id)


def under(state: State, session: Catalog, shape: Shape) -> str:
    """The two units that meet at a point, and how far they are from each other."""
    matches = _alike.shown(state.matches, session)
    pair = None if matches is None else _alike.pair(matches, state.one, state.other)
    if matches is None or pair is None or state.place or not np.isfinite(pair.distance).any():
        return ""
    order = _ordered(matches, pair)
    column, row = int(np.floor(shape.xy[0, 0])), len(order.rows) - 1 - int(np.floor(shape.xy[0, 1]))
    if not (0 <= row < len(order.rows) and 0 <= column < len(order.columns)):
        return ""
    a, b = order.rows[row], order.columns[column]
    label = matches.units["label"].astype(str)
    rank = int((pair.distance[a] < pair.distance[a, b]).sum()) + 1
    far = f"distance {pair.distance[a, b]:.3g}, {rank} of {pair.distance.shape[1]}"
    return f"{label.iloc[pair.rows[a]]} and {label.iloc[pair.columns[b]]}: {far}"


# ---- distances


def _ordered(matches: Matches, pair: Pair) -> Ordered:
    def make() -> Ordered:
        known = np.isfinite(pair.distance)
        down, across = (np.flatnonzero(known.any(axis)) for axis in (1, 0))
        far = float(pair.distance[known].max()) if known.any() else 1.0
        distance = np.nan_to_num(pair.distance[np.ix_(down, across)], nan=far)
        usual = [np.maximum(np.median(distance, axis, keepdims=True), 1e-3 * max(far, 1e-12)) for axis in (0, 1)]
        share = distance / np.sqrt(usual[0] * usual[1])
        rows, columns = _likeness(share)
        some = share.ravel()[:: max(share.size // 100_000, 1)]
        limits = (float(some.min()), float(np.quantile(some, FAR)))
        shown = share[rows[::-1]][:, columns]
        near = 255 * (shown - limits[0]) / max(limits[1] - limits[0], 1e-12)
        return Ordered(down[rows], across[columns], _folded(near.clip(0, 255).astype(np.uint8)), limits)

    return remember(matches, ("ordered", pair.one, pair.other), make)


def _likeness(distance: NDArray[np.floating]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Orders of rows and columns in which like ones lie near each other, so that matches lie along the diagonal.

    By the second singular vectors of likeness over the roots of its sums, as in spectral co-clustering (Dhillon 2001).
    """
    width = max(float(np.median(distance) - distance.min()), 1e-12)
    like = np.exp(-3 * (distance.astype(float) - distance.min()) / width)
    like /= np.sqrt(like.sum(1, keepdims=True) * like.sum(0, keepdims=True))
    if min(like.shape) < 2:
        return np.argsort(distance.mean(1), kind="stable"), np.argsort(distance.mean(0), kind="stable")
    start = np.random.default_rng(0).normal(size=(like.shape[1], 4))
    for _ in range(12):
        start, _ = np.linalg.qr(like.T @ (like @ start))
    left, _, right = np.linalg.svd(like @ start, full_matrices=False)
    columns = start @ right[1]
    rows = left[:, 1]
    sign = 1.0 if rows[np.abs(rows).argmax()] > 0 else -1.0
    return np.argsort(sign * rows, kind="stable"), np.argsort(sign * columns, kind="stable")


def _drawn(
    order: Ordered, x: tuple[float, float], y: tuple[float, float], viewport: Viewport
) -> tuple[Image, colors.Scale]:
    """What is in sight, of cells that share a pixel the nearest."""
    counts = len(order.columns), len(order.rows)
    spans = [
        (int(np.clip(np.floor(low), 0, count - 1)), int(np.clip(np.ceil(high), 1, count)))
        for (low, high), count in zip((x, y), counts)
    ]
    pixels = max(viewport.width, 1), max(viewport.height, 1)
    sizes = [(last - first) / size for (first, last), size in zip(spans, pixels)]
    level = int(np.clip(np.ceil(np.log2(max(*sizes, 1.0))), 0, len(order.near) - 1))
    fold = 2**level
    (left, right), (bottom, top) = ((first // fold, -(-max(last, first + 1) // fold)) for first, last in spans)
    table = colors.opaque(colors.VIRIDIS[::-1])
    covers = [(float(a * fold), float(min(b * fold, n))) for (a, b), n in zip(((left, right), (bottom, top)), counts)]
    scale = (*order.limits, "distance, as a share of the usual", table)
    return Image(table[order.near[level][bottom:top, left:right]], *covers), scale


def _folded(near: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], ...]:
    """A picture, and it at half the size again and again, of four cells the nearest."""
    levels = [near]
    while max(levels[-1].shape) > COARSEST:
        last = levels[-1]
        even = np.pad(last, [(0, size % 2) for size in last.shape], constant_values=255)
        levels.append(even.reshape(even.shape[0] // 2, 2, even.shape[1] // 2, 2).min((1, 3)))
    return tuple(levels)


def _matched(
    session: Catalog, matches: Matches, pair: Pair, order: Ordered, x: tuple[float, float], y: tuple[float, float],
    viewport: Viewport,
) -> tuple[Points, ...]:  # fmt: skip
    """A ring around each pair that is called a match."""
    found = _alike.found(matches, pair.one, pair.other)
    found = found[found["sure"]]
    if not len(found):
        return ()
    row, column = np.full(len(pair.rows), -1), np.full(len(pair.columns), -1)
    row[order.rows], column[order.columns] = np.arange(len(order.rows)), np.arange(len(order.columns))
    down = len(order.rows) - 0.5 - row[found["a"] - pair.rows[0]]
    xy = np.stack([column[found["b"] - pair.columns[0]] + 0.5, down], 1)
    cell = min(viewport.width / max(x[1] - x[0], 1e-9), viewport.height / max(y[1] - y[0], 1e-9))
    ids = pack(session.number(matches.session), found.index.to_numpy(np.int64))
    rgba = np.zeros((len(found), 4), np.uint8)
    red = np.array([213, 94, 0, 255], np.uint8)
    return (Points(MATCH, ids, xy, rgba, float(np.clip(cell, 6, 16)), red),)


def _picked(session: Catalog, matches: Matches, pair: Pair, order: Ordered) -> tuple[Spans | Line, ...]:
    """The columns of picked units shaded, and lines along their rows."""
    chosen = _alike.picked(session, matches)
    across = np.flatnonzero(chosen[pair.columns[order.columns]])[:MARKED].astype(float)
    down = np.flatnonzero(chosen[pair.rows[order.rows]])[:MARKED].astype(float)
    marks: list[Spans | Line] = []
    if len(across):
        marks.append(Spans(np.stack([across, across + 1], 1), colors.PICKED))
    if len(down):
        ends = np.tile([0.0, len(order.columns), np.nan], len(down))
        marks.append(Line(ends, len(order.rows) - 0.5 - np.repeat(down, 3), colors.PREDICTED, 1.5))
    return tuple(marks)


def _ticks(
    names: NDArray[np.object_], seen: tuple[float, float], room: int, animal: str
) -> tuple[tuple[float, str], ...]:
    """Names of the units in sight, where there is room; without the name of their animal."""
    first, last = max(int(np.floor(seen[0])), 0), min(int(np.ceil(seen[1])), len(names))
    count = last - first
    if not 0 < count <= min(NAMED, max(room, 1)):
        return ()
    return tuple((k + 0.5, str(names[k]).removeprefix(f"{animal}/")) for k in range(first, last))


def _between(low: float, high: float, count: int) -> NDArray[np.int64]:
    """Places that a stretch touches."""
    if high < 0 or low >= count:
        return np.zeros(0, np.int64)
    return np.arange(max(int(np.floor(low)), 0), min(int(np.floor(high)), count - 1) + 1)


# ---- where units are


def _places(session: Catalog, matches: Matches) -> tuple[str, ...]:
    """Columns of units that could say where they are."""
    if matches.space not in session.tables():
        return ()
    table = session.table(matches.space)
    return tuple(str(name) for name in table if name in ("depth", "x", "y", "z"))


def _heights(state: State, session: Catalog, matches: Matches, units: NDArray[np.int64]) -> tuple[Ids, Floats]:
    """Ids of units that are open, and where each is."""
    own = _alike.ids(session, matches)[units]
    there = own >= 0
    heights = np.full(len(units), np.nan)
    heights[there] = np.asarray(session.values(matches.space, state.place, own[there]), float)
    return own, heights


def _rules(state: State, session: Catalog, matches: Matches, pair: Pair, viewport: Viewport) -> Scene:
    """Units of the one at the left and of the other at the right, each where it is, and lines between matched ones."""
    marks: list[Points | Line] = []
    chosen, heights = _alike.picked(session, matches), np.full(len(matches.units), np.nan)
    ink = colors.ink(dark=viewport.dark)
    for side, units in enumerate((pair.rows, pair.columns)):
        own, heights[units] = _heights(state, session, matches, units)
        known = np.isfinite(heights[units]) & (own >= 0)
        xy = np.stack([np.full(known.sum(), float(side)), heights[units][known]], 1)
        rgba = np.tile(colors.GREY, (len(xy), 1))
        rgba[chosen[units][known]] = colors.PREDICTED
        marks.append(Points(matches.space, own[known], xy, rgba, 7.0))
    found = _alike.found(matches, pair.one, pair.other)
    ends = found.loc[found["sure"], ["a", "b"]].to_numpy(np.int64)
    for some, color, width in ((~chosen[ends].any(1), colors.fade(ink, 0.3), 1.0), (chosen[ends].any(1), ink, 2.0)):
        y = np.c_[heights[ends[some]], np.full(int(some.sum()), np.nan)].ravel()
        marks.append(Line(np.tile([0.0, 1.0, np.nan], int(some.sum())), y, color, width))
    seen = heights[np.isfinite(heights)]
    low, high = (float(seen.min()), float(seen.max())) if len(seen) else (0.0, 1.0)
    room = 0.05 * max(high - low, 1e-9)
    names = tuple((float(k), str(matches.animals["label"].iloc[one])) for k, one in enumerate((pair.one, pair.other)))
    unit = next((s.spaces()[matches.space].units.get(state.place, "") for s in session.sources.values()
                 if matches.space in s.spaces()), "")  # fmt: skip
    return Scene(
        TITLE, tuple(marks), Axis("", "", (-0.2, 1.2), names), Axis(state.place, unit, (low - room, high + room)),
        note=_note(matches, pair), warning=_warning(matches, pair),
    )  # fmt: skip


def _near(state: State, session: Catalog, matches: Matches, pair: Pair, shape: Shape) -> Ids:
    """Units under a shape where they are drawn by their places."""
    low, high = shape.xy.min(0) - shape.reach, shape.xy.max(0) + shape.reach
    some = [NONE]
    for side, units in enumerate((pair.rows, pair.columns)):
        own, height = _heights(state, session, matches, units)
        if low[0] <= side <= high[0]:
            some.append(own[(own >= 0) & (height >= low[1]) & (height <= high[1])])
    return np.sort(np.concatenate(some))


def _note(matches: Matches, pair: Pair) -> str:
    """How many were matched, and how sure one can be of that."""
    sizes = " x ".join(counted(len(units), matches.space) for units in (pair.rows, pair.columns))
    return f"{matches.said} {sizes} by {matches.by}"


def _warning(matches: Matches, pair: Pair) -> str:
    """What is said where nothing is matched."""
    found = _alike.found(matches, pair.one, pair.other)
    if len(found) and not found["sure"].any():
        return "No pair is better than chance here; what lies near is no match"
    return ""


SPEC = ViewSpec(
    title=TITLE,
    state=State,
    scene=scene,
    hit=hit,
    describe=describe,
    under=under,
    choices=choices,
    place="below",
    order=6,
    needs=Matches.kind,
    invitation=INVITATION,
    action=_alike.first_step,
)
