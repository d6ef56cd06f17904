"""What voxels are: Dice and counts of networks and of a random forest, on pictures with known truth.

All figures are for phantoms, or for pictures painted over masks that people drew; none is for real images, of which
there is no public truth at hand. With files of masks the last is judged and the others are learned from, in planes.
Without, it is volumes: cortex and striatum are learned, and the reticular nucleus is judged, which none has seen, with
the usual noise and twice as much; then harder ones: more noise, rings, and vessels as dark as cells. Cells are
components of so many voxels at least, in the truth and in what is said; "count error" is |said - true| / true.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from neurofm import io, progress
from neurofm.bench._table import Row, row, tell
from neurofm.data.split import Split
from neurofm.data.structures import CELL, KINDS
from neurofm.data.volume import Volume
from neurofm.errors import DataError
from neurofm.metrics import confusion, overlap
from neurofm.specs import BenchSpec
from neurofm.synthetic import masked
from neurofm.synthetic.phantoms import Plan, phantom

MODEL, LABEL, NAMES = "unet", "structure", ("nothing", *KINDS.values())
NETWORKS = ("unet", "dynunet", "attention_unet", "segresnet")
SEEDS, DRAWS = 3, 6
SHAPE, VOLUMES = (64, 128, 128), 8  # of a phantom, and how many of each area
SMALLEST = {2: 6, 3: 60}  # voxels of a cell that is counted, by axes
STEPS = {2: 1000, 3: 2000}
FEWER = 500  # of the other networks on volumes, each of which takes six to eight times as long
BRIEF = {"steps": 2, "width": 8, "edge": 32}  # settings if quick
HARDER: Mapping[str, Mapping[str, float]] = {
    "noise 10": {"noise": 10.0}, "noise 20": {"noise": 20.0}, "noise 30": {"noise": 30.0},
    "noise 10, rings 10": {"noise": 10.0, "rings": 10.0}, "noise 10, vessels as dark as cells": {"dark": 1.0},
}  # fmt: skip
AREAS = ((0, 1), 2)  # that are learned, and the one that is judged

Scores = dict[str, float]
Pictures = tuple[list[Volume], list[Volume]]  # to learn from, and to judge by


def run(paths: Sequence[str], quick: bool, seed: int, peer: str) -> list[Row]:
    """Three seeds of U-Net, one of the other networks, in fewer steps on volumes (few and small phantoms, if quick)."""
    cases = {"masks, planes, noise 10": {}} if paths else dict(list(HARDER.items())[: 1 if quick else None])
    seeds = range(seed, seed + (1 if quick else SEEDS))
    masks = [_masks(path) for path in paths]
    rows: list[Row] = []
    for number, (case, plan) in enumerate(progress.each(list(cases.items()), "case")):
        every: dict[str, list[Scores]] = {}
        for s in seeds if number < 2 else seeds[:1]:
            told = _painted(masks, s) if masks else _phantoms(plan, s, SHAPE if not quick else (16, 48, 48))
            every.setdefault("random forest", []).append(_forest(told, s))
            for network in NETWORKS if s == seed and number == 0 else NETWORKS[:1]:
                every.setdefault(network, []).append(fitted(told, network, s, quick=quick))
                tell(f"{case}, seed {s}, {network}: {every[network][-1]}")
        rows += [
            row(case, system, metric, [one[metric] for one in scores if metric in one], _unit(metric))
            for system, scores in every.items()
            for metric in scores[0]
        ]
    return rows


def _unit(metric: str) -> str:
    return {"training": "CPU s", "count error": "%"}.get(metric, "")


def _masks(path: str) -> Volume:
    source = io.read(path)
    if not isinstance(source, Volume) or LABEL not in source.labels:
        raise DataError(path, "", f"holds no masks with labels '{LABEL}'; give files of the masks of X-ray slices")
    return source


def _painted(masks: Sequence[Volume], seed: int) -> Pictures:
    learned = [masked.pictures(one, seed * 10 + k, draws=DRAWS) for k, one in enumerate(masks[:-1])]
    return learned, [masked.pictures(masks[-1], seed * 10 + 9)]


def _phantoms(plan: Mapping[str, Any], seed: int, shape: tuple[int, int, int]) -> Pictures:
    def some(area: int) -> list[Volume]:
        each = (Plan(shape=shape, areas=(area,), seed=1000 * seed + 10 * area + k, **plan) for k in range(VOLUMES))
        return [phantom(one, session=f"{area}-{k}").loaded() for k, one in enumerate(each)]

    return [volume for area in AREAS[0] for volume in some(area)], some(AREAS[1])


def fitted(told: Pictures, network: str, seed: int, *, quick: bool = False) -> Scores:
    """Scores of a network, with what its training cost."""
    import torch

    from neurofm.training import train
    from neurofm.training.courses.voxels import SPEC as course
    from neurofm.training.lessons import image_of

    learned, judged = told
    flat = learned[0].spacing[0] > 2
    steps = STEPS[2] if flat else STEPS[3] if network == NETWORKS[0] else FEWER
    settings = {"network": network, "steps": steps} | (BRIEF if quick else {})
    began = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        splits = {volume.session: _all(volume) for volume in learned}
        run = train(MODEL, learned, Path(folder) / "run", seed=seed, settings=settings, splits=splits, device="cpu")
        cost, net, order = time.process_time() - began, course.network(run), run.target.names
    places = np.array([NAMES.index(name) for name in order])
    said = []
    for volume in judged:
        image = torch.as_tensor(image_of(volume).levels[0][:, :, :].astype(np.float32))
        with torch.inference_mode():
            said.append(places[net(image[None, None]).argmax(1)[0].numpy()])
    return judge(judged, said) | {"training": cost}


def _all(volume: Volume) -> Split:
    """All of it is learned from."""
    from neurofm.training.lessons import axis

    none = np.zeros((0, 2))
    return Split(np.array([[0.0, volume.whole.shape[axis(volume)]]]), none, none)


def _forest(told: Pictures, seed: int) -> Scores:
    """Scores of a random forest on the same pictures."""
    from neurofm.training import forest
    from neurofm.training.lessons import Lesson, lesson

    def shown(volume: Volume) -> Lesson:
        flat = volume.spacing[0] > 2
        parts = {"train": _all(volume).train}
        return lesson(volume, LABEL, NAMES, parts, edge=0, ignored=-1, flat=bool(flat))

    began = time.process_time()
    learned = [shown(volume) for volume in told[0]]
    trees = forest.fit([(one, box) for one in learned for box in one.boxes("train", forest.LEARNED)], seed)
    cost, said = time.process_time() - began, []
    for volume in told[1]:
        one, whole = shown(volume), np.zeros(volume.whole.shape, np.int64)
        for box in one.boxes("train", np.inf):
            whole[box] = trees.predict(forest.features(one, box)).reshape(whole[box].shape)
        said.append(whole)
    return judge(told[1], said) | {"training": cost}


def judge(volumes: Sequence[Volume], said: Sequence[NDArray[np.integer]]) -> Scores:
    """Dice of each class, the mean of vessels and cells, and how wrong the count of cells is, in percent."""
    truth = [volume.labels[LABEL].levels[0][:, :, :] for volume in volumes]
    counts = sum(confusion(t.astype(np.int64), s, len(NAMES)) for t, s in zip(truth, said))
    each = overlap(np.asarray(counts), NAMES)
    dice = {f"Dice {name}": each[f"dice_{name}"] for name in NAMES[1:] if f"dice_{name}" in each}
    true, found = (sum(cells(one, flat=v.spacing[0] > 2) for one, v in zip(of, volumes)) for of in (truth, said))
    return {
        "Dice vessel + cell": float(np.mean([dice["Dice vessel"], dice["Dice cell"]])), **dice,
        "accuracy": each["accuracy"], "count error": 100 * abs(found - true) / max(true, 1),
        "cells, true": float(true), "cells, said": float(found),
    }  # fmt: skip


def cells(structure: NDArray[np.integer], *, flat: bool) -> int:
    """How many cells there are: components of voxels of cells, in each plane by itself if it is `flat`."""
    axes = 2 if flat else 3
    planes = structure if flat else [structure]
    sizes = [np.bincount(ndimage.label(plane == CELL, np.ones((3,) * axes))[0].ravel())[1:] for plane in planes]
    return int((np.concatenate(sizes) >= SMALLEST[axes]).sum())


SPEC = BenchSpec(title="What voxels are: cells, vessels and bundles of phantoms", run=run)
