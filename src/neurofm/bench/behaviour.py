"""BAMS on simulated walkers: gait, body and speed from its two spaces, beside all that could say as much.

400 sequences of 20 s are learned from without any label, and linear probes are judged on 200 others: of frames by
weighted F1 of the gait (four kinds) and the terrain (three), of sequences by F1 of the body and R² of the speed. The
same network with random weights, and three ways without a network, stand beside. What comes next is measured as
earth mover's distance against the marginal and against its best mix with the last second, and on square waves. The
target of the released code, which puts all of the future into the bin of the frame itself, is a row of its own.

From one embedding of simulated triplets of mice, merged over the animals, all that is known of frames and sequences is
read; "mean rank" is over these labels, 1 for a system that reads each of them best.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm import progress
from neurofm.bench._table import Row, row, tell
from neurofm.data.split import Split
from neurofm.data.stretches import cut
from neurofm.data.tracks import Tracks
from neurofm.specs import BenchSpec
from neurofm.synthetic import quadrupeds, squares
from neurofm.synthetic.triplets import triplets

SEEDS, LEARNED, UNSEEN = 3, 400, 200  # sequences
QUICK = (24, 12)  # sequences, if quick
MICE = (80, 40)  # sequences of triplets
SETTLED = 0.5  # seconds after a change of gait, from which a frame is judged apart
WAVES = {"steps": 300, "width": 16, "long": 4.0, "sequence": 10.0}
BOTH, NEW, OLD, RELEASED = "short + long", "BAMS", "BAMS 2022", "BAMS, released target"
Scores = dict[tuple[str, str, str], float]  # by case, system and metric
Settings = Mapping[str, Any]


def run(paths: Sequence[str], quick: bool, seed: int, peer: str) -> list[Row]:
    """Mean and sd over three seeds (one, of few sequences and steps, if quick)."""
    seeds = range(seed, seed + (1 if quick else SEEDS))
    every = [measured(k, quick=quick, released=k == seed) for k in progress.each(seeds, "seed")]
    keys = dict.fromkeys(key for scores in every for key in scores)
    return [
        row(
            case, system, metric, [scores[case, system, metric] for scores in every if (case, system, metric) in scores]
        )
        | ({"unit": "CPU s"} if metric == "training" else {})
        for case, system, metric in keys
    ]


def measured(seed: int, *, quick: bool, released: bool) -> Scores:
    """Every score of one seed."""
    learned, unseen = QUICK if quick else (LEARNED, UNSEEN)
    tracks = quadrupeds.session(learned + unseen, seed)
    steps = {"steps": 6} if quick else {}
    scores: Scores = {}
    for system, model in ((NEW, "bams"), (OLD, "bams_2022"), *([(RELEASED, "bams")] if released else [])):
        scores |= _walkers(tracks, learned, model, system, steps, seed)
    for system in (NEW, RELEASED):
        scores |= _waves(system, seed, quick=quick)
    return scores | _mice(*(QUICK if quick else MICE), steps, seed)


def _walkers(tracks: Tracks, learned: int, model: str, system: str, settings: Settings, seed: int) -> Scores:
    """What is read of walkers from a model; and beside the first, from random weights and from no network."""
    from neurofm.analysis import probes

    with _fitted(tracks, learned, model, system, settings, seed) as (trained, scores):
        rows = probes.look(trained, tracks, seed=seed)
        own = set(trained.model.parts) | {BOTH}
        for name, metrics in _read(rows, tracks).items():
            of = f"{system}, {name}" if name in own else name
            if name in own or system == NEW:
                scores |= {(tracks.session, of, metric): value for metric, value in metrics.items()}
    tell(f"seed {seed}, {system}: {', '.join(f'{k[2]} {v:.3f}' for k, v in scores.items() if BOTH in k[1])}")
    return scores


def _mice(learned: int, unseen: int, settings: Settings, seed: int) -> Scores:
    """How well each label of triplets is read from each system, and the mean rank over all labels."""
    from neurofm.analysis import probes

    tracks = triplets(learned + unseen, np.random.default_rng([seed, 3]))
    read: dict[str, dict[str, float]] = {}
    costs: Scores = {}
    for system, model in ((NEW, "bams"), (OLD, "bams_2022")):
        with _fitted(tracks, learned, model, system, settings, seed) as (trained, scores):
            costs |= scores
            table = probes.table(trained, tracks, seed=seed)
        own = table["features"].isin([*trained.model.parts, BOTH])
        if system == NEW:
            read |= {str(name): dict(zip(of["label"], of["value"])) for name, of in table[~own].groupby("features")}
        whole = table[table["features"] == BOTH]
        read[system] = dict(zip(whole["label"], whole["value"]))
    compared = {name: values for name, values in read.items() if not name.startswith("random") or name.endswith(BOTH)}
    return costs | ranked(tracks.session, compared)


def ranked(case: str, read: Mapping[str, Mapping[str, float]]) -> Scores:
    """Values by system and label, with the mean over labels of the rank of each system."""
    values = pd.DataFrame(read).T
    ranks = values.rank(ascending=False).mean(axis=1)
    scores: Scores = {(case, str(s), f"{k} read"): float(v) for s, row in values.iterrows() for k, v in row.items()}
    return scores | {(case, str(system), "mean rank"): float(rank) for system, rank in ranks.items()}


def _waves(system: str, seed: int, *, quick: bool) -> Scores:
    """How well it is foreseen what square waves do next."""
    tracks, learned = squares.session(24 if quick else 60, seed=seed), 16 if quick else 40
    with _fitted(tracks, learned, "bams", system, WAVES | ({"steps": 6} if quick else {}), seed) as (_, scores):
        return scores


@contextmanager
def _fitted(
    tracks: Tracks, learned: int, model: str, system: str, settings: Settings, seed: int
) -> Iterator[tuple[Any, Scores]]:
    """A run that has learned from the first sequences, with what it cost and how well it foresees the others."""
    from neurofm.analysis.futures import foreseen
    from neurofm.training import train

    case = tracks.session
    with tempfile.TemporaryDirectory() as folder, _target(system):
        began, splits = time.process_time(), {case: _split(tracks, learned)}
        trained = train(model, tracks, Path(folder) / "run", seed=seed, settings=settings, splits=splits)
        scores: Scores = {(case, system, "training"): time.process_time() - began}
        if hasattr(trained.model, "futures"):
            every = cut(tracks)
            below = foreseen(trained.model, every.take(slice(learned)), every.take(slice(learned, None)))
            scores |= {(case, system, f"{name} below"): value for name, value in below.items()}
        yield trained, scores


def _read(rows: Any, tracks: Tracks) -> dict[str, dict[str, float]]:
    """Every metric of each set of features."""
    from neurofm.analysis import probes

    (trials, which), table = rows.of_trials(tracks), _table(tracks)
    settled = rows.judged & (_since(tracks)[rows.frames] >= SETTLED)
    late = probes.Rows(rows.frames, rows.features, rows.learned, settled)
    trial = np.searchsorted(table["start"].to_numpy(), tracks.times[rows.frames], "right")
    probed = [
        ("gait F1", rows, tracks.labels["gait"][rows.frames]),
        ("gait F1, settled", late, tracks.labels["gait"][rows.frames]),
        ("terrain F1", rows, tracks.labels["terrain"][rows.frames]),
        ("morphology F1", trials, table["morphology"].to_numpy()[which]),
        ("speed R2", trials, table["speed"].to_numpy()[which]),
    ]
    metrics: dict[str, dict[str, float]] = {name: {} for name in rows.features}
    for metric, of, values in probed:
        for line in probes.read(of, values):
            metrics[line["features"]][metric] = line["value"]
    for name, x in rows.features.items():
        metrics[name]["variance between sequences"] = probes.between(x[rows.judged], trial[rows.judged])
    return metrics


def _since(tracks: Tracks) -> NDArray[np.float64]:
    """(frame,) seconds since the gait, or the sequence, changed."""
    gait = tracks.labels["gait"]
    new = np.r_[True, (gait[1:] != gait[:-1]) | (np.diff(tracks.times) > 2 * tracks.step)]
    return np.asarray(tracks.times - np.maximum.accumulate(np.where(new, tracks.times, -np.inf)))


def _table(tracks: Tracks) -> pd.DataFrame:
    return pd.DataFrame({"start": [], "stop": []}) if tracks.trials is None else tracks.trials


def _split(tracks: Tracks, learned: int) -> Split:
    """The first sequences are learned from, the others held out, and none chosen by."""
    spans = _table(tracks)[["start", "stop"]].to_numpy(float)
    return Split(spans[:learned], np.zeros((0, 2)), spans[learned:])


@contextmanager
def _target(name: str) -> Iterator[None]:
    """Learn from the target of a system: of the released code the whole future of a frame is in its own bin."""
    from neurofm.nn import histogram

    def spike(bins: NDArray[Any], frames: NDArray[Any], horizon: int, count: int) -> tuple[NDArray[Any], NDArray[Any]]:
        own = np.eye(count, dtype=np.float32)[np.maximum(bins[frames], 0)]
        return own, np.ones(own.shape[:2], np.float32)

    ahead = spike if name == RELEASED else histogram.ahead
    with patch("neurofm.models.bams.histogram", SimpleNamespace(**vars(histogram) | {"ahead": ahead})):
        yield


SPEC = BenchSpec(title="BAMS: gait, body and speed of simulated walkers", run=run)
