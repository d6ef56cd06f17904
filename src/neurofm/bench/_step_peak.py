"""Memory of one training step: ``python -m neurofm.bench._step_peak MODEL TIMES SEED`` prints one JSON object."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import numpy as np
import torch

from neurofm.batch import Batch, collate
from neurofm.bench._peak import LOOK, Peak
from neurofm.models import mtm, poyo

COUNT = 16  # windows or trials
SPIKES, BINS, UNITS = 2000, 100, 100  # of one, once


def poyo_step(times: int, rng: np.random.Generator) -> tuple[Any, Batch, int]:
    """The paper's single-session network, windows with so many times 2000 spikes, and all their spikes."""
    net = poyo.Poyo(poyo.PAPER["single"], [f"u{k}" for k in range(UNITS)], ["s"], 2)
    many = times * SPIKES
    windows: list[dict[str, Any]] = [{
        "unit": rng.integers(1, UNITS + 1, many), "time": np.sort(rng.uniform(0, 1, many)),
        "kind": np.zeros(many, int), "session": np.int64(1), "query": np.linspace(0, 1, 100),
        "target": rng.normal(size=(100, 2)).astype(np.float32), "weight": np.ones(100, np.float32),
    } for _ in range(COUNT)]  # fmt: skip
    return net, collate(windows), many * COUNT


def mtm_step(times: int, rng: np.random.Generator) -> tuple[Any, Batch, int]:
    """Our default sizes, trials with so many times 100 bins, and all their bins."""
    bins = times * BINS
    net = mtm.Mtm(mtm.Config(bins=bins), ["s"], [UNITS])
    hidden = torch.as_tensor(rng.random((COUNT, 1, UNITS)) < 0.3).expand(COUNT, bins, UNITS)
    given = {
        "counts": torch.as_tensor(rng.poisson(0.2, (COUNT, bins, UNITS))).float(), "hidden": hidden, "asked": hidden,
        "seen": torch.ones(COUNT, bins, dtype=torch.bool), "prompt": torch.zeros(COUNT, dtype=torch.int64),
        "session": torch.tensor(0), "bins": torch.tensor(float(COUNT * bins)), "mean": torch.tensor(0.2),
    }  # fmt: skip
    return net, Batch(given, {}), COUNT * bins


def main(model: str, times: str, seed: str) -> None:
    """Measure and print."""
    torch.manual_seed(int(seed))
    net, batch, tokens = {"poyo": poyo_step, "mtm": mtm_step}[model](int(times), np.random.default_rng(int(seed)))
    with Peak() as rest:
        time.sleep(4 * LOOK)
    with Peak() as peak:
        net.loss(net(batch), batch).backward()
    sys.stdout.write(json.dumps({"mb": peak.most - rest.most, "tokens": tokens}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
