"""Which windows a step sees: a function of seed and step alone, so that nothing needs to be kept for a resume."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurofm.data import Recording, spans
from neurofm.data.windows import Window, jittered
from neurofm.errors import DataError

Transform = Callable[[Window, np.random.Generator], Window]


@dataclass(frozen=True, eq=False)
class Source:
    """A recording to learn from.

    Parameters
    ----------
    labels : (k, 2) seconds whose behaviour may be learned
    domain : (k, 2) seconds in which windows may lie; as `labels` if not told
    """

    recording: Recording
    labels: NDArray[np.float64]
    domain: NDArray[np.float64] | None = None

    def starts(self, length: float, rng: np.random.Generator) -> NDArray[np.float64]:
        """Windows of one pass with a fresh phase, those without a label left out."""
        starts = jittered(self.labels if self.domain is None else self.domain, length, rng)
        labels = spans.tidy(self.labels)
        first = np.searchsorted(labels[:, 1], starts, "right")  # the first span that ends after the start
        begins = np.r_[labels[:, 0], np.inf][first]
        return starts[begins < starts + length]


class Sampler:
    """Windows of each step; every pass over the data cuts them with a new phase, in a new order.

    Raises
    ------
    DataError
        If no stretch of training time is as long as a window.
    """

    def __init__(
        self, sources: Sequence[Source], length: float, batch: int, seed: int, transform: Transform | None = None
    ) -> None:
        self.sources, self.length, self.batch, self.seed, self.transform = sources, length, batch, seed, transform
        self._pass: tuple[int, NDArray[np.int64], NDArray[np.float64]] = (-1, np.zeros(0, np.int64), np.zeros(0))
        rng = np.random.default_rng([seed, 0, 0])
        count = sum(len(s.starts(length, rng)) for s in sources)
        if not count:
            path = (*sources[0].recording.paths, sources[0].recording.session)[0]
            raise DataError(path, "domain", f"no stretch of training time lasts {length:g} s; choose a shorter window")
        self.steps = max(count // batch, 1)  # a pass

    def __call__(self, step: int) -> list[Window]:
        """The windows of one step."""
        number, place = divmod(step, self.steps)
        if self._pass[0] != number:
            self._pass = (number, *self._shuffle(number))
        _, which, starts = self._pass
        rng = np.random.default_rng([self.seed, 2, step])
        chosen = (place * self.batch + np.arange(self.batch)) % len(starts)
        return [self._window(self.sources[which[k]], starts[k], rng) for k in chosen]

    def _window(self, source: Source, start: float, rng: np.random.Generator) -> Window:
        window = Window(source.recording, start, start + self.length, labels=source.labels)
        return self.transform(window, rng) if self.transform else window

    def _shuffle(self, number: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        rng = np.random.default_rng([self.seed, 1, number])
        which, starts = [np.zeros(0, np.int64)], [np.zeros(0)]
        while sum(map(len, starts)) < max(self.batch, 1):  # a random phase may leave out a short stretch: draw again
            for k, source in enumerate(self.sources):
                starts.append(source.starts(self.length, rng))
                which.append(np.full(len(starts[-1]), k))
        order = rng.permutation(sum(map(len, starts)))
        return np.concatenate(which)[order], np.concatenate(starts)[order]
