"""Which programs have a file open, so that a user knows what to close."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def users(path: Path) -> list[str]:
    """Programs that have a file open, as far as this user may see them: "MATLAB (process 812)"; this one first."""
    import psutil

    told: list[str] = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if any(_same(path, one.path) for one in process.open_files()):
                if process.pid == os.getpid():
                    told.insert(0, "this program itself")
                else:
                    told.append(f"{process.name()} (process {process.pid})")
    return told


def _same(path: Path, other: str) -> bool:
    return Path(other).name == path.name and os.path.samefile(path, other)
