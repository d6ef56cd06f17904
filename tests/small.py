"""A small source of each kind that models learn from, and their networks as a training begins them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter

from neurofm import registry
from neurofm.data.source import Source
from neurofm.data.volume import Held, Pyramid, Volume
from neurofm.synthetic import bandits, graphs, phantoms, quadrupeds, reaching
from neurofm.training import fit
from neurofm.training.run import Run

MODELS = registry.names("neurofm.models")
SOURCES: dict[str, Callable[[], Source]] = {  # by course
    "windows": lambda: reaching.sessions(1, units=6, duration=20.0, seed=3)[0],
    "trials": lambda: reaching.sessions(1, units=6, duration=20.0, seed=3)[0],
    "frames": lambda: quadrupeds.session(12, seed=3, frames=120),
    "voxels": lambda: phantoms.phantom(phantoms.Plan(shape=(24, 64, 160), areas=(0, 1), seed=3)).loaded(),
    "choices": lambda: bandits.population(20, trials=40, seed=3),
    "patches": lambda: squares_of_two(512),
    "nodes": lambda: graphs.community(3, ranges=graphs.Ranges(nodes=(80, 80), features=(8, 8))),
}


def squares_of_two(wide: int) -> Volume:
    """A plane of fine noise on the left of each block and coarse noise on its right, with these as labels."""
    rng = np.random.default_rng(3)
    fine = rng.normal(size=(wide, wide))
    image = np.where(np.arange(wide) % 256 < 128, fine, 3 * gaussian_filter(fine, 2))
    areas = np.broadcast_to(np.where(np.arange(wide) % 256 < 128, 1, 2), (wide, wide)).astype(np.uint8)
    grey, region = (Pyramid((Held(x),), np.ones(3)) for x in ((40 * image + 128).clip(0, 255).astype(np.uint8), areas))
    names = {"region": {1: "fine", 2: "coarse"}}
    return Volume(session="two", image=grey, labels={"region": region}, names=names)


VOCAB: dict[str, Any] = {  # names as all courses tell them, of as little as there can be
    "units": ["a/0", "a/1"], "sessions": ["a"], "sizes": [2],
    "features": ["x", "y"], "actions": ["x"], "rate": 30.0, "outcomes": ["reward"], "areas": [["a"], ["b"]],
    "kinds": [{"features": ["x"], "width": 1, "target": "x", "classes": ["x"], "rows": False, "mean": [0], "sd": [1]}],
    "of": [0], "classes": ["nothing", "cell"], "besides": "nothing", "planar": False, "strides": [[2, 2, 2]],
}  # fmt: skip


def source(model: str) -> Any:
    """What a model can learn from."""
    return SOURCES[registry.get("neurofm.models", model).course]()


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
