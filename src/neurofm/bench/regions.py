"""Which area 64 x 64 patches of a real slice of a brain are from, five folds by blocks of 256 voxels.

Give the slice (`slice_z309.npz`). Four areas are told apart as in the paper, and all eight. Beside each model stand the
most frequent area and logistic regression on statistics of the texture. BYOL and MYOW learn without areas, from the
blocks for training alone, and these are read out of their latents by logistic regression, as of random weights.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm import io, progress
from neurofm.bench._table import Row, missing, row, tell
from neurofm.data import patches
from neurofm.data.split import Split
from neurofm.data.volume import Volume
from neurofm.specs import BenchSpec

FOLDS, EDGE, SHARE = 5, 64, 0.9
FOUR = "cortex,striatum,ventral posterior,zona incerta"
SYSTEMS: dict[str, tuple[str, dict[str, Any]]] = {
    "region_net": ("region_net", {"steps": 600}),
    "byol": ("byol", {"steps": 100}),
    "myow": ("myow", {"steps": 100}),
    "random weights": ("byol", {"steps": 1, "lr": 1e-7}),
}
FIRST = next(iter(SYSTEMS))
CASES = {"four areas": (FOUR, (1, 2, 4, 5), SYSTEMS), "eight areas": ("", tuple(range(1, 9)), {FIRST: SYSTEMS[FIRST]})}


def run(paths: Sequence[str], quick: bool, seed: int, peer: str) -> list[Row]:
    """Mean and sd over folds of accuracy and macro F1 (of one fold and few steps, if quick)."""
    if not paths:
        return [missing("real slice, four areas", "accuracy", "give the path of slice_z309.npz")]
    volume: Any = io.read(paths[0])
    return [line for case in CASES for line in _case(volume, case, quick, seed)]


def _case(volume: Volume, case: str, quick: bool, seed: int) -> list[Row]:
    areas, numbers, systems = CASES[case]
    scores: dict[tuple[str, str], list[float]] = {}
    folds = list(split(volume, seed, numbers))
    for k, (parts, most) in enumerate(progress.each(folds[:1] if quick else folds, "fold")):
        scores.setdefault(("most frequent area", "accuracy"), []).append(most)
        for system, (model, settings) in systems.items():
            asked = {"areas": areas, **settings, **({"steps": 2} if quick and settings["steps"] > 2 else {})}
            measured = _one(volume, system, model, asked, parts, seed)
            tell(f"{case}, fold {k}, {system}: {measured}")
            for (name, metric), value in measured.items():
                if name == system or system == FIRST:
                    scores.setdefault((name, metric), []).append(value)
    return [
        row(f"real slice, {case}", system, metric, values, "CPU s" if metric == "training" else "")
        for (system, metric), values in scores.items()
    ]


def split(volume: Volume, seed: int, numbers: Sequence[int]) -> Iterator[tuple[Split, float]]:
    """Blocks to learn from and to judge by of each fold, and the share of the most frequent area of the latter."""
    from sklearn.model_selection import GroupKFold

    count = patches.block_count(volume.whole.shape)
    every = patches.gather(volume, "region", range(count), EDGE, SHARE)
    every = every.take(np.isin(every.numbers, numbers))
    block = patches.blocks_at(volume.whole.shape, every.corners)
    for _, held in GroupKFold(FOLDS, shuffle=True, random_state=seed).split(block, groups=block):
        test = np.unique(block[held])
        train = np.setdiff1d(np.arange(count), test)
        most = np.bincount(every.numbers[held]).max() / len(held)
        yield Split(_spans(train), _spans(train[:0]), _spans(test)), float(most)


def _one(
    volume: Volume, system: str, model: str, settings: dict[str, Any], parts: Split, seed: int
) -> dict[tuple[str, str], float]:
    from neurofm.training import train

    began = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        asked = {"edge": EDGE, "share": SHARE, **settings}
        trained = train(model, volume, Path(folder) / "run", seed=seed, settings=asked, splits={volume.session: parts})
        metrics = dict(trained.metrics)
    scores = {(system, name): metrics[name] for name in ("accuracy", "f1") if name in metrics}
    scores |= {("texture", name): metrics[f"texture_{name}"] for name in ("accuracy", "f1") if name in metrics}
    return scores | {(system, "training"): time.process_time() - began}


def _spans(blocks: NDArray[np.int64]) -> NDArray[np.float64]:
    return blocks[:, None] + np.array([0.0, 1.0])


SPEC = BenchSpec(title="Areas of a brain from patches of an X-ray slice", run=run)
