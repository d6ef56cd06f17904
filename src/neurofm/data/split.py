"""Which seconds are for training, for choosing and for the held-out score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data import spans
from neurofm.data.recording import Recording
from neurofm.data.target import moves

FEWEST = 10  # trials from which whole ones are drawn
SHORTEST = 10.0  # seconds of a stretch that is cut
TAKEN = 0.2  # of what is learned from, that gaps may take
LEAST = 0.02  # of the time, for movement or rest to be shared out
NAMED = ("train_domain", "valid_domain", "test_domain")


@dataclass(frozen=True, eq=False)
class Split:
    """Three sets of (k, 2) spans, apart from each other."""

    train: NDArray[np.float64]
    valid: NDArray[np.float64]
    test: NDArray[np.float64]


def split(recording: Recording, rng: np.random.Generator, *, blocks: int = 20, gap: float = 1.0) -> Split:
    """The file's own split where it has one, else one tenth for choosing and one fifth held out.

    Whole trials are drawn where there are at least ten (70/10/20), several in a row together where they follow each
    other so closely that what lies within `gap` seconds of those held out would be most of the others; otherwise the
    recording is cut into `blocks` stretches, or more where it moves, or rests, in few of them only. Where some pieces
    move and some rest, all three sets hold as much of each. Training time keeps `gap` seconds away from the other two.

    Raises
    ------
    ValueError
        If the recording holds no time at all.
    """
    if all(name in recording.intervals for name in NAMED):
        train, valid, test = (recording.intervals[n][["start", "stop"]].to_numpy(float) for n in NAMED)
        return Split(spans.tidy(train), spans.tidy(valid), spans.tidy(test))
    active = moves(recording)
    pieces = in_rows(whole_trials(recording.trials, recording.domain), gap)
    pieces = pieces if len(pieces) >= FEWEST else _blocks(recording.domain, blocks, active)
    if not len(pieces):
        raise ValueError(f"recording {recording.session} holds no time that could be split")
    return share_out(pieces, recording.domain, rng, gap=gap, active=active)


def share_out(
    pieces: NDArray[np.float64],
    domain: NDArray[np.float64],
    rng: np.random.Generator,
    *,
    gap: float = 1.0,
    active: NDArray[np.float64] | None = None,
) -> Split:
    """One tenth of the pieces (piece, 2) for choosing and one fifth held out; all three hold as much of `active`."""
    tenth = max(round(0.1 * len(pieces)), 1)
    order = _order(_shares(pieces, np.zeros((0, 2)) if active is None else active), tenth, rng)
    test, valid = spans.tidy(pieces[order[: 2 * tenth]]), spans.tidy(pieces[order[2 * tenth : 3 * tenth]])
    valid = spans.subtract(valid, test)
    train = spans.subtract(domain, spans.widen(spans.union(valid, test), gap))
    return Split(train, valid, test)


def whole_trials(trials: pd.DataFrame | None, domain: NDArray[np.float64]) -> NDArray[np.float64]:
    """(trial, 2) seconds of those that lie in the domain."""
    if trials is None:
        return np.zeros((0, 2))
    pieces = trials[["start", "stop"]].to_numpy(float)
    pieces = pieces[np.isfinite(pieces).all(1)]
    return pieces[spans.inside(pieces.mean(1), domain)]


def in_rows(trials: NDArray[np.float64], gap: float) -> NDArray[np.float64]:
    """(piece, 2) trials, or as many in a row as keep what gaps around three tenths of them take from the rest small."""
    trials = trials[np.argsort(trials[:, 0], kind="stable")]
    pieces, count = trials, 1
    while len(pieces) >= FEWEST and _taken(pieces, gap) > TAKEN:
        count *= 2
        run = np.cumsum(np.r_[True, trials[1:, 0] - trials[:-1, 1] >= gap])[: len(trials)]
        place = np.arange(len(trials)) - np.searchsorted(run, run)
        first = np.flatnonzero(place % count == 0)
        longer = np.stack([trials[first, 0], np.maximum.reduceat(trials[:, 1], first)], 1)
        if not FEWEST <= len(longer) < len(pieces):
            break
        pieces = longer
    return pieces


def _taken(pieces: NDArray[np.float64], gap: float) -> float:
    """About which share of the pieces that are learned from lies within the gap of those that are not."""
    between = np.maximum(pieces[1:, 0] - pieces[:-1, 1], 0.0)
    reach = 2 * float(np.maximum(gap - between, 0.0).mean()) if len(between) else 0.0
    return 3 / 7 * reach / max(float(np.diff(pieces, axis=1).mean()), 1e-9)


def _blocks(domain: NDArray[np.float64], count: int, active: NDArray[np.float64]) -> NDArray[np.float64]:
    """`domain` cut into about `count` equal stretches, more where movement, or rest, would lie in a few of them."""
    pieces = stretches(domain, count)
    while spans.duration(domain) / count > 2 * SHORTEST and _lumped(pieces, active):
        count *= 2
        pieces = stretches(domain, count)
    return pieces


def stretches(domain: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """`domain` in about `count` equal stretches."""
    length = spans.duration(domain) / count
    edges = [np.linspace(a, b, max(round((b - a) / max(length, 1e-9)), 1) + 1) for a, b in domain]
    return np.concatenate([np.zeros((0, 2)), *(np.stack([e[:-1], e[1:]], 1) for e in edges)])


def _lumped(pieces: NDArray[np.float64], active: NDArray[np.float64]) -> bool:
    """Whether the rarer of movement and rest, if both are there, lies in fewer pieces than can be shared out."""
    moves = _shares(pieces, active)
    rarer = moves if moves.mean() < 0.5 else 1 - moves
    if rarer.mean() < LEAST:
        return False
    return bool(rarer.sum() ** 2 / (rarer**2).sum() < FEWEST / 2)  # as many pieces with equally much of it


def _shares(pieces: NDArray[np.float64], active: NDArray[np.float64]) -> NDArray[np.float64]:
    """(piece,) part of each in which behaviour moves."""
    if not len(active):
        return np.zeros(len(pieces))
    edges, lasts = active.ravel(), np.diff(active, axis=1).ravel()
    before = np.stack([lasts.cumsum() - lasts, lasts.cumsum()], 1).ravel()
    first, last = (np.interp(pieces[:, k], edges, before) for k in (0, 1))
    return (last - first) / np.maximum(np.diff(pieces, axis=1).ravel(), 1e-9)


def _order(shares: NDArray[np.float64], tenth: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Pieces at random; where some move and some rest, two tenths and one tenth that hold as much of each as all do."""
    order = rng.permutation(len(shares))
    if not (shares > 0.5).any() or (shares > 0.5).all():
        return order
    rest = order[np.argsort(shares[order], kind="stable")]
    drawn = []
    for count in (2 * tenth, tenth):
        layers = np.array_split(np.arange(len(rest)), min(count, len(rest)))
        chosen = np.array([rng.choice(layer) for layer in layers], np.intp)
        drawn.append(rng.permutation(rest[chosen]))
        rest = np.delete(rest, chosen)
    return np.concatenate([*drawn, rng.permutation(rest)])
