"""One training loop for all models; runs, checkpoints and fine-tuning. Torch is loaded by what is first used of it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neurofm.training.fit import finetune, train
    from neurofm.training.run import Run, load

_PLACES = {"Run": "run", "finetune": "fit", "load": "run", "train": "fit"}

__all__ = ["Run", "finetune", "load", "train"]


def __getattr__(name: str) -> Any:
    """Each name loads its module when it is first used."""
    if name not in _PLACES:
        raise AttributeError(f"module 'neurofm.training' has no attribute '{name}'; there are {', '.join(__all__)}")
    return getattr(importlib.import_module(f"neurofm.training.{_PLACES[name]}"), name)
