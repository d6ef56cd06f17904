"""Folders of Kilosort and phy: the sample and the cluster of every spike, tables of the clusters, and their templates.

The folder may be called anything and hold the raw data beside, which are never read; `params.py` is read as text, for
the sampling rate, and never run. A folder with SpikeInterface's `sorter_output`, or Kilosort's own, stands for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.recording import Recording
from neurofm.data.series import Spikes
from neurofm.errors import DataError
from neurofm.io._clusters import TABLES, tables
from neurofm.io._copies import Numbers, check_unchanged, state
from neurofm.io._optional import optional
from neurofm.io._per_spike import Means, Most, distinct, finder, gather, line, of_each, parts
from neurofm.io._rows import left_out, with_region
from neurofm.io._sampling import PARAMS
from neurofm.io._sampling import rate as sampling_rate
from neurofm.io._templates import READ, templates
from neurofm.specs import ReaderSpec

TIMES, CLUSTERS, TEMPLATES = "spike_times.npy", "spike_clusters.npy", "spike_templates.npy"
AMPLITUDES = "amplitudes.npy"
EACH = (TIMES, CLUSTERS, TEMPLATES, AMPLITUDES)  # with a number for each spike
INSIDE = re.compile(r"sorter_output|phy|(kilosort|ks)[\d_.]*(output)?", re.IGNORECASE)  # folders that sorters name
NOISE = "noise"  # the group of clusters that are no units
MOST = 20_000  # entries of a folder that are looked at


def accepts(path: Path) -> bool:
    """Whether spike times lie beside clusters, templates or parameters; some of the files stand for their folder."""
    return bool(_homes(path))


def read(path: Path) -> Recording:
    """Spikes of every cluster that is not noise, and what is known of each."""
    home = _home(path)
    before = {name: state(home / name) for name in EACH if (home / name).is_file()}
    times = line(home / TIMES)
    if not times.shape[0]:
        raise DataError(home / TIMES, "", "holds no spike; did the sorter find any?")
    clusters, ids, notes = _clusters(home, times.shape[0])
    rate, told = _rate(home, times)
    table, more = tables(home)
    kept, left = _kept(home, ids, table)
    spikes, units, further = _units(home, times, clusters, ids, kept, table, rate)
    for name, status in before.items():
        check_unchanged(home / name, status)
    others = (file.name for file in _files(home) if file.name not in (*before, PARAMS, *READ))
    unread = left_out(name for name in others if not TABLES.fullmatch(name))
    return Recording(
        session=_name(home),
        spikes=spikes,
        units=with_region(units),
        paths=(str(path),),
        notes=(*notes, *told, *more, *left, *further, *unread),
    )


# ---- the folder


def _homes(path: Path) -> list[Path]:
    """The folder with the spikes, or those of sorters inside it."""
    folder = path if path.is_dir() else path.parent
    if _holds_spikes(folder):
        return [folder]
    inside = (one for one in islice(path.iterdir(), MOST) if INSIDE.fullmatch(one.name)) if path.is_dir() else ()
    return sorted(one for one in inside if _holds_spikes(one))


def _home(path: Path) -> Path:
    homes = _homes(path)
    if not homes:
        raise DataError(path, TIMES, f"is missing beside {CLUSTERS} or {PARAMS}; open the folder that the sorter wrote")
    if len(homes) > 1:
        names = ", ".join(home.name for home in homes)
        raise DataError(path, "", f"holds several sortings ({names}); open one of these folders")
    return homes[0]


def _holds_spikes(folder: Path) -> bool:
    beside = (CLUSTERS, TEMPLATES, PARAMS)
    return (folder / TIMES).is_file() and any((folder / name).is_file() for name in beside)


def _files(home: Path) -> Iterator[Path]:
    return (one for one in islice(home.iterdir(), MOST) if one.is_file() and not one.name.startswith("."))


def _name(home: Path) -> str:
    """What the folder is called, or that around it where the sorter named it."""
    while INSIDE.fullmatch(home.name) and home.parent.name:
        home = home.parent
    return home.name


# ---- what is in it


def _clusters(home: Path, count: int) -> tuple[Numbers, NDArray[np.int64], list[str]]:
    """The cluster of each spike, as sorted by hand or else by the sorter; all ids; what could not be read."""
    problems: list[DataError] = []
    for name in (CLUSTERS, TEMPLATES):
        if not (home / name).is_file():
            continue
        try:
            clusters = of_each(home / name, count)
            ids = distinct(clusters)
        except DataError as error:
            problems.append(error)
            continue
        lost = f"{TEMPLATES} was taken, so what was merged and split by hand is lost"
        return clusters, ids, [f"{_short(error)}; {lost}" for error in problems]
    if problems:
        raise problems[0]
    raise DataError(home / CLUSTERS, "", f"is missing beside {TIMES}, and so is {TEMPLATES}; copy one of them, too")


def _rate(home: Path, times: Numbers) -> tuple[float, list[str]]:
    """Steps of the spike times a second; 1 where they are seconds already."""
    first = next(parts(times))
    if first.dtype.kind == "f" and (first[np.isfinite(first)] % 1 != 0).any():
        return 1.0, [f"{TIMES}: holds fractions, so its times were taken for seconds"]
    return sampling_rate(home / TIMES), []


def _kept(home: Path, ids: NDArray[np.int64], table: pd.DataFrame) -> tuple[NDArray[np.bool_], list[str]]:
    """(id,) whether a cluster is no noise, and how many are."""
    group = table["group"].reindex(ids) if "group" in table else pd.Series("", ids)
    noise = group.astype(str).str.strip().str.lower().eq(NOISE).to_numpy()
    if noise.all():
        raise DataError(home, "group", f"calls all {len(ids)} clusters noise, so nothing is left to open")
    return ~noise, [f"{noise.sum()} of {len(ids)} clusters are noise and were left out"] if noise.any() else []


def _units(
    home: Path, times: Numbers, clusters: Numbers, ids: NDArray[np.int64], kept: NDArray[np.bool_],
    table: pd.DataFrame, rate: float,
) -> tuple[Spikes, pd.DataFrame, list[str]]:  # fmt: skip
    """Spikes, and a row per unit: what tables tell of it, and else its template and the size of its spikes."""
    shapes, notes = pd.DataFrame(), list[str]()
    with optional(notes, "templates"):
        shapes, notes = templates(home, rate)
    cluster = ids[kept]
    template = np.where((cluster >= 0) & (cluster < len(shapes)), cluster, -1)
    sizes, more = (None, []) if "amplitude" in table else _beside(home / AMPLITUDES, times)
    origins, lost = _beside(home / TEMPLATES, times) if len(shapes) and template.min() < 0 else (None, [])
    means = Means(sizes, len(cluster)) if sizes is not None else None
    most = Most(origins, template < 0, len(shapes)) if origins is not None else None  # of clusters made by hand
    tallies = [tally for tally in (means, most) if tally is not None]
    spikes, mended = gather(times, clusters, finder(ids, kept), len(cluster), rate, tallies)
    template = template if most is None else np.where(template < 0, most.value(), template)
    known = shapes.reindex(template).reset_index(drop=True)
    known = known if means is None else known.assign(amplitude=means.value())
    units = pd.DataFrame({"label": cluster.astype(str), "cluster": cluster}).join(table, on="cluster")
    both = {str(name): units[name].fillna(known[name]) for name in known if name in units}
    units = units.assign(**both).join(known.drop(columns=list(both)))
    return spikes, units, [*notes, *more, *lost, *mended]


def _beside(file: Path, times: Numbers) -> tuple[Numbers | None, list[str]]:
    """A number for each spike, if the file is there and fits."""
    if not file.is_file():
        return None, []
    numbers, notes = None, list[str]()
    with optional(notes, file.name):
        numbers = of_each(file, times.shape[0])
    return numbers, notes


def _short(error: DataError) -> str:
    """The name of the file and what is wrong with it."""
    return f"{Path(error.path).name}: {error.problem}"


SPEC = ReaderSpec(
    title="Kilosort or phy folder",
    patterns=("spike_times.npy", "spike_clusters.npy", "params.py"),
    accepts=accepts,
    read=read,
    folder=True,
)
