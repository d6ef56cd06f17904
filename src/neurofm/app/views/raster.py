"""Raster: every spike of every unit over time, or the activity of cells that have no spikes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from psygnal import evented

from neurofm.app import colors
from neurofm.app.colors import Color
from neurofm.app.describe import describe as words
from neurofm.app.pictures.scene import Axis, Image, Line, Scene, Shape, Spans, Viewport
from neurofm.app.state.link import NONE, among
from neurofm.app.views._bands import shade
from neurofm.app.views._heat import heat
from neurofm.data.activity import activities, best
from neurofm.data.bins import bounds
from neurofm.data.ids import Ids, pack, unpack
from neurofm.data.recording import TIME, UNIT, Recording
from neurofm.errors import FilterError
from neurofm.specs import ViewSpec

if TYPE_CHECKING:
    from neurofm.app.state.catalog import Catalog

Marks = tuple[Image | Line | Spans, ...]


@evented
@dataclass
class State:
    """What the raster shows.

    Parameters
    ----------
    recording : name; the one that was opened or chosen last if ""
    order : of the units, from the bottom up
    color_by : a column of units
    filter : the units shown, such as ``rate > 2``
    pick : what a drawn box picks, units or moments
    trials : whether a faint line stands at the start of each
    activity : series of units, drawn in place of spikes; "" is the spikes or, where there are none, what says most
    """

    recording: str = ""
    color_by: str = "region"
    filter: str = ""
    order: Literal["as stored", "rate", "region", "depth"] = "as stored"
    pick: str = UNIT
    trials: bool = True
    activity: str = ""


def scene(state: State, session: Catalog, viewport: Viewport) -> Scene:
    """Spikes or activity binned to pixels, a row per unit."""
    recording = session.recording(state.recording)
    if recording is None:
        return Scene("Raster")
    heated = _heated(state, recording)
    if not len(recording.spikes) and not heated:
        return Scene("Raster", message=f"{recording.session} has no spikes; open a file that holds them", action="open")
    order, warning = _order(state, session, recording)
    x = viewport.x or (recording.start, recording.stop)
    y = viewport.y or (0.0, float(max(len(order), 1)))
    picked = session.spans_of(session.selection.picked(TIME), recording.session)
    picked = shade(picked, x, viewport.width)
    marks: Marks = (Spans(picked, colors.PICKED, "picked"),) if len(picked) else ()
    if state.trials:
        marks += _trials(recording, x, viewport, len(order))
    if heated:
        coloring = colors.amounts([0.0, 1.0], "of its range", (0.0, 1.0))
        marks += _heat(session, recording, heated, order, (x, y), viewport)
    else:
        coloring = session.colors(state.color_by, UNIT, _ids(session, recording), dark=viewport.dark)
        marks += _image(session, recording, order, (x, y), viewport, coloring.rgba)
    return Scene(
        "Raster",
        marks,
        Axis("Time", "s", (recording.start, recording.stop)),
        Axis("Unit", "", (0.0, float(len(order))), _ticks(state, recording, order, y, viewport.height)),
        cursor=session.time,
        legend=coloring.legend,
        scale=coloring.scale,
        colored=(UNIT, state.color_by) if coloring.legend else ("", ""),
        note=_note(session, recording, len(order), heated),
        warning=warning,
    )


def hit(state: State, session: Catalog, shape: Shape) -> tuple[str, Ids]:
    """Units whose rows the shape touches, or the moments it spans."""
    recording = session.recording(state.recording)
    if recording is None:
        return UNIT, NONE
    low, high = shape.xy.min(0), shape.xy.max(0)
    if state.pick == TIME:
        reach = shape.reach[0] if shape.kind == "point" else 0.0
        return TIME, session.moments(recording.session, low[0] - reach, high[0] + reach)
    order = _order(state, session, recording)[0]
    first, last = max(int(np.floor(low[1])), 0), max(int(np.floor(high[1])) + 1, 0)
    return UNIT, np.sort(pack(session.number(recording.session), order[first:last]))


def describe(state: State, session: Catalog, space: str, id: int) -> str:
    """The unit or moment under the mouse."""
    return words(session, space, id)


def choices(state: State, session: Catalog) -> dict[str, tuple[str, ...]]:
    """Recordings, and columns of their units."""
    shown = session.recording(state.recording)
    return {
        "recording": ("", *session.recordings),
        "color_by": tuple(session.columns(UNIT)),
        "pick": (UNIT, TIME),
        "activity": ("", *(() if shown is None else activities(shown))),
    }


def _order(state: State, session: Catalog, recording: Recording) -> tuple[NDArray[np.intp], str]:
    """(unit,) rows of the units table from the bottom of the picture up, and what is wrong with the filter."""
    ids, warning = _ids(session, recording), ""
    table = session.table(UNIT).loc[ids]
    column = next((c for c in (state.order, f"{state.order}_um") if c in table and table[c].notna().any()), "")
    order = np.arange(len(table))
    if column:
        key = table[column]
        words = key.fillna("").astype(str) if key.dtype.kind not in "fiu" else key
        order = np.argsort(words.to_numpy(), kind="stable")
    try:
        order = order[session.passing(state.filter, UNIT, ids)[order]]
    except FilterError as error:
        warning = error.in_view()
    return order, warning


def _heated(state: State, recording: Recording) -> tuple[str, ...]:
    """The series that are drawn in place of spikes."""
    if state.activity:
        return (state.activity,) if state.activity in activities(recording) else ()
    return () if len(recording.spikes) else best(recording)


def _heat(
    session: Catalog,
    recording: Recording,
    names: tuple[str, ...],
    order: NDArray[np.intp],
    ranges: tuple[tuple[float, float], tuple[float, float]],
    viewport: Viewport,
) -> Marks:
    x, (y0, y1) = ranges
    first, last = max(int(np.floor(y0)), 0), min(int(np.ceil(y1)), len(order))
    if last <= first or x[1] <= x[0]:
        return ()
    units = order[first:last]
    values = heat(recording, names, units, x, (max(viewport.height, 1), viewport.width))
    rgba = colors.amounts(values.ravel(), limits=(0.0, 1.0)).rgba.reshape(*values.shape, 4)
    rgba[np.isnan(values)] = 0
    picked = _picked(session, recording)
    if picked.any():
        mine = np.zeros(len(values), bool)
        mine[np.flatnonzero(picked[units]) * len(values) // len(units)] = True
        rgba[~mine] = colors.fade(rgba[~mine].reshape(-1, 4)).reshape(-1, *rgba.shape[1:])
    return (Image(rgba, x, (float(first), float(last))),)


def _image(
    session: Catalog,
    recording: Recording,
    order: NDArray[np.intp],
    ranges: tuple[tuple[float, float], tuple[float, float]],
    viewport: Viewport,
    rgba: Color,
) -> Marks:
    from neurofm.app.views._kernels import count_spikes, paint_rows

    (x0, x1), (y0, y1) = ranges
    first, last = max(int(np.floor(y0)), 0), min(int(np.ceil(y1)), len(order))
    if last <= first or x1 <= x0:
        return ()
    rows = min(last - first, max(viewport.height, 1))
    row = np.full(len(recording.units), -1, np.int32)
    row[order[first:last]] = (np.arange(last - first) * rows) // (last - first)
    ends = bounds(recording.spikes.times, np.linspace(x0, x1, max(viewport.width, 1) + 1))
    counts = count_spikes(recording.spikes.unit, ends, row, rows)
    total, full_cells = int(counts.sum()), int(np.count_nonzero(counts))
    color = _row_colors(session, recording, row, rows, rgba)
    painted = paint_rows(counts, color, max(2.0 * total / max(full_cells, 1) - 1, 1.0))
    return (Image(painted, (x0, x1), (float(first), float(last))),)


def _row_colors(session: Catalog, recording: Recording, row: NDArray[np.int32], rows: int, rgba: Color) -> Color:
    """(row, 4) the colour of its units; a row with a picked one is full, others fade once one of these is picked."""
    mine = _picked(session, recording)
    if mine.any():
        rgba = np.where(mine[:, None], rgba, colors.fade(rgba))
    color = np.zeros((rows, 4), np.uint8)
    shown = row >= 0
    color[row[shown & ~mine]] = rgba[shown & ~mine]
    color[row[shown & mine]] = rgba[shown & mine]
    return color


def _trials(recording: Recording, x: tuple[float, float], viewport: Viewport, height: int) -> Marks:
    table = recording.intervals.get("trials")
    if table is None:
        return ()
    start = table["start"].to_numpy(float)
    start = start[(start >= x[0]) & (start <= x[1])]
    if not len(start) or len(start) > viewport.width / 8:  # more would be a grey wall
        return ()
    lines = np.repeat(start, 3)
    return (Line(lines, np.tile([0.0, height, np.nan], len(start)), colors.TRIALS, 1.0, "trials"),)


def _ticks(
    state: State, recording: Recording, order: NDArray[np.intp], y: tuple[float, float], height: int
) -> tuple[tuple[float, str], ...]:
    """Names of the units, or of the regions where they stand together, as many as are legible."""
    if state.order == "region" and "region" in recording.units:
        names = recording.units["region"].fillna("none").astype(str).to_numpy()[order]
        begin = np.flatnonzero(np.r_[True, names[1:] != names[:-1]])
        middle = (begin + np.r_[begin[1:], len(names)]) / 2
        return tuple((float(m), str(names[b])) for m, b in zip(middle, begin))
    room = max(height // 14, 1)
    shown = np.arange(max(int(np.floor(y[0])), 0), min(int(np.ceil(y[1])), len(order)))
    shown = shown[:: max(-(-len(shown) // room), 1)]
    labels = recording.units["label"]
    return tuple((float(k) + 0.5, str(labels.iloc[order[k]])) for k in shown)


def _note(session: Catalog, recording: Recording, shown: int, heated: tuple[str, ...]) -> str:
    units, spikes = len(recording.units), len(recording.spikes)
    picked = int(_picked(session, recording).sum())
    words = f"{units} units" if shown == units else f"{shown} of {units} units shown"
    drawn = f"activity: {', '.join(heated)}" if heated else f"{spikes:,} spikes"
    of_all = f"{drawn} of all" if not heated else drawn
    elsewhere = "" if picked else _elsewhere(session)
    return f"{picked} of {units} units picked; {of_all}" if picked else f"{words}; {drawn}{elsewhere}"


def _elsewhere(session: Catalog) -> str:
    """Of which recordings the picked units are, in words."""
    picked = session.selection.picked(UNIT)
    numbers = set(unpack(picked)[0].tolist())
    of = [name for name in session.recordings if session.number(name) in numbers]
    return f"; {len(picked)} picked {'unit is' if len(picked) == 1 else 'units are'} of {', '.join(of)}" if of else ""


def _picked(session: Catalog, recording: Recording) -> NDArray[np.bool_]:
    """(unit,) which are picked."""
    return among(_ids(session, recording), session.selection.picked(UNIT))


def _ids(session: Catalog, recording: Recording) -> Ids:
    return pack(session.number(recording.session), np.arange(len(recording.units)))


SPEC = ViewSpec(
    title="Raster",
    state=State,
    scene=scene,
    hit=hit,
    describe=describe,
    choices=choices,
    axis="time",
    needs=Recording.kind,
    invitation="Open a recording to see its spikes",
    order=1,
)
