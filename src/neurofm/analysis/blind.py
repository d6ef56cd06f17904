"""A decoder of one animal answers for another of which no label is used.

Reaching to targets on a circle looks the same from each target, so what is alike in two animals hardly tells which
target is which: the nearest fit of correlations, or of clouds of trials, is that of a wrong turn as often as not. What
breaks the tie must mean the same in any animal whatever its units are, as how many of them are active.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurofm.analysis.alignment import (
    Floats,
    Ints,
    Pair,
    answer,
    assigned,
    components,
    decoder,
    means,
    squared,
    standard,
    turned,
)
from neurofm.analysis.transport import pot

STARTS = 5  # of what can end in several optima; the best by its own objective is taken
ROUNDS = 40
QUANTILES = 50  # of the counts of a unit
SHARED = 0.95  # of all trials must have a bin that is looked at
FUSED = 0.5  # weight of correlations beside statistics of single units
BLUR = 5e-3  # of entropic Gromov-Wasserstein


def transport(pair: Pair) -> Ints:
    """Each unit stands for the one whose counts are distributed most alike, whenever they were."""
    level = (np.arange(QUANTILES) + 0.5) / QUANTILES
    one, other = (np.nanquantile(np.sqrt(c).reshape(-1, c.shape[2]), level, 0) for c in (pair.one, pair.shown))
    return answer(pair, assigned(squared(one.T, other.T)))


def statistics(pair: Pair) -> Ints:
    """Each unit stands for the one with the most alike rate, time course, Fano factor and coupling to all others."""
    return answer(pair, assigned(_statistics_apart(pair)))


def gromov(pair: Pair) -> Ints:
    """Each unit stands for those as correlated with others as it is: Gromov-Wasserstein, the best of several starts."""
    return answer(pair, _plan(pair, None))


def entropic_gromov(pair: Pair) -> Ints:
    """As `gromov`, with a transport that is spread out by an entropy, from one start."""
    one, other = _correlations(pair)
    uniform = (np.full(len(one), 1 / len(one)), np.full(len(other), 1 / len(other)))
    solve = pot().gromov.entropic_gromov_wasserstein
    return answer(pair, np.asarray(solve(one, other, *uniform, epsilon=BLUR, max_iter=200, warn=False)))


def fused_gromov(pair: Pair) -> Ints:
    """As `gromov`, of correlations and statistics of single units together."""
    apart = _statistics_apart(pair)
    return answer(pair, _plan(pair, apart / max(float(apart.mean()), 1e-12)))


def clouds(pair: Pair) -> Ints:
    """Clouds of trials are turned onto each other: the best of several turns, by their Wasserstein distance."""
    library, rng = pot(), np.random.default_rng(pair.seed)
    to, of = components(pair.x), components(pair.known)
    dims = min(to.shape[1], of.shape[1])
    x, known, unknown = pair.x @ to[:, :dims], pair.known @ of[:, :dims], pair.unknown @ of[:, :dims]
    scale = np.sqrt((x**2).sum(1).mean() / (known**2).sum(1).mean())
    uniform = (np.full(len(known), 1 / len(known)), np.full(len(x), 1 / len(x)))
    best, cost = np.eye(dims), np.inf
    for _ in range(STARTS):
        turn = np.linalg.qr(rng.normal(size=(dims, dims)))[0] * scale
        for _ in range(ROUNDS):
            apart = squared(known @ turn, x)
            plan = library.emd(*uniform, apart)
            turn, before = turned(known, len(known) * plan @ x), turn
            if np.allclose(turn, before, atol=1e-6):
                break
        if (now := float((plan * apart).sum())) < cost:
            best, cost = turn, now
    return np.asarray(decoder(x, pair.conditions).predict(unknown @ best))


def population(pair: Pair) -> Ints:
    """A decoder of what needs no matching: how active all units are together in each bin, and how many are active.

    How many are active counts over all bins of a trial, so that how long it lasts tells a little, too.
    """
    return np.argmax(_population(pair)[1], 1)


def pooled_population(pair: Pair) -> Ints:
    """As `population`, of each trial together with those that are alike, and with conditions as often as in the one.

    Trials of the other animal lie in clusters, whatever these are called. So what a decoder says of a trial is added up
    over as many neighbours as there are trials of a condition, in principal components of the other's own activity.
    """
    shown, asked = _population(pair)
    of = components(pair.known)
    known, unknown = pair.known @ of, pair.unknown @ of
    count = min(max(len(known) // shown.shape[1], 1), len(known) - 1)
    themselves = squared(known, known) + np.diag(np.full(len(known), np.inf))
    shown, asked = _pool(shown, shown, themselves, count), _pool(asked, shown, squared(unknown, known), count)
    often = np.bincount(pair.conditions, minlength=shown.shape[1]) / len(pair.conditions)
    return np.argmax(asked + _balance(shown, often), 1)


def _population(pair: Pair) -> tuple[Floats, Floats]:
    """(trial shown, condition) and (trial asked, condition) logarithms of how likely each condition is."""
    width = min(_bins(pair.one), _bins(pair.shown), pair.asked.shape[1])
    one, shown = _summary(pair.one, pair.one, width), _summary(pair.shown, pair.shown, width)
    told = decoder(standard(one, one), pair.conditions)
    asked = standard(_summary(pair.asked, pair.shown, width), shown)
    logs = np.full((len(shown) + len(asked), int(pair.conditions.max()) + 1), -np.inf)
    logs[:, told.classes_] = np.log(told.predict_proba(np.concatenate([standard(shown, shown), asked])) + 1e-9)
    return logs[: len(shown)], logs[len(shown) :]


def _summary(counts: Floats, by: Floats, width: int) -> Floats:
    """(trial, feature) mean over units of standardised roots of counts in each bin, and the share of active units."""
    fires = np.nansum(by, (0, 1)) > 0
    each = [standard(np.nan_to_num(np.sqrt(counts[:, k])), np.nan_to_num(np.sqrt(by[:, k]))) for k in range(width)]
    active = np.nansum(counts, 1)[:, fires] > 0
    return np.stack([*(x[:, fires].mean(1) for x in each), active.mean(1)], 1)


def _bins(counts: Floats) -> int:
    """How many bins nearly all trials have."""
    there = np.isfinite(counts).all(2).mean(0) >= SHARED
    return max(int(np.argmin(np.append(there, False))), 1)


def _pool(own: Floats, shown: Floats, apart: Floats, count: int) -> Floats:
    near = np.argsort(apart, 1, kind="stable")[:, :count]
    return np.asarray((own + shown[near].sum(1)) / np.sqrt(count + 1))


def _balance(logs: Floats, often: Floats) -> Floats:
    """(condition,) what is added to logs (trial, condition) so that conditions are as frequent as they should be."""
    from scipy.special import softmax

    more = np.zeros(logs.shape[1])
    for _ in range(5 * ROUNDS):
        more += np.log(often + 1e-12) - np.log(softmax(logs + more, 1).mean(0) + 1e-12)
    return more


def _plan(pair: Pair, apart: Floats | None) -> Floats:
    """(unit of one, unit of the other) transport with the least objective of several starts."""
    one, other = _correlations(pair)
    rng, found = np.random.default_rng(pair.seed), []
    for start in range(STARTS):
        begin = np.ones((len(one), len(other))) if start == 0 else rng.exponential(size=(len(one), len(other)))
        found.append(_descend(one, other, apart, _uniform(begin)))
    return min(found, key=lambda each: each[0])[1]


def _descend(one: Floats, other: Floats, apart: Floats | None, begin: Floats) -> tuple[float, Floats]:
    """Objective and transport, by conditional gradients."""
    solve = pot().gromov
    masses = begin.sum(1), begin.sum(0)
    if apart is None:
        plan, log = solve.gromov_wasserstein(one, other, *masses, G0=begin, log=True)
        return float(log["gw_dist"]), plan
    both = apart * np.mean(one**2), one, other
    plan, log = solve.fused_gromov_wasserstein(*both, *masses, alpha=FUSED, G0=begin, log=True)
    return float(log["fgw_dist"]), plan


def _uniform(begin: Floats) -> Floats:
    """Rescaled until rows, and columns, have equal sums."""
    for _ in range(10 * ROUNDS):
        begin = begin / (begin.sum(0) * begin.shape[1])
        begin = begin / (begin.sum(1, keepdims=True) * begin.shape[0])
    return begin / begin.sum()


def _correlations(pair: Pair) -> tuple[Floats, Floats]:
    """(unit, unit) of each animal's trials; 0 with a unit that is silent."""
    return pair.x.T @ pair.x / len(pair.x), pair.known.T @ pair.known / len(pair.known)


def _statistics_apart(pair: Pair) -> Floats:
    """(unit of one, unit of the other) squared distances of what is known of single units without labels."""
    width = min(_bins(pair.one), _bins(pair.shown))
    one, other = _unit_statistics(pair.one, width), _unit_statistics(pair.shown, width)
    return squared(standard(one, one), standard(other, other))


def _unit_statistics(counts: Floats, width: int) -> NDArray[np.float64]:
    """(unit, feature) rate, its course over bins, Fano factor, and correlation with the mean of all units."""
    course = np.nanmean(np.sqrt(counts[:, :width]), 0)
    rate = course.mean(0)
    total = np.nansum(counts, 1)
    fano = np.log((total.var(0) + 0.5) / (total.mean(0) + 0.5))
    x = standard(means(counts), means(counts))
    together = x.mean(1)
    coupled = x.T @ together / (len(x) * max(float(together.std()), 1e-12))
    return np.stack([rate, *((course - rate) / (rate + 0.05)), fano, coupled], 1)
