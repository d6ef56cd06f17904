"""Spikes or counts in arrays and tables that say nothing of themselves: `.mat`, `.npz`, `.npy`, `.csv`, `.tsv`, `.txt`.

What is what is told from names and numbers, and said; what cannot be told is asked for by the name of an option.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.recording import Recording
from neurofm.data.source import Source
from neurofm.data.volume import Held
from neurofm.errors import DataError
from neurofm.io import _images, _layout, _spans, image_arrays
from neurofm.io._arrays import recording
from neurofm.io._called import says_rows
from neurofm.io._contents import COLUMN, NUMPY, TEXT, ZIP, Contents, contents, header, part, written
from neurofm.io._file import head
from neurofm.io._layout import IMAGE, Asking, Layout
from neurofm.io._pictures import LOOKED, is_picture, may_be_picture, ways
from neurofm.io._rows import counts_rows, left_out, row_table
from neurofm.io._whose import channels, parts, with_channels
from neurofm.specs import ReaderSpec

EXAMPLES = {"holds": "spikes", "rows": "bin", "dt": 0.02, "rate_hz": 30000.0}


def accepts(path: Path) -> bool:
    """Whether it holds numbers in one or two axes that are no picture."""
    if path.suffix.lower() in TEXT:
        return any(map(_is_number, written(path).cells))
    if head(path, len(NUMPY)) == NUMPY:
        shape, dtype = header(path)
        if not dtype.hasobject:
            fits = dtype.kind in "fiub" and len(shape) in (1, 2)
            return fits and not (may_be_picture(shape, dtype) and is_picture(part(path)))
    held = contents(path)
    columns = [*held.vectors.values()]
    if held.table and columns and is_picture(np.stack(columns[:LOOKED], 1)):
        return False
    lengths = {len(values) for values in held.numeric().values()}
    pictures = [m for m in held.matrices.values() if is_picture(m) and not lengths & {*m.shape}]
    return not pictures and bool(_layout.holds(held, Layout())[0].holds)


def asks(path: Path, given: Mapping[str, Any]) -> Asking:
    """How it would be read, and what cannot be told.

    Parameters
    ----------
    given : choices that were made already
    """
    return _layout.asking(contents(path), Layout(**given))


def read(path: Path, **given: Any) -> Source:
    """Spikes, counts, behaviour or a picture, as was given or is told from what is there.

    Raises
    ------
    DataError
        If something must be said that is not known; names the option.
    """
    layout = Layout(**given)
    if layout.holds == IMAGE and head(path, 2) in (NUMPY[:2], ZIP):
        return image_arrays.read(path, sure=True)  # plane by plane
    held = with_channels(contents(path))
    if layout.holds == IMAGE:
        return _picture(path, held, layout)
    asking = _layout.asking(held, layout)
    if asking.unsure:
        raise DataError(path, asking.unsure, f"{asking.why}; say {_example(asking)}{_or_picture(held)}")
    layout = asking.guess
    try:
        made, used = _MAKE[layout.holds](held, layout, _layout.scale(layout))
    except ValueError as error:
        raise DataError(path, "", str(error)) from error
    names = {*held.vectors, *held.matrices, *held.lists, *held.others}
    told = (*asking.told, *made.notes, *left_out(names - used))
    return replace(made, session=path.stem, paths=(str(path),), notes=told)


def _example(asking: Asking) -> str:
    """What says in Python and on the command line what is not known."""
    name = asking.unsure
    named = next((choice for choice in asking.choices.get(name, ()) if choice), "")
    given = asdict(asking.guess)[name]
    value = given if given and given in asking.choices.get(name, (given,)) else named or EXAMPLES.get(name, "")
    return ways(name, value)


def _or_picture(held: Contents) -> str:
    """What to say where whole numbers might be a picture instead."""
    matrix = next(iter(held.matrices.values()), None)
    columns = [*held.vectors.values()] if held.table else []
    shape, dtype = (matrix.shape, matrix.dtype) if matrix is not None else (
        (len(columns[0]) if columns else 0, len(columns)), columns[0].dtype if columns else np.dtype(float)
    )  # fmt: skip
    return f"; if it is a picture, {ways('holds', IMAGE)}" if may_be_picture(shape, dtype) else ""


def _is_number(cell: str) -> bool:
    try:
        return np.isfinite(float(cell))
    except ValueError:
        return False


# ---- what is made of them


def _spikes(held: Contents, layout: Layout, scale: float) -> tuple[Recording, set[str]]:
    times, unit = held.vectors[layout.time] * scale, held.vectors[layout.unit]
    if len(times) != len(unit):
        raise ValueError(f"'{layout.time}' has {len(times):,} times for {len(unit):,} of '{layout.unit}'")
    if unit.dtype.kind == "f":
        whole = np.isfinite(unit) & (unit % 1 == 0)
        if not whole[np.isfinite(times)].all():
            raise ValueError(f"'{layout.unit}' must be whole numbers or words, which say whose each spike is")
        times, unit = times[whole], unit[whole].astype(np.int64)
    series, used = _behaviour(held, layout)
    made = recording(spikes=(times, unit), units=channels(held, layout.unit), behaviour=series)
    return made, {layout.time, *parts(layout.unit), layout.unit, *used}


def _trains(held: Contents, layout: Layout, scale: float) -> tuple[Recording, set[str]]:
    names, parts = _layout.trains(held, layout)
    beside = {n: v for n, v in held.vectors.items() if len(v) == len(names)} if layout.values in held.lists else {}
    told, _ = row_table({name.rsplit(".", 1)[-1]: values for name, values in beside.items()}, len(names), "units")
    labels = held.vectors.get(layout.unit)
    if labels is not None and len(labels) == len(names):
        names = [str(label) for label in labels]
    table = pd.DataFrame({"label": names}).join(told.drop(columns="label", errors="ignore"))
    trains = {name: np.ravel(part) * scale for name, part in zip(names, parts)}
    series, used = _behaviour(held, layout)
    made = recording(spikes=trains, units=table, behaviour=series)
    return made, {layout.values, *beside, *used, *([] if beside else names)}


def _behaviour(held: Contents, layout: Layout) -> tuple[dict[str, Any] | None, set[str]]:
    """What was measured beside the spikes, and the names that it is read from."""
    also, arrays = _layout.behaviour(held, layout), {**held.vectors, **held.matrices}
    series = {n: (held.vectors[time] * unit, arrays[n]) for time, (unit, names) in also.items() for n in names}
    return series or None, {*also, *series}


def _counts(held: Contents, layout: Layout, scale: float) -> tuple[Recording, set[str]]:
    times = held.numeric().get(layout.time)
    columns = {name: values for name, values in _told(held).items() if name != layout.time}
    beside: dict[str, NDArray[Any]] = {}
    counts: Any
    if layout.values in held.matrices:
        matrix = held.matrices[layout.values]
        counts = matrix.T if layout.rows == "unit" else matrix
        rows = {**columns, **held.matrices}
        beside = {n: v for n, v in rows.items() if n != layout.values and len(v) == len(counts)}
    else:
        counted = [name for name in columns if not says_rows(name)] or list(columns)
        whole = {name: columns[name] for name in counted if _layout.whole(columns[name])}
        counts, beside = pd.DataFrame(whole), {name: v for name, v in columns.items() if name not in whole}
        unnamed = all(name.startswith(COLUMN) for name in whole)
        counts = counts.to_numpy() if unnamed or layout.rows == "unit" else counts
        counts = counts.T if layout.rows == "unit" else counts
    start, width = _bins(layout, None if times is None else times * scale, len(counts))
    made = recording(counts=counts, dt=width, start=start, behaviour=beside or None)
    return made, {layout.values, layout.time, *columns} if not layout.values else {layout.values, layout.time, *beside}


def _told(held: Contents) -> dict[str, NDArray[Any]]:
    """All that is numbers, but for what only numbers its rows."""
    return {n: v for n, v in held.numeric().items() if not (says_rows(n) and counts_rows(pd.Series(v)))}


def _picture(path: Path, held: Contents, layout: Layout) -> Source:
    """The largest matrix, or all columns of a table side by side."""
    columns = [*held.numeric().values()] if held.table else []
    name = layout.values or max(held.matrices, key=lambda name: held.matrices[name].size, default="")
    matrix = held.matrices[name] if name else np.stack(columns, 1) if columns else None
    if matrix is None:
        raise DataError(path, "holds", "is no picture: it has no array of numbers in two axes")
    voxels, notes = _images.stacked(matrix, path.stem)
    return _images.volume(path, {path.stem: Held(np.asarray(voxels))}, None, notes)


def _bins(layout: Layout, times: NDArray[Any] | None, count: int) -> tuple[float, float]:
    """Second at which the first bin begins, and how long each is."""
    if times is None or len(times) != count or count < 2:
        return 0.0, layout.dt
    steps = np.diff(times)
    width = float(np.median(steps))
    uneven = np.flatnonzero(np.abs(steps - width) > 0.01 * abs(width))
    if len(uneven) or width <= 0:
        k = int(uneven[0]) if len(uneven) else 0
        raise ValueError(f"bins are not even: row {k + 2} of '{layout.time}' comes {steps[k]:g} s after the one before")
    if layout.dt and abs(width - layout.dt) > 0.01 * layout.dt:
        raise ValueError(f"rows of '{layout.time}' come {width:g} s apart, and dt says {layout.dt:g} s; leave one out")
    centred = abs(times[0] - width / 2) < 1e-3 * width
    return float(times[0]) - (width / 2 if centred else 0.0), float(np.ptp(times) / (count - 1))


def _samples(held: Contents, layout: Layout, scale: float) -> tuple[Recording, set[str]]:
    times = held.vectors[layout.time] * scale
    rows = {n: v for n, v in _told(held).items() if n != layout.time and len(v) == len(times)}
    rows |= {name: values for name, values in held.matrices.items() if len(values) == len(times)}
    if not rows:
        raise ValueError(f"nothing has a value for each of the {len(times):,} times of '{layout.time}'")
    return recording(behaviour={name: (times, values) for name, values in rows.items()}), {layout.time, *rows}


def _trials(held: Contents, layout: Layout, scale: float) -> tuple[Recording, set[str]]:
    rows = len(held.vectors[layout.time])
    columns = {name: values for name, values in held.vectors.items() if len(values) == rows}
    table, notes = _spans.table_of(columns, held.numeric(), (layout.time, layout.stop), scale)
    made = recording(trials=table)
    return replace(made, notes=(*made.notes, *notes)), set(columns)


_MAKE = {"spikes": _spikes, "trains": _trains, "counts": _counts, "samples": _samples, "trials": _trials}

SPEC = ReaderSpec(
    title="Spikes or counts in arrays",
    patterns=("*.mat", "*.npz", "*.npy", "*.csv", "*.tsv", "*.txt"),
    accepts=accepts,
    read=read,
    asks=asks,
    general=True,
)
