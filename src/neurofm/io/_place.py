"""Where something is: a file or folder here, or an address somewhere else."""

from __future__ import annotations

import os
from pathlib import Path


def is_address(path: object) -> bool:
    """Whether it is no file here, but behind an address: "precomputed://https://...", "s3://..."."""
    return isinstance(path, str) and "://" in path


def absolute(path: str | os.PathLike[str]) -> str:
    """A path from the root on, whatever the folder; an address as it is."""
    return str(path) if is_address(path) else os.path.abspath(Path(path).expanduser())
