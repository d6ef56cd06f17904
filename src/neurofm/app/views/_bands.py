"""Curves over a shared axis, stacked in bands and never finer than the pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurofm.app.pictures.scene import Axis
from neurofm.data.series import gaps
from neurofm.data.spans import SpanArray

Floats = NDArray[np.floating]
LINE = 14  # pixels of a line of words
EDGE = 0.12  # of a band above its curve and below it, so that its numbers stand apart from the next one's
FARTHEST = 2.0  # times what nearly all values lie between, that all may lie between
NOWHERE = np.zeros(0, np.intp)


@dataclass(frozen=True)
class Band:
    """One of a stack: what its values are called and how far they reach."""

    label: str
    unit: str
    low: float
    high: float

    @property
    def words(self) -> str:
        """Label with unit."""
        return f"{self.label} ({self.unit})" if self.unit else self.label


def place(bands: Sequence[Band], k: int, values: Floats) -> Floats:
    """Values of band `k` as heights in the stack, the first band on top; a single band keeps its values."""
    if len(bands) == 1:
        return values
    band = bands[k]
    return len(bands) - 1 - k + EDGE + (1 - 2 * EDGE) * (values - band.low) / max(band.high - band.low, 1e-12)


def axis(bands: Sequence[Band], height: int) -> Axis:
    """The vertical axis of the stack, `height` pixels high, with each band's name and, where there is room, reach."""
    if len(bands) == 1:
        (band,) = bands
        room = 0.05 * max(band.high - band.low, 1e-9)
        return Axis(band.label, band.unit, (band.low - room, band.high + room))
    ticks = []
    room = height / len(bands)
    for k, band in enumerate(bands):
        low, middle, high = place(bands, k, np.array([band.low, (band.low + band.high) / 2, band.high])).tolist()
        reach = [(low, f"{band.low:.3g}"), (high, f"{band.high:.3g}")] if room >= 3 * LINE else []
        name = [(middle, band.words)] if k % max(math.ceil(LINE / max(room, 1)), 1) == 0 else []
        ticks += sorted([*reach, *name])
    return Axis("", "", (0.0, float(len(bands))), tuple(ticks))


def round_numbers(low: float, high: float) -> list[float]:
    """About five round numbers in a range, for ticks of an axis that may run downwards."""
    rough = max(high - low, 1e-9) / 4
    ten = 10.0 ** np.floor(np.log10(rough))
    step = ten * next(times for times in (1, 2, 5, 10) if times * ten >= rough * (1 - 1e-9))
    return [float(k * step) + 0.0 for k in np.arange(np.ceil(low / step), np.floor(high / step) + 1)]  # no -0


def downwards(
    label: str, unit: str, reach: tuple[float, float], top: float, seen: tuple[float, float] | None = None
) -> Axis:
    """An axis whose numbers grow downwards, as rows of an image do: v stands at `top` - v of the picture.

    Parameters
    ----------
    reach, seen : ranges of the picture: all of it, and what is in sight if that is less
    """
    low, high = sorted(top - edge for edge in seen or reach)
    return Axis(label, unit, reach, tuple((top - at, f"{at:g}") for at in round_numbers(low, high)))


def limits(values: Floats, share: float = 0.5) -> tuple[float, float]:
    """What values lie between; all but `share` percent on each side, where a few reach more than twice as far.

    So a peak is seen whole, and a few wrong samples squeeze no curve.
    """
    good = values[np.isfinite(values)]
    if not len(good):
        return 0.0, 1.0
    low, high = np.percentile(good[:: max(len(good) // 100_000, 1)], [share, 100 - share])
    least, most = good.min(), good.max()
    if most - least <= FARTHEST * (high - low):
        low, high = least, most
    return (float(low), float(high)) if high > low else (float(low) - 0.5, float(low) + 0.5)


def shade(spans: SpanArray, view: tuple[float, float], width: int) -> SpanArray:
    """The spans in view, those less than a pixel apart joined."""
    seen = spans[(spans[:, 1] > view[0]) & (spans[:, 0] < view[1])]
    apart = np.r_[True, seen[1:, 0] - seen[:-1, 1] > (view[1] - view[0]) / max(width, 1)]
    first = np.flatnonzero(apart[: len(seen)])
    return np.stack([seen[first, 0], seen[np.r_[first[1:], len(seen)] - 1, 1]], 1) if len(seen) else seen


def decimate(
    x: Floats, y: Floats, view: tuple[float, float], width: int, *, broken: bool = True
) -> tuple[Floats, Floats]:
    """The curve in view, at most its lowest and highest value a pixel column; NaN breaks it over gaps if `broken`."""
    first, last = np.searchsorted(x, view)
    if last - first > 4 * width:
        return _thin(np.asarray(x[first:last], np.float64), y[first:last], view, width, broken=broken)
    around = slice(max(first - 1, 0), last + 1)  # so that the line runs on to the edges of the picture
    at = np.asarray(x[around], np.float64)
    after = np.searchsorted(at, gaps(at)[:, 0]) + 1 if broken else NOWHERE
    return np.insert(at, after, np.nan), np.insert(y[around].astype(float), after, np.nan)


def _thin(
    x: NDArray[np.float64], y: Floats, view: tuple[float, float], width: int, *, broken: bool
) -> tuple[Floats, Floats]:
    edges = np.linspace(*view, width + 1)
    begin = np.searchsorted(x, edges[:-1])
    full = np.flatnonzero(np.diff(np.r_[begin, len(x)]))
    low, high = np.fmin.reduceat(y, begin[full]), np.fmax.reduceat(y, begin[full])
    centre = (edges[:-1] + edges[1:])[full] / 2
    after = 2 * (np.flatnonzero(np.diff(full) > 1) + 1) if broken else NOWHERE
    return (
        np.insert(np.repeat(centre, 2), after, np.nan),
        np.insert(np.stack([low, high], 1).ravel().astype(float), after, np.nan),
    )
