"""Bouts in a plain table of text: start, stop (or duration) in seconds, behavior, and subject and others where known.

Columns are known by other names, too ("Start (s)", "onset", "behaviour", "animal"); commas, tabs or semicolons stand
between them.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from neurofm.data.ethogram import WORDS, Ethogram
from neurofm.errors import DataError
from neurofm.io._bouts import NEEDS, ethogram, further, head, in_other_units, meant, rows, table, written
from neurofm.specs import ReaderSpec

TIMES = {"start", "stop", "duration"}


def accepts(path: Path) -> bool:
    """Whether its first line names times and a behaviour."""
    lines = head(path)
    if not lines:
        return False
    named = set(meant(lines[0]).values())
    told = {"start", "stop"} if any(in_other_units(lines[0])) else named
    return "behavior" in named and "start" in told and bool(told & {"stop", "duration"})


def read(path: Path) -> Ethogram:
    """A bout a row."""
    first, *others = rows(path)
    names = meant(first)
    _check(path, first, set(names.values()))
    bouts = table(path, first, others).rename(columns=names)
    for name in TIMES & set(bouts):
        bouts[name] = _seconds(path, name, bouts[name])
    if "stop" not in bouts:
        bouts["stop"] = bouts["start"] + bouts["duration"]
    more = [name for name in bouts if name not in (*TIMES, *WORDS)]
    bouts = bouts.assign(**{str(name): _numbers(bouts[name]) for name in more})
    return ethogram(path, bouts.drop(columns="duration", errors="ignore"), notes=further(map(str, more)))


def write(source: Ethogram, path: Path) -> Path:
    """Every column of its bouts; what it says of itself as a whole is left out."""
    return written(path, lambda part: source.bouts.to_csv(part, index=False))


def _check(path: Path, given: list[str], there: set[str]) -> None:
    for name, words in in_other_units(given):
        raise DataError(path, name, f"holds {words}, and call the column start, stop or duration")
    missing = [name for name in ("start", "behavior") if name not in there]
    missing += [] if there & {"stop", "duration"} else ["stop"]
    if missing:
        raise DataError(path, missing[0], f"is missing; there are {', '.join(given)[:200]}, and {NEEDS}")


def _seconds(path: Path, name: str, column: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(column.str.replace(",", "."), errors="coerce")
    bad = column[numbers.isna()]
    if len(bad):
        raise DataError(path, name, f"is {bad.iloc[0][:40]!r} in row {bad.index[0] + 1}; give a number of seconds")
    return numbers


def _numbers(column: pd.Series) -> pd.Series:
    """As numbers, where there is nothing else in it."""
    numbers = pd.to_numeric(column.replace("", None), errors="coerce")
    return numbers if numbers.notna().any() and (numbers.notna() | (column == "")).all() else column


SPEC = ReaderSpec(
    title="Table of bouts", patterns=("*.csv", "*.tsv"), accepts=accepts, read=read, kind="ethogram", write=write
)
