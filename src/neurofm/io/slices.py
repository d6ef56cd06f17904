"""A folder of slices: pictures of one size, one a plane, in the order of the numbers in their names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.data.volume import UNSCALED, Volume
from neurofm.errors import DataError
from neurofm.io._images import LABELS, name_of, pyramid, stacked
from neurofm.io._rows import left_out
from neurofm.io._voxels import Planes
from neurofm.specs import ReaderSpec

SUFFIXES = (".tif", ".tiff", ".png", ".jpg", ".jpeg", ".bmp")
FEWEST = 2  # pictures of one kind


def accepts(path: Path) -> bool:
    """Whether most of its files are pictures of one kind with numbers in their names, the first and last as large."""
    files = [file for file in path.iterdir() if file.is_file() and not file.name.startswith(".")]
    pictures = [file for file in files if file.suffix.lower() in SUFFIXES]
    if len(pictures) < FEWEST or 2 * len(pictures) <= len(files):
        return False
    chosen, _ = _files(path)
    numbers = [_number(file) for file in chosen]
    return (
        len(chosen) >= FEWEST
        and None not in numbers
        and len(set(map(_natural, chosen))) == len(chosen)
        and (len(set(numbers)) > 1 and _size(chosen[0]) == _size(chosen[-1]))
    )


def read(path: Path) -> Volume:
    """The pictures as planes; voxels have no size until it is given."""
    files, others = _files(path)
    first, notes = stacked(_picture(files[0]), files[0].name)
    if first is None or len(first) != 1:
        raise DataError(files[0], "", "is no single plane; open such stacks one by one")
    planes = Planes((len(files), *first.shape[1:]), first.dtype, _Plane(path, files))
    numbers = [int(n) for file in files if (n := _number(file)) is not None]
    lost = numbers[-1] - numbers[0] + 1 - len(numbers) if len(numbers) == len(files) else 0
    if 0 < lost < len(files):
        notes += (f"{lost:,} numbers between {numbers[0]} and {numbers[-1]} are missing; planes close up there",)
    taken = f"{len(files):,} pictures, {files[0].name} to {files[-1].name}, are its planes, by their numbers"
    notes = (*notes, taken, *left_out(others))
    labels = first.dtype.kind in "iub" and bool(LABELS.search(path.name))
    whole = pyramid(str(path), planes, None, path.name if labels else "")
    return Volume(
        session=name_of(path), image=None if labels else whole, labels={path.name: whole} if labels else {},
        unit=UNSCALED, paths=(str(path),), notes=notes,
    )  # fmt: skip


class _Plane:
    """Reads one picture, which must be as large as the first."""

    def __init__(self, folder: Path, files: Sequence[Path]) -> None:
        self.folder, self.files = folder, files

    def __call__(self, z: int) -> NDArray[Any]:
        plane, _ = stacked(_picture(self.files[z]), "")
        if plane is None:
            raise DataError(self.files[z], "", "is no picture of one plane; take it out of the folder")
        return plane[0]


def _files(path: Path) -> tuple[list[Path], list[str]]:
    """Those of the commonest suffix in the order of their numbers, and the names of the others."""
    files = [file for file in path.iterdir() if file.is_file() and not file.name.startswith(".")]
    suffix = Counter(f.suffix.lower() for f in files if f.suffix.lower() in SUFFIXES).most_common(1)[0][0]
    chosen = sorted((f for f in files if f.suffix.lower() == suffix), key=_natural)
    return chosen, [file.name for file in files if file not in chosen]


def _picture(path: Path) -> NDArray[Any]:
    try:
        if path.suffix.lower().startswith(".tif"):
            import tifffile

            return np.asarray(tifffile.imread(path))
        import imageio.v3

        return np.asarray(imageio.v3.imread(path))
    except Exception as error:
        raise DataError(path, "", f"cannot be read as a picture ({error}); is it damaged?") from error


def _size(path: Path) -> tuple[int, ...] | None:
    """Of a picture, as far as its head says; None where it cannot be read."""
    try:
        import imageio.v3

        return tuple(imageio.v3.improps(path).shape)
    except Exception:
        return None


def _natural(path: Path) -> tuple[Any, ...]:
    return tuple(int(part) if part.isdigit() else part.lower() for part in re.split(r"(\d+)", path.stem))


def _number(path: Path) -> int | None:
    found = re.findall(r"\d+", path.stem)
    return int(found[-1]) if found else None


SPEC = ReaderSpec(
    title="folder of slices", patterns=("slices",), accepts=accepts, read=read, folder=True, kind="volume"
)
