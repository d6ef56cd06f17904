"""Ethogram: who did what over time, a row for each behaviour or each animal."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from psygnal import evented

from neurofm.app import colors
from neurofm.app.colors import Color
from neurofm.app.describe import describe as words
from neurofm.app.pictures.scene import Axis, Image, Scene, Shape, Viewport
from neurofm.app.state.link import NONE, among, ranges
from neurofm.app.verbs import bouts, relabel, share_clock
from neurofm.data.ethogram import BOUT, NOBODY, Ethogram
from neurofm.data.ids import Ids, pack
from neurofm.data.source import start, stop
from neurofm.errors import FilterError
from neurofm.specs import ViewSpec
from neurofm.words import counted, duration

if TYPE_CHECKING:
    from neurofm.app.state.catalog import Catalog

TITLE = "Ethogram"
FREE = 6  # the share of a row's height that stays free is one of so many
LINE = 14  # pixels of a line of words

Span = tuple[float, float]
Flags = NDArray[np.bool_]


@evented
@dataclass
class State:
    """What the ethogram shows.

    Parameters
    ----------
    ethogram : name; the one that was opened last if ""
    rows : what each row is
    color_by : a column of bouts
    filter : the bouts shown, such as ``duration > 2``
    """

    ethogram: str = ""
    rows: Literal["behavior", "subject"] = "behavior"
    color_by: str = "behavior"
    filter: str = ""


def scene(state: State, session: Catalog, viewport: Viewport) -> Scene:
    """Bouts as bars, never finer than the pixels; once some are picked the others fade."""
    shown = relabel.shown(session, state.ethogram)
    if shown is None:
        return _invitation(session)
    ids = _ids(session, shown)
    names, row = _rows(state, shown)
    passing, warning = _passing(state, session, ids)
    x = viewport.x or (start(shown), stop(shown))
    coloring = session.colors(state.color_by, BOUT, ids, dark=viewport.dark)
    picked = among(ids, session.selection.picked(BOUT))
    rgba = coloring.rgba if not picked.any() else np.where(picked[:, None], coloring.rgba, colors.fade(coloring.rgba))
    image = _image(shown.edges, row, (passing, picked), rgba, len(names), x, viewport)
    return Scene(
        f"{TITLE} · {shown.session}",
        image,
        Axis("Time", "s", (start(shown), stop(shown))),
        Axis("", "", (0.0, float(len(names))), _ticks(names, viewport.height)),
        cursor=session.time,
        legend=coloring.legend,
        scale=coloring.scale,
        colored=(BOUT, state.color_by) if coloring.legend else ("", ""),
        named=ids[passing],
        note=_note(shown, passing, picked),
        warning=warning or _apart(session, shown) or _units(session, shown),
    )


def hit(state: State, session: Catalog, shape: Shape) -> tuple[str, Ids]:
    """Bouts that the shape touches."""
    shown = relabel.shown(session, state.ethogram)
    if shown is None:
        return BOUT, NONE
    ids, (names, row) = _ids(session, shown), _rows(state, shown)
    low, high = shape.xy.min(0), shape.xy.max(0)
    reach = shape.reach[0] if shape.kind == "point" else 0.0
    first, last = np.floor(low[1]), np.floor(high[1])
    level = len(names) - 1 - row
    touched = (shown.edges[:, 0] <= high[0] + reach) & (shown.edges[:, 1] >= low[0] - reach)
    return BOUT, ids[touched & (level >= first) & (level <= last) & _passing(state, session, ids)[0]]


def describe(state: State, session: Catalog, space: str, id: int) -> str:
    """The bout under the mouse."""
    return words(session, space, id)


def choices(state: State, session: Catalog) -> dict[str, tuple[str, ...]]:
    """Ethograms, and columns of bouts."""
    return {"ethogram": ("", *relabel.ethograms(session)), "color_by": tuple(session.columns(BOUT))}


def _invitation(session: Catalog) -> Scene:
    if bouts.timed(session):
        return Scene(TITLE, message="Find bouts of behaviour in an embedding, or open a table of them", action="bouts")
    said = "Open a table of bouts, or train a model that places moments or frames and find bouts in what it learned"
    return Scene(TITLE, message=said, action="train" if session.sources else "open")


def _apart(session: Catalog, shown: Ethogram) -> str:
    """That what it was scored in is not open."""
    others = {one.clock for one in list(session.sources.values()) if not isinstance(one, Ethogram)}
    if shown.clock in others or shown.clock in (shown.session, *shown.paths):
        return ""
    return f"These bouts are of {Path(shown.clock).name}, which is not open; open it, and they run beside it"


def _units(session: Catalog, shown: Ethogram) -> str:
    """That its times look as if they were no seconds, beside what else is on its clock."""
    there = (one for one in list(session.sources.values()) if one.clock == shown.clock and one is not shown)
    looks = next(filter(None, (share_clock.in_other_units(shown, one) for one in there)), "")
    return f"times of {shown.session} look {looks}" if looks else ""


def _ids(session: Catalog, shown: Ethogram) -> Ids:
    return pack(session.number(shown.session), np.arange(len(shown.bouts)))


def _rows(state: State, shown: Ethogram) -> tuple[list[str], NDArray[np.intp]]:
    """Names of the rows from the top, and the row of each bout."""
    column = shown.bouts[state.rows].to_numpy(object)
    names = sorted(set(column), key=_natural)
    place = {name: k for k, name in enumerate(names)}
    return [str(name) or NOBODY for name in names], np.array([place[name] for name in column], np.intp)


def _natural(name: str) -> tuple[str, int, str]:
    """So that "cluster 2" stands before "cluster 10"."""
    head = name.rstrip("0123456789")
    tail = name[len(head) :]
    return head, int(tail) if tail else -1, name


def _passing(state: State, session: Catalog, ids: Ids) -> tuple[Flags, str]:
    """Which bouts are shown, and what is wrong with the filter."""
    try:
        return session.passing(state.filter, BOUT, ids), ""
    except FilterError as error:
        return np.ones(len(ids), bool), error.in_view()


def _image(
    edges: NDArray[np.float64],
    row: NDArray[np.intp],
    flags: tuple[Flags, Flags],
    rgba: Color,
    count: int,
    x: Span,
    viewport: Viewport,
) -> tuple[Image, ...]:
    """Bars of at least a pixel; those that are picked lie on top."""
    width, passing, picked = max(viewport.width, 1), *flags
    lines = max(viewport.height, 1) // max(count, 1)
    if not count or not lines or x[1] <= x[0]:
        return ()
    painted = np.zeros((count, width, 4), np.uint8)
    seen = passing & (edges[:, 1] >= x[0]) & (edges[:, 0] <= x[1])
    columns = (edges - x[0]) * (width / (x[1] - x[0]))
    for layer in (seen & ~picked, seen & picked):
        first = np.clip(np.floor(columns[layer, 0]), 0, width - 1).astype(np.intp)
        last = np.clip(np.ceil(columns[layer, 1]), first + 1, width).astype(np.intp)
        long = last - first
        painted[np.repeat(count - 1 - row[layer], long), ranges(first, last)] = np.repeat(rgba[layer], long, 0)
    tall = np.repeat(painted[:, None], lines, 1)
    tall[:, lines - lines // FREE :] = 0
    return (Image(tall.reshape(-1, width, 4), x, (0.0, float(count))),)


def _ticks(names: list[str], height: int) -> tuple[tuple[float, str], ...]:
    """As many names as are legible."""
    every = max(-(-len(names) * LINE // max(height, 1)), 1)
    return tuple((len(names) - k - 0.5, name) for k, name in reversed(list(enumerate(names))) if k % every == 0)


def _note(shown: Ethogram, passing: Flags, picked: Flags) -> str:
    lasting = np.diff(shown.edges, axis=1)[:, 0]
    if picked.any():
        part = f"{picked.sum():,} of {counted(len(picked), BOUT)} picked"
        return f"{part}; {duration(float(lasting[picked].sum()))}"
    some = "" if passing.all() else f"{passing.sum():,} of "
    return f"{some}{counted(len(passing), BOUT)} of {len(shown.behaviors)} behaviours"


SPEC = ViewSpec(
    title=TITLE,
    state=State,
    scene=scene,
    hit=hit,
    describe=describe,
    choices=choices,
    axis="time",
    needs="clock",
    invitation="Open a table of bouts to see who did what",
    order=3,
)
