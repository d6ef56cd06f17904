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
from neurofm.data.series import Series, clean_spikes
from neurofm.errors import DataError
from neurofm.io._copies import load_npy
from neurofm.io._optional import optional
from neurofm.io._rows import common, counts_rows, events, left_out, row_table, rows, stretches, timed, vector
from neurofm.io._sampling import rate, says_rate
from neurofm.specs import ReaderSpec

NAME = re.compile(r"(?:_[^_.]+_)?(?P<object>[A-Za-z]\w*)\.(?P<attribute>\w+)(?:\.[^/]+)?\.(?P<kind>npy|pqt|csv)")
SESSION = re.compile(r"(?P<subject>[^/]+)/(?P<date>\d{4}-\d\d-\d\d)/(?P<number>\d{1,3})$")
DEPTH, MOST = 5, 20_000  # folders deep and entries looked at, so that a home folder is soon refused
SORTED = ("spikes", "clusters", "channels", "templates", "waveforms", "drift", "electrodeSites")  # not behaviour
UNITS = {"wheel.position": "rad", "wheel.velocity": "rad/s"}
CLOCKS = ("times", "timestamps")
WHEN = ("times", "samples")  # attributes of spikes that say when each was, the better first
TABLES = ("table", "intervalsTable", "intervals")  # attributes that are tables, or make one
RENAMED = {"channels": "channel", "depths": "depth", "uuids": "uuid", "label": "quality"}  # columns of the units
IDS = ("cluster_id", "clusters", "cluster", "id")  # columns that say which cluster a row is of
AREA = ("brainLocationAcronyms_ccf_2017", "acronym", "acronyms", "brainAcronyms", "brainLocationIds_ccf_2017")
CHANNEL_AREAS = {("channels", key) for key in AREA}

Files = dict[str, dict[str, Path]]  # object -> attribute -> file


def accepts(path: Path) -> bool:
    """Whether spikes or trials are named as ALF wants it."""
    datasets = {(m["object"], m["attribute"]) for _, m in _files(path) if m}
    sorted_ = ("spikes", "clusters") in datasets and any(("spikes", key) in datasets for key in WHEN)
    return sorted_ or any(name == "trials" for name, _ in datasets)


def read(path: Path) -> Recording:
    """Spikes of every probe, trials, and what else has times."""
    probes, shared, unread = _sort(path)
    parts = [_probe(name, files) for name, files in sorted(probes.items())]
    series, intervals, notes, more = _behaviour(shared)
    unread += more
    rest = Recording(session="", series=series, intervals=intervals, notes=(*notes, *left_out(unread)))
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


def _files(folder: Path) -> Iterator[tuple[Path, re.Match[str] | None]]:
    """All files, with what ALF says of those named as it wants; a few folders deep, later revisions last."""
    waiting, seen = [(folder, DEPTH)], 0
    while waiting and seen < MOST:
        place, depth = waiting.pop(0)
        entries = sorted(p for p in islice(place.iterdir(), MOST) if not p.name.startswith("."))
        seen += len(entries)
        for entry in entries:
            if entry.is_file():
                yield entry, NAME.fullmatch(entry.name)
            elif depth and entry.is_dir() and not entry.is_symlink():
                waiting.append((entry, depth - 1))


def _sort(folder: Path) -> tuple[dict[str, Files], Files, list[str]]:
    """Files of each probe, and those of the whole session; of several sortings the deepest folder wins; other files."""
    probes: dict[str, Files] = {}
    shared: Files = {}
    unread: list[str] = []
    for file, match in _files(folder):
        if match is None:
            unread += [] if says_rate(file) else [file.name]
            continue
        home = probes.setdefault(_probe_name(folder, file), {}) if match["object"] in SORTED else shared
        home.setdefault(match["object"], {})[match["attribute"]] = file
    with_spikes = {name: files for name, files in probes.items() if any(key in files.get("spikes", {}) for key in WHEN)}
    lacking = [files for name, files in probes.items() if name not in with_spikes]
    unread += [f"{thing}.{key}" for files in lacking for thing, keys in files.items() for key in keys]
    return with_spikes, shared, unread


def _probe_name(folder: Path, file: Path) -> str:
    """The folder below `alf` (`alf/probe00/pykilosort`), or "" in a flat layout."""
    between = [part for part in file.relative_to(folder).parts[:-1] if part != "alf" and not part.startswith("#")]
    return between[0] if between else ""


def _load(file: Path) -> Any:
    """An array (never a pickle) or a table."""
    try:
        if file.suffix == ".npy":
            return load_npy(file)
        table = pd.read_parquet(file) if file.suffix == ".pqt" else pd.read_csv(file)
        return table.drop(
            columns=[name for name in table if str(name).startswith("Unnamed: ") and counts_rows(table[name])]
        )
    except (ValueError, OSError, EOFError) as error:
        raise DataError(file, "", f"cannot be read ({str(error).splitlines()[0]}); is it damaged?") from error


def _loaded(thing: str, files: Mapping[str, Path], notes: list[str]) -> dict[str, Any]:
    """What the files of an object hold; one that cannot be read is left out and told."""
    arrays: dict[str, Any] = {}
    for key, file in files.items():
        with optional(notes, f"{thing}.{key}"):
            arrays[key] = _load(file)
    return arrays


def _probe(name: str, files: Files) -> Recording:
    """Spikes and clusters of one probe."""
    key = next(key for key in WHEN if key in files["spikes"])
    if "clusters" not in files["spikes"]:
        raise DataError(files["spikes"][key], "spikes.clusters", "is missing beside the spike times")
    times, cluster = (vector(file, "", _load(file)) for file in (files["spikes"][key], files["spikes"]["clusters"]))
    times = times / rate(files["spikes"][key]) if key == "samples" else times
    if len(times) != len(cluster):
        raise DataError(files["spikes"]["clusters"], "", f"has {len(cluster)} entries for {len(times)} spike times")
    if len(cluster) and (cluster.min() < 0 or (cluster % 1).any()):
        raise DataError(
            files["spikes"]["clusters"], "", f"names cluster {cluster[(cluster < 0) | (cluster % 1 != 0)][0]}"
        )
    ids, row = np.unique(cluster.astype(np.int64), return_inverse=True)
    units, told = _clusters(name, files, ids)
    row = row if len(units) == len(ids) and (units["cluster"] == ids).all() else cluster
    spikes, notes = clean_spikes(times, row)
    unread = [f"spikes.{key}" for key in files["spikes"] if key not in (*WHEN, "clusters")]
    others = [thing for thing in files if thing not in ("spikes", "clusters")]
    unread += [f"{thing}.{key}" for thing in others for key in files[thing] if (thing, key) not in CHANNEL_AREAS]
    notes += [f"{name}: {note}" if name else note for note in (*told, *left_out(unread))]
    return Recording(session=name, spikes=spikes, units=units, notes=tuple(notes))


def _clusters(name: str, files: Files, ids: NDArray[np.int64]) -> tuple[pd.DataFrame, list[str]]:
    """A row per cluster: label, where it is, how well it was sorted, and whatever else has a value for each.

    Where arrays have a row for every id there may be, there is a unit of each; else one of each of `ids`, that fired.
    """
    notes: list[str] = []
    arrays = _loaded("clusters", files.get("clusters", {}), notes)
    metrics = arrays.pop("metrics", None)
    least = int(ids[-1]) + 1 if len(ids) else 0
    rows_of = [len(one) for one in arrays.values() if np.ndim(one)]
    if any(count >= least for count in rows_of) or least == len(ids):
        ids = np.arange(common(arrays, least))
    count = len(ids)
    table = pd.DataFrame({"label": [f"{name} {k}".strip() for k in ids], "cluster": ids})
    table = table.assign(probe=name) if name else table
    area = next((key for key in AREA if key in arrays), "")
    plain = {key: values for key, values in arrays.items() if key != area}
    told, more = row_table(_flat(plain), count, "clusters")
    notes += more
    table = table.join(told.rename(columns=RENAMED).drop(columns=list(table), errors="ignore"))
    region = None
    with optional(notes, "clusters.regions"):
        region, more = _own_regions(area, arrays[area], count) if area else _channel_regions(files, table)
        notes += more
    table = table if region is None else table.assign(region=region)
    if metrics is None:
        return table, notes
    table, more = _with_metrics(table, metrics)
    return table, [*notes, *more]


def _flat(arrays: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """Arrays, and the columns of tables."""
    flat: dict[str, NDArray[Any]] = {}
    for key, values in arrays.items():
        if isinstance(values, pd.DataFrame):
            alone = values.shape[1] == 1 and key != "table"
            flat |= {key if alone else str(column): values[column].to_numpy() for column in values}
        else:
            flat[key] = values
    return flat


def _own_regions(key: str, values: Any, count: int) -> tuple[Any, list[str]]:
    """Each cluster's region; an atlas number without a name is told as one."""
    names, notes = rows(np.asarray(values), count, f"clusters.{key}")
    if names is not None and names.ndim == 1:
        return [_region(name) for name in names], notes
    return None, notes or [f"clusters.{key}: holds more than one region a cluster, left out"]


def _channel_regions(files: Files, table: pd.DataFrame) -> tuple[Any, list[str]]:
    """The region of each cluster's channel."""
    channels = files.get("channels", {})
    key = next((k for k in AREA if k in channels), None)
    if key is None or "channel" not in table:
        return None, []
    places = np.asarray(_load(channels[key]))
    if max(places.shape, default=1) != places.size:
        return None, [f"channels.{key}: is {places.shape}, where one region a channel is needed, left out"]
    names = pd.Series([_region(value) for value in places.ravel()], dtype=str)
    return table["channel"].map(names).fillna("").astype(str), []


def _region(value: Any) -> str:
    if isinstance(value, (str, bytes)):
        return value if isinstance(value, str) else value.decode("utf-8", "replace")
    return "" if pd.isna(value) else f"CCF {abs(int(value))}"  # the sign tells the hemisphere


def _with_metrics(table: pd.DataFrame, metrics: Any) -> tuple[pd.DataFrame, list[str]]:
    """With the sorting's scores; its `label` (1 is good) is called quality here."""
    name = "clusters.metrics"
    if not isinstance(metrics, pd.DataFrame):
        return table, [f"{name}: is no table, left out"]
    ids = _ids(metrics, table["cluster"].to_numpy())
    if ids is None:
        return table, [f"{name}: does not say which cluster each of its {len(metrics)} rows is of, left out"]
    valid = np.isin(ids, table["cluster"]) & ~pd.Series(ids).duplicated().to_numpy()
    notes = [] if valid.all() else [f"{name}: {(~valid).sum()} rows are of clusters that are not there or came before"]
    metrics = metrics.rename(columns={"label": "quality", "acronym": "region"}).drop(columns=list(IDS), errors="ignore")
    told, more = row_table({str(c): metrics[c].to_numpy() for c in metrics if c not in table}, len(ids), name)
    told = told.set_axis(ids)[valid]
    return table.join(told, on="cluster"), [*notes, *more]


def _ids(metrics: pd.DataFrame, clusters: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Which cluster each row is of: by a column, by its index, or one row each; None where nothing says so."""
    column = next((c for c in IDS if c in metrics), None)
    if column is None and metrics.index.name not in IDS:
        return clusters if len(metrics) == len(clusters) else None
    ids = (metrics.index if column is None else metrics[column]).to_numpy()
    if ids.dtype.kind not in "fiu" or not np.isfinite(ids).all() or (ids % 1).any():
        return None
    return ids.astype(np.int64)


def _behaviour(shared: Files) -> tuple[dict[str, Series], dict[str, pd.DataFrame], list[str], list[str]]:
    """Series, events and interval tables of every object that has times or intervals; notes; and what is not read."""
    series: dict[str, Series] = {}
    intervals: dict[str, pd.DataFrame] = {}
    notes: list[str] = []
    unread: list[str] = []
    for name, files in sorted(shared.items()):
        clock = next((key for key in CLOCKS if key in files), None)
        with optional(notes, name):
            if any(key in files for key in TABLES):
                table, more = _table(name, files)
                intervals |= {} if table is None else {name: table}
            elif clock is None:
                unread += [f"{name}.{key}" for key in files]
                more = []
            elif len(files) == 1:
                intervals[name], more = events(vector(files[clock], f"{name}.{clock}", _load(files[clock])), name)
            else:
                new, more = _timed(name, files, clock)
                series |= new
            notes += more
    return series, intervals, notes, unread


def _timed(name: str, files: Mapping[str, Path], clock: str) -> tuple[dict[str, Series], list[str]]:
    """A series of each array, and of what each table says of the parts of a body."""
    series: dict[str, Series] = {}
    notes: list[str] = []
    stamps = _load(files[clock])
    for key, values in _loaded(name, {key: file for key, file in files.items() if key != clock}, notes).items():
        arrays = _parts(key, values) if isinstance(values, pd.DataFrame) else {key: (values, ())}
        for part, (array, names) in arrays.items():
            full = f"{name}.{part}"
            one, more = timed(_clock(stamps, len(array)), array, names, UNITS.get(full, ""), full)
            series |= {} if one is None else {full: one}
            notes += more
    return series, notes


def _parts(key: str, table: pd.DataFrame) -> dict[str, tuple[NDArray[Any], tuple[str, ...]]]:
    """What a table with a row per sample tells: where each part is (`nose_x`, `nose_y`), how likely, and the rest."""
    numeric = [str(c) for c in table if table[c].dtype.kind in "fiub"]
    split = {column: column.rpartition("_")[::2] for column in numeric}
    placed: dict[str, list[str]] = {}
    for column, (part, axis) in split.items():
        if axis in ("x", "y", "z") and f"{part}_x" in split and f"{part}_y" in split:
            placed.setdefault(part, []).append(column)
    likely = [c for c, (part, last) in split.items() if last == "likelihood" and part in placed]
    rest = [c for c in numeric if c not in likely and not any(c in columns for columns in placed.values())]
    groups = {part: (columns, tuple(split[c][1] for c in columns)) for part, columns in placed.items()}
    groups |= {"likelihood": (likely, tuple(split[c][0] for c in likely))} if likely else {}
    groups |= {key: (rest, tuple(rest))} if rest else {}
    return {name: (table[columns].to_numpy(float), names) for name, (columns, names) in groups.items()}


def _clock(times: NDArray[Any], count: int) -> NDArray[Any]:
    """Times of `count` samples; two columns are (sample, second) pairs between which the clock is even."""
    pairs = times.T if times.ndim == 2 and times.shape[0] == 2 < times.shape[1] else times
    if pairs.ndim == 2 and pairs.shape[1] == 2:
        return np.interp(np.arange(count), pairs[:, 0], pairs[:, 1])
    return times


def _table(name: str, files: Mapping[str, Path]) -> tuple[pd.DataFrame | None, list[str]]:
    """One row per interval, from the table and the single files; None where nothing says when each was."""
    notes: list[str] = []
    first = sorted(files, key=lambda key: key not in TABLES)
    arrays = _flat(_turned(_loaded(name, {key: files[key] for key in first}, notes)))
    whole = next((key for key in ("intervals", "intervals_0", "start", next(iter(arrays), "")) if key in arrays), None)
    if whole is None:
        return None, [*notes, f"{name}: holds nothing, left out"]
    spans = np.atleast_1d(arrays[whole])
    lying = spans.ndim == 2 and (1 if whole != "intervals" else 2) == spans.shape[0] != spans.shape[1]
    table, more = row_table(arrays, spans.shape[1] if lying else len(spans), name)
    notes += more
    table = table.rename(columns={"intervals_0": "start", "intervals_1": "stop", "end": "stop"})
    if not {"start", "stop"} <= set(table):
        return None, [*notes, f"{name}: has no intervals, left out; each row needs a start and a stop"]
    rows, more = stretches(table, name)
    return rows, [*notes, *more]


def _turned(arrays: dict[str, Any]) -> dict[str, Any]:
    """With a row per stretch where a table has a column for each, and rows called start and stop."""
    for key, table in arrays.items():
        if isinstance(table, pd.DataFrame) and sorted(map(str, table.iloc[:, 0])) == ["start", "stop"]:
            across = table.set_index(table.columns[0]).T.rename_axis("name").reset_index()
            arrays |= {key: across.rename_axis(None, axis=1)}
    return arrays


SPEC = ReaderSpec(title="ALF folder", patterns=("alf",), accepts=accepts, read=read, folder=True)
