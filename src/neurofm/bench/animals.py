"""Whether MtM that has learned from more animals adapts better to unseen ones, simulated.

Twelve animals, each with other units; models learn from one, four or ten of them and adapt, in equally many steps, to
the last two, of which few trials are known. A model from scratch takes the same steps on the same trials.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from neurofm import progress
from neurofm.bench._table import Row, row
from neurofm.data import Recording
from neurofm.data.split import Split
from neurofm.specs import BenchSpec
from neurofm.synthetic import regions

SIZES: dict[str, Any] = {"dim": 128, "depth": 3, "heads": 4, "stitch": 128, "batch": 16, "bins": 100}
KNOWN, UNSEEN = (1, 4, 10), 2  # animals
STEPS, ADAPT = 900, 150
TRIALS, FEW = 150, 40  # of an animal to learn from, and of an unseen one


def run(paths: Sequence[str], quick: bool, seed: int, peer: str) -> list[Row]:
    """Bits per spike on held-out trials of the unseen animals, over three seeds (one small one, if quick)."""
    steps, adapt = (30, 10) if quick else (STEPS, ADAPT)
    counts = KNOWN[:2] if quick else KNOWN
    scores = [
        _once(k, steps, adapt, counts, quick=quick)
        for k in progress.each(range(seed, seed + (1 if quick else 3)), "seed")
    ]
    case = f"{FEW} trials of an unseen animal, {adapt} steps"
    rows = [row(case, name, "co-smoothing", np.mean([s[name] for s in scores], 1), "bits/spike") for name in scores[0]]
    most = f"pretrained on {counts[-1]}"
    gain = np.concatenate([np.subtract(s[most], s["from scratch"]) for s in scores])
    return [*rows, row("paired over animals and seeds", f"{most} - from scratch", "co-smoothing", gain, "bits/spike")]


def _once(seed: int, steps: int, adapt: int, counts: Sequence[int], *, quick: bool) -> dict[str, list[float]]:
    """Scores of the unseen animals, by what the model had learned from."""
    from neurofm.training import finetune, train

    count = max(counts)
    how = {"trials": 40, "units": 5} if quick else {"trials": 240, "units": 30}
    animals = regions.sessions(count + UNSEEN, seed=seed, **how)
    scores: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        few = {r.session: _split(r, FEW // (4 if quick else 1)) for r in animals[count:]}
        common: dict[str, Any] = {"seed": seed, "device": "cpu"}
        sizes = SIZES | {"lr": 1e-3, "steps": adapt}
        scores["from scratch"] = [
            _score(train("mtm", r, folder / f"scratch {r.session}", settings=sizes, splits=few, **common), r)
            for r in animals[count:]
        ]
        for n in counts:
            splits = {r.session: _split(r, TRIALS) for r in animals[:n]}
            options = SIZES | {"lr": 1e-3, "steps": steps}
            base = train("mtm", animals[:n], folder / f"base {n}", settings=options, splits=splits, **common)
            how_long = {"steps": adapt, "lr": 1e-3, "freeze": 0.2}
            scores[f"pretrained on {n}"] = [
                _score(finetune(base, r, folder / f"{n} {r.session}", settings=how_long, splits=few, **common), r)
                for r in animals[count:]
            ]
    return scores


def _score(trained: Any, recording: Recording) -> float:
    """Co-smoothing of every unit on the held-out trials."""
    from neurofm.training import trials

    cut = trials.all_trials(trained, recording)
    held = cut.take(trials.held_out(trained, cut))
    return float(np.nanmean(trained.model.bits(held.take(slice(40)))["co_smoothing"]))


def _split(recording: Recording, train: int) -> Split:
    """The first trials to learn from, a few to choose, the last sixth held out."""
    trials = recording.intervals["trials"][["start", "stop"]].to_numpy()
    train = min(train, len(trials) // 2)
    return Split(trials[:train], trials[train : train + 5], trials[-len(trials) // 6 :])


SPEC = BenchSpec(title="Animals MtM has learned from, and what an unseen one gains, simulated", run=run)
