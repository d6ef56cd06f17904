"""From what a user typed to a Config and a Schedule, and from files to what tells whether they are the same."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from neurofm.runs import about
from neurofm.settings import typed
from neurofm.specs import ModelSpec, Schedule
from neurofm.version import VERSION


def settle(spec: ModelSpec, settings: Mapping[str, Any]) -> tuple[Any, Schedule]:
    """Config and Schedule with `settings` in place of defaults; text is turned into the field's type.

    Raises
    ------
    LookupError
        For a setting that does not exist; it lists those that do.
    ValueError
        For a value of the wrong type or out of range.
    """
    given = typed(settings, spec.config, Schedule)
    sizes = {f.name for f in fields(spec.config)}
    config = spec.config(**{name: value for name, value in given.items() if name in sizes})
    return config, replace(spec.schedule, **{name: value for name, value in given.items() if name not in sizes})


def versions() -> dict[str, str]:
    """Of what a run was made with."""
    return {"neurofm": VERSION, "torch": version("torch"), "numpy": version("numpy")}


def fingerprint(source: Any) -> dict[str, Any]:
    """What tells later whether a run's data are still the same: their files, or where none holds them what they are."""
    from neurofm import io

    if io.origin(source) is None:
        return {"session": source.session, **about(source), "paths": [], "size": 0, "sha256": io.digest(source)}
    files = [Path(p) for p in source.paths if Path(p).is_file()]
    return {
        "session": source.session, **about(source), "paths": list(source.paths),
        "size": sum(p.stat().st_size for p in files), "sha256": [_digest(p) for p in files],
    }  # fmt: skip


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
