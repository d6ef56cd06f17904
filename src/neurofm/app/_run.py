"""A run as fronts need it: what it is and how well it does, without loading torch."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

from neurofm.errors import RunError


class RunCard:
    """Stands for a `neurofm.training.Run`, which is loaded only when it is asked to compute.

    Raises
    ------
    RunError
        If the folder is no run.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.config: dict[str, Any] = _read(self.path, "config.json")
        self.metrics: dict[str, Any] = _read(self.path, "metrics.json")

    @property
    def name(self) -> str:
        """What the run is called: its folder."""
        return self.path.name

    @cached_property
    def run(self) -> Any:
        """The run itself."""
        from neurofm.training import load

        return load(self.path)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.run, name)


def learned(run: Any) -> list[str]:
    """Recordings that a run, or the one it was adapted from, has learned from."""
    try:
        found: list[str] = json.loads((Path(run.path) / "vocab.json").read_text("utf8"))["sessions"]
    except (OSError, ValueError, KeyError):
        return list(run.config.get("splits", {}))
    return found


def _read(folder: Path, name: str) -> dict[str, Any]:
    try:
        found = json.loads((folder / name).read_text("utf8"))
    except (OSError, ValueError) as error:
        raise RunError(folder, name, f"cannot be read ({error}); resume the training, or train again") from error
    if not isinstance(found, dict):
        raise RunError(folder, name, "is not that of a run; name the folder that a training made")
    return found
