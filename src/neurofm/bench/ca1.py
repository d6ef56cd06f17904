"""Position of a rat from 31 CA1 units: POYO beside ridge and a strong MLP, on ten contiguous folds of its running time.

Position is z-scored with the training bins. Bins of 250 ms whose speed exceeds 30 px/s, in time order, are cut into ten
folds; folds 1, 4 and 7 are tested in turn, trained on the other running bins further than 1 s from every test bin.
Ridge and MLP see square roots of counts of +-4 bins; POYO learns
from windows that keep 1 s away from the whole stretch that is tested, and from labels of the training bins alone.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm import progress
from neurofm.bench._table import Row, row
from neurofm.data import Recording, Series, Spikes, spans
from neurofm.data.bins import bounds
from neurofm.data.split import Split
from neurofm.errors import DataError
from neurofm.io import read_recording
from neurofm.metrics import r2
from neurofm.specs import BenchSpec

BIN, CONTEXT, SPEED, TESTED = 0.25, 4, 30.0, (1, 4, 7)
SETTINGS: dict[str, Any] = {
    "window": 4.0, "step": 0.25, "latents": 4, "dim": 64, "depth": 2, "t_max": 8.0, "t_min": 0.01,
    "steps": 3000, "batch": 16, "lr": 2e-3, "weight_decay": 1e-2, "average": 0.998,
    "inner_dropout": 0.2, "block_dropout": 0.2, "least_units": 16, "usual_units": 26, "most_units": 40,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Binned:
    """Running bins of a recording: centres (bin,), xy (bin, 2) px, speed (bin,), counts with context (bin, feature)."""

    centre: NDArray[np.float64]
    xy: NDArray[np.float64]
    speed: NDArray[np.float64]
    context: NDArray[np.float64]


def binned(recording: Recording) -> Binned:
    """Position and square-root counts of all units in bins of 250 ms."""
    position = recording.series["position"]
    edges = np.arange(position.times[0], position.times[-1], BIN)
    centre = edges[:-1] + BIN / 2
    xy = position.at(centre)[:, :2]
    speed = np.hypot(*np.gradient(xy, BIN, axis=0).T)
    counts = _counts(recording, edges)
    padded = np.pad(np.sqrt(counts), ((CONTEXT, CONTEXT), (0, 0)))
    context = np.concatenate([padded[k : k + len(counts)] for k in range(2 * CONTEXT + 1)], 1)
    return Binned(centre, xy, speed, context)


def _counts(recording: Recording, edges: NDArray[np.float64]) -> NDArray[np.int64]:
    """(bin, unit) spikes."""
    spikes, units = recording.spikes, range(len(recording.units))
    return np.stack([np.diff(bounds(spikes.times[spikes.unit == k], edges)) for k in units], 1)


def folds(data: Binned, tested: Sequence[int] = TESTED) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.int64]]]:
    """Number, training bins and test bins of each fold."""
    moving = np.flatnonzero(data.speed > SPEED)
    parts = np.array_split(moving, 10)
    for k in tested:
        far = np.abs(data.centre[moving][:, None] - data.centre[parts[k]][None]).min(1) > 1.0
        yield k, moving[far & ~np.isin(moving, parts[k])], parts[k]


def baselines(data: Binned, train: NDArray[np.int64], test: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """R² of x and y of ridge and MLP."""
    from sklearn.linear_model import RidgeCV
    from sklearn.neural_network import MLPRegressor

    mean, sd = data.context[train].mean(0), data.context[train].std(0) + 1e-9
    x, x_test = (data.context[train] - mean) / sd, (data.context[test] - mean) / sd
    m, s = data.xy[train].mean(0), data.xy[train].std(0)
    y, y_test = (data.xy[train] - m) / s, (data.xy[test] - m) / s
    ridge = RidgeCV(np.logspace(0, 5, 11)).fit(x, y)
    mlp = MLPRegressor(hidden_layer_sizes=(128,), alpha=10.0, random_state=0).fit(x, y)
    return {"ridge": r2(y_test, ridge.predict(x_test)), "MLP": r2(y_test, mlp.predict(x_test))}


def poyo(
    recording: Recording,
    data: Binned,
    train: NDArray[np.int64],
    test: NDArray[np.int64],
    seed: int,
    settings: dict[str, Any],
) -> NDArray[np.float64]:
    """R² of x and y of POYO that learns position at the centres of the training bins."""
    from neurofm.training import train as fit
    from neurofm.training.evaluate import stitch

    place = Series(data.centre[train], data.xy[train], ("x", "y"), "px")
    labelled = Recording(
        session=recording.session, spikes=recording.spikes, units=recording.units,
        series={"position": place}, domain=recording.domain,
    )  # fmt: skip
    labels = spans.tidy(data.centre[train][:, None] + [-BIN / 2, BIN / 2])
    nothing = np.zeros((0, 2))
    apart = [[data.centre[test[0]] - 1, data.centre[test[-1]] + 1]]
    domain = spans.subtract(recording.domain, apart)  # else windows over its edge could be learned by heart
    with tempfile.TemporaryDirectory() as folder:
        run = fit(
            "poyo", labelled, Path(folder) / "run", seed=seed, device="cpu", settings=settings,
            splits={labelled.session: Split(labels, nothing, nothing)}, domains={labelled.session: domain},
        )  # fmt: skip
        return r2(data.xy[test], stitch(run.model, labelled, data.centre[test], overlap=0.75))


def run(paths: Sequence[str], quick: bool, seed: int, peer: str) -> list[Row]:
    """Each fold and their mean; POYO over three seeds (one, and a third of the steps, if quick).

    Raises
    ------
    DataError
        If no path is given, or the recording has no units or no position.
    """
    recording = _recording(paths)
    data = binned(recording)
    settings = SETTINGS | ({"steps": SETTINGS["steps"] // 3} if quick else {})
    seeds = range(seed, seed + (1 if quick else 3))
    scores: dict[str, list[list[float]]] = {"ridge": [], "MLP": [], "POYO": [], "POYO, spikes shifted by 5 min": []}
    spent = []
    for _, train, test in progress.each(folds(data), "fold"):
        for name, fold_scores in baselines(data, train, test).items():
            scores[name].append([float(fold_scores.mean())])
        began = time.process_time()
        scores["POYO"].append(
            [float(poyo(recording, data, train, test, k, settings).mean()) for k in progress.each(seeds, "seed")]
        )
        spent.append((time.process_time() - began) / len(seeds))
        control = poyo(
            _shifted(recording, 300.0), data, train, test, seed, settings | {"steps": settings["steps"] // 3}
        )
        scores["POYO, spikes shifted by 5 min"].append([float(control.mean())])
    rows = [
        row(f"fold {k}", name, "R2", fold_scores[j])
        for j, k in enumerate(TESTED)
        for name, fold_scores in scores.items()
    ]
    rows += [row("mean of folds", name, "R2", np.mean(fold_scores, 0)) for name, fold_scores in scores.items()]
    gain = np.array(scores["POYO"]) - np.array(scores["MLP"])
    return [
        *rows,
        row("paired over folds and seeds", "POYO - MLP", "R2", gain.ravel()),
        row("a fold", "POYO", "CPU", spent, "s"),
    ]


def _recording(paths: Sequence[str]) -> Recording:
    if not paths:
        raise DataError("bench ca1", "PATH", "needs the recording: neurofm bench ca1 FOLDER with spikes and position")
    recording = read_recording(list(paths) if len(paths) > 1 else paths[0])
    if not len(recording.units) or "position" not in recording.series:
        raise DataError(paths[0], "series", "needs units and a 'position' series; name spikes and trajectory together")
    return recording


def _shifted(recording: Recording, by: float) -> Recording:
    """The same spikes `by` seconds later, the last ones wrapped to the start: rates and rhythm stay, meaning goes."""
    times, start = recording.spikes.times, recording.start
    moved = (times - start + by) % (recording.stop - start) + start
    order = np.argsort(moved, kind="stable")
    return replace(recording, spikes=Spikes(moved[order], recording.spikes.unit[order]))


SPEC = BenchSpec(title="Position of a rat from CA1 spikes, by folds", run=run)
