"""Files of a run folder, each replaced in one go, so that a kill at any moment leaves the last whole one."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from neurofm.errors import RunError
from neurofm.process import move
from neurofm.training.network import Weights

WEIGHTS, TENSORS, STATE = "weights.safetensors", "checkpoint.safetensors", "checkpoint.json"


def write_text(path: Path, text: str) -> None:
    """Replace a text file in one go."""
    half = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        half.write_text(text, encoding="utf-8")
        move(half, path)
    finally:
        half.unlink(missing_ok=True)


def write_json(path: Path, value: Any) -> None:
    """Replace a JSON file in one go."""
    write_text(path, json.dumps(value, indent=1, allow_nan=False) + "\n")


def write_tensors(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Replace a safetensors file in one go."""
    half = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        save_file({name: t.detach().cpu().contiguous().clone() for name, t in tensors.items()}, half)
        move(half, path)
    except SafetensorError as error:
        raise OSError(f"{path} could not be written ({error})") from error
    finally:
        half.unlink(missing_ok=True)


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Read a safetensors file of a run, or say what is wrong with it."""
    try:
        return load_file(path)
    except (FileNotFoundError, NotADirectoryError):
        raise RunError(path.parent, path.name, "is missing; resume the run to make it") from None
    except (OSError, SafetensorError) as error:
        raise RunError(path.parent, path.name, f"cannot be read ({error}); resume or train again") from error


def save(
    folder: Path, model: Weights, optimizer: torch.optim.Optimizer, average: Mapping[str, Tensor], step: int
) -> None:
    """Store what an exact resume needs; dropout and sampling are functions of seed and step and need nothing."""
    tensors = {f"model.{name}": value for name, value in model.state_dict().items()}
    tensors |= {f"average.{name}": value for name, value in average.items()}
    for index, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{name}": torch.as_tensor(value) for name, value in state.items()}
    tensors["step"] = torch.tensor(step)  # so that the two files cannot disagree
    write_tensors(folder / TENSORS, tensors)
    write_json(folder / STATE, {"step": step, "torch": torch.__version__})


def restore(folder: Path, model: Weights, optimizer: torch.optim.Optimizer) -> tuple[int, dict[str, Tensor]]:
    """Put back what `save` stored; the step to go on from and the running mean of the weights."""
    tensors = read_tensors(folder / TENSORS)
    step = int(tensors.pop("step"))
    of: dict[str, dict[str, Tensor]] = {"model": {}, "average": {}, "optimizer": {}}
    for name, value in tensors.items():
        owner, rest = name.split(".", 1)
        of[owner][rest] = value
    load_weights(folder, model, of["model"])
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in of["optimizer"].items():
        index, key = name.split(".", 1)
        state.setdefault(int(index), {})[key] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    return step, of["average"]


def load_weights(folder: Path, model: Weights, weights: Mapping[str, Tensor]) -> None:
    """Load weights, all of them and nothing else."""
    try:
        model.load_state_dict(dict(weights))
    except RuntimeError as error:
        problem = "does not fit config.json; both must come from one run"
        raise RunError(folder, WEIGHTS, problem) from error
