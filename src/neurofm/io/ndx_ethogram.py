"""ndx-ethogram: bouts of behaviour in NWB (`EthogramBouts`), in files without units; read with h5py alone.

In a file that holds spikes as well, its bouts are intervals of that recording; `read(path, reader="ndx_ethogram")`
takes them out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd

from neurofm.data.ethogram import NEEDED, Ethogram
from neurofm.data.spans import SpanArray
from neurofm.errors import DataError
from neurofm.io._bouts import ethogram, written
from neurofm.io._hdf5 import children, text
from neurofm.io._nwb_parts import PLACES, leaves, table
from neurofm.specs import ReaderSpec

TYPE, CATALOGUE = "EthogramBouts", "Ethogram"
ASSESSED = "observation_intervals"  # spans in which labels were given
LINKS = (ASSESSED, "ethogram", "source", "source_pose", "source_video")  # to what else is in the file
HOW = ("labeling_method", "source_software", "annotator")
DEEPEST = 4  # groups in groups
CLOCK = "clock: "  # how we name the clock in a table's description


def accepts(path: Path) -> bool:
    """Whether it is NWB with bouts, and without units."""
    if not h5py.is_hdf5(path):
        return False
    with h5py.File(path) as file:
        return "nwb_version" in file.attrs and "units" not in file and next(_tables(file), None) is not None


def read(path: Path) -> Ethogram:
    """All bouts in it; where there are several tables, `origin` tells them apart."""
    with h5py.File(path) as file:
        tables = list(_tables(file))
        if not tables:
            raise DataError(path, TYPE, "is in no part of the file; write bouts with ndx-ethogram")
        parts, notes = [], []
        for group in tables:
            bouts, told = _bouts(path, group, alone=len(tables) == 1)
            parts.append(bouts)
            notes += told
        session = _text(file, "general/session_id") or path.stem
        return ethogram(
            path,
            pd.concat(parts, ignore_index=True),
            session=session,
            subject=_text(file, "general/subject/subject_id"),
            clock=_clock(tables[0]) or session,
            domain=_assessed(tables),
            notes=tuple(notes),
            unread=_others(file),
        )


def write(source: Ethogram, path: Path) -> Path:
    """Bouts and the catalogue of their behaviours, in a module of behaviour."""
    try:
        import ndx_ethogram  # noqa: F401
        import pynwb
    except ImportError as error:
        words = "writing bouts as NWB needs pynwb and ndx-ethogram; pip install 'napari-neurofm[nwb]'"
        raise DataError(path, "", words) from error

    def make(part: Path) -> None:
        with pynwb.NWBHDF5IO(str(part), mode="w") as io:
            io.write(_nwb(source))

    return written(path, make)


def _tables(file: Any) -> Iterator[Any]:
    """Tables of bouts, wherever they lie."""
    for place in ("intervals", *PLACES):
        yield from _in(file.get(place), 0)


def _in(group: Any, depth: int) -> Iterator[Any]:
    for _, child in children(group, []):
        if not isinstance(child, h5py.Group):
            continue
        if text(child.attrs.get("neurodata_type", "")) == TYPE:
            yield child
        elif depth < DEEPEST:
            yield from _in(child, depth + 1)


def _others(file: Any) -> list[str]:
    """Names of what is neither bouts nor what belongs to them."""
    own = [one for group in _tables(file) for one in (group, *([group[ASSESSED]] if ASSESSED in group else []))]
    parts = [part for place in PLACES for part in leaves(file.get(place), [])]
    others = [part for part in parts if part not in own and text(part.attrs.get("neurodata_type", "")) != CATALOGUE]
    return [part.name.rpartition("/")[2] for part in others]


def _bouts(path: Path, group: Any, *, alone: bool) -> tuple[pd.DataFrame, list[str]]:
    rows, notes = table(path, group, LINKS)
    name = group.name.rpartition("/")[2]
    if not {"start_time", "stop_time", "label"} <= set(rows):
        raise DataError(path, name, "has no start_time, stop_time and label; write it anew with ndx-ethogram")
    rows = rows.rename(columns={"start_time": "start", "stop_time": "stop", "label": "behavior"})
    if "origin" not in rows:
        said = [text(group.attrs[key]) for key in HOW if key in group.attrs]
        rows["origin"] = " ".join([*([] if alone else [f"{name}:"]), *said])
    return rows, notes


def _assessed(tables: list[Any]) -> SpanArray:
    """Spans in which labels were given, where all tables tell of the same."""
    spans = [group[ASSESSED] for group in tables if ASSESSED in group]
    if len(spans) != len(tables) or len({span.name for span in spans}) != 1:
        return np.zeros((0, 2))
    return np.stack([spans[0][key][()] for key in ("start_time", "stop_time")], 1).astype(float)


def _clock(group: Any) -> str:
    said = text(group.attrs.get("description", ""))
    return said.removeprefix(CLOCK) if said.startswith(CLOCK) else ""


def _text(file: Any, name: str) -> str:
    return text(file[name]) if name in file else ""


def _nwb(source: Ethogram) -> Any:
    from datetime import UTC, datetime

    from pynwb import NWBFile
    from pynwb.epoch import TimeIntervals
    from pynwb.file import Subject

    file = NWBFile(
        session_description=f"bouts of behaviour: {source.session}",
        identifier=source.session,
        session_id=source.session,
        session_start_time=datetime.fromtimestamp(0, UTC),  # times are seconds on the clock of what was looked at
    )
    if source.subject:
        file.subject = Subject(subject_id=source.subject)
    assessed = TimeIntervals(name="assessed", description="spans that were looked at")
    for start, stop in source.domain:
        assessed.add_row(start_time=start, stop_time=stop)
    catalogue, bouts = _catalogue(source), _table(source)
    bouts.ethogram, bouts.observation_intervals = catalogue, assessed
    module = file.create_processing_module("behavior", "bouts of behaviour")
    for part in (catalogue, assessed, bouts):
        module.add(part)
    return file


def _catalogue(source: Ethogram) -> Any:
    """What behaviours there are."""
    import ndx_ethogram

    catalogue = ndx_ethogram.Ethogram(name="behaviors", description="behaviours that stand in the bouts")
    lasting = source.bouts["stop"] > source.bouts["start"]
    for name in source.behaviors:
        kind = "state" if lasting[source.bouts["behavior"] == name].any() else "point"
        catalogue.add_row(behavior=name, definition=name, behavior_type=kind)
    return catalogue


def _table(source: Ethogram) -> Any:
    """The bouts; what happens at a moment is one that lasts no time, though the standard means those that last."""
    import ndx_ethogram

    method = "automated" if source.bouts["origin"].str.startswith("clusters").all() else "curated"
    bouts = ndx_ethogram.EthogramBouts(name="bouts", description=f"{CLOCK}{source.clock}", labeling_method=method)
    for name in source.bouts:
        if name not in NEEDED:
            bouts.add_column(name=str(name), description=str(name))
    rows = source.bouts.rename(columns={"start": "start_time", "stop": "stop_time", "behavior": "label"})
    for row in rows.to_dict("records"):
        bouts.add_row(**{str(name): value for name, value in row.items()})
    return bouts


SPEC = ReaderSpec(title="ndx-ethogram", patterns=("*.nwb",), accepts=accepts, read=read, kind="ethogram", write=write)
