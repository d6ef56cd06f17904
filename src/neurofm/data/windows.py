"""Windows of time cut out of recordings: what a model sees at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurofm.data import spans
from neurofm.data.recording import Recording
from neurofm.data.series import Series, Spikes


@dataclass(frozen=True, eq=False)
class Window:
    """[start, stop) seconds of a recording."""

    recording: Recording
    start: float
    stop: float

    @property
    def spikes(self) -> Spikes:
        """Its spikes, in seconds from the window's start."""
        part = self.recording.spikes.between(self.start, self.stop)
        return Spikes(part.times - self.start, part.unit)

    def series(self, name: str) -> Series:
        """A behaviour series, in seconds from the window's start."""
        part = self.recording.series[name].between(self.start, self.stop)
        return Series(part.times - self.start, part.values, part.names, part.unit)


def tile(domain: ArrayLike, length: float, step: float) -> NDArray[np.float64]:
    """(window,) starts that cover every span of `domain`, the last one of each flush with its end.

    A span shorter than `length` gets one window that begins with it.
    """
    found = []
    for start, stop in spans.tidy(domain):
        inner = np.arange(start, max(stop - length, start) + 1e-9, step)
        found.append(inner if stop - length <= inner[-1] + 1e-9 else np.r_[inner, stop - length])
    return np.concatenate(found) if found else np.zeros(0)


def jittered(domain: ArrayLike, length: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """(window,) starts of back-to-back windows inside `domain`, with a fresh random phase a span, shuffled."""
    found = [np.zeros(0)]
    for start, stop in spans.tidy(domain):
        room = stop - start - length
        if room >= 0:
            found.append(np.arange(start + rng.uniform(0, min(length, room) + 1e-12), stop - length + 1e-9, length))
    return rng.permutation(np.concatenate(found))


def windows(recording: Recording, starts: ArrayLike, length: float) -> Iterator[Window]:
    """One window at each start."""
    for start in np.asarray(starts, float):
        yield Window(recording, float(start), float(start) + length)
