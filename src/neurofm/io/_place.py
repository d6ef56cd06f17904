"""Where something is: a file or folder here, or an address somewhere else."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
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


def parts(text: str) -> list[str]:
    """Paths with a + between; one that is in the name of a file or folder stays in it."""
    pieces = [] if is_address(text) or "+" not in text else text.split("+")
    known = _cut(pieces, _there, longest=True)
    return known or (all(pieces) and _cut(pieces, _may_be, longest=False)) or pieces or [text]


def _cut(pieces: Sequence[str], fits: Callable[[str], bool], *, longest: bool) -> list[str]:
    """Pieces put together again so that each fits; none if that cannot be."""
    counts = range(len(pieces), 0, -1) if longest else range(1, len(pieces) + 1)
    for count in counts:
        first, rest = "+".join(pieces[:count]), pieces[count:]
        if fits(first) and (cut := _cut(rest, fits, longest=longest) if rest else [""]):
            return [first, *filter(None, cut)]
    return []


def _there(path: str) -> bool:
    return bool(path.strip()) and Path(path.strip()).expanduser().exists()


def _may_be(path: str) -> bool:
    return bool(path.strip()) and Path(path.strip()).expanduser().parent.is_dir()


def absolute(path: str | os.PathLike[str]) -> str:
    """A path from the root on, whatever the folder; an address as it is."""
    return str(path) if is_address(path) else os.path.abspath(Path(path).expanduser())
