"""How sure matches are, told by things whose match is known: matched blind, and again with their like taken away.

What a known thing scores while nobody says who it is tells how often matches of that score are right. What it scores
once its like is gone tells the same of things that have no like at all. How many have none is read off the scores, as
the mixture of both that is nearest to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
NEVER = -np.inf  # score of a thing that was not called


class Calibration(NamedTuple):
    """What known things scored.

    Parameters
    ----------
    right : (known,) score of each that was matched as it should be
    wrong : (known,) of each that was matched to another, or to none (`NEVER`)
    lone : (known,) of each while its like was away, `NEVER` where it was matched to none
    """

    right: Floats
    wrong: Floats
    lone: Floats


def joined(parts: Sequence[Calibration]) -> Calibration:
    """All of several."""
    none = [np.zeros(0)]
    return Calibration(*(np.concatenate([*none, *(part[k] for part in parts)]) for k in range(3)))


def rates(score: ArrayLike, known: Calibration, count: int) -> Floats:
    """Least false-discovery rate at which each match would be called.

    Parameters
    ----------
    score : (match,) more is surer
    known : scores of things whose match is known
    count : things that could have been matched, of which `score` are those that were

    Returns
    -------
    (match,) between 0 and 1; NaN where nothing is known. One more of each kind of mistake is counted than was seen, so
    that few known things never promise more than they can.
    """
    score = np.asarray(score, float)
    there = len(known.right) + len(known.wrong)
    if not there or not len(known.lone):
        return np.full(len(score), np.nan)
    lone = lone_share(score, known, count)
    wrong = (1 + _above(known.wrong, score)) / (1 + there)
    without = (1 + _above(known.lone, score)) / (1 + len(known.lone))
    false = count * ((1 - lone) * wrong + lone * without) / np.maximum(_above(score, score), 1)
    order = np.argsort(score, kind="stable")
    q = np.empty(len(score))
    q[order] = np.minimum.accumulate(np.minimum(false[order], 1.0))
    return q


def lone_share(score: ArrayLike, known: Calibration, count: int) -> float:
    """Share of things that have no like, as the mixture of both kinds of known things that is nearest to all scores."""
    score = np.asarray(score, float)
    with_like = np.concatenate([known.right, known.wrong])
    at = np.unique(np.concatenate([with_like, known.lone]))
    at = at[np.isfinite(at)]
    here, there = _above(with_like, at) / max(len(with_like), 1), _above(known.lone, at) / max(len(known.lone), 1)
    apart = here - there
    if not (apart**2).sum():
        return 1.0
    return float(np.clip(((here - _above(score, at) / max(count, 1)) * apart).sum() / (apart**2).sum(), 0, 1))


def _above(values: Floats, at: Floats) -> NDArray[np.int64]:
    """(at,) how many of the values are as high or higher."""
    return (len(values) - np.searchsorted(np.sort(values), at)).astype(np.int64)
