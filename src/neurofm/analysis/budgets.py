"""How animals spend their time, and what differs in that between two conditions, an animal being one observation.

Bouts of one animal are no witnesses of their own, however many there are: each animal is counted once, by the mean of
its sessions.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise, product
from math import comb
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from neurofm.data import spans
from neurofm.data.ethogram import Ethogram

SHARE, RATE, LENGTH, THEN = "share of time", "bouts a minute", "seconds a bout", "how often"  # what is told
FEWEST = 3  # animals on each side, or that are on both, that a test needs
WAYS = 10_000  # of sharing animals out; all are tried where there are no more, else so many drawn ones
KEY = ["behavior", "of"]  # names the columns of budgets
SHOWN = (*KEY, "a", "b", "effect", "d", "p", "p_corrected", "difference", "n_a", "n_b", "test")  # what matters first

Floats = NDArray[np.float64]


class Test(NamedTuple):
    """What one number of each animal says of two conditions.

    Parameters
    ----------
    test : its name, with how many ways of sharing animals out were tried
    a, b : mean ± sd of each side, in words
    n_a, n_b : animals
    difference : of the means, a less b
    effect : rank-biserial correlation (-1 to 1, above 0 where a is larger); of animals on both sides that of the signed
        ranks of their differences
    d : difference in standard deviations (Cohen's d; of animals on both sides in those of their differences)
    p : share of the ways in which a difference as large comes about
    """

    test: str
    a: str
    b: str
    n_a: int
    n_b: int
    difference: float = np.nan
    effect: float = np.nan
    d: float = np.nan
    p: float = np.nan


def budget(ethogram: Ethogram, subject: str | None = None, within: ArrayLike | None = None) -> pd.Series:
    """What an animal did: for each behaviour its share of time, bouts a minute and seconds a bout, and what came next.

    Indexed by `behavior` and `of`. What comes next is the share of a behaviour's bouts behind which another begins
    first, as "groom, then rest"; nothing follows over time that was not looked at.

    Parameters
    ----------
    subject : whose bouts count; those of all if None
    within : (k, 2) seconds to which it is restricted; all that was looked at if None. Bouts count that begin in them
    """
    looked = ethogram.domain if within is None else spans.intersect(ethogram.domain, within)
    bouts = ethogram.bouts if subject is None else ethogram.bouts[ethogram.bouts["subject"] == subject]
    seconds = spans.duration(looked)
    told: dict[tuple[str, str], float] = {}
    begun = bouts[_inside(bouts["start"].to_numpy(float), looked)]
    for name in ethogram.behaviors:
        own, all_own = (table[table["behavior"] == name] for table in (begun, bouts))
        shared = spans.intersect(all_own[["start", "stop"]], looked)
        told[name, SHARE] = spans.duration(shared) / seconds if seconds else np.nan
        told[name, RATE] = 60 * len(own) / seconds if seconds else np.nan
        told[name, LENGTH] = float((own["stop"] - own["start"]).mean())
    series = pd.Series(told | _next(begun, looked), dtype=float)
    return series.rename_axis(KEY)


def table(parts: Sequence[tuple[str, pd.Series]]) -> pd.DataFrame:
    """(animal, (behavior, of)) means over the budgets of each animal, which come with its name.

    What an animal was never seen to do took it no time.
    """
    rows = pd.DataFrame([one for _, one in parts], index=[name for name, _ in parts])
    return _whole(rows.set_axis(_keyed(list(rows)), axis=1), list(rows)).groupby(level=0, sort=False).mean()


def differences(a: pd.DataFrame, b: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """What differs between the animals of two conditions, from their tables, the surest first.

    Animals are shared out anew over both sides in all ways, or in 10,000 random ones; those on both sides are paired,
    and the others left out. A row for each behaviour and what is told of it: `behavior, of, a, b, effect, d, p,
    p_corrected, difference, n_a, n_b, test`; `p_corrected` holds the share of false findings down to its row among all
    behaviours of which the same is told (Benjamini and Hochberg 1995).

    Parameters
    ----------
    a, b : (animal, (behavior, of)), of each condition
    seed : of the random ways
    """
    from scipy.stats import false_discovery_control

    columns = list(dict.fromkeys([*a, *b]))
    a, b = (_whole(side, columns) for side in (a, b))
    columns = [key for key in columns if key[1] != THEN or (a[key].gt(0).any() or b[key].gt(0).any())]
    both = a.index.intersection(b.index)
    if len(both):
        a, b = a.loc[both], b.loc[both]
    rng = np.random.default_rng(seed)
    tested = _paired if len(both) else _apart
    rows = [(*key, *tested(a[key].to_numpy(float), b[key].to_numpy(float), rng)) for key in columns]
    tests = pd.DataFrame(rows, columns=[*KEY, *Test._fields])
    tests["p_corrected"] = np.nan
    for _, own in tests[tests["p"].notna()].groupby("of"):
        tests.loc[own.index, "p_corrected"] = false_discovery_control(own["p"].to_numpy(float))
    order = tests.assign(size=-tests["effect"].abs())
    order = order.sort_values(["p_corrected", "p", "size", *KEY], kind="stable", na_position="last")
    return tests.loc[order.index, list(SHOWN)].reset_index(drop=True)


def _whole(rows: pd.DataFrame, columns: Sequence[Any]) -> pd.DataFrame:
    """All columns: what was never done took no time and never followed; nobody knows how long a bout of it would be."""
    rows = rows.reindex(columns=_keyed(columns))
    names = dict.fromkeys(name for name, of in columns if of != THEN)
    values, place = rows.to_numpy(float, copy=True), {column: k for k, column in enumerate(columns)}
    for column, k in place.items():
        if column[1] in (SHARE, RATE):
            values[np.isnan(values[:, k]), k] = 0.0
    for one, other in product(names, names):
        then, itself = (place.get((f"{one}, then {name}", THEN)) for name in (other, one))
        if then is not None and itself is not None:  # where anything followed it this is told of itself, too
            values[np.isnan(values[:, then]) & np.isfinite(values[:, itself]), then] = 0.0
    return pd.DataFrame(values, rows.index, rows.columns)


def _keyed(columns: Sequence[Any]) -> pd.MultiIndex:
    return pd.MultiIndex.from_tuples(columns, names=KEY)


def _next(bouts: pd.DataFrame, looked: spans.SpanArray) -> dict[tuple[str, str], float]:
    """Of each behaviour's bouts that any follows, the share behind which each begins."""
    names = bouts["behavior"].tolist()
    piece = np.searchsorted(looked[:, 0], bouts["start"].to_numpy(float), "right")
    pairs = [pair for pair, one, other in zip(pairwise(names), piece, piece[1:]) if one == other]
    count = pd.Series(pairs, dtype=object).value_counts()
    first = pd.Series([one for one, _ in pairs], dtype=object).value_counts()
    there = dict.fromkeys(names)
    return {
        (f"{one}, then {other}", THEN): float(count.get((one, other), 0) / first[one])
        for one, other in product(there, there)
        if one in first
    }


def _inside(times: Floats, looked: spans.SpanArray) -> NDArray[np.bool_]:
    """Which times lie in spans; what begins with the very end of one does, too."""
    return spans.inside(times, looked) | np.isin(times, looked[:, 1])


# ---- tests


def _apart(a: Floats, b: Floats, rng: np.random.Generator) -> Test:
    """Of animals that are on one side each."""
    a, b = a[np.isfinite(a)], b[np.isfinite(b)]
    n, m = len(a), len(b)
    words = _words(a), _words(b), n, m
    if min(n, m) < FEWEST:
        return Test("too few animals", *words)
    every, total = np.r_[a, b], a.sum() + b.sum()
    exact = comb(n + m, n) <= WAYS
    rows = np.array(list(combinations(range(n + m), n))) if exact else _drawn(n + m, n, rng)
    sums = every[rows].sum(1)
    p = _share(sums / n - (total - sums) / m, a.mean() - b.mean(), every, exact=exact)
    spread = np.sqrt(((n - 1) * a.var(ddof=1) + (m - 1) * b.var(ddof=1)) / (n + m - 2))
    effect = float(np.sign(a[:, None] - b).mean())
    return Test(
        f"permutation, {_ways(len(rows), exact=exact)}", *words, *_sized(a.mean() - b.mean(), effect, spread), p
    )


def _paired(a: Floats, b: Floats, rng: np.random.Generator) -> Test:
    """Of animals that are on both sides."""
    from scipy.stats import rankdata

    there = np.isfinite(a) & np.isfinite(b)
    a, b, off = a[there], b[there], (a - b)[there]
    n = len(off)
    words = _words(a), _words(b), n, n
    if n < FEWEST:
        return Test("too few animals", *words)
    exact = 2**n <= WAYS
    signs = np.array(list(product((1, -1), repeat=n))) if exact else rng.choice((1, -1), (WAYS, n))
    p = _share((signs * off).mean(1), off.mean(), np.r_[a, b], exact=exact)
    moved = off[off != 0]
    rank = rankdata(np.abs(moved))
    effect = float((rank * np.sign(moved)).sum() / rank.sum()) if len(moved) else 0.0
    words_of_test = f"paired permutation, {_ways(len(signs), exact=exact)}"
    return Test(words_of_test, *words, *_sized(off.mean(), effect, off.std(ddof=1)), p)


def _drawn(count: int, few: int, rng: np.random.Generator) -> NDArray[np.intp]:
    return rng.permuted(np.tile(np.arange(count), (WAYS, 1)), axis=1)[:, :few]


def _share(ways: Floats, seen: float, values: Floats, *, exact: bool) -> float:
    """Share of differences as large as the one that was seen, which counts among those that were drawn."""
    least = abs(seen) - 1e-9 * max(float(np.abs(values).max()), 1e-300)
    large = int((np.abs(ways) >= least).sum())
    return large / len(ways) if exact else (large + 1) / (len(ways) + 1)


def _sized(difference: Any, effect: float, spread: Any) -> tuple[float, float, float]:
    return float(difference), effect, float(difference / spread) if spread > 0 else np.nan


def _ways(count: int, *, exact: bool) -> str:
    return f"all {count:,} ways" if exact else f"{count:,} ways"


def _words(values: Floats) -> str:
    """Mean and, of several, sd."""
    if not len(values):
        return ""
    return f"{values.mean():.3g}" + (f" ± {values.std(ddof=1):.2g}" if len(values) > 1 else "")
