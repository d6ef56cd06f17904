"""Folders of suite2p: what each region of interest looks like, and its fluorescence in every frame.

Regions are units without spikes, traces are series with a feature for each of them: raw (`F`), of the neuropil around
(`Fneu`) and deconvolved (`spks`). `ops.npy` and `stat.npy` are pickles, which are read and never run. Planes beside
each other are one recording, unless suite2p has combined them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.recording import Recording, merge
from neurofm.data.series import Series
from neurofm.data.volume import Volume
from neurofm.errors import DataError
from neurofm.io import _plain
from neurofm.io._copies import load_npy
from neurofm.io._regions import Region, empty, volume
from neurofm.io._rows import left_out, row_table, rows, timed
from neurofm.specs import ReaderSpec

TRACES = ("F", "Fneu", "spks")
CHOSEN = {"iscell": ("iscell", "cell_probability"), "redcell": ("redcell", "red_probability")}  # two columns each
OPTIONS, REGIONS, RATE = "ops.npy", "stat.npy", "fs"
READ = {f"{name}.npy" for name in (*TRACES, *CHOSEN)} | {OPTIONS, REGIONS}
SHOWN = ("med", "ypix", "xpix")  # of regions what is read elsewhere
COMBINED = "combined"
INSIDE = re.compile(r"suite2p|combined|plane\d+", re.IGNORECASE)
MOST = 20_000  # entries of a folder that are looked at


def accepts(path: Path) -> bool:
    """Whether it, or suite2p's folders in it, hold fluorescence beside options or regions."""
    return bool(_planes(path))


def read(path: Path) -> Recording:
    """Every region of every plane, cells or not, and their traces."""
    planes = _planes(path)
    if not planes:
        raise DataError(path, "F.npy", f"is missing beside {OPTIONS}; open the folder that suite2p wrote")
    parts = [_plane(home, f"{home.name} " if len(planes) > 1 else "") for home in planes]
    whole = merge(parts) if len(parts) > 1 else parts[0]
    return replace(whole, session=_called(planes), paths=(str(path),))


def cells(path: Path) -> Volume | None:
    """The mean picture of every plane, and labels of its regions, which are called as the units are."""
    regions: list[Region] = []
    pictures: list[NDArray[np.floating] | None] = []
    notes: list[str] = []
    sizes = [(0, 0)]
    planes = _planes(path)
    for number, home in enumerate(planes):
        plane = f"{home.name} " if len(planes) > 1 else ""
        options, stats = _optional(home / OPTIONS), _optional(home / REGIONS)
        picture = _told(options, "meanImg")
        pictures.append(picture if picture.ndim == 2 and picture.dtype.kind in "fiu" else None)
        sizes.append(_size(options))
        first = _chosen(home, len(stats) if isinstance(stats, list) else 0)
        drawn = [_region(number, f"{plane}{k}", one, int(first[k])) for k, one in enumerate(stats or ())]
        notes += empty([one.name for one in drawn if not len(one.pixels)])
        regions += drawn
    return volume(path, _called(planes), regions, pictures, np.max(sizes, 0), notes)


def _called(planes: Sequence[Path]) -> str:
    """The folder around what suite2p has named."""
    home = planes[0]
    while INSIDE.fullmatch(home.name) and home.parent.name:
        home = home.parent
    return home.name


def _optional(file: Path) -> Any:
    """What is pickled there; nothing where it cannot be read, as is told of the recording."""
    try:
        return _pickled(file)
    except (ValueError, OSError, IndexError):
        return None


def _told(options: Any, name: str) -> NDArray[Any]:
    """One of the options as an array, empty where it is not told."""
    return np.asarray(_plain.values(options[name]) if isinstance(options, Mapping) and name in options else [])


def _size(options: Any) -> tuple[int, int]:
    """Pixels along y and x, 0 where they are not told."""
    told = [_told(options, name) for name in ("Ly", "Lx")]
    high, wide = (int(one) if one.ndim == 0 and one.dtype.kind in "iu" else 0 for one in told)
    return high, wide


def _chosen(home: Path, count: int) -> NDArray[np.bool_]:
    """(region,) whether each is a cell, so that it lies above what is none."""
    file = home / "iscell.npy"
    try:
        values = _load(file)[:, 0] if file.is_file() else np.zeros(count)
    except (DataError, IndexError):
        values = np.zeros(count)
    return np.asarray(values) > 0 if len(values) == count else np.zeros(count, bool)


def _region(plane: int, name: str, stat: Any, first: int) -> Region:
    """One of `stat.npy`, without pixels where these are no places."""
    try:
        y, x = (np.asarray(_plain.values(stat[key])) for key in ("ypix", "xpix"))
        whole = y.dtype.kind in "iu" and x.dtype.kind in "iu" and y.ndim == 1 and len(y) and min(y.min(), x.min()) >= 0
        pixels = np.stack([np.full(len(y), plane), y, x], 1).astype(np.int64) if whole else np.zeros((0, 3), np.int64)
    except (TypeError, KeyError, ValueError):
        pixels = np.zeros((0, 3), np.int64)
    return Region(name, pixels, first)


def _planes(path: Path) -> list[Path]:
    """The folder itself, what is combined in it, or all its planes."""
    home = path if path.is_dir() else path.parent
    if _holds_traces(home):
        return [home]
    if not path.is_dir():
        return []
    home = home / "suite2p" if (home / "suite2p").is_dir() else home
    inside = [one for one in islice(home.iterdir(), MOST) if INSIDE.fullmatch(one.name) and _holds_traces(one)]
    combined = [one for one in inside if one.name == COMBINED]
    return combined or sorted(inside, key=lambda one: int("0" + re.sub(r"\D", "", one.name)))


def _holds_traces(folder: Path) -> bool:
    return (folder / "F.npy").is_file() and any((folder / name).is_file() for name in (OPTIONS, REGIONS))


def _plane(home: Path, plane: str) -> Recording:
    """The regions of one plane, named by it where there are several."""
    traces = _load(home / "F.npy")
    if traces.ndim != 2 or traces.dtype.kind not in "fiu":
        raise DataError(home / "F.npy", "", f"must be numbers (region, frame), got {traces.shape} of {traces.dtype}")
    count, frames = traces.shape
    times = np.arange(frames) / _rate(home)
    labels = tuple(f"{plane}{k}" for k in range(count))
    units, notes = _regions(home, labels)
    series: dict[str, Series] = {}
    for name in (name for name in TRACES if (home / f"{name}.npy").is_file()):
        one, told = _trace(home / f"{name}.npy", (count, frames), times, labels)
        series |= {} if one is None else {f"{plane}{name}": one}
        notes += told
    others = [file.name for file in islice(home.iterdir(), MOST) if file.is_file() and not file.name.startswith(".")]
    notes += left_out(name for name in others if name not in READ)
    named = tuple(f"{plane}{note}" for note in notes)
    return Recording(session=home.name, units=units, series=series, notes=named)


def _load(file: Path) -> NDArray[Any]:
    try:
        return load_npy(file)
    except (ValueError, OSError, EOFError) as error:
        raise DataError(file, "", f"cannot be read ({str(error).splitlines()[0]}); is it damaged?") from error


def _pickled(file: Path) -> Any:
    """The list or dict in a file of one array of objects; nothing in it is run."""
    with file.open("rb") as stream:
        version = np.lib.format.read_magic(stream)
        header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = header(stream)
        if not dtype.hasobject:
            raise ValueError(f"holds {dtype.name}, where what suite2p pickles is needed")
        held = _plain.values(_plain.loads(stream.read()))
    return held.ravel()[0] if shape == () else list(held.ravel())


def _rate(home: Path) -> float:
    """Frames a second."""
    try:
        rate = float(_pickled(home / OPTIONS)[RATE])
    except OSError as error:
        raise DataError(home / OPTIONS, RATE, "is missing; it says how many frames there are a second") from error
    except (KeyError, TypeError, IndexError) as error:
        raise DataError(home / OPTIONS, RATE, "is missing; it is the number of frames a second") from error
    except ValueError as error:
        raise DataError(home / OPTIONS, RATE, f"cannot be read ({error})") from error
    if not 0 < rate < np.inf:
        raise DataError(home / OPTIONS, RATE, f"must be frames a second above 0, got {rate:g}")
    return rate


def _trace(
    file: Path, shape: tuple[int, int], times: NDArray[np.float64], labels: tuple[str, ...]
) -> tuple[Series | None, list[str]]:
    try:
        values = _load(file)
    except DataError as error:
        return None, [f"{file.name}: {error.problem}"]
    if values.shape != shape:
        return None, [f"{file.name}: is {values.shape} for {shape} (region, frame), left out"]
    return timed(times, values.T, labels, label=file.stem)


def _regions(home: Path, labels: tuple[str, ...]) -> tuple[pd.DataFrame, list[str]]:
    """A row per region: whether it is a cell, its middle, and all that suite2p measured of it."""
    table, notes = _measured(home, len(labels))
    for name, columns in CHOSEN.items():
        if not (home / f"{name}.npy").is_file():
            continue
        try:
            values, told = rows(_load(home / f"{name}.npy"), len(labels), f"{name}.npy")
        except DataError as error:
            values, told = None, [f"{name}.npy: {error.problem}"]
        notes += told
        if values is not None and values.dtype.kind in "fiub":
            both = values.reshape(len(labels), -1)
            table = table.assign(**{columns[0]: both[:, 0] > 0})
            table = table.assign(**{columns[1]: both[:, 1]}) if both.shape[1] > 1 else table
    first = [name for name in ("iscell", "cell_probability", "x", "y", "radius", "npix") if name in table]
    table = table[[*first, *(name for name in table if name not in first)]]
    return pd.DataFrame({"label": pd.Series(labels, dtype=str)}).join(table), notes


def _measured(home: Path, count: int) -> tuple[pd.DataFrame, list[str]]:
    """The single numbers of `stat.npy`, and the middle of each region in pixels."""
    if not (home / REGIONS).is_file():
        return pd.DataFrame(index=range(count)), []
    try:
        stats = _pickled(home / REGIONS)
    except (ValueError, OSError) as error:
        return pd.DataFrame(index=range(count)), [f"{REGIONS}: cannot be read ({error}), left out"]
    if not isinstance(stats, list) or len(stats) != count or not all(isinstance(one, Mapping) for one in stats):
        told = f"{REGIONS}: holds no {count} regions, left out"
        return pd.DataFrame(index=range(count)), [told]
    keys = list(dict.fromkeys(key for one in stats for key in one))
    single = {key for key in keys if all(np.ndim(one.get(key, np.nan)) == 0 for one in stats)}
    single = {key for key in single if all(isinstance(one.get(key, 0), (int, float, np.number)) for one in stats)}
    columns = {str(key): np.array([one.get(key, np.nan) for one in stats], float) for key in keys if key in single}
    middle = np.array([_middle(one.get("med")) for one in stats]).reshape(count, 2)
    columns |= {} if np.isnan(middle).all() else {"y": middle[:, 0], "x": middle[:, 1]}
    table, notes = row_table({name: v for name, v in columns.items() if name != "label"}, count, "stat")
    return table, [*notes, *left_out(f"stat.{key}" for key in keys if key not in single and key not in SHOWN)]


def _middle(given: Any) -> tuple[float, float]:
    """(y, x) of a region, NaN where it is not told."""
    try:
        y, x = np.ravel(_plain.values(given)).astype(float)
    except ValueError:
        return np.nan, np.nan
    return float(y), float(x)


SPEC = ReaderSpec(
    title="suite2p folder", patterns=("suite2p", "F.npy", "iscell.npy"), accepts=accepts, read=read, folder=True,
    parts={"cells": cells},
)  # fmt: skip
