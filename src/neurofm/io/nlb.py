"""NLB tensors: HDF5 with (trial, bin, unit) counts in arrays such as `train_spikes_heldin` and `eval_spikes_heldout`.

`_heldout` holds units that the benchmark hides from its entrants, `_forward` the bins that follow, `train_behavior` the
movement in each bin. Rows of NaN end a trial. The files do not say how long a bin is: it is the benchmark's 5 ms, or
the root attribute `bin_width` in milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.recording import Recording
from neurofm.data.series import Series, clean_spikes
from neurofm.errors import DataError
from neurofm.io._counts import spread
from neurofm.io._hdf5 import array
from neurofm.io._rows import left_out, number, timed
from neurofm.specs import ReaderSpec

PARTS = ("train", "eval")
GROUPS = ("heldin", "heldout")
READ = {f"{part}_spikes_{group}{when}" for part in PARTS for group in GROUPS for when in ("", "_forward")}
READ |= {f"{part}_behavior" for part in PARTS}
BIN_MS = 5.0
GAP = 1.0  # seconds between trials, whose true distance is not in the file
CHOOSING = 10  # one training trial of so many is for choosing, where the file has trials for evaluation


@dataclass(frozen=True, eq=False)
class _Part:
    """Trials for training or for evaluation.

    Parameters
    ----------
    counts : (trial, bin, unit) float, NaN after a trial's end
    units : of each group ("heldin", "heldout")
    behavior : (trial, bin, feature); None if there is none
    notes : on what was left out
    """

    counts: NDArray[np.floating]
    units: dict[str, int]
    behavior: NDArray[np.floating] | None
    notes: tuple[str, ...] = ()


def accepts(path: Path) -> bool:
    """Whether it is HDF5 with counts of a benchmark's training or evaluation trials."""
    if not h5py.is_hdf5(path):
        return False
    with h5py.File(path) as file:
        return any(f"{part}_spikes_heldin" in _root(file) for part in PARTS)


def read(path: Path) -> Recording:
    """Spikes spread evenly inside each bin, trials a second apart, those for training first."""
    with h5py.File(path) as file:
        width = number(path, "bin_width", file.attrs.get("bin_width", BIN_MS)) / 1e3
        if not 0 < width < 10:
            raise DataError(path, "bin_width", f"must be milliseconds, got {width * 1e3:g}")
        by_part = {part: _part(path, _root(file), part) for part in PARTS if f"{part}_spikes_heldin" in _root(file)}
        unread = [name for name in (*_root(file), *file) if name not in READ and _root(file).name != f"/{name}"]
    by_part, notes = _alike(path, by_part)
    start, stop, parts, spikes, more = _laid_out(by_part, width)
    bins = f"bins of {width * 1000:g} ms"
    notes += [f"spikes are counts in {bins}, spread evenly inside each bin", *more]
    notes += [f"trials have no absolute time and were laid out {GAP:g} s apart"]
    notes += [note for part in by_part.values() for note in part.notes]
    series, told = _behavior(by_part, start, width)
    units = next(iter(by_part.values())).units
    labels = pd.DataFrame({"label": [f"{group} {k}" for group, count in units.items() for k in range(count)]})
    labels["group"] = np.repeat(list(units), list(units.values()))
    return Recording(
        session=path.stem,
        spikes=spikes,
        units=labels,
        series=series,
        intervals=_intervals(start, stop, parts),
        domain=np.stack([start, stop], 1),
        paths=(str(path),),
        notes=(*notes, *told, *left_out(unread)),
    )


def _root(file: Any) -> Any:
    """Where the arrays are: the root, or the only group in it (of a data set's name)."""
    inner = list(file.values())
    return inner[0] if len(inner) == 1 and isinstance(inner[0], h5py.Group) else file


def _part(path: Path, root: Any, part: str) -> _Part:
    groups = {g: _with_forward(path, root, f"{part}_spikes_{g}") for g in GROUPS if f"{part}_spikes_{g}" in root}
    shapes = {g: x.shape[:2] for g, x in groups.items()}
    if len(set(shapes.values())) > 1:
        problem = f"has {shapes['heldout']} trials and bins, {part}_spikes_heldin {shapes['heldin']}"
        raise DataError(path, f"{part}_spikes_heldout", problem)
    counts = np.concatenate(list(groups.values()), 2)
    behavior, notes = _movement(path, root, f"{part}_behavior", len(counts))
    return _Part(counts, {g: x.shape[2] for g, x in groups.items()}, behavior, notes)


def _movement(path: Path, root: Any, name: str, trials: int) -> tuple[NDArray[np.floating] | None, tuple[str, ...]]:
    """(trial, bin, feature) behaviour; one answer a trial is no movement."""
    if name not in root:
        return None, ()
    values = _floats(path, root, name)
    if values.ndim == 3 and len(values) == trials:
        return values, ()
    return None, (f"{name}: is {values.shape}, no movement in {trials} trials of bins, left out",)


def _with_forward(path: Path, root: Any, name: str) -> NDArray[np.floating]:
    """(trial, bin, unit) counts, with the bins that follow where the file has them."""
    now = _counts(path, root, name)
    if f"{name}_forward" not in root:
        return now
    later = _counts(path, root, f"{name}_forward")
    if later.shape[::2] != now.shape[::2]:
        raise DataError(path, f"{name}_forward", f"is {later.shape}, which does not continue {name}, {now.shape}")
    return np.concatenate([now, later], 1)


def _counts(path: Path, root: Any, name: str) -> NDArray[np.floating]:
    counts = _floats(path, root, name)
    if counts.ndim != 3 or not counts.size:
        raise DataError(path, name, f"must be (trial, bin, unit), got {counts.shape}")
    if (counts < 0).any():
        raise DataError(path, name, "is negative somewhere; counts of spikes are needed")
    if np.isinf(counts).any() or (np.nan_to_num(counts) % 1).any():
        raise DataError(path, name, "holds numbers that are not whole; counts of spikes are needed, not rates")
    return counts


def _floats(path: Path, root: Any, name: str) -> NDArray[np.floating]:
    values = array(path, root[name])
    if values.dtype.kind not in "iuf":
        raise DataError(path, name, f"must be numbers, got {values.dtype}")
    return values.astype(np.float32)


def _alike(path: Path, by_part: Mapping[str, _Part]) -> tuple[dict[str, _Part], list[str]]:
    """The parts that know the same units; evaluation trials whose held-out units are secret are left out."""
    first = next(iter(by_part.values())).units
    kept = {name: part for name, part in by_part.items() if part.units == first}
    left = [name for name in by_part if name not in kept]
    if left and by_part[left[0]].units.keys() == first.keys():
        problem = f"has {sum(by_part[left[0]].units.values())} units, train has {sum(first.values())}"
        raise DataError(path, f"{left[0]}_spikes_heldin", problem)
    return kept, [
        f"{len(by_part[n].counts)} {n} trials lack the held-out units' counts and were left out" for n in left
    ]


def _laid_out(by_part: Mapping[str, _Part], width: float) -> tuple[Any, ...]:
    """Start and stop (s) of each trial, the part it is of, all spikes, and what was mended in them."""
    parts = np.repeat(list(by_part), [len(p.counts) for p in by_part.values()])
    counts = [trial for part in by_part.values() for trial in part.counts]
    bins = np.array([_length(trial) for trial in counts])
    start = np.concatenate([[0.0], np.cumsum(bins * width + GAP)[:-1]])
    each = [trial[:count] for trial, count in zip(counts, bins)]
    at = np.concatenate([s + np.arange(count) * width for s, count in zip(start, bins)])
    spikes, notes = clean_spikes(*spread(np.nan_to_num(np.concatenate(each)), at, width))
    return start, start + bins * width, parts, spikes, notes


def _length(trial: NDArray[np.floating]) -> int:
    """Bins before the rows of NaN that end a trial."""
    counted = np.flatnonzero(np.isfinite(trial).any(1))
    return int(counted[-1]) + 1 if len(counted) else 1


def _behavior(
    by_part: Mapping[str, _Part], start: NDArray[np.float64], width: float
) -> tuple[dict[str, Series], list[str]]:
    """Movement in each bin, of the parts that have it."""
    first, times, values = 0, [], []
    for part in by_part.values():
        begin = start[first : first + len(part.counts)]
        first += len(part.counts)
        for at, trial, counts in zip(begin, () if part.behavior is None else part.behavior, part.counts):
            count = min(_length(counts), len(trial))
            times.append(at + (np.arange(count) + 0.5) * width)
            values.append(trial[:count])
    if not times:
        return {}, []
    if len({v.shape[1] for v in values}) > 1:
        return {}, [f"behavior: has {sorted({v.shape[1] for v in values})} features in its parts, left out"]
    names = ("x", "y", "z")[: values[0].shape[1]] if values[0].shape[1] <= 3 else ()
    series, notes = timed(np.concatenate(times), np.concatenate(values), names, "", "behavior")
    return {} if series is None else {"behavior": series}, notes


def _intervals(
    start: NDArray[np.float64], stop: NDArray[np.float64], parts: NDArray[np.str_]
) -> dict[str, pd.DataFrame]:
    """The trials; where some are for evaluation these are held out, and one training trial of ten is for choosing."""
    trials = pd.DataFrame({"start": start, "stop": stop, "part": parts})
    spans, learned = trials[["start", "stop"]], np.flatnonzero(parts == "train")
    if len(learned) < CHOOSING or len(learned) == len(parts):
        return {"trials": trials}
    choosing = learned[CHOOSING - 1 :: CHOOSING]
    named = {"train": np.setdiff1d(learned, choosing), "valid": choosing, "test": np.flatnonzero(parts == "eval")}
    return {"trials": trials} | {f"{n}_domain": spans.iloc[k].reset_index(drop=True) for n, k in named.items()}


SPEC = ReaderSpec(title="NLB tensors", patterns=("*.h5",), accepts=accepts, read=read)
