"""A decoder carried from one animal to another, whose units are others: with labels of some of its trials, and without.

The decoder tells the condition of a trial, such as the target of a reach. Of the other animal half of the trials is
shown, and the decoder answers for the other half. Ways that use labels of the half that is shown, and ways that use
none, are told apart in every table; with conditions permuted all of them must come to chance.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from neurofm.analysis import alignment, blind
from neurofm.analysis.alignment import Floats, Ints, Pair
from neurofm.analysis.binned import binned
from neurofm.analysis.cells import Step, silent
from neurofm.checks import check_choice, check_shape
from neurofm.data import Recording
from neurofm.errors import DataError

FEWEST = 4  # trials of each condition, so that halves have two


class Way(NamedTuple):
    """How a decoder is carried over: whether labels of the other animal are used, and what then is answered."""

    labels: bool
    answer: Callable[[Pair], Ints]


LABELLED = "labelled training"
WAYS: Mapping[str, Way] = {
    "matched units": Way(True, alignment.matched),
    "matched units, spread": Way(True, alignment.softly_matched),
    "Procrustes": Way(True, alignment.procrustes),
    LABELLED: Way(True, alignment.labelled),
    "transport": Way(False, blind.transport),
    "Gromov-Wasserstein": Way(False, blind.gromov),
    "Gromov-Wasserstein, entropic": Way(False, blind.entropic_gromov),
    "Gromov-Wasserstein, fused": Way(False, blind.fused_gromov),
    "unit statistics": Way(False, blind.statistics),
    "clouds of trials": Way(False, blind.clouds),
    "population activity": Way(False, blind.population),
    "population activity, pooled": Way(False, blind.pooled_population),
}


class Trials(NamedTuple):
    """Trials of one animal: counts (trial, bin, unit), NaN in bins that a trial does not have, and conditions."""

    counts: Floats
    conditions: NDArray[np.str_]


def carry(
    way: str,
    one: ArrayLike,
    conditions: ArrayLike,
    shown: ArrayLike,
    asked: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    seed: int = 0,
) -> NDArray[np.generic]:
    """(trial asked,) the conditions that a decoder of one animal reads from another's activity.

    Parameters
    ----------
    way : one of `WAYS`
    one : (trial, bin, unit) counts of the animal that the decoder is of, NaN in bins that a trial does not have
    conditions : (trial of one,) numbers or names
    shown : (trial, bin, unit) counts of the other animal's trials from which the alignment is told
    asked : (trial, bin, unit) those whose conditions are asked for
    labels : (trial shown,) conditions, for ways that use them
    seed : of what is drawn

    Raises
    ------
    LookupError, ValueError
        If there is no such way, shapes do not fit, labels are missing, or fewer than two conditions are shared.
    """
    check_choice("way", way, WAYS)
    names, number = np.unique(np.asarray(conditions), return_inverse=True)
    told = np.asarray(labels) if WAYS[way].labels and labels is not None else None
    arrays = {"one": one, "shown": shown, "asked": asked}
    counts = {name: np.asarray(given, float) for name, given in arrays.items()}
    for name, array in counts.items():
        check_shape(name, array, "trial bin unit")
    _check(counts, number, names, told)
    if told is not None:
        known = np.isin(told, names)
        counts["shown"], told = counts["shown"][known], np.searchsorted(names, told[known])
    pair = Pair(counts["one"], number, counts["shown"], counts["asked"], told, seed)
    said: NDArray[np.generic] = names[WAYS[way].answer(pair)]
    return said


def compare(
    one: Recording,
    other: Recording,
    *,
    ways: Sequence[str] = tuple(WAYS),
    halves: int = 10,
    seed: int = 0,
    step: Step = silent,
) -> pd.DataFrame:
    """How well a decoder of one recording answers for another, by every way.

    Parameters
    ----------
    ways : some of `WAYS`
    halves : random halves of the other's trials, the same for all ways
    step : called as step(fraction, text), may raise Stopped

    Returns
    -------
    DataFrame
        A row a way: `system`; `labels`, whether it uses labels of the other; `accuracy` and `sd` over halves;
        `permuted` and `permuted_sd`, where conditions of both were permuted; `chance`; `n` halves.

    Raises
    ------
    DataError
        If the recordings have no conditions in common, or too few trials, or bins of different lengths.
    """
    each = by_halves(one, other, ways=ways, halves=halves, seed=seed, step=step)
    grouped = each.groupby("system", sort=False)
    table = grouped.agg(
        labels=("labels", "first"), accuracy=("accuracy", "mean"), sd=("accuracy", "std"),
        permuted=("permuted", "mean"), permuted_sd=("permuted", "std"), chance=("chance", "first"),
        n=("accuracy", "size"),
    )  # fmt: skip
    return table.reset_index()


def by_halves(
    one: Recording,
    other: Recording,
    *,
    ways: Sequence[str] = tuple(WAYS),
    halves: int = 10,
    seed: int = 0,
    step: Step = silent,
) -> pd.DataFrame:
    """As `compare`, a row for each way and half: `system`, `labels`, `half`, `accuracy`, `permuted`, `chance`."""
    for way in ways:
        check_choice("way", way, WAYS)
    a, b = shared_trials(one, other)
    chance, lines = 1 / len(np.unique(a.conditions)), []
    for half in range(halves):
        shown, asked = split(len(b.conditions), half, seed)
        for k, way in enumerate(ways):
            step((half + k / len(ways)) / halves, f"half {half + 1} of {halves}: {way}")
            accuracy = _accuracy(way, a, b, shown, asked, seed + half)
            permuted = _accuracy(way, *_permuted(a, b, half, seed), shown, asked, seed + half)
            lines.append((way, WAYS[way].labels, half, accuracy, permuted, chance))
    return pd.DataFrame(lines, columns=["system", "labels", "half", "accuracy", "permuted", "chance"])


def split(trials: int, half: int, seed: int = 0) -> tuple[Ints, Ints]:
    """Rows of a random half of the trials, and of the others."""
    order = np.random.default_rng([seed, half]).permutation(trials)
    return np.sort(order[: trials // 2]), np.sort(order[trials // 2 :])


def shared_trials(one: Recording, other: Recording) -> tuple[Trials, Trials]:
    """Trials of the conditions that both recordings have; DataError where those, or their trials, are too few."""
    data = [binned(recording) for recording in (one, other)]
    for recording, d in zip((one, other), data):
        if not d.classes:
            raise DataError(recording.origin, "trials", "name no condition; give a table of trials with their targets")
        if d.trials.counts.shape[2] < 2:
            raise DataError(recording.origin, "units", "are fewer than two, and an alignment needs more")
    widths = [d.trials.width for d in data]
    if not np.isclose(widths[0], widths[1]):
        problem = f"last {widths[1]:g} s, those of {one.session} {widths[0]:g} s; count both in bins of one length"
        raise DataError(other.origin, "bins", problem)
    both = sorted(set(data[0].target.names) & set(data[1].target.names))
    if data[0].target.series != data[1].target.series or len(both) < 2:
        problem = f"has fewer than two conditions of '{data[0].target.series}' in common with {one.session}"
        raise DataError(other.origin, "trials", problem)
    pair = []
    for recording, d in zip((one, other), data):
        counts = np.where(d.trials.seen[..., None], d.trials.counts.astype(float), np.nan)
        answer = np.asarray(d.trials.answer)[:, 0].argmax(1)
        names = np.asarray(d.target.names)[answer]
        kept = np.isin(names, both)
        fewest = min((names == name).sum() for name in both)
        if fewest < FEWEST:
            problem = f"of one condition are {fewest}; {FEWEST} or more are needed to split them into halves"
            raise DataError(recording.origin, "trials", problem)
        pair.append(Trials(counts[kept], names[kept]))
    return pair[0], pair[1]


def _accuracy(way: str, a: Trials, b: Trials, shown: Ints, asked: Ints, seed: int) -> float:
    labels = b.conditions[shown] if WAYS[way].labels else None
    said = carry(way, a.counts, a.conditions, b.counts[shown], b.counts[asked], labels=labels, seed=seed)
    return float((said == b.conditions[asked]).mean())


def _permuted(a: Trials, b: Trials, half: int, seed: int) -> tuple[Trials, Trials]:
    """The same trials, each with the condition of another."""
    rng = np.random.default_rng([seed, half, 1])
    return a._replace(conditions=rng.permutation(a.conditions)), b._replace(conditions=rng.permutation(b.conditions))


def _check(
    counts: Mapping[str, Floats], number: Ints, names: NDArray[np.generic], told: NDArray[np.generic] | None
) -> None:
    """ValueError unless lengths fit and there is something to tell apart."""
    if len(number) != len(counts["one"]):
        raise ValueError(f"conditions must be one for each of {len(counts['one'])} trials, got {len(number)}")
    if counts["asked"].shape[2] != counts["shown"].shape[2]:
        raise ValueError(f"asked must have the units shown, {counts['shown'].shape[2]}, got {counts['asked'].shape[2]}")
    if len(names) < 2 or len(counts["shown"]) < 2:
        raise ValueError("a decoder that is carried over needs two conditions or more, and two trials shown or more")
    for name, array in counts.items():
        if not np.isfinite(array).any(1).all():
            raise ValueError(f"{name} has a trial without any bin in which all units were counted; leave it out")
    if told is None:
        return
    if len(told) != len(counts["shown"]):
        raise ValueError(f"labels must be one for each of {len(counts['shown'])} trials shown, got {len(told)}")
    if len(np.intersect1d(told, names)) < 2:
        raise ValueError("fewer than two conditions are shared, so nothing says how the animals align")
