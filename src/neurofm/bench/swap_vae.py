"""Swap-VAE: is the direction of a reach in content and not in style, and is it read better than from the counts?

With files of binned reaching (slow bins left out in them): the first 80 % of the trials are learned from, the others
judged. A linear layer is fitted to a representation of single bins, to the cosine and sine of the target's angle (mean
squared error, Adam 0.01, 300 epochs in batches of 256, as the paper's code does). Acc is the share of bins with an
error below pi/8, delta-Acc below 3 pi/16, both after the last epoch; the note gives the best epoch of the test bins,
which the paper's code reports. Nothing but the counts is seen while Swap-VAE learns. Content and style are half of the
numbers each; rebuilt counts are judged against each unit's mean over the training bins. Without files: simulated
reaches whose two latents are known, read by ridge and logistic regression.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm import progress
from neurofm.bench._table import Row, row
from neurofm.data import Recording
from neurofm.data.split import Split
from neurofm.data.trials import Trials
from neurofm.errors import DataError
from neurofm.io import read_recording
from neurofm.metrics import r2
from neurofm.specs import BenchSpec
from neurofm.synthetic import directions

SEEDS, SHARE = 5, 0.8  # share of the trials that are learned from, in order
TARGETS = 8  # on the circle
LEAST = 1e-7  # spikes a bin, so that a logarithm exists
PAIRS, DROPOUT = "Swap-VAE, pairs only", "Swap-VAE, unit dropout"
SYSTEMS: dict[str, dict[str, Any]] = {
    PAIRS: {"dropout": 0.0},
    DROPOUT: {"dropout": 0.6},
    "plain VAE": {"dropout": 0.0, "swap": False, "align": 0.0},
    "no swap": {"dropout": 0.0, "swap": False},
    "no alignment": {"dropout": 0.0, "align": 0.0},
    "untrained": {"dropout": 0.0, "lr": 1e-7, "steps": 300},  # its batch norms know the scales
}
RAW = "counts, z-scored"
SIMULATED = {"content": 16, "style": 16, "hidden": 32, "lag": 3}  # the paper's sizes
PAPER = {"Swap-VAE, the paper's weights": {"dropout": 0.0, "kl": 10.0, "align": 1.0, "steps": 437}}  # seven epochs
PARTS = ("", "content", "style")
BEST = ", best epoch"
Scores = dict[tuple[str, str], float]  # by system and metric


def run(paths: Sequence[str], quick: bool, seed: int, peer: str) -> list[Row]:
    """Mean and sd over five seeds (one, and a fifth of the steps, if quick)."""
    seeds = range(seed, seed + (1 if quick else SEEDS))
    steps = {"steps": 300} if quick else {}
    if not paths:
        return _rows("simulated", [simulated(k, steps) for k in progress.each(seeds, "seed")])
    rows = []
    for path in paths:
        recording = read_recording(path)
        rows += _rows(recording.session, [reaches(recording, k, steps) for k in progress.each(seeds, "seed")])
    return rows


def reaches(recording: Recording, seed: int, steps: Mapping[str, Any]) -> Scores:
    """Every score of one seed on a recording whose trials have a `target` from 0 to 7.

    Raises
    ------
    DataError
        If they have none.
    """
    table = recording.intervals.get("trials")
    if table is None or "target" not in table:
        path = (*recording.paths, recording.session)[0]
        raise DataError(path, "target", "is missing; give binned reaching with the target of each trial")
    angles = 2 * np.pi / TARGETS * table["target"].to_numpy(float)
    scores: Scores = {}
    for name, values, trials, learned in _everything(recording, SYSTEMS, steps, seed, scores):
        angle = np.broadcast_to(angles[trials.row][:, None], trials.seen.shape)[trials.seen]
        scores |= {(name, metric): v for metric, v in probe(values, angle, learned, seed).items()}
    sides = [(f"{PAIRS}, content", f"{PAIRS}, style"), *((name, RAW) for name in (PAIRS, DROPOUT))]
    for one, other in sides:
        for metric in ("Acc", "delta-Acc"):
            scores[f"{one} - {other}", metric] = scores[one, metric] - scores[other, metric]
    return scores


def simulated(seed: int, steps: Mapping[str, Any]) -> Scores:
    """Every score of one seed on four directions."""
    recording = directions.session(trials=5000, seed=seed)
    direction = recording.intervals["trials"]["direction"].to_numpy()
    systems = {name: SIMULATED | settings for name, settings in (SYSTEMS | PAPER).items()}
    scores: Scores = {}
    for name, values, trials, learned in _everything(recording, systems, steps, seed, scores):
        trial, bins = np.nonzero(trials.seen)
        latent = trials.values("latent")[trials.seen]
        readings = read_truth(values, latent, direction[trials.row[trial]], bins, learned)
        scores |= {(name, metric): v for metric, v in readings.items()}
    return scores


def probe(x: NDArray[Any], angle: NDArray[Any], learned: NDArray[np.bool_], seed: int) -> dict[str, float]:
    """Acc and delta-Acc of a linear layer, after the last epoch and at the best one, on rows that are not `learned`.

    Parameters
    ----------
    x : (bin, feature)
    angle : (bin,) radians
    """
    import torch

    torch.manual_seed(seed)
    data = torch.as_tensor(np.asarray(x, np.float32))
    truth = torch.as_tensor(np.stack([np.cos(angle), np.sin(angle)], 1).astype(np.float32))
    layer, rows = torch.nn.Linear(data.shape[1], 2), torch.as_tensor(np.flatnonzero(learned))
    optimizer = torch.optim.Adam(layer.parameters(), 0.01, weight_decay=1e-5)
    shares = []
    for _ in range(300):
        for some in rows[torch.randperm(len(rows))].split(256):
            optimizer.zero_grad()
            torch.nn.functional.mse_loss(layer(data[some]), truth[some]).backward()
            optimizer.step()
        said = layer(data[~learned]).detach().numpy()
        shares.append(_shares(np.arctan2(said[:, 1], said[:, 0]), angle[~learned]))
    names, by_epoch = ("Acc", "delta-Acc"), np.array(shares)
    last, best = by_epoch[-1], by_epoch.max(0)
    return dict(zip(names, last.tolist())) | {f"{n}{BEST}": float(v) for n, v in zip(names, best)}


def gain(rates: NDArray[Any], counts: NDArray[Any], learned: NDArray[np.bool_]) -> float:
    """Bits per spike that rates (bin, unit) carry beyond the units' means over the bins that were learned from."""
    mean = np.broadcast_to(counts[learned].mean(0), counts.shape)
    likely = [(counts * np.log(np.maximum(r, LEAST)) - r)[~learned].sum() for r in (rates.astype(float), mean)]
    return float((likely[0] - likely[1]) / (np.log(2) * counts[~learned].sum()))


def read_truth(
    x: NDArray[Any],
    latent: NDArray[Any],
    direction: NDArray[np.int64],
    when: NDArray[np.int64],
    learned: NDArray[np.bool_],
) -> dict[str, float]:
    """How well the true latents, the direction and the bin of the trial (`when`) are read from x (bin, feature).

    The bin is read from all trials, and, since each direction has its own way of passing the time, in each direction.
    """
    from sklearn.linear_model import RidgeCV

    z = (x - x[learned].mean(0)) / (x[learned].std(0) + 1e-6)
    fitted = RidgeCV(np.logspace(-2, 5, 8)).fit(z[learned], latent[learned])
    each = [_logistic(z[direction == k], when[direction == k], learned[direction == k]) for k in np.unique(direction)]
    return {
        "R2 of the latents": float(r2(latent[~learned], fitted.predict(z[~learned])).mean()),
        "accuracy of direction": _logistic(z, direction, learned),
        "accuracy of time": _logistic(z, when, learned),
        "accuracy of time, in a direction": float(np.mean(each)),
    }


def _everything(
    recording: Recording, systems: Mapping[str, dict[str, Any]], steps: Mapping[str, Any], seed: int, scores: Scores
) -> Iterator[tuple[str, NDArray[Any], Trials, NDArray[np.bool_]]]:
    """Name, representation (bin, feature), trials and what is learned from, of all systems; costs go to `scores`."""
    for name, settings in systems.items():
        began = time.process_time()
        trials, learned, parts, rebuilt = _fitted(recording, {**steps, **settings}, seed)
        scores[name, "CPU"] = time.process_time() - began
        scores[name, "rebuilt counts"] = gain(rebuilt, trials.counts[trials.seen].astype(float), learned)
        for part, values in parts.items():
            yield f"{name}, {part}" if part else name, values, trials, learned
    counts = trials.counts[trials.seen].astype(float)
    for name, values in _plain(counts, learned, parts[""].shape[1], trials.width).items():
        yield name, values, trials, learned


def _fitted(
    recording: Recording, settings: Mapping[str, Any], seed: int
) -> tuple[Trials, NDArray[np.bool_], dict[str, NDArray[Any]], NDArray[Any]]:
    """Trials, which of their bins were learned from, the parts of their latents, and the counts rebuilt."""
    from neurofm.training import train
    from neurofm.training.trials import all_trials, in_batches

    starts = np.sort(recording.intervals["trials"]["start"])
    edge = starts[int(SHARE * len(starts))] - 1e-6
    split = Split(np.array([[recording.start, edge]]), np.zeros((0, 2)), np.array([[edge, recording.stop]]))
    with tempfile.TemporaryDirectory() as folder:
        trained = train(
            "swap_vae", recording, f"{folder}/run", seed=seed, device="cpu", settings=settings,
            splits={recording.session: split},
        )  # fmt: skip
        net, trials = trained.model, all_trials(trained, recording)
    seen = trials.seen
    parts = {part: in_batches(net, partial(net.latents, part=part), trials, None)[seen] for part in PARTS}
    learned = (trials.start < edge)[:, None].repeat(seen.shape[1], 1)[seen]
    return trials, learned, parts, in_batches(net, net.rebuild, trials, None)[seen]


def _plain(counts: NDArray[Any], learned: NDArray[np.bool_], size: int, width: float) -> dict[str, NDArray[Any]]:
    """What needs no network: rates in Hz, z-scored counts, and as many principal components as there are latents."""
    from sklearn.decomposition import PCA

    mean, sd = counts[learned].mean(0), counts[learned].std(0)
    scaled = (counts - mean) / np.where(sd > 0, sd, 1)
    components = PCA(min(size, *counts[learned].shape), random_state=0).fit(counts[learned])
    return {"counts, Hz": counts / width, RAW: scaled, "PCA": components.transform(counts)}


def _shares(said: NDArray[Any], angle: NDArray[Any]) -> tuple[float, float]:
    error = np.abs(np.angle(np.exp(1j * (said - angle))))
    return float((error < np.pi / 8).mean()), float((error < 3 * np.pi / 16).mean())


def _logistic(x: NDArray[Any], y: NDArray[Any], learned: NDArray[np.bool_]) -> float:
    """Accuracy on rows that are not `learned`."""
    from sklearn.linear_model import LogisticRegression

    return float(LogisticRegression(C=0.1, max_iter=300).fit(x[learned], y[learned]).score(x[~learned], y[~learned]))


def _rows(case: str, scores: Sequence[Scores]) -> list[Row]:
    """A row for each score, the best epoch in a note."""
    units, rows = {"CPU": "s", "rebuilt counts": "bits/spike"}, []
    for system, metric in scores[0]:
        if metric.endswith(BEST):
            continue
        best = [f[system, metric + BEST] for f in scores if (system, metric + BEST) in f]
        note = f"best epoch {np.mean(best):.3f}" if best else ""
        rows.append(row(case, system, metric, [f[system, metric] for f in scores], units.get(metric, ""), note))
    return rows


SPEC = BenchSpec(title="Swap-VAE: content, style and what is read from them", run=run)
