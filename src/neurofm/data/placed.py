"""Key points that were put elsewhere by hand: the tracks that this gives, and what differs between two of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from neurofm.checks import check_choice
from neurofm.data.tracks import Tracks

COLUMNS = ("frame", "individual", "keypoint", "x", "y", "z")  # of a table of them
SURE = 1.0  # confidence of what a person placed


class Placed(NamedTuple):
    """One of them, by number; `place` has as many numbers as the points have axes, and none where it is not seen."""

    frame: int
    individual: int
    keypoint: int
    place: tuple[float, ...]


def corrected(tracks: Tracks, placed: Iterable[Placed]) -> Tracks:
    """The same with some key points elsewhere, which is sure then."""
    points = np.array(tracks.points)
    confidence = None if tracks.confidence is None else np.array(tracks.confidence)
    for one in placed:
        points[one[:3]] = one.place or np.nan
        if confidence is not None:
            confidence[one[:3]] = SURE if one.place else 0.0
    return replace(tracks, points=points, confidence=confidence)


def between(before: Tracks, after: Tracks) -> list[Placed]:
    """What was placed so that one became the other, which has the same frames, animals and key points."""
    differ = (before.points != after.points) & ~(np.isnan(before.points) & np.isnan(after.points))
    return [of(after, *map(int, at)) for at in np.argwhere(differ.any(-1))]


def of(tracks: Tracks, frame: int, individual: int, keypoint: int) -> Placed:
    """Where a key point is."""
    place = np.asarray(tracks.points[frame, individual, keypoint], float)
    return Placed(frame, individual, keypoint, tuple(map(float, place)) if np.isfinite(place).all() else ())


def named(tracks: Tracks, one: Placed) -> list[object]:
    """Frame, names of individual and key point, and the place, for people and scripts."""
    return [one.frame, tracks.individuals[one.individual], tracks.keypoints[one.keypoint], *one.place]


def given(tracks: Tracks, rows: Sequence[Sequence[object]]) -> list[Placed]:
    """Rows of frame, individual, key point and place, as people give them.

    Without a place a point is not seen; where points have three axes and a place has two, the third stays.

    Raises
    ------
    LookupError
        If there is no such animal or key point.
    ValueError
        If there is no such frame, or a place is no finite numbers.
    """
    return [_given(tracks, list(row)) for row in rows]


def rows(table: pd.DataFrame, individuals: Sequence[str]) -> list[list[object]]:
    """The same from a table with such columns; of one animal alone its name may be left out.

    Raises
    ------
    ValueError
        If a column is missing.
    """
    table = table.rename(columns=lambda name: str(name).strip().lower())
    if "individual" not in table and len(individuals) == 1:
        table = table.assign(individual=individuals[0])
    missing = [name for name in COLUMNS[:5] if name not in table]
    if missing:
        raise ValueError(f"a table of corrected points needs {', '.join(COLUMNS[:5])}; {missing[0]} is missing")
    axes = [name for name in COLUMNS[3:] if name in COLUMNS[:5] or (name in table and table[name].notna().any())]
    numbers = table[axes].apply(pd.to_numeric, errors="coerce").to_numpy(float)
    wrong = np.flatnonzero(np.isnan(numbers).any(1) & table[axes].notna().any(axis=1).to_numpy())
    if len(wrong):
        raise ValueError(f"row {wrong[0] + 1} has no number for each of {', '.join(axes)}; leave all empty if not seen")
    heads = table[list(COLUMNS[:3])].itertuples(index=False)
    return [[*head, *(place if np.isfinite(place).all() else ())] for head, place in zip(heads, numbers)]


def _given(tracks: Tracks, row: list[object]) -> Placed:
    if len(row) < 3:
        raise ValueError(f"a corrected point is a frame, an individual, a key point and its place, got {row}")
    frame, individual, keypoint, *place = row
    check_choice("individual", str(individual), tracks.individuals)
    check_choice("key point", str(keypoint), tracks.keypoints)
    try:
        number, numbers = float(frame), [float(value) for value in place]  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise ValueError(f"frame and place of a corrected point must be numbers, got {row}") from None
    if not number.is_integer() or not 0 <= number < len(tracks.times):
        raise ValueError(f"frame must be a whole number from 0 to {len(tracks.times) - 1:,}, got {frame}")
    at = int(number), tracks.individuals.index(str(individual)), tracks.keypoints.index(str(keypoint))
    axes = tracks.points.shape[-1]
    if len(numbers) == 2 < axes:
        numbers += [float(value) for value in tracks.points[at][2:]]
    if numbers and (len(numbers) != axes or not np.isfinite(numbers).all()):
        raise ValueError(f"a place of {tracks.session} is {axes} finite numbers, got {numbers}")
    return Placed(*at, tuple(np.array(numbers, np.float32).astype(float).tolist()))  # as points hold them
