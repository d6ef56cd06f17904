"""A decoder of one animal answers for another, after conditions of some of its trials have shown how they align.

What is decoded is the condition of a trial, from the square roots of counts in the mean over its bins. Each animal's
units are standardised by themselves, so that neither rates nor spreads have to be alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Ints = NDArray[np.int64]
T = TypeVar("T")

DIMS = 10  # principal components in which trials are compared
BLURS = (0.03, 0.1, 0.3)  # of the mean distance, by which a transport is spread over like units
SIZES = (10, 20, 40)  # principal components that are turned, to choose among
CLOSE = 1e-4  # of each mass, to which a transport keeps it
FOLDS = 3  # of the trials with labels, to choose among them


@dataclass(frozen=True, eq=False)
class Pair:
    """Trials of one animal, and of another for which its decoder is to answer.

    Units come in an order that their counts alone decide, so that what is drawn for them, or chosen among equal ones,
    does not depend on the order of rows.

    Parameters
    ----------
    one : (trial, bin, unit) counts, NaN in bins that a trial does not have
    conditions : (trial of one,) numbers from 0
    shown : (trial, bin, unit) counts of the other animal from which the alignment is told
    asked : (trial, bin, unit) counts of the other animal whose conditions are asked for
    labels : (trial shown,) conditions, by the same numbers; None where they are not to be used
    seed : of what is drawn
    """

    one: Floats
    conditions: Ints
    shown: Floats
    asked: Floats
    labels: Ints | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        first, second = _order(self.one), _order(self.shown)
        for name, order in (("one", first), ("shown", second), ("asked", second)):
            object.__setattr__(self, name, getattr(self, name)[:, :, order])

    @cached_property
    def x(self) -> Floats:
        """(trial of one, unit) standardised."""
        return standard(means(self.one), means(self.one))

    @cached_property
    def known(self) -> Floats:
        """(trial shown, unit) standardised."""
        return standard(means(self.shown), means(self.shown))

    @cached_property
    def unknown(self) -> Floats:
        """(trial asked, unit) standardised as those shown."""
        return standard(means(self.asked), means(self.shown))

    @property
    def told(self) -> Ints:
        """(trial shown,) conditions; ValueError where there are none."""
        if self.labels is None:
            raise ValueError("this way needs the conditions of the trials shown; give their labels")
        return self.labels


def means(counts: Floats) -> Floats:
    """(trial, unit) square roots of counts (trial, bin, unit) in the mean over the bins that a trial has."""
    return np.asarray(np.nanmean(np.sqrt(counts), 1))


def standard(x: Floats, by: Floats) -> Floats:
    """x (trial, unit) in standard deviations from the mean, those of each unit in `by`; 0 of one constant there."""
    spread = by.std(0)
    return np.where(spread > 0, (x - by.mean(0)) / np.where(spread > 0, spread, 1), 0.0)


def decoder(x: Floats, conditions: Ints) -> Any:
    """Linear discriminant analysis with as much shrinkage as suits (Ledoit and Wolf 2004).

    A condition of a single trial shows no spread, and is never said.
    """
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    several = np.bincount(conditions)[conditions] > 1
    return LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(x[several], conditions[several])


def components(x: Floats, most: int = DIMS) -> Floats:
    """(unit, dim) directions of the greatest variance, at most so many."""
    return np.asarray(np.linalg.svd(x - x.mean(0), full_matrices=False)[2][:most].T)


def condition_means(x: Floats, conditions: Ints, asked: Ints) -> Floats:
    """(condition asked, unit) means of x (trial, unit)."""
    return np.stack([x[conditions == k].mean(0) for k in asked])


def squared(a: Floats, b: Floats) -> Floats:
    """(row of a, row of b) squared distances."""
    away = (a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2 * a @ b.T
    return np.maximum(away, 0.0)


def assigned(distance: Floats) -> Floats:
    """(row, column) 1 for the pairs of the Hungarian matching, none of whose units comes twice."""
    from scipy.optimize import linear_sum_assignment

    weight = np.zeros(distance.shape)
    weight[linear_sum_assignment(distance)] = 1.0
    return weight


def spread(distance: Floats, blur: float, rounds: int = 500) -> Floats:
    """(row, column) shares by entropic transport between uniform masses (Cuturi 2013).

    Parameters
    ----------
    blur : of the mean distance; the more, the more like units share one
    """
    from scipy.special import logsumexp

    log = -distance / (blur * max(float(distance.mean()), 1e-12))
    for _ in range(rounds):
        missed = logsumexp(log, 0) + np.log(log.shape[1])
        log -= missed
        log -= logsumexp(log, 1, keepdims=True) + np.log(log.shape[0])
        if np.abs(missed).max() < CLOSE:
            break
    return np.asarray(np.exp(log))


def answer(pair: Pair, weight: Floats) -> Ints:
    """(trial asked,) conditions by the decoder of those units of the one animal that have a partner.

    Parameters
    ----------
    weight : (unit of one, unit of the other) how much of each is taken for the activity of the first
    """
    used = weight.sum(1) > 0
    share = weight[used] / weight[used].sum(1, keepdims=True)
    return np.asarray(decoder(pair.x[:, used], pair.conditions).predict(pair.unknown @ share.T))


def matched(pair: Pair) -> Ints:
    """Each unit stands for the one whose means over conditions are nearest to its own, by a Hungarian matching."""
    return answer(pair, assigned(_apart(pair)))


def softly_matched(pair: Pair) -> Ints:
    """As `matched`, by a transport that spreads a unit over those like it, as much as suits folds of the labels."""

    def says(pair: Pair, blur: float) -> Ints:
        return answer(pair, spread(_apart(pair), blur))

    return says(pair, _suits(pair, BLURS, says))


def procrustes(pair: Pair) -> Ints:
    """Principal components of both, turned so that means of conditions lie on each other.

    Units are not scaled here: the more a unit varies, the more it counts. Of how many components suits folds of the
    labels.
    """
    return _turned(pair, _suits(pair, SIZES, _turned))


def labelled(pair: Pair) -> Ints:
    """No decoder carried over, but one learned from the labels of the other: what can be reached."""
    return np.asarray(decoder(pair.known, pair.told).predict(pair.unknown))


def turned(a: Floats, b: Floats) -> Floats:
    """(dim, dim) the rotation or reflection, with one scale for all, that brings rows of a nearest to those of b."""
    left, strength, right = np.linalg.svd(a.T @ b)
    return np.asarray(left @ right * (strength.sum() / max(float((a**2).sum()), 1e-12)))


def _turned(pair: Pair, dims: int) -> Ints:
    one, shown, asked = (means(counts) for counts in (pair.one, pair.shown, pair.asked))
    x, known, unknown = one - one.mean(0), shown - shown.mean(0), asked - shown.mean(0)
    to, of = components(x, dims), components(known, dims)
    dims = min(to.shape[1], of.shape[1])
    x, known, unknown = x @ to[:, :dims], known @ of[:, :dims], unknown @ of[:, :dims]
    shared = np.intersect1d(pair.conditions, pair.told)
    turn = turned(condition_means(known, pair.told, shared), condition_means(x, pair.conditions, shared))
    return np.asarray(decoder(x, pair.conditions).predict(unknown @ turn))


def _suits(pair: Pair, options: Sequence[T], says: Callable[[Pair, T], Ints]) -> T:
    """The option with which most of the trials shown are right, each when a third of them is asked."""
    fold = np.random.default_rng(pair.seed).permutation(len(pair.shown)) % FOLDS
    held = [fold == k for k in range(FOLDS)]
    parts = [replace(pair, shown=pair.shown[~h], labels=pair.told[~h], asked=pair.shown[h]) for h in held]

    def right(option: T) -> int:
        return sum(int((says(part, option) == pair.told[h]).sum()) for h, part in zip(held, parts))

    return max(options, key=right)


def _apart(pair: Pair) -> Floats:
    """(unit of one, unit of the other) distances between means over the conditions that both have."""
    shared = np.intersect1d(pair.conditions, pair.told)
    one = condition_means(pair.x, pair.conditions, shared)
    return squared(one.T, condition_means(pair.known, pair.told, shared).T)


def _order(counts: Floats) -> Ints:
    """Rows of units by a number that is drawn from their counts."""
    flat = np.nan_to_num(counts).reshape(-1, counts.shape[2])
    return np.argsort(np.random.default_rng(0).normal(size=len(flat)) @ flat, kind="stable")
