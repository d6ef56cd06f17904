"""Spans of time as (k, 2) arrays of [start, stop) seconds, sorted and apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurofm.checks import floats
from neurofm.data.series import gaps

SpanArray = NDArray[np.float64]


def tidy(spans: ArrayLike) -> SpanArray:
    """Sorted, with empty ones dropped and touching ones joined."""
    spans = np.asarray(spans, float).reshape(-1, 2)
    spans = spans[spans[:, 1] > spans[:, 0]]
    if not len(spans):
        return spans
    spans = spans[np.argsort(spans[:, 0], kind="stable")]
    ends = np.maximum.accumulate(spans[:, 1])
    first = np.r_[True, spans[1:, 0] > ends[:-1]]
    return np.stack([spans[first, 0], ends[np.r_[first[1:], True]]], 1)


def check_spans(spans: ArrayLike) -> None:
    """Raise ValueError unless `spans` are pairs of finite seconds, each start before its stop."""
    given = floats("spans", spans)
    if not given.size:
        return
    if given.ndim != 2 or given.shape[1] != 2:
        raise ValueError(f"spans must be pairs of start and stop in seconds, got shape {given.shape}")
    wrong = given[~(given[:, 1] > given[:, 0]) | ~np.isfinite(given).all(1)]
    if len(wrong):
        raise ValueError(f"spans must start before they stop, got {wrong[0].tolist()}")


def union(a: ArrayLike, b: ArrayLike) -> SpanArray:
    """Time in either."""
    return tidy(np.concatenate([np.asarray(a, float).reshape(-1, 2), np.asarray(b, float).reshape(-1, 2)]))


def complement(spans: ArrayLike) -> SpanArray:
    """Time in none, from minus to plus infinity."""
    edges = np.r_[-np.inf, tidy(spans).ravel(), np.inf].reshape(-1, 2)
    return edges[edges[:, 1] > edges[:, 0]]


def intersect(a: ArrayLike, b: ArrayLike) -> SpanArray:
    """Time in both."""
    return complement(union(complement(a), complement(b)))


def subtract(a: ArrayLike, b: ArrayLike) -> SpanArray:
    """Time in `a` but not in `b`."""
    return intersect(a, complement(b))


def widen(spans: ArrayLike, by: float) -> SpanArray:
    """Each span longer by `by` seconds on both sides."""
    return tidy(np.asarray(spans, float).reshape(-1, 2) + np.array([-by, by]))


def inside(times: ArrayLike, spans: ArrayLike) -> NDArray[np.bool_]:
    """Which of `times` lie in a span."""
    spans = tidy(spans)
    if not len(spans):
        return np.zeros(np.shape(times), bool)
    place = np.searchsorted(spans[:, 0], times, "right") - 1
    return (place >= 0) & (np.asarray(times) < spans[np.maximum(place, 0), 1])


def duration(spans: ArrayLike) -> float:
    """Seconds in all."""
    return float(np.diff(tidy(spans), axis=1).sum())


def stretches(times: NDArray[np.float64], chosen: NDArray[np.bool_]) -> SpanArray:
    """(k, 2) seconds of the runs of chosen times, half a usual step longer on each side; none goes on over a gap."""
    half = float(np.median(np.diff(times))) / 2 if len(times) > 1 else 0.05
    last, first = (np.isin(times, edge) for edge in gaps(times).T)
    begins = chosen & (first | ~np.r_[False, chosen][:-1])
    ends = chosen & (last | ~np.r_[chosen, False][1:])
    return np.stack([times[begins] - half, times[ends] + half], 1)
