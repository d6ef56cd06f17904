"""How good a prediction is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from neurofm.words import ALL

LEAST_APART = 0.02  # of the times, for movement and rest to be scored apart
LEAST_RATE = 1e-9  # spikes a bin, so that a logarithm exists


def r2(truth: NDArray[np.floating], predicted: NDArray[np.floating]) -> NDArray[np.float64]:
    """Coefficient of determination of each feature: 1 - squared error / variance about the mean.

    Parameters
    ----------
    truth, predicted : (time, feature); times with a NaN in either are left out

    Returns
    -------
    (feature,) at most 1; 0 for the mean; NaN where fewer than two times are left or the truth is constant

    Raises
    ------
    ValueError
        If shapes differ.
    """
    if truth.shape != predicted.shape:
        raise ValueError(f"truth is {truth.shape} but predicted is {predicted.shape}")
    good = np.isfinite(truth).all(1) & np.isfinite(predicted).all(1)
    y, p = truth[good].astype(float), predicted[good].astype(float)
    if len(y) < 2:
        return np.full(truth.shape[1], np.nan)
    total = ((y - y.mean(0)) ** 2).sum(0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(total > 0, 1 - ((y - p) ** 2).sum(0) / total, np.nan)


def accuracy(truth: NDArray[np.floating], predicted: NDArray[np.floating]) -> float:
    """Share of moments whose most probable class is the true one.

    Parameters
    ----------
    truth : (time, class) 1 for the true class; moments with a NaN are left out
    predicted : (time, class) probabilities or anything that grows with them
    """
    good = np.isfinite(truth).all(1) & np.isfinite(predicted).all(1)
    return float((truth[good].argmax(1) == predicted[good].argmax(1)).mean()) if good.any() else float("nan")


def bits_per_spike(rates: NDArray[np.floating], counts: NDArray[np.floating]) -> NDArray[np.float64]:
    """Information that rates carry beyond the mean rate of each unit over the same bins.

    Parameters
    ----------
    rates : (..., unit) expected spikes a bin
    counts : (..., unit) observed spikes; bins with a NaN are left out

    Returns
    -------
    (unit,) bits per spike; 0 for the mean rate; NaN for a unit without a spike

    Raises
    ------
    ValueError
        If shapes differ.

    References
    ----------
    Pei et al. 2021, Neural Latents Benchmark.
    """
    if rates.shape != counts.shape:
        raise ValueError(f"rates are {rates.shape} but counts are {counts.shape}")
    r, x = (np.asarray(a, float).reshape(-1, a.shape[-1]) for a in (rates, counts))
    known = np.isfinite(x) & np.isfinite(r)
    total = np.where(known, x, 0).sum(0)
    mean = total / np.maximum(known.sum(0), 1)
    gain = np.where(known, _nll(mean, np.where(known, x, 0)) - _nll(np.where(known, r, 1), np.where(known, x, 0)), 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(total > 0, gain.sum(0) / (np.log(2) * total), np.nan)


def pooled_bits(rates: NDArray[np.floating], counts: NDArray[np.floating]) -> float:
    """Bits per spike of all units that fired together: each counts as much as it fired.

    A mean over units hangs on those that fired once or twice, whose bits scatter by whole numbers.

    Parameters
    ----------
    rates, counts : (..., unit) as of `bits_per_spike`

    Returns
    -------
    float
        NaN if no unit fired.
    """
    bits, spikes = bits_per_spike(rates, counts), np.nansum(counts.reshape(-1, counts.shape[-1]), 0)
    fired = np.isfinite(bits)
    return float(np.average(bits[fired], weights=spikes[fired])) if fired.any() else float("nan")


def _nll(rates: NDArray[np.floating], counts: NDArray[np.floating]) -> NDArray[np.float64]:
    r = np.maximum(rates, LEAST_RATE)
    return r - counts * np.log(r) + gammaln(counts + 1)


def scores(
    kind: str,
    names: tuple[str, ...],
    truth: NDArray[np.floating],
    predicted: NDArray[np.floating],
    moves: NDArray[np.bool_] | None = None,
) -> dict[str, float]:
    """The main score of what is decoded, and that of each feature where it has one; empty if nothing can be scored.

    Values are scored while they move. Where they also rest, the main score over all times stands beside it, under its
    name with `all_` before it, and under `moving` the part of the times at which they move.

    Parameters
    ----------
    kind : "values", "classes" or "rates" (spikes a bin)
    truth, predicted : (time, feature)
    moves : (time,) whether what is decoded moves; None where that makes no difference
    """
    known = np.isfinite(truth).all(1) & np.isfinite(predicted).all(1)
    share = 1.0 if moves is None or not known.any() else float(moves[known].mean())
    if kind == "values" and moves is not None and LEAST_APART < share < 1 - LEAST_APART:
        main, whole = (_scores(kind, names, truth[rows], predicted[rows]) for rows in (known & moves, known))
        if main and whole:
            return main | {f"{ALL}r2": whole["r2"], "moving": share}
    return _scores(kind, names, truth, predicted)


def _scores(
    kind: str, names: tuple[str, ...], truth: NDArray[np.floating], predicted: NDArray[np.floating]
) -> dict[str, float]:
    if kind == "classes":
        share = accuracy(truth, predicted)
        return {"accuracy": share} if np.isfinite(share) else {}
    if kind == "rates":
        bits = pooled_bits(predicted, truth)
        return {"bits_per_spike": bits} if np.isfinite(bits) else {}
    each = {f"r2_{n}": float(s) for n, s in zip(names, r2(truth, predicted)) if np.isfinite(s)}
    return {"r2": float(np.mean(list(each.values())))} | each if each else {}


def confusion(truth: NDArray[np.integer], predicted: NDArray[np.integer], classes: int) -> NDArray[np.int64]:
    """(class, class) how often what is of the first was taken for the second; what is below 0 in either is left out."""
    good = (truth >= 0) & (predicted >= 0)
    pairs = truth[good].astype(np.int64) * classes + predicted[good]
    return np.bincount(pairs.ravel(), minlength=classes * classes).reshape(classes, classes)


def overlap(counts: NDArray[np.integer], names: Sequence[str], besides: str = "nothing") -> dict[str, float]:
    """How well areas agree, from their confusion; empty where there is no truth.

    Parameters
    ----------
    counts : (class, class) truth in rows
    besides : name of the class that is left out of the means of Dice and IoU

    Returns
    -------
    dict
        `dice` and `iou` in the mean of the classes that are there, `accuracy`, `f1` in the mean of all with `besides`,
        then Dice (of areas the same as F1) and IoU of each class.
    """
    total = counts.sum()
    if not total:
        return {}
    right, true, said = np.diag(counts).astype(float), counts.sum(1), counts.sum(0)
    there = np.flatnonzero(true).tolist()
    dice = {names[k]: float(2 * right[k] / (true[k] + said[k])) for k in there}
    iou = {names[k]: float(right[k] / (true[k] + said[k] - right[k])) for k in there}
    wanted = [name for name in dice if name != besides] or list(dice)
    return {
        "dice": float(np.mean([dice[name] for name in wanted])),
        "iou": float(np.mean([iou[name] for name in wanted])),
        "accuracy": float(right.sum() / total),
        "f1": float(np.mean(list(dice.values()))),
        **{f"dice_{name}": value for name, value in dice.items()},
        **{f"iou_{name}": value for name, value in iou.items()},
    }
