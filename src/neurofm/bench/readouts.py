"""What encoders of patches know of areas and of what these are made of, on phantoms of four areas.

Each encoder is frozen and read out linearly: areas by logistic regression and weighted F1, numbers of `readouts` by
ridge regression and R², on blocks that nothing was fitted to. Beside one encoder for all read-outs stands one that was
trained for each number alone, and what needs no training.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm import progress
from neurofm.bench._table import Row, row, tell
from neurofm.data import patches
from neurofm.data.volume import Volume
from neurofm.specs import BenchSpec

MODELS = {"region_net": {"steps": 600}, "byol": {"steps": 100}, "myow": {"steps": 100}}
OWN_STEPS, OWN_BATCH = 600, 64  # of an encoder for one number alone
SHAPE, QUICK = (1, 2048, 3072), (1, 768, 1024)
OWN = "an encoder for each"

Scores = dict[tuple[str, str], float]


def run(paths: Sequence[str], quick: bool, seed: int, peer: str) -> list[Row]:
    """Three phantoms (one, small, if quick)."""
    seeds = range(seed, seed + (1 if quick else 3))
    each = [_scores(s, quick=quick) for s in progress.each(seeds, "phantom")]
    return [row("phantom of four areas", *name, [one[name] for one in each if name in one]) for name in each[0]]


def _scores(seed: int, *, quick: bool) -> Scores:
    from neurofm.analysis import patch_probes
    from neurofm.synthetic.phantoms import Plan, phantom
    from neurofm.training import train

    volume = phantom(Plan(shape=QUICK if quick else SHAPE, seed=seed)).loaded()
    scores: Scores = {}
    trained: Any = None
    for model, settings in MODELS.items():
        asked = {"steps": 2} if quick else settings
        with tempfile.TemporaryDirectory() as folder:
            trained = train(model, volume, Path(folder) / "run", seed=seed, settings=asked, device="cpu")
            told = patch_probes.table(trained, volume, seed=seed)
        if "accuracy" in trained.metrics:
            scores[model, "accuracy of area"] = float(trained.metrics["accuracy"])
        for line in told.to_dict("records"):
            name = model if line["features"] == "network" else str(line["features"])
            name = f"{model}, random weights" if name == "random weights" else name
            scores[name, f"{line['score']} of {line['label']}"] = float(line["value"])
        tell(f"seed {seed}, {model}: {scores}")
    return scores | _alone(trained, volume, seed, 2 if quick else OWN_STEPS)


def _alone(trained: Any, volume: Volume, seed: int, steps: int) -> Scores:
    """R² of each number by an encoder that learned it from the same blocks, and nothing else."""
    from neurofm.analysis import patch_probes
    from neurofm.analysis.readouts import readouts

    rows, corners = patch_probes.look(trained, volume, seed=seed)
    edge = trained.config["config"]["edge"]
    images = np.concatenate([picture for _, picture in patches.look(volume, corners, edge)])
    scores: Scores = {}
    for name, values in readouts(volume, corners, edge).items():
        if values.dtype.kind == "f":
            known = np.isfinite(values)
            learned, judged = known & rows.learned, known & rows.judged
            said = _regressed(images[learned], values[learned], images[judged], seed, steps)
            apart = values[judged] - values[judged].mean()
            scores[OWN, f"R2 of {name}"] = float(1 - ((values[judged] - said) ** 2).sum() / (apart**2).sum())
    return scores


def _regressed(
    images: NDArray[Any], values: NDArray[np.float64], judged: NDArray[Any], seed: int, steps: int
) -> NDArray[np.float64]:
    """(patch,) what the plain reader of patches says of others after it learned numbers (patch,) of some."""
    import torch
    from torch import nn

    from neurofm.data.patches import changed
    from neurofm.nn.pictures import Plain

    torch.manual_seed(seed)
    grey, spread, mean, sd = float(images.mean()), float(images.std()), values.mean(), values.std() or 1.0
    reader = Plain(16)
    net = nn.Sequential(reader, nn.Dropout(0.2), nn.Linear(reader.dim, 1))
    optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps)
    for step in range(steps):
        rng = np.random.default_rng([seed, step])
        chosen = rng.choice(len(images), OWN_BATCH)
        seen = torch.as_tensor((changed(images[chosen], images.shape[1], rng) - grey) / spread)[:, None]
        wanted = torch.as_tensor((values[chosen] - mean) / sd, dtype=torch.float32)
        loss = (net(seen)[:, 0] - wanted).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    net.eval()
    with torch.inference_mode():
        every = torch.as_tensor((judged.astype(np.float32) - grey) / spread)[:, None]
        parts = [net(some)[:, 0] for some in every.split(256)]
    return np.concatenate([part.numpy() for part in parts]).astype(float) * sd + mean


SPEC = BenchSpec(title="Read-outs of phantoms from patches", run=run)
