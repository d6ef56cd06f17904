"""Two recordings whose units have trials of three targets, and matches of them made by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd

from neurofm.app.session import Session
from neurofm.data import Recording, Spikes
from neurofm.data.matches import Matches

TARGETS, TRIALS, LENGTH = 3, 30, 1.0


def recording(name: str, order: list[int], seed: int = 0) -> Recording:
    """Units that fire 40 Hz in the trials of the target that `order` says, 2 Hz else; the last fires alike in all."""
    rng = np.random.default_rng(seed)
    target = np.arange(TRIALS) % TARGETS
    times, unit = [], []
    for trial, wanted in enumerate(target):
        for k, liked in enumerate([*order, -1]):
            count = rng.poisson(15 if liked < 0 else 40 if liked == wanted else 2)
            times.append(trial * LENGTH + rng.random(count) * LENGTH)
            unit.append(np.full(count, k))
    at, who = np.concatenate(times), np.concatenate(unit)
    first = np.argsort(at, kind="stable")
    trials = pd.DataFrame({"start": np.arange(TRIALS) * LENGTH, "stop": (np.arange(TRIALS) + 1) * LENGTH})
    names = [f"unit {k}" for k in range(len(order) + 1)]
    return Recording(
        session=name, spikes=Spikes(at[first], who[first].astype(np.int32)),
        units=pd.DataFrame({"label": names, "depth": np.arange(len(names)) * 20.0}),
        intervals={"trials": trials.assign(target=target)}, domain=np.array([[0.0, TRIALS * LENGTH]]),
    )  # fmt: skip


def pair() -> tuple[Recording, Recording]:
    """Ada's units like targets 0, 1, 2, and bo's 2, 0, 1."""
    return recording("ada", [0, 1, 2], 0), recording("bo", [2, 0, 1], 1)


def matches(**more: object) -> Matches:
    """Units of equal targets are matched, surely but for the last, of all targets, of which nobody can be sure."""
    a, b = pair()
    tuned = np.array([[float(k == t) for t in range(TARGETS)] for k in (0, 1, 2, 9, 2, 0, 1, 9)], np.float32)
    distance = np.linalg.norm(tuned[:4, None] - tuned[None, 4:], axis=2)
    pairs = pd.DataFrame(
        {"a": [0, 1, 2, 3], "b": [5, 6, 4, 7], "distance": 0.0, "rank": 1, "margin": 1.0, "q": [0.01, 0.02, 0.03, 0.6],
         "given": False}
    )  # fmt: skip
    labels = [f"{one.session}/{label}" for one in (a, b) for label in one.units["label"]]
    given = {
        "session": "ada, bo", "space": "unit", "pairs": pairs, "distances": {(0, 1): distance}, "profiles": tuned,
        "animals": pd.DataFrame({"label": ["ada", "bo"], "found": [1.0, 0.75], "chance": [0.25, 0.25]}),
        "units": pd.DataFrame({"label": labels, "group": ""}), "animal": [0] * 4 + [1] * 4, "by": "rates",
        "method": "nearest", "features": tuple(f"target {k}" for k in range(TARGETS)),
        "conditions": {f"target {k}": 1 for k in range(TARGETS)}, "options": {"conditions": "target", "bin": LENGTH},
    }  # fmt: skip
    return Matches(**given | more)  # type: ignore[arg-type]


def session(**more: object) -> Session:
    """Both recordings and their matches."""
    return Session([*pair(), matches(**more)])
