"""Carry: a decoder of one animal answers for another, with labels of half of its trials, and with none.

With two recordings of the same behaviour, both ways round; without, two simulated animals, 60 of whose 100 units are
tuned as one of the other's is. Halves of the other's trials are random and the same for all ways. "Permuted" is what a
way gives where conditions of both were permuted. Unit identification is POYO, trained on the one, of which only vectors
of units are then learned from the half. Then ways without labels between two parts of one animal, which share no unit
and no trial. Last, how often units find themselves between halves of their trials, by counts and by features that EIT
has learned of them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from neurofm.analysis import carry
from neurofm.bench import _learned_units
from neurofm.bench._table import Row, row, tell
from neurofm.data import Recording
from neurofm.data.split import Split
from neurofm.data.target import choose
from neurofm.errors import DataError
from neurofm.io import read_recording
from neurofm.specs import BenchSpec
from neurofm.synthetic import clones

HALVES, RUNS, SEEDS = 10, 5, 3  # random halves; of them for unit identification; of trained features
IDENTIFIED = "unit identification"
PAIRS = (
    ("Procrustes", "matched units"), (carry.LABELLED, "Procrustes"),
    ("population activity, pooled", "Gromov-Wasserstein"), ("population activity, pooled", "population activity"),
)  # fmt: skip
NONE = np.zeros((0, 2))
USES = {True: "uses labels of the other", False: "uses no label of the other"}


def run(paths: Sequence[str], quick: bool, seed: int, peer: str) -> list[Row]:
    """Mean and sd over halves (two, and few steps, if quick)."""
    if len(paths) not in (0, 2):
        raise DataError(paths[0], "", "is not two recordings; give two of the same behaviour, or none to simulate")
    recordings = [read_recording(path) for path in paths] or clones.pair(seed=seed)
    column = choose(recordings, classes_first=True).series
    rows: list[Row] = []
    for one, other in (recordings, recordings[::-1]):
        rows += _carried(one, other, seed, quick=quick)
        rows += _identified(one, other, column, seed, quick=quick)
    for recording in recordings:
        rows += _within(recording, seed, quick=quick)
    for recording in recordings:
        rows += _found_again(recording, column, seed, quick=quick)
    return rows


def _carried(one: Recording, other: Recording, seed: int, *, quick: bool) -> Iterator[Row]:
    """Every way, with conditions as they are and permuted, and what some gain over others on the same halves."""
    case = f"{one.session} to {other.session}"
    tell(case)
    table = carry.by_halves(one, other, halves=2 if quick else HALVES, seed=seed)
    for name, group in table.groupby("system", sort=False):
        yield row(case, str(name), "accuracy", group["accuracy"], note=USES[bool(group["labels"].iloc[0])])
        yield row(case, f"{name}, permuted", "accuracy", group["permuted"])
    yield row(case, "chance", "accuracy", table["chance"].iloc[:1])
    by = table.pivot(index="half", columns="system", values="accuracy")
    for better, than in PAIRS:
        yield row(case, f"{better} - {than}", "accuracy", by[better] - by[than])


def _identified(one: Recording, other: Recording, column: str, seed: int, *, quick: bool) -> Iterator[Row]:
    """What POYO of the one says once it knows vectors of the other's units."""
    from neurofm.training import train

    case, settings = f"{one.session} to {other.session}", {"steps": 10} if quick else {}
    given: dict[str, Any] = {"seed": seed, "device": "cpu"}
    with tempfile.TemporaryDirectory() as folder:
        split = {one.session: Split(_spans(one), NONE, NONE)}
        base = train("poyo", one, Path(folder) / "base", settings={"target": column, **settings}, splits=split, **given)
        right, permuted = [], []
        for half in range(1 if quick else RUNS):
            tell(f"{case}: {IDENTIFIED}, half {half + 1}")
            shown, asked = carry.split(len(_spans(other)), half, seed)
            place = Path(folder) / str(half)
            right.append(_after(base, other, column, shown, asked, place, settings, given))
            mixed = _permuted(other, column, seed + half)
            permuted.append(_after(base, mixed, column, shown, asked, place.with_suffix(".p"), settings, given))
    yield row(case, IDENTIFIED, "accuracy", right, note=USES[True])
    yield row(case, f"{IDENTIFIED}, permuted", "accuracy", permuted)


def _after(
    base: Any, other: Recording, column: str, shown: Any, asked: Any, place: Path, settings: Any, given: dict[str, Any]
) -> float:
    """Accuracy in the trials asked, by what is said of all their moments together."""
    from neurofm.training import finetune

    spans = _spans(other)
    splits = {other.session: Split(spans[shown], NONE, spans[asked])}
    said = finetune(base, other, place, units_only=True, settings=settings, splits=splits, **given).predict(other)
    logs = np.log(np.maximum(said.values, 1e-9))
    within = [(said.times >= start) & (said.times < stop) for start, stop in spans[asked]]
    named = [said.names[int(logs[moments].sum(0).argmax())] for moments in within]
    truth = other.intervals["trials"][column].iloc[asked]
    return float(np.mean([name == f"{value}" for name, value in zip(named, truth)]))


def _within(recording: Recording, seed: int, *, quick: bool) -> Iterator[Row]:
    """Ways without labels between halves of one animal's units, on other trials."""
    case = f"units of {recording.session} told apart"
    tell(case)
    trials, _ = carry.shared_trials(recording, recording)
    lines = []
    for draw in range(2 if quick else HALVES):
        rng = np.random.default_rng([seed, draw])
        unit, trial = rng.permutation(trials.counts.shape[2]), rng.permutation(len(trials.counts))
        first, shown, asked = np.array_split(trial, 3)
        one = trials.counts[first][:, :, unit[::2]]
        for name in (name for name, way in carry.WAYS.items() if not way.labels):
            other = (trials.counts[rows][:, :, unit[1::2]] for rows in (shown, asked))
            said = carry.carry(name, one, trials.conditions[first], *other, seed=seed + draw)
            lines.append((name, float((said == trials.conditions[asked]).mean())))
    for system, group in pd.DataFrame(lines, columns=["system", "accuracy"]).groupby("system", sort=False):
        yield row(case, str(system), "accuracy", group["accuracy"], note=USES[False])


def _found_again(recording: Recording, column: str, seed: int, *, quick: bool) -> Iterator[Row]:
    """Active units that are nearest to themselves between halves, over seeds of the training and of the halves."""
    case, shares = f"active units of {recording.session}", []
    for k in range(1 if quick else SEEDS):
        tell(f"{case}: features, seed {seed + k}")
        shares.append(dict(_learned_units.gauges(recording, column, seed + k, quick=quick)))
    for name in shares[0]:
        yield row(case, name, "found again", [share[name] for share in shares])
    systems = [[name for name in shares[0] if name.startswith(kind)] for kind in ("EIT, L2", "EIT, cor", "counts")]
    trained = max(systems[0] + systems[1], key=lambda name: _mean(shares, name))
    counts = max(systems[2], key=lambda name: _mean(shares, name))
    yield row(case, f"{trained} - {counts}", "found again", [share[trained] - share[counts] for share in shares])


def _mean(shares: Sequence[dict[str, float]], name: str) -> float:
    return float(np.mean([share[name] for share in shares]))


def _spans(recording: Recording) -> Any:
    return recording.intervals["trials"][["start", "stop"]].to_numpy(float)


def _permuted(recording: Recording, column: str, seed: int) -> Recording:
    trials = recording.intervals["trials"]
    mixed = np.random.default_rng(seed).permutation(trials[column].to_numpy())
    return replace(recording, intervals={**recording.intervals, "trials": trials.assign(**{column: mixed})})


SPEC = BenchSpec(title="Decoders carried to another animal, with labels of it and without", run=run)
