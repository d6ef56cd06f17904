"""Tracks as models of behaviour see them: what is given of each animal in a frame, and what it does there.

Frames follow each other in stretches, which end with a trial and where frames are missing. What was not seen is NaN and
stays so: nothing is filled in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurofm.data import body, pose_features, spans
from neurofm.data.tracks import Tracks
from neurofm.errors import DataError

LATE = 1.5  # usual steps after which a frame does not follow the one before
LEAD = 2  # frames before one that changes, and changes of these, are made of
DOES = "velocity"  # in the name of a feature that says what an animal does
PIECE = 1000  # frames of those that many are thinned out to
SAME = 0.05  # share by which frame rates may differ
Floats = NDArray[np.float32]
Named = dict[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Stretches:
    """Frames of tracks.

    Parameters
    ----------
    tracks : that they are of
    rows : (stretch, 2) first frame of each, and the one after its last
    sure : confidence below which a key point counts as not seen
    """

    tracks: Tracks
    rows: NDArray[np.int64]
    sure: float = 0.0

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Of what is given."""
        return _names(self.tracks)[0]

    @cached_property
    def does(self) -> tuple[str, ...]:
        """Of what it does."""
        return _names(self.tracks)[1]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """(stretch,) frames in each."""
        return self.rows[:, 1] - self.rows[:, 0]

    def take(self, k: Any) -> Stretches:
        """Some of the stretches."""
        return replace(self, rows=self.rows[k])

    def within(self, times: ArrayLike) -> Stretches:
        """The parts of them that lie in some spans of seconds."""
        first, last = (np.searchsorted(self.tracks.times, edge) for edge in spans.tidy(times).T)
        low = np.maximum.outer(self.rows[:, 0], first).ravel()
        high = np.minimum.outer(self.rows[:, 1], last).ravel()
        rows = np.stack([low, high], 1)[high > low]
        return replace(self, rows=rows[np.argsort(rows[:, 0], kind="stable")])

    def thinned(self, most: int) -> Stretches:
        """Pieces of at most 1,000 frames of them, evenly spread, with about `most` frames together."""
        rows = [(a, min(a + PIECE, last)) for first, last in self.rows for a in range(first, last, PIECE)]
        pieces = np.array(rows, np.int64).reshape(-1, 2)
        keep = max(int(len(pieces) * most / max(self.lengths.sum(), 1)), 1)
        if keep < len(pieces):
            pieces = pieces[np.linspace(0, len(pieces) - 1, keep).astype(int)]
        return replace(self, rows=pieces)

    def few(self, most: int) -> Stretches:
        """As they are, or thinned where they have more frames."""
        return self if self.lengths.sum() <= most else self.thinned(most)

    def given(self, first: int, last: int) -> Floats:
        """(frame, individual, feature) of some frames of one stretch."""
        return self.seen(first, last)[0]

    def seen(self, first: int, last: int) -> tuple[Floats, Floats]:
        """What is given (frame, individual, feature) and what is done (frame, individual, action) in some frames.

        The frames are of one stretch. Features are given as they are, key points as their animal has them, or of mice
        what is usually measured. Velocities and moves are done, and where no feature is a velocity the rest as it
        changes.
        """
        t = self.tracks
        lead = int(
            np.cumprod(follows(t, slice(max(first - LEAD, 0) + 1, first + 1))[::-1]).sum()
        )  # frames before these
        given, done = zip(*_parts(t, slice(first - lead, last), self.sure))
        wide = [{name: x for part in parts for name, x in part.items()} for parts in (given, done)]
        return tuple(np.stack([*x.values()], -1)[lead:].astype(np.float32) for x in wide)  # type: ignore[return-value]

    def next(self, first: int, last: int, ahead: int) -> Floats:
        """(frame, individual, action) mean of what is done in the next `ahead` frames of one stretch."""
        end = int(self.rows[np.searchsorted(self.rows[:, 0], first, "right") - 1, 1])
        return mean_ahead(self.seen(first, min(last + ahead, end))[1], ahead)[: last - first]


def cut(tracks: Tracks, sure: float = 0.0) -> Stretches:
    """All stretches of tracks; a key point of less confidence counts as not seen.

    Raises
    ------
    DataError
        If there is nothing to learn from, or no two frames follow each other.
    """
    where = (*tracks.paths, tracks.session)[0]
    if not _names(tracks)[0] or not len(tracks.individuals):
        raise DataError(where, "points", "has no key points and no features; open tracks that have some")
    times = tracks.times
    piece = np.searchsorted(tracks.domain[:, 0], times, "right") - 1
    inside = (piece >= 0) & (times < tracks.domain[np.maximum(piece, 0), 1])
    on = np.r_[False, follows(tracks, slice(1, None)) & (np.diff(piece) == 0)] & inside
    first = np.flatnonzero(inside & ~on)
    last = np.flatnonzero(inside & ~np.r_[on[1:], False]) + 1
    rows = np.stack([first, last], 1)
    if not len(rows) or np.diff(rows).max() < 2:
        raise DataError(where, "times", "has no two frames that follow each other; check the times of the frames")
    return Stretches(tracks, rows, sure)


def follows(tracks: Tracks, frames: slice) -> NDArray[np.bool_]:
    """Whether some frames, the very first apart, follow the one before: soon enough, and in the same trial."""
    steps = np.diff(tracks.times[frames.start - 1 : frames.stop])
    return (steps <= LATE * tracks.step) & tracks.follows()[frames]


def _parts(tracks: Tracks, frames: slice, sure: float = 0.0) -> Iterator[tuple[Named, Named]]:
    """What is given and done by name, (frame, individual) each, of features, then of key points."""
    features = {name: tracks.features[frames, :, k] for k, name in enumerate(tracks.feature_names)}
    fast = {name: x for name, x in features.items() if DOES in name.lower()}
    yield features, fast or _changes(features, tracks.step)
    points = tracks.points[frames].astype(float)
    if sure and tracks.confidence is not None:
        points[tracks.confidence[frames] < sure] = np.nan
    if set(pose_features.MOUSE) <= set(tracks.keypoints):
        order = [tracks.keypoints.index(name) for name in pose_features.MOUSE]
        yield pose_features.mouse(points[:, :, order], np.arange(len(points)) == 0)
    elif tracks.keypoints:
        ahead = body.front(tracks.keypoints)
        own = np.moveaxis(body.aligned(points, ahead), (2, 3), (0, 1))
        places = {f"{name} {axis}": x for name, each in zip(tracks.keypoints, own) for axis, x in zip("xyz", each)}
        moves = dict(zip(body.MOVES, np.moveaxis(body.moves(points, ahead, tracks.step), -1, 0)))
        yield places | moves, moves | ({} if fast else _changes(places, tracks.step))


def _changes(values: Named, step: float) -> Named:
    return {f"change of {name}": np.diff(x, axis=0, prepend=np.nan) / (step or 1.0) for name, x in values.items()}


def _names(tracks: Tracks) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Of what is given and of what is done, as told by a few frames."""
    given, done = zip(*_parts(tracks, slice(0, 2)))
    return tuple(n for part in given for n in part), tuple(n for part in done for n in part)


def check_alike(tracks: Tracks, names: Sequence[str], rate: float) -> None:
    """Refuse tracks with other features, or another frame rate, than a model has learned from."""
    where, mine = (*tracks.paths, tracks.session)[0], _names(tracks)[0]
    if tuple(names) != mine:
        k = next((k for k, (a, b) in enumerate(zip(mine, names)) if a != b), min(len(mine), len(names)))
        first = f"{mine[k]}" if k < len(mine) else f"{names[k]} is missing"
        known = f"has {len(mine)} features where the model knows {len(names)} (first that differs: {first})"
        raise DataError(where, "features", f"{known}; train on tracks like these")
    own = 1 / tracks.step if tracks.step else rate
    if abs(own / rate - 1) > SAME:
        problem = f"has {own:.3g} frames a second where the model knows {rate:.3g}; train on tracks like these"
        raise DataError(where, "times", problem)


def mean_ahead(done: Floats, ahead: int) -> Floats:
    """(frame, ...) mean over the next `ahead` frames, the frame itself apart; NaN where less than half is known."""
    known = np.isfinite(done)
    zero = np.zeros((1, *done.shape[1:]))
    total = np.concatenate([zero, np.where(known, done, 0).cumsum(0, dtype=float)])
    count = np.concatenate([zero, known.cumsum(0)])
    low = np.arange(len(done)) + 1
    high = np.minimum(low + ahead, len(done))
    share = count[high] - count[low]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(share >= ahead / 2, (total[high] - total[low]) / share, np.nan).astype(np.float32)


def moving(given: Floats, frames: int) -> Floats:
    """(frame, ..., 2 x feature) mean and spread of what is given over the last `frames` ones; NaN where nothing is."""
    known = np.isfinite(given)
    x = np.where(known, given, 0).astype(float)
    low, high = np.maximum(np.arange(len(given)) + 1 - frames, 0), np.arange(len(given)) + 1

    def total(values: NDArray[np.floating]) -> NDArray[np.float64]:
        summed = np.concatenate([np.zeros((1, *values.shape[1:])), values.cumsum(0, dtype=float)])
        return np.asarray(summed[high] - summed[low])

    with np.errstate(invalid="ignore", divide="ignore"):
        count = total(known)
        mean = total(x) / count
        spread = np.sqrt(np.maximum(total(x**2) / count - mean**2, 0))
    return np.concatenate([mean, spread], -1).astype(np.float32)


def merge(latent: NDArray[np.floating], seen: NDArray[np.bool_]) -> NDArray[np.floating]:
    """(frame, dim or 2 dim) latents (frame, individual, dim) of those that are seen: the mean, and if there are more
    than one individuals the largest less the smallest; NaN where none is seen."""
    there = seen[..., None]
    with np.errstate(invalid="ignore"):
        mean = np.where(there, latent, 0).sum(1) / there.sum(1)
    if latent.shape[1] == 1:
        return mean
    span = np.where(there, latent, -np.inf).max(1) - np.where(there, latent, np.inf).min(1)
    return np.concatenate([mean, np.where(np.isfinite(mean), span, np.nan)], -1)


def merge_mean(values: NDArray[np.floating], seen: NDArray[np.bool_]) -> NDArray[np.floating]:
    """(frame, feature) mean of those individuals that are seen."""
    return merge(values, seen)[:, : values.shape[2]]
