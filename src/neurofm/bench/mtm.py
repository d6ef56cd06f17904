"""MtM on simulated populations in three regions: filling in units, time and regions, beside one way of hiding alone.

Trials of two seconds in bins of 20 ms, 300 of 400 to learn from, 80 held out. The mean rate is zero bits by definition;
the true rates that drew the spikes are the ceiling.

With recordings: filling in each unit from the others, beside Poisson regression and factor analysis, on a fifth of the
trials (another one for each seed; of contiguous blocks where there are none), learned from few others and from all.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.bench._table import Row, row
from neurofm.data import Recording
from neurofm.data.split import Split
from neurofm.data.trials import Trials, suit
from neurofm.errors import DataError
from neurofm.io import read_recording
from neurofm.metrics import bits_per_spike, pooled_bits, r2
from neurofm.specs import BenchSpec
from neurofm.synthetic import regions
from neurofm.words import BESIDE

SIZES: dict[str, Any] = {"dim": 128, "depth": 3, "heads": 4, "stitch": 128, "batch": 16, "lr": 1e-3, "bins": 100}
STEPS = 1080
BIN = 0.1  # seconds, of recordings that have no bins of their own
FEW, FEWEST = 60, 20  # trials learned from
SIMPLE = {name: BESIDE[name] for name in ("poisson", "factor")}
POOLED, EACH = "co-smoothing, all spikes", "co-smoothing, mean of units"
TITLES = {"co_smoothing": "co-smoothing", "forward": "forward, last 200 ms"}
TITLES |= {"intra_region": "intra-region", "inter_region": "inter-region"}


def run(paths: Sequence[str], quick: bool, seed: int, peer: str) -> list[Row]:
    """Bits per spike over three seeds (one small one, if quick); one seed with steps matched per way of hiding."""
    if paths:
        return [line for path in paths for line in filled_in(_of_file(path), seed, quick=quick)]
    how = {"trials": 40, "units": 6} if quick else {"trials": 400, "units": 30}
    steps = 30 if quick else STEPS
    seeds = range(seed, seed + (1 if quick else 3))
    cases: dict[str, dict[str, Any]] = {
        "MtM": {"steps": steps},
        "temporal hiding only": {"steps": steps, "masks": "temporal"},
    }
    scores = {name: [_once(k, how, case) for k in seeds] for name, case in cases.items()}
    scores["MtM, the first seed alone"] = scores["MtM"][:1]
    scores["MtM, four times the steps: as many for each way of hiding"] = [_once(seed, how, {"steps": 4 * steps})]
    scores["MtM as published: one way of hiding a batch, learned positions, bins hidden singly"] = [
        _once(seed, how, {"steps": steps, "mixed": False, "position": "learned", "ahead": 1})
    ]
    scores["true rates"] = [_truth(_recording(k, how)) for k in seeds]
    rows = [
        row("simulated, three regions", name, metric, [f[metric] for f in each], unit)
        for name, each in scores.items()
        for metric, unit in _metrics(each[0])
    ]
    gain = [a["inter-region"] - b["inter-region"] for a, b in zip(scores["MtM"], scores["temporal hiding only"])]
    return [*rows, row("paired over seeds", "MtM - temporal hiding", "inter-region", gain, "bits/spike")]


def _metrics(scores: dict[str, float]) -> list[tuple[str, str]]:
    return [(name, "bits/spike" if name in TITLES.values() else "") for name in scores]


def _once(seed: int, how: dict[str, int], settings: dict[str, Any]) -> dict[str, float]:
    """Every score of one training."""
    from neurofm.training import train, trials

    recording = _recording(seed, how)
    with tempfile.TemporaryDirectory() as folder:
        trained = train(
            "mtm", recording, Path(folder) / "run", seed=seed, device="cpu", settings=SIZES | settings,
            splits={recording.session: _split(recording)},
        )  # fmt: skip
        cut = trials.all_trials(trained, recording)
        held = cut.take(trials.held_out(trained, cut))
        bits = {TITLES[name]: float(np.nanmean(b)) for name, b in trained.model.bits(held).items()}
        rates = trials.in_batches(trained.model, trained.model.answer, cut, None)
        return bits | _read(cut, rates, trials.held_out(trained, cut))


def _truth(recording: Recording) -> dict[str, float]:
    """The same of the rates that drew the spikes."""
    from neurofm.data.trials import cut

    trials = cut(recording, regions.BIN)
    test = _split(recording).test
    held = trials.take(trials.within(test))
    rates = held.values("rates") * regions.BIN
    late = held.seen & (held.times >= (held.stop - 0.2)[:, None])
    bits = {
        name: float(np.nanmean(bits_per_spike(rates[where], held.counts[where].astype(float))))
        for name, where in (("co-smoothing", held.seen), ("forward, last 200 ms", late))
    }
    return bits | _read(trials, trials.values("rates"), trials.within(test))


def _read(trials: Trials, rates: NDArray[Any], test: NDArray[np.bool_]) -> dict[str, float]:
    """Choice and whisker motion read linearly from rates (Hz), and R² of the rates' means over each choice."""
    from sklearn.linear_model import LogisticRegressionCV, RidgeCV

    table = trials.recording.intervals["trials"]
    choice = table["choice"].to_numpy()[trials.row]
    flat = rates.reshape(len(rates), -1) / 10
    logistic = LogisticRegressionCV(Cs=np.logspace(-4, 0, 5), cv=4, max_iter=300).fit(flat[~test], choice[~test])
    scores = {"choice accuracy": float(logistic.score(flat[test], choice[test]))}
    whisker = trials.values("whisker")[..., 0]
    bins, wanted = rates.reshape(-1, rates.shape[-1]), np.repeat(~test, rates.shape[1])
    ridge = RidgeCV(np.logspace(-2, 4, 7)).fit(bins[wanted], whisker.ravel()[wanted])
    scores["whisker R2"] = float(r2(whisker.ravel()[~wanted, None], ridge.predict(bins[~wanted])[:, None])[0])
    true = trials.values("rates")
    means = [np.concatenate([x[test & (choice == c)].mean(0) for c in (-1, 1)]) for x in (true, rates)]
    return scores | {"PSTH R2": float(np.nanmean(r2(*means)))}


def filled_in(recording: Recording, seed: int, *, quick: bool = False, sizes: Sequence[int] = (FEW, 0)) -> list[Row]:
    """Rows of a recording: each way to fill in a unit from the others, by how many trials it learns from.

    Parameters
    ----------
    quick : one seed and few steps
    sizes : trials learned from at most; 0 for all that are not held out
    """
    rows = []
    for size in sizes:
        folds = [_fold(recording, size, k, {"steps": 10} if quick else {}) for k in range(seed, seed + 3 - 2 * quick)]
        case = f"{recording.session}, {folds[0][0]} trials"
        scores = [each for _, each in folds]
        rows += [
            row(case, way, name, [s[way][name] for s in scores], "bits/spike")
            for way in scores[0]
            for name in (POOLED, EACH)
        ]
        for name in (POOLED, EACH):
            gain = [s["MtM"][name] - s[SIMPLE["poisson"]][name] for s in scores]
            rows.append(row(f"{case}, paired", "MtM - Poisson regression", name, gain, "bits/spike"))
    return rows


def _fold(
    recording: Recording, size: int, seed: int, settings: dict[str, Any]
) -> tuple[int, dict[str, dict[str, float]]]:
    """How many trials were learned from, and the scores of each way on those held out."""
    from neurofm.data.trials import cut
    from neurofm.training import train
    from neurofm.training.filling import fillings

    width = suit([recording], {"event"})[0].get("bin", BIN)
    every = cut(recording, width)
    learn, held = _divided(every, size, seed)
    spans = np.stack([every.start, every.stop], 1)
    split = {recording.session: Split(spans[learn], spans[:0], spans[held])}
    options = settings | {"bin": width, "event": ""}
    with tempfile.TemporaryDirectory() as folder:
        given: dict[str, Any] = {"settings": options, "splits": split, "device": "cpu", "seed": seed}
        model = train("mtm", recording, Path(folder) / "run", **given).model
    asked = every.take(held)
    units = np.flatnonzero(asked.counts.sum((0, 1)))
    truth = asked.counts[asked.seen][:, units].astype(float)
    answers = {SIMPLE[n]: x[asked.seen][:, units] for n, x in fillings(every.take(learn), asked).items()}
    answers = {"MtM": model.filled(asked)["co_smoothing"][0]} | answers
    return len(learn), {way: _both(rates, truth) for way, rates in answers.items()}


def _both(rates: NDArray[Any], truth: NDArray[np.float64]) -> dict[str, float]:
    return {POOLED: pooled_bits(rates, truth), EACH: float(np.nanmean(bits_per_spike(rates, truth)))}


def _divided(trials: Trials, size: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Trials to learn from, at most `size` unless that is 0, and those that are held out."""
    from neurofm.analysis.decode import block_folds, trial_folds

    draw = block_folds if (trials.row < 0).any() else trial_folds
    folds = [tuple(map(np.flatnonzero, fold)) for fold in draw(len(trials))]
    learn, held = folds[seed % len(folds)]
    chosen = np.random.default_rng(seed).permutation(learn)[: size or len(learn)]
    return np.sort(chosen), held


def _of_file(path: str) -> Recording:
    recording = read_recording(path)
    count = len(recording.intervals.get("trials", ()))
    if 0 < count < FEWEST:
        raise DataError(path, "trials", f"are {count}; give a recording that has {FEWEST} or more, or none")
    return recording


def _recording(seed: int, how: dict[str, int]) -> Recording:
    return regions.sessions(1, seed=seed, **how)[0]


def _split(recording: Recording) -> Split:
    """The first three quarters to learn from, then a twentieth to choose, the last fifth held out."""
    trials = recording.intervals["trials"][["start", "stop"]].to_numpy()
    edges = (np.array([0.75, 0.8]) * len(trials)).astype(int)
    return Split(*np.split(trials, edges))


SPEC = BenchSpec(title="MtM fills in hidden activity, simulated; with recordings, beside Poisson regression", run=run)
