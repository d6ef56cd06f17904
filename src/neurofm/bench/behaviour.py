"""BAMS on simulated walkers: gait, body and speed from its two spaces, beside all that could say as much.

400 sequences of 20 s are learned from without any label, and linear probes are judged on 200 others: of frames by
weighted F1 of the gait (four kinds) and the terrain (three), of sequences by F1 of the body and R² of the speed. The
same network with random weights, and three ways without a network, stand beside. What comes next is measured as
earth mover's distance against the marginal and against its best mix with the last second, and on square waves. The
target of the released code, which puts all of the future into the bin of the frame itself, is a row of its own.

From one embedding of simulated triplets of mice, merged over the animals, all that is known of frames and sequences is
read; "mean rank" is over these labels, 1 for a system that reads each of them best.

What it costs: CPU seconds of training until gaits of other sequences are read at an F1 of 0.85, against the published
network with the corrected target (`neurofm.bench._bams_peer`), which is stopped at three times what ours took; and
100 hours of tracks, simulated, that are opened and browsed in a process of its own, hour by hour embedded.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from neurofm.data.stretches import Stretches, cut
from neurofm.data.tracks import Tracks
from neurofm.errors import NeuroFMError
from neurofm.specs import BenchSpec
from neurofm.synthetic import quadrupeds, squares
from neurofm.synthetic.triplets import triplets

SEEDS, LEARNED, UNSEEN = 3, 400, 200  # sequences
QUICK = (6, 4)  # sequences, if quick
BRIEF = {"steps": 2, "width": 8, "sequence": 4.0, "long": 4.0}  # settings if quick
FRAMES = 180  # of a sequence if quick
MICE = (400, 200)  # sequences of triplets
SETTLED = 0.5  # seconds after a change of gait, from which a frame is judged apart
WAVES = {"steps": 300, "width": 16, "long": 4.0, "sequence": 10.0}
GOAL, JUDGED, MOST = 0.85, 300, 3.0  # F1 of a race, sequences of its probe, and times of ours after which theirs stops
EVERY = {"BAMS": 50, "published network": 20}  # steps between two looks at the score of a race
HOURS = 100  # of tracks that are browsed
BOTH, NEW, OLD, RELEASED = "short + long", "BAMS", "BAMS 2022", "BAMS, released target"
Scores = dict[tuple[str, str, str], float]  # by case, system and metric
Settings = Mapping[str, Any]


def run(paths: Sequence[str], quick: bool, seed: int, peer: str) -> list[Row]:
    """Mean and sd over three seeds (one, of few sequences and steps, if quick)."""
    seeds = range(seed, seed + (1 if quick else SEEDS))
    every = [measured(k, quick=quick, released=k == seed) for k in progress.each(seeds, "seed")]
    keys = dict.fromkeys(key for scores in every for key in scores)
    rows = [
        row(
            case, system, metric, [scores[case, system, metric] for scores in every if (case, system, metric) in scores]
        )
        | ({"unit": "CPU s"} if metric == "training" else {})
        for case, system, metric in keys
    ]
    return [*rows, *_raced(seeds, quick=quick), *_hours(1 if quick else HOURS, 2 if quick else 30, seed)]


def measured(seed: int, *, quick: bool, released: bool) -> Scores:
    """Every score of one seed."""
    learned, unseen = QUICK if quick else (LEARNED, UNSEEN)
    tracks = quadrupeds.session(learned + unseen, seed, frames=FRAMES if quick else quadrupeds.FRAMES)
    steps = BRIEF if quick else {}
    scores: Scores = {}
    for system, model in ((NEW, "bams"), (OLD, "bams_2022"), *([(RELEASED, "bams")] if released else [])):
        scores |= _walkers(tracks, learned, model, system, steps, seed)
    for system in (NEW, RELEASED):
        scores |= _waves(system, seed, quick=quick)
    return scores | _mice(*(QUICK if quick else MICE), steps, seed, FRAMES if quick else quadrupeds.FRAMES)


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


def _mice(learned: int, unseen: int, settings: Settings, seed: int, frames: int) -> Scores:
    """How well each label of triplets is read from each system, and the mean rank over all labels."""
    from neurofm.analysis import probes

    tracks = triplets(learned + unseen, np.random.default_rng([seed, 3]), frames=frames)
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
    tracks, learned = squares.session(10 if quick else 60, seed=seed), 6 if quick else 40
    with _fitted(tracks, learned, "bams", system, WAVES | (BRIEF if quick else {}), seed) as (_, scores):
        return scores


# ---- what it costs


def _raced(seeds: Sequence[int], *, quick: bool) -> list[Row]:
    """CPU seconds to the same score of ours and of the published network, and their ratio."""
    races = [_race(seed, quick=quick) for seed in progress.each(seeds, "race")]
    case, rows = f"quadrupeds, to gait F1 {GOAL:g}", []
    for name in EVERY:
        each = [both[name] for both in races]
        left = [f"{one.score:.2f} after {one.steps} steps" for one in each if not one.reached]
        note = f"not reached: {', '.join(left)}" if left else f"{', '.join(str(one.steps) for one in each)} steps"
        rows.append(row(case, name, "training", [one.seconds for one in each], "CPU s", note))
    ours, theirs = ([both[name] for both in races] for name in EVERY)
    shares = [a.seconds / b.seconds for a, b in zip(ours, theirs)]
    bound = "" if all(one.reached for one in theirs) else "at most, since it was stopped on its way"
    return [*rows, row(case, "BAMS / published network", "training", shares, "x", bound)]


def _race(seed: int, *, quick: bool) -> dict[str, Any]:
    """How each came to the score of one seed."""
    from neurofm.bench._bams_peer import Ours, Published, race

    learned, judged = (4, 4) if quick else (LEARNED, JUDGED)
    tracks = quadrupeds.session(learned + judged, seed, frames=FRAMES if quick else quadrupeds.FRAMES)
    every, settings = cut(tracks), {k: v for k, v in BRIEF.items() if k != "steps"} if quick else {}
    score, first = _gait(every.take(slice(learned, None))), every.take(slice(learned))
    goal, looks = (0.0, 1) if quick else (GOAL, 0)
    racer = Ours(first, seed, **settings)
    ours = race(racer, score, goal, every=looks or EVERY[NEW], last=racer.schedule.steps)
    tell(f"seed {seed}, race: BAMS {ours}")
    theirs = race(
        Published(first, seed, **settings), score, min(goal, ours.score), every=looks or EVERY["published network"],
        most=MOST * ours.seconds,
    )  # fmt: skip
    tell(f"seed {seed}, race: published {theirs}")
    return {NEW: ours, "published network": theirs}


def _gait(judged: Stretches) -> Callable[[Any], float]:
    """Gives the F1 of gaits in fixed frames, read from both spaces; two thirds of the sequences fit the probe."""
    from neurofm.analysis import probes

    frames = probes.choose(judged)
    fitted, gait = frames < judged.rows[2 * len(judged) // 3, 0], judged.tracks.labels["gait"][frames]

    def score(net: Any) -> float:
        latent = probes.latents(net, judged, frames)(slice(None))
        return probes.classify(latent[fitted], gait[fitted], latent[~fitted], gait[~fitted])

    return score


def _hours(hours: int, times: int, seed: int) -> list[Row]:
    """Time and memory of very long tracks, in processes of their own."""
    from neurofm.bench import _long_tracks
    from neurofm.training import train

    case, system = f"{hours} h of tracks at 30 Hz", "browsing"
    with tempfile.TemporaryDirectory() as folder:
        path, run = Path(folder) / "hours.tracks.h5", Path(folder) / "run"
        train("bams", _long_tracks.session(3000, seed), run, seed=seed, settings={"steps": 2})
        written = _called("write", path, hours, seed)
        told = _called("browse", path, run, times, seed)
    note = f"{written['frames']:,} frames, {written['mb']:.0f} MB on disk"
    rows = [row(case, system, what, seconds, "s") for what, seconds in told["seconds"].items()]
    rows[0]["note"] = note
    memory = {"browsed_mb": "private memory at most, browsed", "private_mb": "and with hours embedded one by one",
              "peak_mb": "memory at most, with the file's pages"}  # fmt: skip
    return [*rows, *(row(case, system, what, told[key], "MB") for key, what in memory.items())]


def _called(*words: Any) -> dict[str, Any]:
    call = [sys.executable, "-m", "neurofm.bench._long_tracks", *map(str, words)]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NeuroFMError(
            f"long tracks could not be browsed ({(done.stderr.strip().splitlines() or ['no words'])[-1]})"
        )
    return dict(json.loads(done.stdout.splitlines()[-1]))


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
