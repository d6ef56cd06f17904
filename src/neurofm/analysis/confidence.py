"""How sure one can be of matches: how often units find themselves, and how often units of one animal would be matched.

Units of one animal are other units for certain, yet some are alike. So all units of two animals look for their nearest
among all others, and two that are the nearest of each other are a pair. A unit without a counterpart finds its like in
its own animal (a decoy) as often as in the other, if units of both come from one population: among pairs that are as
good, those of one animal count how many of the others are false (as decoys in proteomics: Elias and Gygi 2007; and as
knockoffs: Barber and Candes 2015).

Distances are scaled by what two halves of the same unit's data are apart, so that a unit and itself are 1 apart. How
good a pair is tells a likelihood ratio: how far beyond 1 they are, given how much that varies between halves, and how
much farther the next is, given how much it usually is for pairs of one animal.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from neurofm.analysis.animals import SPLITS, Anchored, Prepared

Floats = NDArray[np.float64]
Singles = NDArray[np.floating]
Ints = NDArray[np.int64]

FLOOR = 0.05  # of the median noise: a unit that hardly fires is not so sure of its place
TIGHT = 0.05  # least spread of logarithms of distances that is believed


@dataclass(frozen=True, eq=False)
class Gauge:
    """What halves of one animal's data say.

    Parameters
    ----------
    found, chance : share of the units that can be judged that are nearest to themselves, and by chance; `found` is
        NaN where there are no halves
    noise : (unit,) what a unit's noise adds to its distances from all data, above 0; None without halves
    within : (unit, unit) scaled distances between units of the animal, as if from all data of different trials; None
        without halves
    spread : standard deviation of the logarithm of what a unit and itself are apart, in the median over units
    """

    found: float
    chance: float
    noise: Singles | None = None
    within: Singles | None = None
    spread: float = TIGHT

    def of(self, rows: Ints) -> Gauge:
        """The same of some of the units."""
        if self.noise is None or self.within is None:
            return self
        return replace(self, noise=self.noise[rows], within=self.within[np.ix_(rows, rows)])


def gauge(prepared: Prepared, k: int, *, splits: int = SPLITS, seed: int = 0) -> Gauge:
    """The gauge of animal `k` over some random halves of its data; of an `Anchored` way, what it finds of the unknown.

    Noise of halves is twice that of all data, and adds to squared distances, so a quarter of what a unit and itself
    are apart, for each of two units, makes distances between halves as those from all data.
    """
    able = prepared.used(k).copy()
    if isinstance(prepared, Anchored):
        able[prepared.known(k, k)[:, 0]] = False
    used = np.flatnonzero(able)
    chance = 1 / len(used) if len(used) else np.nan
    shares, own, total = [], [], np.zeros((), np.float32)
    for split in range(splits):
        halves = prepared.halves(k, seed + split)
        if halves is None or not len(used):
            return Gauge(np.nan, chance)
        shares.append(found(halves[np.ix_(used, used)]))
        own.append(np.diag(halves)[used])
        total = total + halves
    if isinstance(prepared, Anchored):
        return Gauge(float(np.mean(shares)), chance)
    mean = (total + total.T) / (2 * splits)
    noise = np.diag(mean) / 4
    within = np.maximum(mean - noise[:, None] - noise, 0)
    noise = np.maximum(noise, FLOOR * float(np.median(noise[used])) or 1.0)
    ratio = np.asarray(own, float) / (4 * noise[used])
    spread = float(np.median(np.log(np.maximum(ratio, FLOOR)).std(0)))
    return Gauge(float(np.mean(shares)), chance, noise, within / (noise[:, None] + noise), max(spread, TIGHT))


def scaled(cross: NDArray[np.floating], one: Gauge, other: Gauge) -> NDArray[np.float32]:
    """(unit, unit of the other) distances of which 1 is that of a unit and itself; as they are without halves."""
    if one.noise is None or other.noise is None:
        return np.asarray(cross, np.float32)
    return (cross / (one.noise[:, None] + other.noise)).astype(np.float32)


def found(halves: NDArray[np.floating]) -> float:
    """Share of the rows that are nearest to themselves; those that are as near to others count in part."""
    own = np.diag(halves)[:, None]
    nearer, equal = (halves < own).sum(1), (halves == own).sum(1)
    return float(np.where(nearer == 0, 1 / equal, 0).mean())


def compete(cross: NDArray[np.floating], one: Gauge, other: Gauge) -> tuple[Ints, Ints, Floats]:
    """Pairs of two animals that are the nearest of each other among all units of both, and how sure each is.

    Parameters
    ----------
    cross : (unit of one, unit of other) scaled distances
    one, other : of the same units

    Returns
    -------
    rows, columns : (pair,)
    q : (pair,) the least false-discovery rate at which it is called a match

    Raises
    ------
    ValueError
        If there were no halves, so that there are no decoys.
    """
    if one.within is None or other.within is None:
        raise ValueError("units compete with those of their own animal, so both need halves of their data")
    count, others = np.shape(cross)
    first, second, away, following = _pairs(np.block([[one.within, cross], [np.transpose(cross), other.within]]))
    own = [np.log(then / near) for _, _, near, then in map(_pairs, (one.within, other.within))]
    usual = max(float(np.concatenate(own).mean()) if sum(map(len, own)) else 0.0, TIGHT)
    spread = (one.spread**2 + other.spread**2) / 2
    score = np.log(away) ** 2 / (2 * spread) - np.log(following / away) / usual
    real = (first < count) & (second >= count)
    chances = count * others / max(sum(n * (n - 1) / 2 for n in (count, others)), 1)
    return first[real], second[real] - count, rates(score, real, chances)[real]


def rates(score: Floats, real: NDArray[np.bool_], share: float = 1.0) -> Floats:
    """(pair,) least false-discovery rates, at most 1, of the pairs that are real, by those that are decoys.

    Parameters
    ----------
    score : (pair,) smaller ones are better
    share : how many false pairs there are for a decoy that is as good
    """
    order = np.argsort(score, kind="stable")
    last = np.searchsorted(score[order], score[order], "right") - 1  # equal scores share their fate
    decoys, called = np.cumsum(~real[order])[last], np.cumsum(real[order])[last]
    rate = share * (1 + decoys) / np.maximum(called, 1)
    q = np.empty(len(score))
    q[order] = np.minimum(np.minimum.accumulate(rate[::-1])[::-1], 1.0)
    return q


def _pairs(away: Singles) -> tuple[Ints, Ints, Floats, Floats]:
    """Units that are the nearest of each other among all, how far they are, and how far the next is from either.

    What is nearer than noise makes a unit and itself is no nearer than that.
    """
    away, rows = np.array(away), np.arange(len(away))
    np.fill_diagonal(away, np.inf)
    near = away.argmin(1)
    nearest = away[rows, near]
    away[rows, near] = np.inf
    following = away.min(1)
    first = np.flatnonzero((near[near] == rows) & (rows < near))
    second, nearest = near[first], nearest[first]
    following = np.minimum(following[first], following[second])
    following = np.where(np.isfinite(following), following, nearest)  # where there is no third unit
    return first, second, np.maximum(nearest, 1).astype(float), np.maximum(following, 1).astype(float)
