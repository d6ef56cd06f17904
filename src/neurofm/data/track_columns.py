"""What is known of each frame of tracks: how each animal is held and moves, how sure that is, and what was labelled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.data import body, pose
from neurofm.data.ids import Ids
from neurofm.data.moments import IN_TRIAL, SPEED, trial_at
from neurofm.data.source import CLOCK

Tracks = Any  # those of `neurofm.data.tracks`, which ask here what is known of their frames
At = Callable[[Ids], NDArray[Any]]
CONFIDENCE, HEADING = "confidence", "heading"
PLACES, OWN = ("x", "y", "z"), ("ahead", "aside")  # of a key point: as it was tracked, and as its animal sees it


def columns(tracks: Tracks) -> dict[str, At]:
    """What frames can be coloured by, by name: of one animal alone without its name."""
    named: dict[str, At] = {CLOCK: lambda local: tracks.times[local]}
    if tracks.trials is not None:
        named[IN_TRIAL] = lambda local: trial_at(tracks.trials, tracks.times[local])
    named |= {name: partial(np.take, values, axis=0) for name, values in tracks.labels.items() if values.ndim == 1}
    if tracks.keypoints:
        named[SPEED] = lambda local: pose.mean(tracks.speed(local), 1)
    for k, before in _each(tracks):
        named |= {before + name: at for name, at in _of_one(tracks, k).items() if before + name not in named}
    return named


def curves(tracks: Tracks) -> dict[str, At]:
    """Where each key point is over time, which is too much to choose a colour from."""
    axes, ahead = PLACES[: tracks.points.shape[-1]], body.front(tracks.keypoints)
    named: dict[str, At] = {}
    for k, before in _each(tracks):
        for p, point in enumerate(tracks.keypoints):
            named |= {f"{before}{point}.{x}": partial(_place, tracks, (k, p, a)) for a, x in enumerate(axes)}
            if len(tracks.keypoints) > 1:
                own = {x: partial(_own, tracks, (k, p, a, ahead)) for a, x in enumerate(OWN)}
                named |= {f"{before}{point}.{x}": at for x, at in own.items()}
    return named


def units(tracks: Tracks) -> dict[str, str]:
    """In what each is measured, by the last part of its name."""
    fast = f"{tracks.unit}/s"
    moves = dict(zip(body.MOVES, (fast, fast, "rad/s")))
    return {CLOCK: "s", SPEED: fast, HEADING: "rad"} | moves | dict.fromkeys((*PLACES, *OWN), tracks.unit)


def _each(tracks: Tracks) -> Iterator[tuple[int, str]]:
    """Each animal, and what stands before its columns."""
    alone = len(tracks.individuals) == 1
    yield from ((k, "" if alone else f"{name}.") for k, name in enumerate(tracks.individuals))


def _of_one(tracks: Tracks, k: int) -> dict[str, At]:
    """What is known of one animal in each frame."""
    named: dict[str, At] = {}
    for name, values in tracks.labels.items():
        if values.ndim == 2:
            named[name] = lambda local, values=values: values[local, k]  # type: ignore[misc]
    if tracks.keypoints:
        named[SPEED] = lambda local: tracks.speed(local, k)[:, 0]
    if len(tracks.keypoints) > 1:
        ahead = body.front(tracks.keypoints)
        named |= {move: partial(_move, tracks, k, ahead, m) for m, move in enumerate(body.MOVES)}
        named[HEADING] = lambda local: body.heading(tracks.points[local, k], ahead)
    confidence = tracks.confidence
    if confidence is not None and tracks.keypoints:
        named[CONFIDENCE] = lambda local: pose.mean(confidence[local, k], 1)
    for f, name in enumerate(tracks.feature_names):
        named[name] = lambda local, f=f: tracks.features[local, k, f]  # type: ignore[misc]
    return named


def _move(tracks: Tracks, k: int, ahead: int, m: int, local: Ids) -> NDArray[Any]:
    """How fast it went forward or sideways, or turned, since the frame before; NaN where nobody knows.

    As `pose.displacement` says how far it went, so that forward and sideways together are its speed.
    """
    before = np.maximum(local - 1, 0)
    moved = body.moved(tracks.points[before, k], tracks.points[local, k], ahead, whole=pose.median)[..., m]
    return pose.per_second(moved, tracks.times[local] - tracks.times[before], tracks.follows()[local])


def _place(tracks: Tracks, which: tuple[int, int, int], local: Ids) -> NDArray[Any]:
    k, point, axis = which
    return tracks.points[local, k, point, axis]


def _own(tracks: Tracks, which: tuple[int, int, int, int], local: Ids) -> NDArray[Any]:
    k, point, axis, ahead = which
    return np.asarray(body.aligned(tracks.points[local, k], ahead)[:, point, axis])
