"""Paint: voxels of labels get another number, by hand or from a table; numbers are merged or split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from neurofm.analysis.cells import blocks
from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.log import Action
from neurofm.app.state.user_tables import READ, read
from neurofm.app.state.volumes import volumes
from neurofm.app.verbs import _edits, _options
from neurofm.checks import check_choice
from neurofm.data import painted as painting
from neurofm.data.painted import Paint, Row
from neurofm.data.volume import AXES, Box, Pyramid, Volume
from neurofm.errors import DataError
from neurofm.specs import VerbSpec

STROKES = "strokes"  # what labels are called that nobody has called otherwise
STOP, NUMBER = "stop", "number"  # columns of tables beside z, y and x
LEARNS = ("neurofm.training.strokes", "sklearn.ensemble", "skimage.feature", "tensorstore")  # slow to import
UNLIKELY = 1 << 30  # numbers up to this are nobody's, hopefully, where labels are too large to look


def begin(
    session: Catalog, volume: str, voxels: Any = (), number: int | None = None, *, label: str = "",
    box: Sequence[Sequence[int]] | None = None, names: Mapping[int, str] | None = None,
) -> int:  # fmt: skip
    """Give voxels of labels another number, 0 for none, in memory; `export` writes them. Gives how many had another.

    Without voxels there are labels of that name to paint into, new ones where there were none.

    Parameters
    ----------
    volume : name
    voxels : rows of z, y and x; or of z, y, x, the one after the last along x, and a number; or a table with such
        columns ("stop" and "number" may be left out); or the file of one (`.csv`, `.tsv`, `.parquet`); or a file of
        labels, whose numbers other than 0 are painted
    number : that they get, where rows do not say it
    label : which of the volume's labels; the only one, or "strokes" where it has none, if ""
    box : first voxel and the one after the last along z, y and x, instead of voxels
    names : what numbers stand for

    Raises
    ------
    LookupError
        If there is no such volume, or it has no such labels.
    ValueError
        If a voxel is not within it, or no number is given.
    DataError
        If a file is no such table.
    """
    check_choice("volume", volume, volumes(session))
    before = volumes(session)[volume]
    asked = voxels if box is None else painting.box_rows(_box(box), _checked(number))
    new = not isinstance(asked, pd.DataFrame | str | Path | np.ndarray) and not len(asked)
    label = labels_of(before, label, new=new)
    pyramid = before.labels.get(label) or painting.blank(before.whole)
    at, numbers = painting.voxels(_rows(asked, number, pyramid), pyramid.shape)
    paint = painting.paint_of(pyramid).more(at, numbers)
    told = {int(k): str(name) for k, name in (names or {}).items()}
    changed = _changed(pyramid, paint, at)
    if len(changed[0]) or new or any(before.names.get(label, {}).get(k) != name for k, name in told.items()):
        rows = painting.runs(*changed, pyramid.shape)
        options: dict[str, Any] = {"runs": rows} | ({"meaning": {str(k): v for k, v in told.items()}} if told else {})
        _edit(session, volume, label, paint, told, options)
    return len(changed[0])


def merge(session: Catalog, volume: str, numbers: Sequence[int], *, label: str = "") -> int:
    """Let several numbers of labels be one, the first of them; gives that.

    Raises
    ------
    LookupError
        If there is no such volume, or it has no such labels.
    ValueError
        If they are not two numbers at least, from 1 on.
    """
    check_choice("volume", volume, volumes(session))
    before = volumes(session)[volume]
    label = labels_of(before, label)
    every = list(dict.fromkeys(int(number) for number in numbers))
    if len(every) < 2 or min(every) < 1:
        raise ValueError(f"give the numbers that are to be one, two at least, from 1 on; got {list(numbers)}")
    paint = painting.paint_of(before.labels[label]).merged(every, every[0])
    _edit(session, volume, label, paint, {}, {"merged": every})
    return every[0]


def split(session: Catalog, volume: str, places: Sequence[Sequence[int]], *, label: str = "") -> list[int]:
    """Let a thing have a number around each of some voxels of it; of one voxel it is cut in two where it is narrow.

    The first keeps the number that it has. Gives the numbers.

    Parameters
    ----------
    places : (voxel, 3) voxels, z y x, of one number

    Raises
    ------
    LookupError
        If there is no such volume, or it has no such labels.
    ValueError
        If the voxels are not of one number, or the thing cannot be cut.
    """
    from neurofm.analysis import cutting

    check_choice("volume", volume, volumes(session))
    before = volumes(session)[volume]
    label = labels_of(before, label)
    pyramid = before.labels[label]
    at = cutting.parts(pyramid, places)
    first = highest(pyramid) + 1
    new = range(first, first + len(at) - 1)
    every = np.concatenate([np.zeros(0, np.int64), *at[1:]])
    numbers = np.repeat(np.array(new, np.int64), [len(part) for part in at[1:]])
    order = np.argsort(every)
    rows = painting.runs(every[order], numbers[order], pyramid.shape)
    _edit(session, volume, label, painting.paint_of(pyramid).more(every, numbers), {}, {"runs": rows})
    own = pyramid.levels[0][tuple(int(k) for k in places[0])]
    return [int(own), *new]


def labels_of(volume: Volume, label: str, *, new: bool = False) -> str:
    """The labels that are meant; ones that are not there yet where they may be `new`."""
    if not label and len(volume.labels) < 2:
        return next(iter(volume.labels), STROKES)
    if not (label and (new or not volume.labels)):
        check_choice(f"labels in {volume.session}", label, volume.labels)
    return label


def highest(pyramid: Pyramid) -> int:
    """The largest number of labels; of those that are too large to look at all, one that they will hardly have."""
    paint = int(painting.paint_of(pyramid).numbers.max(initial=0))
    voxels = pyramid.levels[0]
    if np.prod(voxels.shape, dtype=float) > painting.MOST:
        return max(paint, UNLIKELY)
    return max(paint, *(int(voxels[box].max(initial=0)) for box in blocks(voxels)))


def code(action: Action, script: Script) -> list[str]:
    o = action.options
    if "merged" in o:
        return [f"session.merge_labels({action.name!r}, {o['merged']!r}, label={o['label']!r})"]
    names = {int(number): name for number, name in (o.get("meaning") or {}).items()}
    told = f", names={names!r}" if names else ""
    return [f"session.paint({action.name!r}, {o['runs']!r}, label={o['label']!r}{told})"]


def _edit(
    session: Catalog, name: str, label: str, paint: Paint, names: Mapping[int, str], options: Mapping[str, Any]
) -> None:
    before = volumes(session)[name]
    on = painting.painted(before.labels.get(label) or painting.blank(before.whole), paint)
    after = replace(before, labels={**before.labels, label: on})
    if names:
        after = replace(after, names={**after.names, label: {**after.names.get(label, {}), **names}})
    _edits.put(session, name, before, after, _edits.action(session, "paint", name, label=label, **options))
    if "jobs" in session.__dict__ and after.image is not None:
        session.jobs.expect(LEARNS)


def _changed(pyramid: Pyramid, paint: Paint, at: painting.Numbers) -> tuple[painting.Numbers, painting.Numbers]:
    """Sorted places that have another number than before, and that number."""
    there = np.unique(at)
    if not len(there):
        return there, there
    z, y, x = np.unravel_index(there, pyramid.shape)
    low = [int(axis.min()) for axis in (z, y, x)]
    box = tuple(slice(a, int(axis.max()) + 1) for a, axis in zip(low, (z, y, x)))
    now = paint.numbers[np.searchsorted(paint.at, there)]
    if np.prod([side.stop - side.start for side in box], dtype=float) > painting.MOST:
        return there, now  # so far apart that what was there is not looked up
    were = pyramid.levels[0][box][z - low[0], y - low[1], x - low[2]]
    other = were != now
    return there[other], now[other]


def _rows(given: Any, number: int | None, pyramid: Pyramid) -> list[Row]:
    """What is painted, as rows of z, y, x, stop and number."""
    if isinstance(given, str | Path) and Path(given).suffix not in READ:
        return _labelled(given, pyramid)
    table = read(given) if isinstance(given, str | Path) else given
    if isinstance(table, pd.DataFrame):
        _check_columns(table, given if isinstance(given, str | Path) else "the table", number)
        x = table["x"]
        stop, value = table.get(STOP, x + 1), table.get(NUMBER, pd.Series(number, table.index))
        table = np.stack([table["z"], table["y"], x, stop, value], 1)
    try:
        rows = np.asarray(table, float).reshape(len(table), -1) if len(table) else np.zeros((0, 5))
    except (TypeError, ValueError) as error:
        raise ValueError(f"voxels must be rows of z, y and x, got {given!r}") from error
    if rows.shape[1] == len(AXES):
        rows = np.column_stack([rows, rows[:, 2] + 1, np.full(len(rows), _checked(number))])
    if rows.shape[1] != 5 or not np.isfinite(rows).all() or (rows != np.rint(rows)).any():
        raise ValueError("voxels must be whole numbers: rows of z, y and x, or of z, y, x, stop and number")
    whole: list[Row] = rows.astype(np.int64).tolist()
    return whole


def _check_columns(table: pd.DataFrame, where: Any, number: int | None) -> None:
    needed = [*AXES, *([NUMBER] if number is None else [])]
    missing = [name for name in needed if name not in table]
    if missing:
        raise DataError(where, missing[0], f"is missing; a table of voxels has the columns {', '.join(needed)}")
    numbers = [name for name in (*AXES, STOP, NUMBER) if name in table]
    if not all(table[name].dtype.kind in "iuf" and np.isfinite(table[name]).all() for name in numbers):
        raise DataError(where, ", ".join(numbers), "must be numbers, of voxels z y x from 0 on")


def _labelled(path: str | Path, pyramid: Pyramid) -> list[Row]:
    """What a file of labels says of the voxels, where it says something."""
    from neurofm import io

    source = io.read(str(path))
    if not isinstance(source, Volume) or not source.labels:
        raise DataError(path, "labels", "are missing; give a table of voxels, or a file of labels")
    given = next(iter(source.labels.values()))
    if given.shape != pyramid.shape:
        sizes = (" x ".join(map(str, each)) for each in (given.shape, pyramid.shape))
        raise DataError(path, "labels", "are {} voxels, where those to paint on are {}".format(*sizes))
    rows: list[Row] = []
    for box in blocks(given.levels[0]):
        numbers = given.levels[0][box].astype(np.int64)
        where = np.argwhere(numbers)
        at = np.ravel_multi_index(tuple((where + [side.start for side in box]).T), pyramid.shape)
        rows += painting.runs(at, numbers[tuple(where.T)], pyramid.shape)
    return rows


def _box(box: Sequence[Sequence[int]]) -> Box:
    if len(box) != 3 or any(len(side) != 2 for side in box):
        raise ValueError(f"a box is a first voxel and the one after the last along z, y and x, got {box!r}")
    z, y, x = (slice(int(low), int(high)) for low, high in box)
    return z, y, x


def _checked(number: int | None) -> int:
    if number is None or isinstance(number, bool) or int(number) != number:
        raise ValueError(f"say which number the voxels get, a whole one from 0 on, got {number!r}")
    return int(number)


def _row(field: Field) -> Row:
    if len(field.items()) != 5:
        field.wrong("must be z, y, x, the voxel after the last along x, and a number")
    return [_options.whole(item) for item in field.items()]


def _meaning(field: Field) -> dict[str, str]:
    for key, name in field.members().items():
        if not key.isdecimal():
            name.wrong("must be the name of a number")
    return {key: name.text() for key, name in field.members().items()}


SPEC = VerbSpec(
    begin=begin,
    options={
        "label": Field.text, "runs": _options.several(_row), "merged": _options.several(_options.whole),
        "meaning": _meaning,
    },
    optional=("runs", "merged", "meaning"),
    edits=True,
    code=code,
)  # fmt: skip
