"""A small source of each kind that models learn from, and their networks as a training begins them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from neurofm import registry
from neurofm.data.source import Source
from neurofm.synthetic import bandits, phantoms, quadrupeds, reaching
from neurofm.training import fit
from neurofm.training.run import Run

MODELS = registry.names("neurofm.models")
SOURCES: dict[str, Callable[[], Source]] = {
    "recording": lambda: reaching.sessions(1, units=6, duration=20.0, seed=3)[0],
    "tracks": lambda: quadrupeds.session(12, seed=3, frames=120),
    "volume": lambda: phantoms.phantom(phantoms.Plan(shape=(24, 64, 160), areas=(0, 1), seed=3)).loaded(),
    "choices": lambda: bandits.population(20, trials=40, seed=3),
}
VOCAB: dict[str, Any] = {  # names as all courses tell them, of as little as there can be
    "units": ["a/0", "a/1"], "sessions": ["a"], "sizes": [2],
    "features": ["x", "y"], "actions": ["x"], "rate": 30.0, "outcomes": ["reward"],
    "classes": ["nothing", "cell"], "besides": "nothing", "planar": False, "strides": [[2, 2, 2]],
}  # fmt: skip


def source(model: str) -> Any:
    """What a model can learn from."""
    return SOURCES[registry.get("neurofm.models", model).takes.kind]()


def of_kind(kind: str) -> list[str]:
    """Models that learn from a kind of source."""
    return [name for name in MODELS if registry.get("neurofm.models", name).takes.kind == kind]


def begin(model: str, data: Any, folder: Path, seed: int = 0) -> tuple[Run, Any]:
    """The run of a model with its usual sizes and small batches, and its network, which has learned nothing yet."""
    plan, schedule = fit._plan(registry.get("neurofm.models", model), [data], {"batch": 4}, seed, {}, {})
    run = fit._begin(folder, plan, schedule, model, seed, "cpu")
    net = fit._network(run, [data])
    run.course.finish(run, net, [data])
    return run, net
