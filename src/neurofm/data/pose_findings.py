"""What in tracks cannot be so, or should be known before anything is learned from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from neurofm.data import pose
from neurofm.data.plausible import Finding
from neurofm.data.shown import several

SLOWEST, FASTEST = 1.0, 2000.0  # frames a second
GONE = 1.0  # seconds for which an animal is not seen that are told
UNSURE, OFTEN = 0.2, 0.1  # confidence below which a place is a guess, and the share of such that is told


class Tracks(Protocol):
    """What is looked at of `neurofm.data.Tracks`."""

    @property
    def times(self) -> NDArray[np.float64]: ...
    @property
    def points(self) -> NDArray[np.float32]: ...
    @property
    def confidence(self) -> NDArray[np.float32] | None: ...
    @property
    def keypoints(self) -> tuple[str, ...]: ...
    @property
    def individuals(self) -> tuple[str, ...]: ...
    @property
    def step(self) -> float: ...
    def follows(self) -> NDArray[np.bool_]: ...
    def blocks(self) -> Iterator[slice]: ...


def of_tracks(tracks: Tracks) -> Iterator[Finding]:
    """All that is found; of many hours, in the blocks of frames that are looked at."""
    yield from _rate(tracks)
    if not tracks.keypoints or not len(tracks.times):
        return
    seen = np.zeros(tracks.points.shape[1:3], bool)
    for part in tracks.blocks():
        seen |= np.isfinite(tracks.points[part]).all(-1).any(0)
    yield from _never_seen(tracks, seen)
    if seen.any():
        for one in (*_gaps(tracks), *_switches(tracks), *_strays(tracks), *_unsure(tracks)):
            yield replace(one, sentence=one.sentence + _looked(tracks))


def _looked(tracks: Tracks) -> str:
    """How much was looked at, where that is not all."""
    share = sum(part.stop - part.start for part in tracks.blocks()) / len(tracks.times)
    return "" if share == 1 else f", in the {share:.0%} of frames that were looked at".replace("%", " %")


def _rate(tracks: Tracks) -> Iterator[Finding]:
    """Times that are in no seconds."""
    rate = 1 / tracks.step if tracks.step else 0.0
    if tracks.step and not SLOWEST <= rate <= FASTEST:
        words = f"are {tracks.step:.4g} s apart" if rate < SLOWEST else f"come {rate:,.0f} times a second"
        yield _finding("rate", "frames", words, "see whether their times are in seconds")


def _never_seen(tracks: Tracks, seen: NDArray[np.bool_]) -> Iterator[Finding]:
    """Key points that no frame shows, from which (individual, keypoint) were seen."""
    if not seen.any():
        yield _finding("unseen", "points", "hold no place at all", "see whether the tracking went through")
        return
    nowhere = [name for name, some in zip(tracks.keypoints, seen.T) if not some.any()]
    if nowhere:
        yield _finding("unseen", "points", f"hold no place of {several(nowhere)}", "leave these key points out")


def _gaps(tracks: Tracks) -> Iterator[Finding]:
    """Animals of which nothing is seen for long, between frames that show them."""
    lasts: dict[str, list[float]] = {name: [] for name in tracks.individuals}
    for first, last in _stretches(tracks):
        places = tracks.points[first:last]
        seen: NDArray[np.bool_] = ~np.isnan(places.sum(-1))
        for k, name in enumerate(tracks.individuals):
            frames = seen[:, k].any(-1)
            times = tracks.times[first:last][frames]
            long = np.diff(times) - tracks.step
            lasts[name] += long[(long >= GONE) & (np.diff(np.flatnonzero(frames)) > 1)].tolist()
    for name, each in lasts.items():
        if each:
            words = f"'{name}' is not seen for {GONE:g} s or more {len(each):,} times, the longest {max(each):.1f} s"
            yield _finding("gaps", "individuals", words, "nothing is put in there; fill short gaps only")


def _stretches(tracks: Tracks) -> list[tuple[int, int]]:
    """First frame and the one behind the last, of blocks that follow each other together."""
    parts = [(part.start, part.stop) for part in tracks.blocks()]
    begins = [k for k, part in enumerate(parts) if not k or parts[k - 1][1] != part[0]]
    return [(parts[a][0], parts[b - 1][1]) for a, b in zip(begins, [*begins[1:], len(parts)])]


def _switches(tracks: Tracks) -> Iterator[Finding]:
    """Animals that were taken for each other."""
    follows, rows = tracks.follows(), np.zeros((0, 3), np.intp)
    for part in tracks.blocks():
        begin = max(part.start - 1, 0)
        told = pose.switches(np.asarray(tracks.points[begin : part.stop]), follows[begin : part.stop])
        rows = np.concatenate([rows, told + np.array([begin, 0, 0])])
    if len(rows):
        frame, a, b = rows[0]
        names = f"'{tracks.individuals[a]}' and '{tracks.individuals[b]}'"
        words = f"{names} change places, first in frame {frame:,}, {len(rows):,} times in all"
        yield _finding("switch", "individuals", words, "each may be the other from there on; check them there")


def _strays(tracks: Tracks) -> Iterator[Finding]:
    """Points that are far from their animal."""
    count, first = np.zeros(len(tracks.keypoints), np.int64), -1
    for part in tracks.blocks():
        far = pose.strays(np.asarray(tracks.points[part]))
        if far.any() and first < 0:
            first = part.start + int(np.flatnonzero(far.any((1, 2)))[0])
        count += far.sum((0, 1))
    if first >= 0:
        most = [f"{tracks.keypoints[k]} {count[k]:,}" for k in np.argsort(-count, kind="stable") if count[k]]
        words = f"are far from their animal {count.sum():,} times ({several(most)}), first in frame {first:,}"
        yield _finding("stray", "points", words, "they are marked where they are shown")


def _unsure(tracks: Tracks) -> Iterator[Finding]:
    """Places that are guesses, by their own confidence."""
    if tracks.confidence is None:
        return
    guesses = known = 0
    for part in tracks.blocks():
        placed = np.isfinite(tracks.points[part]).all(-1)
        guesses += int((placed & (tracks.confidence[part] < UNSURE)).sum())
        known += int(placed.sum())
    if known and guesses > OFTEN * known:
        words = f"are guesses in {guesses / known:.0%} of places, with a confidence below {UNSURE:g}".replace("%", " %")
        yield _finding("unsure", "points", words, "leave these out")


def _finding(code: str, field: str, sentence: str, remedy: str) -> Finding:
    return Finding(code=code, field=field, sentence=sentence, remedy=remedy)
