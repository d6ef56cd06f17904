"""Trial tables: a row a trial, with its counts as a sparse matrix, as Zhang et al. 2024 published theirs.

Columns `spikes_sparse_data`, `_indices`, `_indptr` and `_shape` hold the (bin, unit) counts of each trial, `binsize`
the seconds of a bin; `eid`, `subject`, `cluster_regions`, `cluster_depths`, `cluster_uuids`, `choice`, `reward`,
`block` and `whisker-motion-energy` are taken where they are there. The files of one data set are told apart by how
their names begin (train, val, test); whichever is opened, those beside it are read with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.recording import Recording
from neurofm.data.series import Series, clean_series, clean_spikes
from neurofm.errors import DataError
from neurofm.io._counts import spread
from neurofm.io._file import check_size, head
from neurofm.io._rows import left_out, row_table
from neurofm.specs import ReaderSpec

PARTS = ("data", "indices", "indptr", "shape")
NEEDED = (*(f"spikes_sparse_{part}" for part in PARTS), "binsize")
SPLITS = {"train": "train_domain", "val": "valid_domain", "valid": "valid_domain", "validation": "valid_domain",
          "test": "test_domain"}  # fmt: skip
ABOUT_UNITS = ("cluster_uuids", "cluster_regions", "cluster_depths")
ABOUT = ("choice", "reward", "block")  # columns of the trials
ABOUT_ALL = ("eid", "subject")
WHISKER = "whisker-motion-energy"
GAP = 1.0  # seconds between trials, whose true distance is not in the file
BEFORE = 0.5  # seconds before the stimulus, in trials of two seconds: how these tables are aligned
LIMIT = 20_000_000  # bins times units of one trial, more is no trial


def accepts(path: Path) -> bool:
    """Whether it is a Parquet file with the columns of sparse counts."""
    import pyarrow.parquet as parquet

    return head(path, 4) == b"PAR1" and set(NEEDED) <= set(parquet.read_schema(path).names)


def read(path: Path) -> Recording:
    """Spikes spread evenly inside each bin, trials a second apart, in the order train, val, test."""
    files = _beside(path)
    tables = {name: _table(file) for name, file in files.items()}
    rows = pd.concat(tables.values(), ignore_index=True)
    width, counts = _width(path, rows), [_counts(path, row) for _, row in rows.iterrows()]
    units = {c.shape[1] for c in counts}
    if len(units) > 1:
        raise DataError(path, "spikes_sparse_shape", f"tells of {sorted(units)} units; one table is of one session")
    start = np.concatenate([[0.0], np.cumsum([len(c) * width + GAP for c in counts])[:-1]])
    stop = start + np.array([len(c) for c in counts]) * width
    times = np.concatenate([s + (np.arange(len(c)) + 0.5) * width for s, c in zip(start, counts)])
    spikes, notes = clean_spikes(*spread(np.concatenate(counts), times - width / 2, width))
    notes += [f"spikes are counts in bins of {width * 1000:g} ms, spread evenly inside each bin"]
    notes += [f"trials have no absolute time and were laid out {GAP:g} s apart"]
    if len(files) > 1:
        notes.append(f"{', '.join(f.name for f in files.values() if f != path)} beside it were read with it")
    series, more = _series(rows, times, counts)
    about, told = _units(rows.iloc[0], units.pop())
    intervals, others = _intervals(rows, start, stop, {name: len(t) for name, t in tables.items()})
    return Recording(
        session=str(rows["eid"].iloc[0]) if "eid" in rows else path.stem,
        subject=str(rows["subject"].iloc[0]) if "subject" in rows else "",
        spikes=spikes,
        units=about,
        series=series,
        intervals=intervals,
        domain=np.stack([start, stop], 1),
        paths=tuple(str(f) for f in files.values()),
        notes=(*notes, *more, *told, *others, *left_out(_unread(path))),
    )


def _beside(path: Path) -> dict[str, Path]:
    """The files of the data set by how their names begin, the one asked for among them."""
    own = _split(path)
    if not own:
        return {"": path}
    files = {own: path}
    for file in sorted(path.parent.glob(f"*{path.suffix}")):
        name = _split(file)
        if name and name not in files and file != path and accepts(file):
            files[name] = file
    return {name: files[name] for name in SPLITS if name in files}


def _split(path: Path) -> str:
    name = re.match(r"[a-z]+", path.stem.lower())
    return name[0] if name and name[0] in SPLITS else ""


def _table(path: Path) -> pd.DataFrame:
    import pyarrow.parquet as parquet

    file = parquet.ParquetFile(path)
    declared = sum(file.metadata.row_group(k).total_byte_size for k in range(file.num_row_groups))
    check_size(path, "", declared, path.stat().st_size)
    names = [n for n in (*NEEDED, *ABOUT_UNITS, *ABOUT, *ABOUT_ALL, WHISKER) if n in file.schema_arrow.names]
    table: pd.DataFrame = file.read(columns=names).to_pandas()
    if not len(table):
        raise DataError(path, "", "has no trial")
    if "eid" in table and table["eid"].nunique() > 1:
        raise DataError(path, "eid", f"names {table['eid'].nunique()} sessions; write one file for each")
    return table


def _unread(path: Path) -> list[str]:
    import pyarrow.parquet as parquet

    return [n for n in parquet.read_schema(path).names if n not in (*NEEDED, *ABOUT_UNITS, *ABOUT, *ABOUT_ALL, WHISKER)]


def _width(path: Path, rows: pd.DataFrame) -> float:
    widths = rows["binsize"].astype(float).unique()
    if len(widths) != 1 or not widths[0] > 0:
        raise DataError(path, "binsize", "must be one positive number of seconds in all rows")
    return float(widths[0])


def _counts(path: Path, row: pd.Series) -> NDArray[np.int64]:
    """(bin, unit) of one trial."""
    data, indices, indptr, shape = (np.asarray(row[f"spikes_sparse_{part}"]).astype(np.int64) for part in PARTS)
    if shape.shape != (2,) or (shape < 1).any() or shape.prod() > LIMIT:
        raise DataError(path, "spikes_sparse_shape", f"must be bins and units, got {shape.tolist()[:4]}")
    bins, units = shape
    fits = len(indptr) == bins + 1 and len(data) == len(indices) == indptr[-1] and not indptr[0]
    if not fits or (np.diff(indptr) < 0).any() or (data < 0).any():
        raise DataError(path, "spikes_sparse_indptr", "does not fit the counts; is the file damaged?")
    if len(indices) and not 0 <= indices.min() <= indices.max() < units:
        raise DataError(path, "spikes_sparse_indices", f"names unit {indices.max()} of {units}")
    dense = np.zeros((bins, units), np.int64)
    np.add.at(dense, (np.repeat(np.arange(bins), np.diff(indptr)), indices), data)
    return dense


def _units(row: pd.Series, count: int) -> tuple[pd.DataFrame, list[str]]:
    """A row per unit, from what the first trial says of all of them."""
    there = {name: list(row[name]) for name in ABOUT_UNITS if name in row and isinstance(row[name], np.ndarray | list)}
    about, notes = row_table(there, count, "units")
    names = about.pop("cluster_uuids").tolist() if "cluster_uuids" in about else []
    label = names if len(set(names)) == count else [f"unit {k}" for k in range(count)]
    if names and label != names:
        notes.append("units.cluster_uuids: repeat, left out")
    about.insert(0, "label", label)
    return about.rename(columns={"cluster_regions": "region", "cluster_depths": "depth_um"}), notes


def _series(
    rows: pd.DataFrame, times: NDArray[np.float64], counts: list[NDArray[np.int64]]
) -> tuple[dict[str, Series], list[str]]:
    if WHISKER not in rows:
        return {}, []
    values = [np.asarray(v, float) if v is not None else np.zeros(0) for v in rows[WHISKER]]
    if [v.shape for v in values] != [(len(c),) for c in counts]:
        return {}, [f"{WHISKER} has another number of bins than the counts and was left out"]
    series, notes = clean_series(times, np.concatenate(values)[:, None], (WHISKER,), "", WHISKER)
    return {WHISKER: series}, notes


def _intervals(
    rows: pd.DataFrame, start: NDArray[np.float64], stop: NDArray[np.float64], lengths: dict[str, int]
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """The trials; where files tell what is for training, choosing and testing, those spans; what is left out."""
    trials = pd.DataFrame({"start": start, "stop": stop})
    notes = []
    if np.allclose(stop - start, 2.0):
        trials["stimulus_time"] = start + BEFORE
    for name in ABOUT:
        if name not in rows:
            continue
        values = [v[0] if isinstance(v, np.ndarray | list) and len(v) == 1 else v for v in rows[name]]
        if any(isinstance(v, np.ndarray | list) for v in values):
            notes.append(f"{name}: has several values a trial, left out")
        else:
            trials[name] = values
    return {"trials": trials} | dict(_domains(trials, lengths)), notes


def _domains(trials: pd.DataFrame, lengths: dict[str, int]) -> Iterator[tuple[str, pd.DataFrame]]:
    if set(SPLITS.values()) - {SPLITS.get(name) for name in lengths}:
        return
    first = 0
    for name, length in lengths.items():
        yield SPLITS[name], trials[["start", "stop"]].iloc[first : first + length].reset_index(drop=True)
        first += length


SPEC = ReaderSpec(title="Trial table", patterns=("*.parquet",), accepts=accepts, read=read)
