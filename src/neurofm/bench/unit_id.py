"""Unit identification: seconds of labels and a frozen core decode a population that was never seen.

Six simulated reaching sessions of velocity-tuned units; POYO learns five (seconds 0 to 160), then only vectors for
the units of the sixth, from its first two, five and ten seconds. All scores are R² of velocity on seconds 160 to 200.
Sessions have 40 units that are well tuned, and once, with ten seconds, 70 that fire as two arrays in monkeys' M1 do.

Beside it: the same network from scratch, with as many steps and with as many as the known sessions took, ridge, which
chooses its smoothing and lags, and a small MLP, all from the same seconds; ridge of each known session; and the angle
between a new unit's preferred direction and the one read linearly from its vector by a map fitted on the known units.
The processor time of unit identification, of all threads, includes its scores.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm import progress
from neurofm.baseline import answers, ridge
from neurofm.bench._table import Row, row
from neurofm.data import Recording
from neurofm.data.split import Split
from neurofm.metrics import r2
from neurofm.specs import BenchSpec
from neurofm.synthetic import reaching
from neurofm.words import BESIDE

TEST = np.array([[160.0, 200.0]])
CASES: dict[str, tuple[dict[str, Any], tuple[float, ...]]] = {
    "40 units": ({"units": 40}, (10.0, 5.0, 2.0)),
    "70 units as in arrays": (reaching.ARRAY, (10.0,)),
}  # what sessions are like, and seconds of labels
SIZES = {
    "dim": 32, "depth": 2, "latents": 8, "cross_heads": 2, "self_heads": 4, "head_dim": 32, "attention_dropout": 0.1,
    "inner_dropout": 0.1, "block_dropout": 0.1, "steps": 900, "batch": 16, "lr": 2e-3,
}  # fmt: skip
ADAPT: dict[str, Any] = {"steps": 250, "lr": 2e-2, "average": 0.0}  # as published: no mean of the weights


def split(seconds: float) -> Split:
    """Labels of the first `seconds`, scores on the last forty."""
    return Split(np.array([[0.0, seconds]]), np.zeros((0, 2)), TEST)


def angle_error(vectors: NDArray[np.floating], angles: NDArray[np.floating], known: NDArray[np.bool_]) -> float:
    """Median error (degrees) of the direction read from vectors that are not `known`, by ridge on those that are."""
    from sklearn.linear_model import RidgeCV

    direction = np.stack([np.cos(angles), np.sin(angles)], 1)
    read = RidgeCV(np.logspace(-4, 2, 13)).fit(vectors[known], direction[known]).predict(vectors[~known])
    error = np.angle(np.exp(1j * (np.arctan2(read[:, 1], read[:, 0]) - angles[~known])))
    return float(np.degrees(np.median(np.abs(error))))


def once(seed: int, steps: int, name: str) -> dict[tuple[str, str, str], float]:
    """Every score of one seed with sessions as `CASES` names them, by (case, system, metric)."""
    from neurofm.training import train

    like, labelled = CASES[name]
    sessions = reaching.sessions(6, duration=200.0, seed=seed, **like)
    learned = sessions[:5]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        base = train(
            "poyo", learned, place / "base", seed=seed, device="cpu", settings=SIZES | {"steps": steps},
            splits={r.session: split(160.0) for r in learned},
        )  # fmt: skip
        own = float(np.mean([ridge(r, "velocity", [[0, 160]], TEST) for r in learned]))
        case = f"{name}, known sessions"
        scores = {(case, "POYO", "R2"): base.metrics["r2"], (case, "ridge", "R2"): own}
        for seconds in labelled:
            scores |= {
                (f"{name}, {seconds:g} s of labels", *score): value
                for score, value in _adapt(base, sessions, seconds, place / f"{seconds:g}", seed, steps).items()
            }
        return scores


def _adapt(
    base: Any, sessions: list[Any], seconds: float, place: Path, seed: int, steps: int
) -> dict[tuple[str, str], float]:
    """Scores on the last session from its first `seconds`, and what became of the core and the vectors."""
    from neurofm.training import finetune, train

    new = sessions[-1]
    common: dict[str, Any] = {"seed": seed, "device": "cpu", "splits": {new.session: split(seconds)}}
    untrained = finetune(base, new, place / "0", units_only=True, settings={"steps": 1, "lr": 1e-7}, **common)
    began = time.process_time()
    adapted = finetune(base, new, place / "id", units_only=True, settings=ADAPT, **common)
    took = time.process_time() - began
    scratch = {
        name: train("poyo", new, place / name, settings=SIZES | {"steps": count}, **common).metrics["r2"]
        for name, count in (("scratch", ADAPT["steps"]), ("long", steps))
    }
    vectors = adapted.embed(sessions, of="unit").values
    old, now = base.model.state_dict(), adapted.model.state_dict()
    core = [n for n in old if n not in ("units.weight", "sessions.weight", "scale")]
    angles = np.concatenate([r.units["preferred"] for r in sessions])
    seen = np.arange(len(angles)) < len(angles) - len(new.units)
    identified = "POYO, unit identification"
    return {
        ("POYO, unit vectors untrained", "R2"): untrained.metrics["r2"],
        (identified, "R2"): adapted.metrics["r2"],
        (identified, "processor time"): took,
        ("POYO from scratch", "R2"): scratch["scratch"],
        (f"POYO from scratch, {steps} steps", "R2"): scratch["long"],
        **_others(new, seconds),
        (identified, "largest change of the core"): max(float((old[n] - now[n]).abs().max()) for n in core),
        (identified, "median tuning error"): angle_error(vectors, angles, seen),
        ("shuffled unit vectors", "median tuning error"): _shuffled(vectors, angles, seen, seed),
    }


def _others(new: Recording, seconds: float) -> dict[tuple[str, str], float]:
    """Scores of ridge and of a small network."""
    truth, said = answers(new, "velocity", [[0, seconds]], TEST)
    return {(BESIDE[name], "R2"): float(r2(truth, values).mean()) for name, values in said.items()}


def run(paths: Sequence[str], quick: bool, seed: int, peer: str) -> list[Row]:
    """Mean and sd over three seeds (one, and a third of the steps, if quick)."""
    seeds = range(seed, seed + (1 if quick else 3))
    scores = [
        {k: v for case in CASES for k, v in once(s, 300 if quick else 900, case).items()}
        for s in progress.each(seeds, "seed")
    ]
    of = {"median tuning error": "deg", "processor time": "s"}
    return [row(*name, [f[name] for f in scores], of.get(name[2], "")) for name in scores[0]]


def _shuffled(vectors: NDArray[Any], angles: NDArray[Any], seen: NDArray[np.bool_], seed: int) -> float:
    return angle_error(np.random.default_rng(seed).permutation(vectors), angles, seen)


SPEC = BenchSpec(title="Unit identification from seconds of labels, simulated", run=run)
