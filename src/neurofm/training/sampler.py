"""Which windows a step sees: a function of seed and step alone, so that nothing needs to be kept for a resume."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurofm.data import Recording, spans
from neurofm.data.windows import Window, jittered
from neurofm.errors import DataError

LOOKS = 32  # windows of a recording from which its tokens are estimated
Transform = Callable[[Window, np.random.Generator], Window]


@dataclass(frozen=True, eq=False)
class Lesson:
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

    A recording with many windows, or with many tokens (a spike is one, a unit two) in each, takes most of what is
    learned. With balance b, tokens of a recording are seen in proportion to (all tokens in one pass over it) ^ (1 - b):
    with 0 each window once a pass, with 1 of every recording as many tokens as of any other, as near as whole windows
    come to that. A pass has as many windows as before.

    Parameters
    ----------
    length : of a window (s)
    batch : windows a step
    balance : 0 to 1

    Raises
    ------
    DataError
        If no stretch of training time is as long as a window.
    """

    def __init__(
        self,
        lessons: Sequence[Lesson],
        length: float,
        batch: int,
        seed: int,
        transform: Transform | None = None,
        balance: float = 0.0,
    ) -> None:
        self.lessons, self.length, self.batch, self.seed, self.transform = lessons, length, batch, seed, transform
        self._pass: tuple[int, NDArray[np.int64], NDArray[np.float64]] = (-1, np.zeros(0, np.int64), np.zeros(0))
        rng = np.random.default_rng([seed, 0, 0])
        counts = np.array([len(s.starts(length, rng)) for s in lessons])
        if not counts.any():
            path = (*lessons[0].recording.paths, lessons[0].recording.session)[0]
            raise DataError(path, "domain", f"no stretch of training time lasts {length:g} s; choose a shorter window")
        self.steps = max(int(counts.sum()) // batch, 1)  # a pass
        self._wanted = self._shares(counts, balance) if balance else None

    def __call__(self, step: int) -> list[Window]:
        """The windows of one step."""
        number, place = divmod(step, self.steps)
        if self._pass[0] != number:
            self._pass = (number, *self._shuffle(number))
        _, which, starts = self._pass
        rng = np.random.default_rng([self.seed, 2, step])
        chosen = (place * self.batch + np.arange(self.batch)) % len(starts)
        return [self._window(self.lessons[which[k]], starts[k], rng) for k in chosen]

    def _window(self, lesson: Lesson, start: float, rng: np.random.Generator) -> Window:
        window = Window(lesson.recording, start, start + self.length, labels=lesson.labels)
        return self.transform(window, rng) if self.transform else window

    def _shuffle(self, number: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        rng = np.random.default_rng([self.seed, 1, number])
        which, starts = [np.zeros(0, np.int64)], [np.zeros(0)]
        while sum(map(len, starts)) < max(self.batch, 1):  # a random phase may leave out a short stretch: draw again
            for k, lesson in enumerate(self.lessons):
                starts.append(self._starts(k, lesson, rng))
                which.append(np.full(len(starts[-1]), k))
        order = rng.permutation(sum(map(len, starts)))
        return np.concatenate(which)[order], np.concatenate(starts)[order]

    def _starts(self, k: int, lesson: Lesson, rng: np.random.Generator) -> NDArray[np.float64]:
        """Windows of one recording in a pass: all of them, or as many as its share asks for, seen evenly often."""
        if self._wanted is None:
            return lesson.starts(self.length, rng)
        wanted, starts = int(self._wanted[k] + rng.random()), np.zeros(0)  # a part of a window comes as often as it is
        while len(starts) < wanted:
            starts = np.r_[starts, lesson.starts(self.length, rng)[: wanted - len(starts)]]  # these are shuffled
        return starts

    def _shares(self, counts: NDArray[np.int64], balance: float) -> NDArray[np.float64]:
        """(recording,) windows a pass, given those that there are."""
        rng = np.random.default_rng([self.seed, 3])
        tokens = np.array([self._tokens(s, rng) if n else 1.0 for s, n in zip(self.lessons, counts)])
        wanted = (counts * tokens) ** (1 - balance) / tokens * (counts > 0)
        return wanted * counts.sum() / wanted.sum()

    def _tokens(self, lesson: Lesson, rng: np.random.Generator) -> float:
        """Mean tokens of a window."""
        starts = np.zeros(0)
        while not len(starts):  # a random phase may leave out a short stretch
            starts = lesson.starts(self.length, rng)[:LOOKS]
        windows = [self._window(lesson, start, rng) for start in starts]
        return float(np.mean([len(w.spikes.times) + 2 * len(w.units) for w in windows]))
