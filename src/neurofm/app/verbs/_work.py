"""What tasks share: how they tell how far they are, read their data and say what they made. Runs in a worker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

Paths = str | Sequence[str]  # of a source: a file, or those that together are one
Plain = dict[str, Any]  # what `result.json` holds


class Step(Protocol):
    """Tells how far a job is; raises `errors.Stopped` once the user asked to stop, and blocks while paused."""

    def __call__(
        self,
        fraction: float,
        text: str,
        preview: str | Path | None = None,
        metrics: Mapping[str, float] | None = None,
    ) -> None: ...


def read(data: Sequence[Paths]) -> list[Any]:
    """Sources, one for each path or list of paths."""
    from neurofm import io

    return [io.read(paths if isinstance(paths, str) else list(paths)) for paths in data]


def trained(run: Any) -> Plain:
    """A run, and how good it is in the mean of its sessions."""
    return {"run": str(run.path), "metrics": {k: v for k, v in run.metrics.items() if k != "sessions"}}
