"""How well choices are foretold, and whether a latent space holds what is a subject's own, beside what the field uses.

Simulated subjects with known parameters ("wide", 300 trials; 700 to learn from, 1,000 to judge by), and any files of
real people. Scores are log-likelihoods a trial over the second halves of subjects that no network has learned from;
what is fitted to a subject is fitted to its first half. `gap closed` is the share of the way from one Q-learning model
for all to the truth. Latents after the last trial tell the parameters by ridge regression (five folds of subjects),
and those of two halves, encoded apart, tell whether a subject is found among all others; distances are weighted
by what tells the subjects that were learned from apart. Real people are judged in three folds, once more with what
else the file holds in numbers, such as reaction times.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm import io, progress
from neurofm.bench._table import Row, row
from neurofm.data.choices import SUBJECT, Choices, habits, padded, part, take
from neurofm.data.split import Split
from neurofm.errors import DataError
from neurofm.specs import BenchSpec
from neurofm.synthetic import bandits
from neurofm.words import a_kind

MODEL = "bandit_style"
OURS, RANDOM = "Bandit style", "Bandit style, random weights"
FULL, QUICK = (700, 1000, 300), (30, 40, 60)  # subjects to learn from, to judge by, trials
BRIEF = 30  # steps if quick
FOLDS = 3
WATCHED = 32  # of the judged, while it learns
LOGS, GAP, FIRST, TEN = "log-likelihood", "gap closed", "halves found", "halves among ten"

Floats = NDArray[np.float64]
Scores = dict[tuple[str, str], float]
Embed = Callable[[Choices], Floats]


def run(paths: Sequence[str], quick: bool, seed: int, peer: str) -> list[Row]:
    """Three seeds of simulated subjects (one, few and short, if quick), or the people in these files."""
    if paths:
        return [line for path in paths for line in _real(_choices(path), quick, seed)]
    seeds = range(seed, seed + (1 if quick else 3))
    each = [simulated(s, quick=quick) for s in progress.each(seeds, "seed")]
    case = f"simulated, wide, {(QUICK if quick else FULL)[2]} trials"
    return [row(case, *name, [scores[name] for scores in each]) for name in each[0]]


def simulated(seed: int, *, quick: bool = False) -> Scores:
    """All scores of one seed, by system and metric."""
    learned, judged, trials = QUICK if quick else FULL
    every = bandits.population(learned + judged, trials=trials, seed=seed)
    split = np.arange(learned), np.arange(learned, learned + judged)
    truth = np.log(every.columns["likely"].to_numpy(float))[every.rows(split[1])].reshape(judged, trials)
    fitted, parameters = _fitted(every, *split)
    logs, embeds = _networks(every, *split, seed, quick=quick)
    every_log = {"truth": truth, **fitted, **logs}
    late = take(every, split[1]).late.reshape(judged, trials)
    scores = {(name, LOGS): float(values[late].mean()) for name, values in every_log.items()}
    low, high = scores["one Q-learning for all", LOGS], scores["truth", LOGS]
    scores |= {(name, GAP): (value - low) / (high - low) for (name, _), value in list(scores.items())}
    for name, embed in {"habits": _habits, **parameters, **embeds}.items():
        scores |= _told(name, embed(take(every, split[1])), every.subjects.iloc[split[1]])
        scores |= _found(name, embed, every, *split)
    return scores


def _real(choices: Choices, quick: bool, seed: int) -> list[Row]:
    """Every person is judged once, by what has learned from the others."""
    able = np.flatnonzero(choices.lengths > 1)
    folds = np.array_split(np.random.default_rng(seed).permutation(able), FOLDS)
    scores: list[Scores] = []
    for judged in progress.each(folds, "fold"):
        learned = np.setdiff1d(able, judged)
        fitted, parameters = _fitted(choices, learned, np.sort(judged))
        logs, embeds = _networks(choices, learned, np.sort(judged), seed, quick=quick)
        for names in filter(None, [_numeric(choices)]):
            settings = _settings(quick=quick) | {"columns": ",".join(names)}
            further, embed, _ = _one(choices, learned, np.sort(judged), seed, settings)
            name = f"{OURS}, {', '.join(names)}"
            logs[name], embeds[name] = further, embed
            embeds[f"habits, {', '.join(names)}"] = partial(_paces, names)
        late = take(choices, np.sort(judged)).late
        told = {**fitted, **logs}
        one = {(name, LOGS): float(values[~np.isnan(values)][late].mean()) for name, values in told.items()}
        for name, embed in {"habits": _habits, **parameters, **embeds}.items():
            one |= _found(name, embed, choices, learned, np.sort(judged))
        scores.append(one)
    return [row(f"{choices.session}, {len(able)} people", *name, [s[name] for s in scores]) for name in scores[0]]


def _choices(path: str) -> Choices:
    source = io.read(path)
    if not isinstance(source, Choices):
        raise DataError(path, "", f"holds {a_kind(source.kind)}, where choices are needed")
    return source


def _fitted(every: Choices, learned: Any, judged: Any) -> tuple[dict[str, Floats], dict[str, Embed]]:
    """Log-likelihoods by what is fitted, and the fits that stand for a subject."""
    from neurofm.analysis import choosers
    from neurofm.training import q_learning

    train, test = take(every, learned), take(every, judged)
    arms, scale = len(every.arms), q_learning.extent(train)
    drawn = q_learning.population(train, scale)

    def parameters(choices: Choices) -> Floats:
        return q_learning.told(q_learning.fit(*padded(choices), arms, scale, drawn))

    return choosers.beside(train, test), {choosers.NAMES["q_probable"]: parameters}


def _networks(
    every: Choices, learned: Any, judged: Any, seed: int, *, quick: bool
) -> tuple[dict[str, Floats], dict[str, Embed]]:
    """Log-likelihoods by networks, and what they make of a subject."""
    from neurofm.analysis import choosers

    ours, embeds, size = _ours(every, learned, judged, seed, quick=quick)
    logs, states = choosers.networks(every, learned, judged, size, seed=seed, steps=BRIEF if quick else 0)
    return ours | logs, embeds | {next(iter(logs)): states}


def _ours(
    every: Choices, learned: Any, judged: Any, seed: int, *, quick: bool
) -> tuple[dict[str, Floats], dict[str, Embed], int]:
    """Log-likelihoods of the judged, long latents with and without training, and the number of parameters."""
    logs: dict[str, Floats] = {}
    embeds: dict[str, Embed] = {}
    size = 0
    for name, settings in ((OURS, _settings(quick=quick)), (RANDOM, {"steps": 1, "lr": 1e-7})):
        logs[name], embeds[name], size = _one(every, learned, judged, seed, settings)
    return logs, embeds, size


def _settings(*, quick: bool) -> dict[str, Any]:
    return {"steps": BRIEF} if quick else {}


def _one(every: Choices, learned: Any, judged: Any, seed: int, settings: dict[str, Any]) -> tuple[Floats, Embed, int]:
    """Log-likelihoods of the judged and long latents of one training, and the number of parameters."""
    from neurofm.analysis import choosers
    from neurofm.training import train

    few = judged[:WATCHED]  # whom a run looks at; all are asked below
    spans = [np.stack([rows, rows + 1], 1).astype(float) for rows in (learned, few, few)]
    with tempfile.TemporaryDirectory() as folder:
        run = train(
            MODEL, every, Path(folder) / "run", seed=seed, device="cpu", settings=settings,
            splits={every.session: Split(*spans)},
        )  # fmt: skip
        values = choosers.said(run, every)[judged]
        size = sum(p.numel() for p in run.model.parameters())
    return values[:, : int(every.lengths[judged].max())], partial(_long, run), size


def _long(run: Any, choices: Choices) -> Floats:
    return np.asarray(run.embed(choices, SUBJECT, part="long").values, float)


def _habits(choices: Choices) -> Floats:
    """Those counted by hand, and the shares of the arms; what a subject never showed is as in the mean."""
    share = np.zeros((len(choices.subjects), len(choices.arms)))
    np.add.at(share, (choices.of, choices.action), 1.0)
    counted = np.column_stack([*habits(choices).values(), share / np.maximum(share.sum(1, keepdims=True), 1)])
    return np.where(np.isfinite(counted), counted, np.nanmean(counted, 0))


def _numeric(choices: Choices) -> list[str]:
    """Further columns of numbers."""
    return [str(name) for name, values in choices.columns.items() if pd.api.types.is_numeric_dtype(values)]


def _paces(names: Sequence[str], choices: Choices) -> Floats:
    """Habits, and of further columns the median of each subject and half of how far its quartiles are apart."""
    each = choices.columns[names].groupby(choices.of)
    told = [each.median(), (each.quantile(0.75) - each.quantile(0.25)) / 2]
    columns = np.column_stack([one.reindex(range(len(choices.subjects))).to_numpy(float) for one in told])
    columns = np.log1p(columns) if (columns >= 0).all() else columns
    return np.column_stack([_habits(choices), columns])


def _told(name: str, latents: Floats, subjects: Any) -> Scores:
    """R² of each true parameter by ridge regression on unseen subjects."""
    from sklearn.linear_model import RidgeCV
    from sklearn.model_selection import cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from neurofm.metrics import r2

    model = make_pipeline(StandardScaler(), RidgeCV(np.logspace(-3, 4, 15)))
    truth = subjects[list(bandits.TRUE)].to_numpy(float)
    said = cross_val_predict(model, latents, truth, cv=5)
    return {(name, f"R2 of {true}"): float(value) for true, value in zip(bandits.TRUE, r2(truth, said))}


def _found(name: str, embed: Embed, every: Choices, learned: Any, judged: Any) -> Scores:
    """How often a judged subject's first half is nearest to its own second half, or among the ten nearest."""
    from neurofm.analysis.halves import likeness, top

    able = np.flatnonzero(every.lengths > 3)
    whole = take(every, able)
    first, second = (embed(part(whole, chosen)) for chosen in (~whole.late, whole.late))
    ours, theirs = (np.flatnonzero(np.isin(able, who)) for who in (judged, learned))
    alike = likeness(first[theirs], second[theirs])
    among = ours if "likely" in every.columns else np.arange(len(able))  # of simulated ones the judged are enough
    ranked = alike.ranks(first[among], second[among], np.searchsorted(among, ours))
    return {(name, FIRST): top(ranked, 1), (name, TEN): top(ranked, 10)}


SPEC = BenchSpec(title="Choices of simulated and real people, and what is a person's own", run=run)
