"""What of a pick lights up on the path of an animal: spikes of the picked units, and the picked moments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurofm.app import colors
from neurofm.app.pictures.layers.recording import position_of
from neurofm.app.state import groups
from neurofm.app.state.catalog import Catalog
from neurofm.data import spans
from neurofm.data.ids import Ids, pack, unpack
from neurofm.data.recording import TIME, UNIT, Recording
from neurofm.data.series import Series, gaps

MOST_SPIKES = 20_000  # that are drawn at once; of more, as many evenly from all
MOST_PIECES = 6_000  # of the lit path


@dataclass(frozen=True, eq=False)
class Lit:
    """Points and lines on the path of one recording, as y and x.

    Parameters
    ----------
    places : (spike, 2) where the picked units fired
    units : (spike,) their ids
    rgba : (spike, 4) their colours
    fired : how many spikes they have where the animal was seen; `places` may be fewer
    pieces : (piece, 2, 2) of the path at picked moments: where each begins, and how it goes on
    """

    places: NDArray[np.float64]
    units: Ids
    rgba: NDArray[np.uint8]
    fired: int
    pieces: NDArray[np.float64]


def lit(session: Catalog, name: str, *, dark: bool = True) -> Lit | None:
    """What the pick lights up on the path of a recording; None where it has no path."""
    recording = session.recordings.get(name)
    path = None if recording is None else position_of(recording)
    if recording is None or path is None:
        return None
    picked = _picked(session, name)
    places, rows, fired = _spikes(recording, path, picked)
    units = pack(session.number(name), rows)
    rgba = _colors(session, pack(session.number(name), picked), dark=dark)[np.searchsorted(picked, rows)]
    stretches = spans.tidy(session.spans_of(session.selection.picked(TIME), name))
    return Lit(places, units, rgba, fired, _pieces(path, stretches))


def _picked(session: Catalog, name: str) -> NDArray[np.int64]:
    """Rows of the picked units of a recording."""
    number, local = unpack(session.selection.picked(UNIT))
    return local[number == session.number(name)]


def _spikes(
    recording: Recording, path: Series, rows: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64], int]:
    """(spike, 2) places of spikes of some units, their rows, and how many there are on the path at all."""
    asked = np.zeros(len(recording.units), bool)
    asked[rows] = True
    theirs = np.flatnonzero(asked[recording.spikes.unit]) if len(rows) else np.zeros(0, np.intp)
    every = max(-(-len(theirs) // MOST_SPIKES), 1)
    shown = theirs[::every]
    times = recording.spikes.times[shown]
    places = path.at(times)[:, 1::-1]
    seen = np.isfinite(places).all(1) & ~spans.inside(times, gaps(path.times))
    fired = round(len(theirs) * seen.mean()) if every > 1 else int(seen.sum())
    return places[seen], recording.spikes.unit[shown[seen]].astype(np.int64), fired


def _colors(session: Catalog, units: Ids, *, dark: bool) -> NDArray[np.uint8]:
    """(unit, 4) the colour of the unit's group, else one for each unit, as curves of tuning have them."""
    rgba = np.c_[colors.OKABE_ITO[np.arange(len(units)) % 7], np.full(len(units), 255)].astype(np.uint8)
    named = groups.of(session.groups, UNIT, units) != ""
    if named.any():
        rgba[named] = session.colors("group", UNIT, units[named], dark=dark).rgba
    return rgba


def _pieces(path: Series, picked: spans.SpanArray) -> NDArray[np.float64]:
    """(piece, 2, 2) of a path at some spans, no closer than its samples, and none over a gap."""
    picked = spans.intersect(picked, path.times[[0, -1]][None])
    picked = picked[:: max(-(-len(picked) // MOST_PIECES), 1)]
    if not len(picked):
        return np.zeros((0, 2, 2))
    step = max(float(np.median(np.diff(path.times))), spans.duration(picked) / MOST_PIECES)
    counts = np.maximum(np.ceil(np.diff(picked)[:, 0] / step - 1e-6).astype(int), 1)
    row = np.repeat(np.arange(len(picked)), counts)
    share = (np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)) / counts[row]
    length = np.diff(picked)[row, 0]
    begin, stop = picked[row, 0] + share * length, picked[row, 0] + (share + 1 / counts[row]) * length
    a, b = path.at(begin)[:, 1::-1], path.at(np.minimum(stop, path.times[-1]))[:, 1::-1]
    seen = np.isfinite(a + b).all(1) & ~spans.inside((begin + stop) / 2, gaps(path.times))
    return np.stack([a, b - a], 1)[seen]
