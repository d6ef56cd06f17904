"""A recording on napari's canvas: the path of the animal, and where its units were found."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.app.colors import categories
from neurofm.app.pictures.layers._line import blunted
from neurofm.data import spans
from neurofm.data.behaviour import place_of, upward
from neurofm.data.bins import whole
from neurofm.data.recording import Recording
from neurofm.data.series import Series, gaps

Layer = tuple[Any, dict[str, Any], str]  # data, options, kind

FRAMES = 100_000  # positions of the slider at most
CORNERS = 3_000  # of the line that shows the whole path; napari draws no more at once


def layers(recording: Recording) -> list[Layer]:
    """The animal's path with a point that moves along it, and where each unit was recorded."""
    return [*path(recording), *electrodes(recording)]


def path(recording: Recording) -> list[Layer]:
    """The whole path (y, x) as a faint line, and the position (frame, y, x) on a grid of seconds.

    The moving point's first axis is scaled and shifted so that napari's slider reads seconds.
    """
    series = position_of(recording)
    if series is None:
        return []
    name = next(n for n, s in recording.series.items() if s is series)
    times, dt = grid(series)
    place = series.at(times)[:, [1, 0]]
    good = np.isfinite(place).all(1) & ~spans.inside(times, gaps(series.times) + np.array([dt / 2, 0]))
    frames = np.c_[np.flatnonzero(good), place[good]]
    if not len(frames):
        return []
    size = 0.03 * float(max(np.ptp(frames[:, 1:], axis=0).max(), 1e-6))
    line = {
        "name": f"{recording.session} path", "shape_type": "path", "edge_color": "gray",
        "face_color": "transparent", "edge_width": size / 8, "opacity": 0.4,
        "metadata": {"path": True, "upward": upward(series)},
    }  # fmt: skip
    point = {
        "name": f"{recording.session} {name}", "scale": (dt, 1.0, 1.0), "translate": (float(times[0]), 0.0, 0.0),
        "size": size, "face_color": "#e69f00", "border_width": 0.0,
    }  # fmt: skip
    return [(_stretches(place, good, size / 8), line, "shapes"), (frames, point, "points")]


def electrodes(recording: Recording) -> list[Layer]:
    """Units at (depth or y, x), coloured by region; none where the file does not say where they were."""
    places, good = electrode_places(recording)
    if not len(good):
        return []
    regions = recording.units["region"] if "region" in recording.units else pd.Series("", recording.units.index)
    options = {
        "name": f"{recording.session} units",
        "face_color": categories(regions).rgba[good] / 255,
        "size": 0.03 * float(max(np.ptp(places[:, 0]), 1.0)),
        "border_width": 0.0,
        "features": recording.units[["label"]].iloc[good].reset_index(drop=True),
        "visible": False,
    }
    return [(places, options, "points")]


def position_of(recording: Recording) -> Series | None:
    """Where the animal was, if that was measured."""
    series = recording.series.get(place_of(recording.series))
    return series if series is not None and len(series.times) > 1 else None


def electrode_places(recording: Recording) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """(unit, 2) y (or depth) and x of the units that have a place, and their rows."""
    y, x = _column(recording.units, "y", "depth"), _column(recording.units, "x")
    if y is None:
        return np.zeros((0, 2)), np.zeros(0, np.intp)
    across = np.zeros(len(y)) if x is None else x
    rows = np.flatnonzero(np.isfinite(y) & np.isfinite(across))
    return np.c_[y, across][rows], rows


def grid(series: Series) -> tuple[NDArray[np.float64], float]:
    """Evenly spaced seconds over a series, about as dense as its samples, and their spacing."""
    first, last = float(series.times[0]), float(series.times[-1])
    dt = max(float(np.median(np.diff(series.times))), (last - first) / FRAMES, 1e-6)
    return first + dt * np.arange(int(whole(last - first, dt)) + 1, dtype=np.float64), dt


def _stretches(place: NDArray[np.float64], good: NDArray[np.bool_], width: float) -> list[NDArray[np.float64]]:
    """Lines of such a width through what was measured, each of at least two corners."""
    every = max(-(-len(place) // CORNERS), 1)
    edges = np.flatnonzero(np.diff(np.r_[False, good, False]))
    lines = [blunted(place[a:b:every], width) for a, b in zip(edges[::2], edges[1::2])]
    return [line for line in lines if np.ptp(line, axis=0).any()] or [place[good][:1].repeat(2, 0)]


def _column(units: pd.DataFrame, *names: str) -> NDArray[np.float64] | None:
    columns = [c for name in names for c in (name, f"{name}_um") if c in units]
    return units[columns[0]].to_numpy(float) if columns else None


SPEC = layers
