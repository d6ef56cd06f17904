"""What readers of bouts share: tables of text as people write them, and one sentence where a table is none."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from neurofm.data.clock import NUMBERED, UNITS, unit_of, unit_words
from neurofm.data.ethogram import Ethogram, wrong
from neurofm.errors import DataError
from neurofm.io._rows import left_out
from neurofm.process import move

ALIASES = {
    "start": ("start", "start_time", "start_s", "start_sec", "onset", "begin", "from", "t_start", "start_seconds"),
    "stop": ("stop", "stop_time", "stop_s", "stop_sec", "end", "end_time", "to", "t_stop", "t_end", "stop_seconds"),
    "duration": ("duration", "duration_s", "duration_sec", "length", "length_s"),
    "behavior": ("behavior", "behaviour", "label", "event", "action", "syllable", "motif", "state", "cluster"),
    "subject": ("subject", "animal", "individual", "animal_id", "subject_id", "track"),
    "origin": ("origin",),
}  # fmt: skip
FIRST = 1 << 16  # bytes that are looked at to tell what a file is
NEEDS = "a table of bouts needs the columns start and stop (s) and behavior, and may have subject and others"


def rows(path: Path, most: int = -1) -> list[list[str]]:
    """The cells of a table of text, line by line; commas, tabs or semicolons are between them."""
    with path.open("rb") as file:
        raw = file.read(most)
    try:
        text = raw.decode("utf-8-sig", "strict" if most < 0 else "ignore")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    if "\0" in text:
        raise DataError(path, "", "is no table of text; save it as CSV")
    mark = max("\t;,", key=text.split("\n", 1)[0].count) if text else ","
    cells = [[cell.strip() for cell in row] for row in csv.reader(text.splitlines(), delimiter=mark)]
    if most < 0 and not text.endswith(("\n", "\r")) and len(cells) > 1 and len(cells[-1]) < len(cells[-2]):
        raise DataError(path, "", f"ends within line {len(cells)}; was the copy cut off?")
    return cells


def table(path: Path, header: Sequence[str], lines: Iterable[Sequence[str]]) -> pd.DataFrame:
    """The cells under their names; those that a line lacks at its end are empty, and unnamed ones are left out."""
    twice = [name for name in header if name and list(header).count(name) > 1]
    if twice:
        raise DataError(path, twice[0], "is the name of two columns; rename one")
    width = len(header)
    full = [(list(line) + [""] * width)[:width] for line in lines if any(line)]
    return pd.DataFrame(full, columns=list(header), dtype=str).loc[:, [bool(name) for name in header]]


def head(path: Path) -> list[list[str]]:
    """The first lines of it; nothing of what is no text."""
    try:
        return rows(path, FIRST)
    except (DataError, csv.Error):
        return []


def plain(name: str) -> str:
    """A column's name as it is compared: "Start (s)" is start_s."""
    return re.sub(r"[^a-z0-9]+", "_", re.sub("[µμ]", "u", name.lower())).strip("_")


def meant(names: Iterable[str]) -> dict[str, str]:
    """What columns are called here, by what they are called there."""
    there = {plain(name): name for name in reversed(list(names))}
    names_here: dict[str, str] = {}
    for own, others in ALIASES.items():
        match = next((there[other] for other in others if other in there and there[other] not in names_here), None)
        if match is not None:
            names_here[match] = own
    return names_here


def in_other_units(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Columns of starts and stops that are no seconds, and what they are."""
    begins = "|".join({alias for own in ("start", "stop", "duration") for alias in ALIASES[own]})
    for name in names:
        parts = re.fullmatch(f"({begins})_?([a-z]+)", plain(name))
        unit = unit_of(parts[2]) if parts else ""
        if unit and unit != "s":
            yield name, _remedy(unit)


def _remedy(unit: str) -> str:
    """What times in a unit are, and what is to be done with them."""
    if unit == NUMBERED:
        return "numbers of frames; divide them by the frame rate"
    lasts = UNITS[unit][0]
    remedy = f"multiply them by {lasts:,.0f}" if lasts > 1 else f"divide them by {1 / lasts:,.0f}"
    return f"{unit_words(unit)}; {remedy}"


def ethogram(path: Path, bouts: pd.DataFrame, *, unread: Sequence[str] = (), **about: Any) -> Ethogram:
    """What a table of bouts holds; a file's name is that of the session, unless it says another."""
    if not len(bouts):
        raise DataError(path, "", f"holds no bouts; {NEEDS}")
    field, problem = wrong(bouts)
    if problem:
        raise DataError(path, field, problem)
    notes = (*about.pop("notes", ()), *left_out(unread))
    return Ethogram(**{"session": path.stem, "paths": (str(path),), "bouts": bouts, "notes": notes} | about)


def further(names: Iterable[str]) -> list[str]:
    """The note on columns that are kept as they are called."""
    listed = sorted(names)
    return [f"further columns: {', '.join(listed)}"] if listed else []


def written(path: Path, make: Callable[[Path], Any]) -> Path:
    """Let `make` write a file beside `path` and put it there in one go; what was there stays if that fails."""
    part = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        make(part)
        return move(part, path)
    except (OSError, ValueError) as error:
        raise DataError(path, "", f"cannot be written ({error}); choose another folder or name") from error
    finally:
        part.unlink(missing_ok=True)
