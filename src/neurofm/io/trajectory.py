"""Video position tracking: a text header that ends in `<End settings>`, then packed records of time and LED pixels."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neurofm.data.recording import Recording
from neurofm.data.series import Series, clean_series
from neurofm.errors import DataError
from neurofm.io._file import head
from neurofm.io._rows import left_out
from neurofm.specs import ReaderSpec

START, END = b"<Start settings>", b"<End settings>"
FIELD = re.compile(r"<(\w+)\s+(u?int(?:8|16|32|64)|single|double|float32|float64)>")
LEDS = {"position": ("xloc", "yloc"), "position2": ("xloc2", "yloc2")}
RENAMED = {"single": "float32", "double": "float64"}


def accepts(path: Path) -> bool:
    """Whether the settings header is there."""
    return head(path, len(START)) == START


def read(path: Path) -> Recording:
    """Position of each LED that was seen, in pixels."""
    raw = path.read_bytes()
    if END not in raw:
        raise DataError(path, "header", "has no <End settings>; the file is cut off or no position tracking")
    text, body = raw.split(END, 1)
    body = body.split(b"\n", 1)[1] if b"\n" in body[:2] else body
    settings = _settings(text.decode("latin-1"))
    rows, notes = _rows(path, settings.get("fields", ""), body)
    times = rows["time"] / _number(path, settings, "clockrate")
    series: dict[str, Series] = {}
    for name, fields in LEDS.items():
        if not set(fields) <= set(rows.dtype.names or ()):
            continue
        if name != "position" and not rows[fields[0]].any():
            notes.append(f"{name} is 0 throughout, as where there is no second light, and was left out")
            continue
        values = np.stack([rows[f] for f in fields], 1).astype(np.float64)
        series[name], more = clean_series(times, values, ("x", "y"), "px", name)
        notes += more
    read = {"time", *(field for fields in LEDS.values() for field in fields)}
    notes += left_out(set(rows.dtype.names or ()) - read)
    return Recording(session=path.stem, series=series, paths=(str(path),), notes=tuple(notes))


def _settings(text: str) -> dict[str, str]:
    lines = [line.split(":", 1) for line in text.splitlines() if ":" in line]
    return {name.strip().lower(): value.strip() for name, value in lines}


def _number(path: Path, settings: dict[str, str], name: str) -> float:
    try:
        number = float(settings.get(name, ""))
    except ValueError:
        number = 0.0
    if number <= 0:
        raise DataError(path, name, f"is {settings.get(name, 'missing')!r}; the header needs a positive number there")
    return number


def _rows(path: Path, fields: str, body: bytes) -> tuple[NDArray[np.void], list[str]]:
    """The records as the header declares them."""
    named = FIELD.findall(fields)
    if not {"time", "xloc", "yloc"} <= {name for name, _ in named}:
        raise DataError(path, "Fields", f"needs <time ...><xloc ...><yloc ...>, got {fields!r}")
    dtype = np.dtype([(name, np.dtype(RENAMED.get(kind, kind)).newbyteorder("<")) for name, kind in named])
    whole, rest = divmod(len(body), dtype.itemsize)
    if not whole:
        raise DataError(path, "records", "there are none after the header; the file is cut off")
    notes = [f"the last record is cut off ({rest} of {dtype.itemsize} bytes) and was left out"] if rest else []
    return np.frombuffer(body[: whole * dtype.itemsize], dtype), notes


SPEC = ReaderSpec(title="Position tracking", patterns=("*.videoPositionTracking",), accepts=accepts, read=read)
