"""Which seconds are for training, for choosing and for the held-out score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurofm.data import spans
from neurofm.data.recording import Recording

NAMED = ("train_domain", "valid_domain", "test_domain")


@dataclass(frozen=True, eq=False)
class Split:
    """Three sets of (k, 2) spans, apart from each other."""

    train: NDArray[np.float64]
    valid: NDArray[np.float64]
    test: NDArray[np.float64]


def split(recording: Recording, rng: np.random.Generator, *, blocks: int = 20, gap: float = 1.0) -> Split:
    """The file's own split where it has one, else one tenth for choosing and one fifth held out.

    Whole trials are drawn where there are at least ten (70/10/20); otherwise the recording is cut into `blocks`
    stretches. Training time keeps `gap` seconds away from the other two.

    Raises
    ------
    ValueError
        If the recording holds no time at all.
    """
    if all(name in recording.intervals for name in NAMED):
        train, valid, test = (recording.intervals[n][["start", "stop"]].to_numpy(float) for n in NAMED)
        return Split(spans.tidy(train), spans.tidy(valid), spans.tidy(test))
    trials = recording.intervals.get("trials")
    if trials is not None and len(trials) >= 10:
        pieces = trials[["start", "stop"]].to_numpy(float)
        pieces = pieces[np.isfinite(pieces).all(1)]
    else:
        pieces = _blocks(recording.domain, blocks)
    if not len(pieces):
        raise ValueError(f"recording {recording.session} holds no time that could be split")
    order = rng.permutation(len(pieces))
    tenth = max(round(0.1 * len(pieces)), 1)
    test, valid = spans.tidy(pieces[order[: 2 * tenth]]), spans.tidy(pieces[order[2 * tenth : 3 * tenth]])
    valid = spans.subtract(valid, test)
    train = spans.subtract(recording.domain, spans.widen(spans.union(valid, test), gap))
    return Split(train, valid, test)


def _blocks(domain: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """`domain` cut into about `count` equal stretches."""
    length = spans.duration(domain) / count
    edges = [np.linspace(a, b, max(round((b - a) / max(length, 1e-9)), 1) + 1) for a, b in domain]
    return np.concatenate([np.zeros((0, 2)), *(np.stack([e[:-1], e[1:]], 1) for e in edges)])
