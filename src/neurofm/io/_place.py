"""Where something is: a file or folder here, or an address somewhere else."""

from __future__ import annotations

import os
from glob import glob, has_magic
from pathlib import Path

from neurofm.errors import DataError


def is_address(path: object) -> bool:
    """Whether it is no file here, but behind an address: "precomputed://https://...", "s3://..."."""
    return isinstance(path, str) and "://" in path


def matching(path: object) -> list[str]:
    """Files and folders that fit a pattern ("*.nwb"), sorted; none of what is no pattern, or is there by this name.

    Raises
    ------
    DataError
        If nothing fits.
    """
    if not isinstance(path, str | os.PathLike) or is_address(path) or not has_magic(os.fspath(path)):
        return []
    place = Path(path).expanduser()
    if place.exists():
        return []
    there = sorted(glob(str(place), recursive=True))
    if not there:
        raise DataError(place, "", "is a pattern that no file fits; check the folder")
    return there


def absolute(path: str | os.PathLike[str]) -> str:
    """A path from the root on, whatever the folder; an address as it is."""
    return str(path) if is_address(path) else os.path.abspath(Path(path).expanduser())
