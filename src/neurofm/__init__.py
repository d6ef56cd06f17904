"""NeuroFM: recordings of brains and bodies become latent spaces that lead back to where they came from."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from neurofm.app.session import Session
    from neurofm.data import Embedding, Prediction, Recording, Series, Spikes
    from neurofm.io import read
    from neurofm.training import Run, finetune, load, train

_PLACES = {
    "Embedding": "data",
    "Prediction": "data",
    "Recording": "data",
    "Run": "training",
    "Series": "data",
    "Session": "app.session",
    "Spikes": "data",
    "finetune": "training",
    "load": "training",
    "read": "io",
    "train": "training",
}

__all__ = [
    "Embedding", "Prediction", "Recording", "Run", "Series", "Session", "Spikes",
    "finetune", "load", "read", "train",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Each name loads its module when it is first used, so that `import neurofm` is instant."""
    if name not in _PLACES:
        raise AttributeError(f"module 'neurofm' has no attribute '{name}'; there are {', '.join(__all__)}")
    return getattr(importlib.import_module(f"neurofm.{_PLACES[name]}"), name)
