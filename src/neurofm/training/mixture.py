"""What a run that chose how to adapt says: its network's answers, with a share of ridge regression's."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from neurofm.baseline import Ridge
from neurofm.data import Recording
from neurofm.runs import RunFolder, read_json
from neurofm.training import checkpoint

CHOICE, RIDGE = "choice.json", "ridge.safetensors"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What folds inside the labels of a session chose.

    Parameters
    ----------
    session : its name
    core : share of what was learned beside the vectors of units and session, 0 to 1: the core's weights lie so far
        between those before and after
    ridge : share of ridge regression in the answers, 0 to 1
    """

    session: str
    core: float = 0.0
    ridge: float = 0.0


def read_choice(run: RunFolder) -> Choice | None:
    """What a run chose; None for one that had no choice, or has not made it yet."""
    path = run.path / CHOICE
    return Choice(**read_json(path)) if path.exists() else None


def keep(run: RunFolder, choice: Choice, linear: Ridge) -> None:
    """Write down what was chosen, and the ridge regression that goes with it."""
    tensors = {name: torch.as_tensor(np.asarray(value, float)) for name, value in vars(linear).items()}
    checkpoint.write_tensors(run.path / RIDGE, tensors)
    checkpoint.write_json(run.path / CHOICE, asdict(choice))


def mixed(
    run: RunFolder, recording: Recording, times: NDArray[np.float64], values: NDArray[np.float64], *, classes: bool
) -> NDArray[np.float64]:
    """A network's answers (time, feature), with the share of ridge that the run chose for this session."""
    choice = read_choice(run)
    if choice is None or not choice.ridge or choice.session != recording.session:
        return values
    return blend(values, linear_of(run.path)(recording, times), choice.ridge, classes=classes)


def blend(
    values: NDArray[np.float64], linear: NDArray[np.float64], share: float, *, classes: bool
) -> NDArray[np.float64]:
    """Answers of both, `share` of them ridge's; those about classes stay probabilities."""
    if classes:
        linear = linear.clip(1e-6)
        linear = linear / linear.sum(1, keepdims=True)
    return (1 - share) * values + share * linear


@lru_cache(maxsize=8)
def linear_of(folder: Path) -> Ridge:
    """The ridge regression in the folder of a run."""
    stored = {name: value.numpy() for name, value in checkpoint.read_tensors(folder / RIDGE).items()}
    lags = tuple(stored.pop("lags").tolist())
    return Ridge(sigma=float(stored.pop("sigma")), lags=lags, **stored)
