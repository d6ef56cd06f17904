"""Windows of time cut out of recordings: what a model sees at once."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurofm.data import spans
from neurofm.data.bins import SLACK, bounds
from neurofm.data.recording import Recording
from neurofm.data.series import Series, Spikes


@dataclass(frozen=True, eq=False)
class Window:
    """[start, stop) seconds of a recording.

    Parameters
    ----------
    units : (unit,) rows of the units that are seen, ascending; all by default
    labels : (k, 2) seconds whose behaviour may be seen; all by default
    """

    recording: Recording
    start: float
    stop: float
    units: NDArray[np.int64] = field(default=None)  # type: ignore[arg-type]
    labels: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        if self.units is None:
            object.__setattr__(self, "units", np.arange(len(self.recording.units)))

    @property
    def spikes(self) -> Spikes:
        """Its spikes, in seconds from the window's start."""
        a, b = bounds(self.recording.spikes.times, [self.start, self.stop])
        part = Spikes(self.recording.spikes.times[a:b], self.recording.spikes.unit[a:b])
        if len(self.units) == len(self.recording.units):
            return Spikes(part.times - self.start, part.unit)
        seen = np.zeros(len(self.recording.units), bool)
        seen[self.units] = True
        return Spikes(part.times[seen[part.unit]] - self.start, part.unit[seen[part.unit]])

    def series(self, name: str) -> Series:
        """A behaviour series, in seconds from the window's start."""
        part = self.recording.series[name].between(self.start, self.stop)
        seen = slice(None) if self.labels is None else spans.inside(part.times, self.labels)
        return Series(part.times[seen] - self.start, part.values[seen], part.names, part.unit)


def tile(domain: ArrayLike, length: float, step: float) -> NDArray[np.float64]:
    """(window,) starts that cover every span of `domain`, the last one of each flush with its end.

    A span shorter than `length` gets one window that begins with it.
    """
    starts = []
    for start, stop in spans.tidy(domain):
        inner = np.arange(start, max(stop - length, start) + SLACK, step)
        starts.append(inner if stop - length <= inner[-1] + SLACK else np.r_[inner, stop - length])
    return np.concatenate(starts) if starts else np.zeros(0)


def jittered(domain: ArrayLike, length: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """(window,) starts of back-to-back windows inside `domain`, with a fresh random phase a span, shuffled."""
    starts = [np.zeros(0)]
    for start, stop in spans.tidy(domain):
        room = stop - start - length
        if room >= 0:
            starts.append(np.arange(start + rng.uniform(0, min(length, room) + 1e-12), stop - length + SLACK, length))
    return rng.permutation(np.concatenate(starts))
