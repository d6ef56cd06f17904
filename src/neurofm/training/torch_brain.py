"""Runs from checkpoints that the authors of torch_brain's models left, to adapt to recordings of one's own."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from neurofm import registry
from neurofm.errors import DataError
from neurofm.models._torch_brain import read_state
from neurofm.runs import FORMAT
from neurofm.specs import ModelSpec
from neurofm.training import checkpoint
from neurofm.training.run import Run
from neurofm.training.settings import versions


def convert(path: str | Path, out: str | Path, *, window: float = 1.0, step: float = 0.125) -> Run:
    """A run folder from a torch_brain checkpoint, to adapt to recordings of one's own.

    Parameters
    ----------
    path : Lightning checkpoint
    out : folder to make
    window, step : `sequence_length` and `latent_step` it was trained with (s); the file's weights do not tell

    Raises
    ------
    DataError
        If the file is no such checkpoint.
    """
    name, spec, (config, vocab, target, weights) = _adopted(path, window=window, step=step)
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint.write_tensors(folder / checkpoint.WEIGHTS, weights)
    checkpoint.write_json(folder / "vocab.json", vocab)
    header = {
        "format": FORMAT, "model": name, "config": asdict(config), "schedule": asdict(spec.schedule), "seed": 0,
        "target": asdict(target), "data": [], "splits": {}, "base": None, "source": str(path),
        "versions": versions(),
    }  # fmt: skip
    checkpoint.write_json(folder / "config.json", header)
    return Run(folder)


def _adopted(path: str | Path, **sizes: float) -> tuple[str, ModelSpec, Any]:
    """The first model that can take over the weights: its name, its SPEC and what it makes of them."""
    state, problems = read_state(path), []
    for name, spec in registry.specs("neurofm.models").items():
        if spec.adopt is None:
            continue
        try:
            return name, spec, spec.adopt(state, **sizes)
        except (KeyError, RuntimeError, AttributeError, ValueError) as error:
            problems.append(f"does not hold a torch_brain {spec.title} ({error})")
    raise DataError(path, "state_dict", f"{'; '.join(problems)}; name such a file")
