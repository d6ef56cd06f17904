"""ALF folders (Open Neurophysiology Environment): a file an attribute, `_namespace_object.attribute.extra.npy`.

Objects with `times` or `timestamps` become series, those with `intervals` interval tables; probes are merged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.recording import Recording, merge
from neurofm.data.series import Series, clean_series, clean_spikes
from neurofm.errors import DataError
from neurofm.io._copies import load_npy
from neurofm.specs import ReaderSpec

NAME = re.compile(r"(?:_[^_.]+_)?(?P<object>[A-Za-z]\w*)\.(?P<attribute>\w+)(?:\.[^/]+)?\.(?P<kind>npy|pqt|csv)")
SESSION = re.compile(r"(?P<subject>[^/]+)/(?P<date>\d{4}-\d\d-\d\d)/(?P<number>\d{1,3})$")
DEPTH, MOST = 5, 20_000  # folders deep and entries looked at, so that a home folder is soon refused
SORTED = ("spikes", "clusters", "channels", "templates", "waveforms", "drift", "electrodeSites")  # not behaviour
UNITS = {"wheel.position": "rad", "wheel.velocity": "rad/s"}
AREA = ("brainLocationAcronyms_ccf_2017", "acronym", "acronyms", "brainAcronyms", "brainLocationIds_ccf_2017")

Files = dict[str, dict[str, Path]]  # object -> attribute -> file


def accepts(path: Path) -> bool:
    """Whether spikes or trials are named as ALF wants it."""
    datasets = {(m["object"], m["attribute"]) for _, m in _files(path)}
    return {("spikes", "times"), ("spikes", "clusters")} <= datasets or any(name == "trials" for name, _ in datasets)


def read(path: Path) -> Recording:
    """Spikes of every probe, trials, and what else has times."""
    probes, shared = _sort(path)
    parts = [_probe(name, files) for name, files in sorted(probes.items())]
    series, intervals, notes = _behaviour(shared)
    rest = Recording(session="", series=series, intervals=intervals, notes=tuple(notes))
    whole = merge([*parts, rest])
    home = path.parent if path.name == "alf" else path
    names = SESSION.search(home.as_posix())
    session = "_".join(names.groups()) if names else home.name
    subject = names["subject"] if names else ""
    return Recording(
        session=session,
        subject=subject,
        spikes=whole.spikes,
        units=whole.units,
        series=whole.series,
        intervals=whole.intervals,
        domain=whole.domain,
        paths=(str(path),),
        notes=whole.notes,
    )


def _files(folder: Path) -> Iterator[tuple[Path, re.Match[str]]]:
    """Files named as ALF wants it, a few folders deep, the deeper ones and later revisions last."""
    waiting, seen = [(folder, DEPTH)], 0
    while waiting and seen < MOST:
        place, depth = waiting.pop(0)
        entries = sorted(p for p in islice(place.iterdir(), MOST) if not p.name.startswith("."))
        seen += len(entries)
        for entry in entries:
            match = NAME.fullmatch(entry.name)
            if match and entry.is_file():
                yield entry, match
            elif depth and entry.is_dir() and not entry.is_symlink():
                waiting.append((entry, depth - 1))


def _sort(folder: Path) -> tuple[dict[str, Files], Files]:
    """Files of each probe, and those of the whole session; of several sortings the deepest folder wins."""
    probes: dict[str, Files] = {}
    shared: Files = {}
    for file, match in _files(folder):
        home = probes.setdefault(_probe_name(folder, file), {}) if match["object"] in SORTED else shared
        home.setdefault(match["object"], {})[match["attribute"]] = file
    return {name: files for name, files in probes.items() if "times" in files.get("spikes", {})}, shared


def _probe_name(folder: Path, file: Path) -> str:
    """The folder below `alf` (`alf/probe00/pykilosort`), or "" in a flat layout."""
    between = [part for part in file.relative_to(folder).parts[:-1] if part != "alf" and not part.startswith("#")]
    return between[0] if between else ""


def _load(file: Path) -> Any:
    """An array (never a pickle) or a table."""
    try:
        if file.suffix == ".npy":
            return load_npy(file)
        return pd.read_parquet(file) if file.suffix == ".pqt" else pd.read_csv(file)
    except (ValueError, OSError, EOFError) as error:
        raise DataError(file, "", f"cannot be read ({str(error).splitlines()[0]}); is it damaged?") from error


def _probe(name: str, files: Files) -> Recording:
    """Spikes and clusters of one probe."""
    if "clusters" not in files["spikes"]:
        raise DataError(files["spikes"]["times"], "spikes.clusters", "is missing beside the spike times")
    times, cluster = _load(files["spikes"]["times"]).ravel(), _load(files["spikes"]["clusters"]).ravel()
    if len(times) != len(cluster):
        raise DataError(files["spikes"]["clusters"], "", f"has {len(cluster)} entries for {len(times)} spike times")
    if len(cluster) and cluster.min() < 0:
        raise DataError(files["spikes"]["clusters"], "", f"names cluster {cluster.min()}")
    units = _clusters(name, files, int(cluster.max()) + 1 if len(cluster) else 0)
    spikes, notes = clean_spikes(times, cluster)
    return Recording(session=name, spikes=spikes, units=units, notes=tuple(notes))


def _clusters(name: str, files: Files, least: int) -> pd.DataFrame:
    """A row per cluster: label, where it is, and how well it was sorted."""
    arrays = {key: _load(file) for key, file in files.get("clusters", {}).items()}
    lengths = [len(v) for key, v in arrays.items() if key != "metrics"]
    count = max([least, *lengths])
    table = pd.DataFrame({"label": [f"{name} {k}".strip() for k in range(count)], "cluster": range(count)})
    table = table.assign(probe=name) if name else table
    for key, column in (("channels", "channel"), ("depths", "depth")):
        if key in arrays:
            table[column] = pd.Series(np.asarray(arrays[key]).ravel())
    if "uuids" in arrays:
        table["uuid"] = arrays["uuids"].iloc[:, 0].astype(str)
    region = _regions(files, arrays, table)
    table = table if region is None else table.assign(region=region)
    return _with_metrics(table, arrays.get("metrics"))


def _regions(files: Files, clusters: Mapping[str, Any], table: pd.DataFrame) -> Any:
    """Each cluster's region, its own or its channel's; an atlas number without a name is told as one."""
    key = next((k for k in AREA if k in clusters), None)
    if key:
        return pd.Series(np.asarray(clusters[key]).ravel()).map(_region)
    channels = files.get("channels", {})
    key = next((k for k in AREA if k in channels), None)
    if key is None or "channel" not in table:
        return None
    names = pd.Series(np.asarray(_load(channels[key])).ravel()).map(_region)
    return table["channel"].map(names).fillna("").astype(str)


def _region(value: Any) -> str:
    return value if isinstance(value, str) else f"CCF {abs(int(value))}"  # the sign tells the hemisphere


def _with_metrics(table: pd.DataFrame, metrics: Any) -> pd.DataFrame:
    """With the sorting's scores; its `label` (1 is good) is called quality here."""
    if not isinstance(metrics, pd.DataFrame):
        return table
    metrics = metrics.rename(columns={"label": "quality", "acronym": "region"})
    metrics = metrics.set_index("cluster_id" if "cluster_id" in metrics else metrics.index)
    new = [c for c in metrics if c not in table and metrics[c].dtype.kind in "fiubOT"]
    return table.join(metrics.loc[~metrics.index.duplicated(), new], on="cluster")


def _behaviour(shared: Files) -> tuple[dict[str, Series], dict[str, pd.DataFrame], list[str]]:
    """Series and interval tables of every object that has times or intervals."""
    series: dict[str, Series] = {}
    intervals: dict[str, pd.DataFrame] = {}
    notes: list[str] = []
    for name, files in sorted(shared.items()):
        if "intervals" in files or "table" in files:
            intervals[name] = _table(name, files)
            continue
        clock = next((key for key in ("times", "timestamps") if key in files), None)
        for key, file in files.items():
            if clock is None or key == clock or file.suffix != ".npy":
                continue
            values = _load(file)
            times = _clock(_load(files[clock]), len(values))
            full = f"{name}.{key}"
            if len(times) != len(values):
                notes.append(f"{full}: {len(values)} values for {len(times)} times, left out")
            elif values.ndim <= 2 and values.dtype.kind in "fiub":
                series[full], more = clean_series(times, values, (), UNITS.get(full, ""), full)
                notes += more
    return series, intervals, notes


def _clock(times: NDArray[Any], count: int) -> NDArray[np.float64]:
    """Times of `count` samples; two columns are (sample, second) pairs between which the clock is even."""
    if times.ndim == 2 and times.shape[1] == 2:
        return np.interp(np.arange(count), times[:, 0], times[:, 1])
    return np.asarray(times, float).ravel()


def _table(name: str, files: Mapping[str, Path]) -> pd.DataFrame:
    """One row per interval, from the table and the single files."""
    table = _load(files["table"]) if "table" in files else pd.DataFrame()
    columns: dict[str, Any] = {str(key): table[key].to_numpy() for key in table}
    for key, file in files.items():
        values = _load(file) if file.suffix == ".npy" else None
        if values is None or key in columns:
            continue
        wanted = len(next(iter(columns.values()))) if columns else len(values)
        if len(values) != wanted:
            raise DataError(file, f"{name}.{key}", f"has {len(values)} rows, the others have {wanted}")
        flat = np.asarray(values).reshape(len(values), -1)
        many = flat.shape[1] > 1
        columns |= {f"{key}_{k}" if many else key: flat[:, k] for k in range(flat.shape[1])}
    if not {"intervals_0", "intervals_1"} <= set(columns):
        first = next(iter(files.values()))
        raise DataError(first, f"{name}.intervals", "is missing; each row needs a start and a stop")
    ends = {"start": columns.pop("intervals_0"), "stop": columns.pop("intervals_1")}
    return pd.DataFrame(ends | columns)


SPEC = ReaderSpec(title="ALF folder", patterns=("alf",), accepts=accepts, read=read, folder=True)
