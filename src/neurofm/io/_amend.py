"""Points that were corrected go into the file they came from: nothing else in it changes, and what it was is kept."""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.data.placed import SURE, Placed, between
from neurofm.data.tracks import Tracks
from neurofm.errors import DataError
from neurofm.io import _readers
from neurofm.process import move

LIKELIHOOD = "likelihood"  # beside the axes, the number of a point that says how sure it is
AXES = ("x", "y", "z")

Cells = dict[tuple[int, int], float]  # row and column of a table


def overwrite(after: Tracks, path: str | Path, *, reader: str = "", corrected: Collection[tuple[int, ...]]) -> Path:
    """Put corrected points into their file; gives what keeps the file as it was: `rat.csv~1` beside `rat.csv`.

    Parameters
    ----------
    corrected : frame, individual and key point of each point that was corrected

    Raises
    ------
    DataError
        If the file cannot hold them so that it reads back equal, or others changed it meanwhile; it stays as it was.
    """
    file = Path(path).resolve()
    spec = _readers.spec(reader or _readers.choose(file))
    before = spec.read(file)
    placed = _placed(file, before, after, corrected)
    if spec.amend is None:
        raise refused(file, f"{spec.title} is only read here")
    if not os.access(file, os.W_OK):
        raise refused(file, "it is protected from being written to")
    with _draft(file) as draft:
        try:
            spec.amend(draft, before, placed)
        except (OSError, LookupError, ValueError, TypeError) as error:
            raise refused(file, f"it cannot be written as {spec.title} ({error})") from error
        _check(file, spec.read(draft), before, placed)
        return _replaced(file, draft)


def refused(path: Path, why: str) -> DataError:
    """Says why points cannot go into a file, and where else they can."""
    suffixes = " or ".join(_readers.written(Tracks.kind))
    remedy = f"it stays as it was: export the tracks ({suffixes})"
    return DataError(path, "", f"cannot take corrected points: {why}; {remedy}")


def cells(
    path: Path, before: Tracks, placed: Iterable[Placed], where: Callable[[Placed, str], tuple[int, int] | None]
) -> Cells:
    """What stands in which cell of a table.

    Parameters
    ----------
    where : (point, "x") -> its cell; None where there is none
    """
    written: Cells = {}
    for one in placed:
        for what, value in numbers(before, one).items():
            cell = where(one, what)
            if cell is not None:
                written[cell] = value
            elif what != LIKELIHOOD:
                point = f"{before.individuals[one.individual]} {before.keypoints[one.keypoint]}"
                raise refused(path, f"it has no cell for {what} of {point} in frame {one.frame:,}")
    return written


def numbers(before: Tracks, one: Placed) -> dict[str, float]:
    """What a file says of a point: its place on each axis, and how sure it is."""
    axes = AXES[: before.points.shape[-1]]
    place = dict(zip(axes, one.place or [float("nan")] * len(axes)))
    return place | {LIKELIHOOD: SURE if one.place else 0.0}


def rows_of(keys: Sequence[object]) -> dict[object, int]:
    """The first row of each key."""
    return {key: len(keys) - 1 - k for k, key in enumerate(reversed(keys))}


def put_text(path: Path, written: Cells, *, mark: str = ",", head: int = 1) -> None:
    """Put numbers into cells of a text table, whose other bytes stay; blank lines are no rows.

    Parameters
    ----------
    head : lines before the rows that are not blank
    """
    by_row: dict[int, dict[int, float]] = {}
    for (row, column), value in written.items():
        by_row.setdefault(row, {})[column] = value
    fresh = path.with_name(f"{path.name}.part")
    with path.open("rb") as old, fresh.open("wb") as new:
        row = -head - 1
        for line in old:
            row += bool(line.strip())
            changed = by_row.pop(row, None) if line.strip() else None
            new.write(line if changed is None else _line(line, changed, mark))
    shutil.copymode(path, fresh)
    fresh.replace(path)


def _line(line: bytes, changed: Mapping[int, float], mark: str) -> bytes:
    """A line with other numbers in some columns."""
    text = line.decode("latin-1")  # a byte a character, whatever they mean
    body = text.rstrip("\r\n")
    quoted = '"' in body
    parts = next(csv.reader([body], delimiter=mark)) if quoted else body.split(mark)
    for column, value in changed.items():
        said = "" if np.isnan(value) else str(np.float32(value))
        parts[column] = said.replace(".", ",") if mark == ";" else said
    if quoted:
        joined = StringIO()
        csv.writer(joined, delimiter=mark, lineterminator="").writerow(parts)
        body = joined.getvalue()
    else:
        body = mark.join(parts)
    return (body + text[len(text.rstrip("\r\n")) :]).encode("latin-1")


def _placed(path: Path, before: Tracks, after: Tracks, corrected: Collection[tuple[int, ...]]) -> list[Placed]:
    """What is to be written."""
    alike = before.points.shape == after.points.shape and before.keypoints == after.keypoints
    placed = between(before, after) if alike and before.individuals == after.individuals else None
    if placed is None or any(one[:3] not in corrected for one in placed):
        raise DataError(path, "", "was changed since it was opened; open it again, and correct the points there")
    if not placed:
        raise DataError(path, "", "holds these points already; correct one first")
    return placed


def _check(path: Path, back: Tracks, before: Tracks, placed: Sequence[Placed]) -> None:
    """Refuse a file that does not read back equal, apart from what was placed."""
    alike = back.keypoints == before.keypoints and back.individuals == before.individuals
    if not alike or back.points.shape != before.points.shape:
        raise refused(path, "its other points would be read otherwise")
    at = tuple(np.array([one[:3] for one in placed]).T)
    axes = before.points.shape[-1]
    wanted = np.array([one.place or [np.nan] * axes for one in placed], np.float32)
    if not np.allclose(back.points[at], wanted, rtol=1e-6, atol=1e-6, equal_nan=True):
        raise refused(path, "it would hold other numbers")
    if back.confidence is not None:
        sure = [SURE if one.place else 0.0 for one in placed]
        if not np.allclose(back.confidence[at], sure, atol=1e-6):
            raise refused(path, "it says otherwise how sure points are")
        _same(path, back.confidence, before.confidence, at)
    _same(path, back.points, before.points, at)


def _same(path: Path, back: NDArray[np.float32], before: NDArray[np.float32] | None, at: Any) -> None:
    others = np.ones(back.shape[:3], bool)
    others[at] = False
    if before is None or not np.array_equal(back[others], before[others], equal_nan=True):
        raise refused(path, "its other points would be read otherwise")


@contextmanager
def _draft(path: Path) -> Iterator[Path]:
    """A copy of the same name, in a folder of its own beside the file."""
    try:
        folder = Path(mkdtemp(prefix=f".{path.stem}.", suffix=".part", dir=path.parent))
    except OSError as error:
        raise refused(path, f"its folder cannot be written to ({error.strerror})") from error
    try:
        yield Path(shutil.copy2(path, folder / path.name))
    except OSError as error:
        raise refused(path, f"it cannot be written ({error.strerror or error})") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _replaced(path: Path, draft: Path) -> Path:
    """Put the draft in place of the file, in one go; gives what keeps the file as it was."""
    names = (path.with_name(f"{path.name}~{k}") for k in range(1, 100_000))
    kept = next(name for name in names if not name.exists())
    shutil.copy2(path, kept)
    move(draft, path)
    return kept
