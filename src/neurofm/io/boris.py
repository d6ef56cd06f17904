"""BORIS: events of one observation, as exported in a table, single (START, STOP, POINT) or aggregated into bouts.

Files of early versions begin with lines about the observation; later ones say it in each row. Times are those that
BORIS shows: seconds, or hours, minutes and seconds, any time offset already in them.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from pathlib import Path, PureWindowsPath

import numpy as np
import pandas as pd

from neurofm.data.classes import word
from neurofm.data.clock import misfit
from neurofm.data.ethogram import TOUCHING, Ethogram
from neurofm.errors import DataError
from neurofm.io import _readers
from neurofm.io._bouts import NEEDS, ethogram, further, head, rows, table, written
from neurofm.specs import ReaderSpec

OBSERVATION, SUBJECT, BEHAVIOR, TIME = "Observation id", "Subject", "Behavior", "Time"
START, STOP, POINT = "START", "STOP", "POINT"
STATUS = ("Behavior type", "Status")  # of an event: START, STOP or POINT
AGGREGATED = ("Start (s)", "Stop (s)")
OFFSET = "Time offset (s)"
LASTS = ("Media duration (s)", "Total length", "Observation duration")  # seconds, where there is one medium
MEDIA = ("Media file name", "Media file", "Media file path")
NOBODY = "No focal subject"
BEYOND = 50  # times as long as its video is no observation, even of several media
KEPT = {"Behavioral category": "category", "Modifiers": "modifiers"}
VIDEO = "video"  # the kind of source that is scored
NOTHING = ("", "NA", "nan")
HEADER = (
    OBSERVATION, "Observation date", "Description", "Observation duration", "Observation type", "Source", OFFSET,
    "Media duration (s)", "FPS", SUBJECT, BEHAVIOR, "Behavioral category", "Behavior type", TIME, "Media file name",
    "Image index", "Image file path", "Comment",
)  # fmt: skip
KNOWN = {
    *HEADER, *STATUS, *AGGREGATED, *LASTS, *MEDIA, *KEPT, "Modifiers", "FPS (frame/s)", "Duration (s)", "Comment start",
    "Comment stop", "Coding duration", "Total duration", "Observation duration by subject by observation",
    "Observation interval start", "Observation interval stop",
}  # fmt: skip


def accepts(path: Path) -> bool:
    """Whether a line in its beginning names what BORIS exports."""
    return _header(head(path)) is not None


def read(path: Path) -> Ethogram:
    """A bout for each state event, and one that lasts no time for each point event."""
    lines = rows(path)
    k = _header(lines)
    if k is None:
        named = ", ".join(next(iter(lines), []))[:200]
        raise DataError(path, "", f"has columns {named}, which are none of BORIS' tabular events; {NEEDS}")
    events = table(path, lines[k], lines[k + 1 :])
    about = {line[0]: line[1] for line in lines[:k] if len(line) > 1 and line[0]}
    name = _one(path, events, about, OBSERVATION, "observation")
    media = {value for column in MEDIA for value in events.get(column, ()) if value not in (*NOTHING, "Not found")}
    notes = _offset(events, about)
    bouts, told = _paired(path, events) if AGGREGATED[0] not in events else (_aggregated(path, events), [])
    return ethogram(
        path,
        bouts,
        session=name or path.stem,
        clock=_clock(path, *media) if len(media) == 1 else "",
        domain=_domain(events, about, bouts),
        notes=(
            *notes,
            *_beyond(events, about, bouts),
            *told,
            *further(name for name in map(str, events) if _is_further(name)),
        ),
    )


def write(source: Ethogram, path: Path) -> Path:
    """Tabular events, which BORIS and its R and Python friends read; how each bout came about is its comment."""
    _check_single(source, path)
    lasts = repr(round(float(source.domain[-1, 1]), 9)) if len(source.domain) else "NA"
    own = [name for name in map(str, source.bouts) if name.startswith("modifier")]
    header = (*HEADER, *(name.capitalize() for name in own))
    lines = []
    for bout in source.bouts.to_dict("records"):
        both = [(START, bout["start"]), (STOP, bout["stop"])]
        events = both if bout["stop"] > bout["start"] else [(POINT, bout["start"])]
        for status, time in events:
            values = {
                OBSERVATION: source.session, "Observation duration": lasts, OFFSET: "0.0", "Media duration (s)": "NA",
                "FPS": "NA", SUBJECT: bout["subject"] or NOBODY, BEHAVIOR: bout["behavior"], "Behavior type": status,
                "Behavioral category": bout.get("category", ""), TIME: repr(round(float(time), 9)),
                "Media file name": source.clock, "Comment": bout["origin"], "Observation type": "Media file(s)",
            } | {name.capitalize(): word(bout[name]) for name in own}  # fmt: skip
            lines.append((time, status != STOP, [str(values.get(name, "")) for name in header]))
    lines.sort(key=lambda line: line[:2])  # what stops stands before what starts at the same time

    def make(part: Path) -> None:
        with part.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter="\t", lineterminator="\n").writerows([header, *(line for *_, line in lines)])

    return written(path, make)


def _header(lines: Sequence[Sequence[str]]) -> int | None:
    """The line that names the columns."""
    for k, line in enumerate(lines):
        single = TIME in line and any(name in line for name in STATUS)
        if BEHAVIOR in line and (single or set(AGGREGATED) <= set(line)):
            return k
    return None


def _one(path: Path, events: pd.DataFrame, about: dict[str, str], column: str, what: str) -> str:
    """The name that all rows have in a column."""
    names = sorted(set(map(word, events[column]))) if column in events else [word(about.get(column, ""))]
    if len(names) > 1:
        listed = ", ".join(names[:5])
        raise DataError(path, column, f"names {len(names)} {what}s ({listed}); export each to a file of its own")
    return names[0] if names else ""


def _clock(path: Path, media: str) -> str:
    """That of the video, where it lies as it is named or beside the table; else what it is called."""
    name = PureWindowsPath(media).name
    if not any(_readers.kind(reader) == VIDEO for reader in _readers.by_name(Path(name))):
        return media
    there = next((file for file in (path.parent / media, path.with_name(name)) if file.is_file()), None)
    return PureWindowsPath(name).stem if there is None else os.path.abspath(there)


def _offset(events: pd.DataFrame, about: dict[str, str]) -> list[str]:
    """What there is to say of an offset, which is in the times already."""
    seconds = _shift(events, about)
    if not seconds:
        return []
    return [f"{TIME}: holds BORIS' time offset of {seconds:g} s; in the video it all happens {seconds:g} s earlier"]


def _shift(events: pd.DataFrame, about: dict[str, str]) -> float:
    return _number(next(iter(events[OFFSET]), "") if OFFSET in events else about.get(OFFSET, ""))


def _domain(events: pd.DataFrame, about: dict[str, str], bouts: pd.DataFrame) -> np.ndarray:
    """The seconds that the video lasts, if that is told and holds all bouts."""
    offset = _shift(events, about)
    for column in LASTS:
        lasts = _number(next(iter(events[column]), "")) if column in events else 0.0
        if lasts and len(bouts) and bouts["stop"].max() <= offset + lasts and bouts["start"].min() >= offset:
            return np.array([[offset, offset + lasts]])
    return np.zeros((0, 2))


def _beyond(events: pd.DataFrame, about: dict[str, str], bouts: pd.DataFrame) -> list[str]:
    """That bouts go on long after the video has ended, as times that are no seconds do."""
    lasts = max((_number(next(iter(events[name]), "")) for name in LASTS if name in events), default=0.0)
    first, last = float(bouts["start"].min()), float(bouts["stop"].max())
    if not lasts or last < BEYOND * (lasts + abs(_shift(events, about))):
        return []
    problem = misfit((first, last), (0.0, lasts), numbered=bool((bouts[["start", "stop"]] % 1 == 0).all(axis=None)))
    told = "export times as seconds"
    if problem is not None and not problem.looks.endswith("zero"):
        told = f"times look {problem.looks}; {problem.remedy}"
    return [f"{TIME}: goes up to {last:,.6g} s, and the video lasts {lasts:,.6g} s; {told}"]


def _aggregated(path: Path, events: pd.DataFrame) -> pd.DataFrame:
    start, stop = (_times(path, name, events[name]) for name in AGGREGATED)
    return _told(events).assign(start=start, stop=stop)


def _paired(path: Path, events: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Each START with the STOP that follows, of one subject, behaviour and modifiers; what has none is left out."""
    status = events[next(name for name in STATUS if name in events)].str.upper()
    odd = sorted(set(status) - {START, STOP, POINT})
    if odd:
        raise DataError(path, "Behavior type", f"is {odd[0]!r} in a row; {START}, {STOP} or {POINT} is needed")
    modifiers = [name for name in events if str(name).startswith("Modifier")]
    timed = events.assign(_time=_times(path, TIME, events[TIME]), _status=status).sort_values("_time", kind="stable")
    bouts: list[tuple[int, float, float]] = []
    notes = []
    for key, same in timed.groupby([SUBJECT, BEHAVIOR, *modifiers] if SUBJECT in events else [BEHAVIOR], sort=False):
        pairs, lone = _pairs(same)
        bouts += pairs
        who = ", ".join(str(part) for part in key if part)
        notes += [f"{who}: {said} at {time:g} s and was left out" for said, time in lone]
    order = [row for row, _, _ in bouts]
    times = {"start": [start for _, start, _ in bouts], "stop": [stop for _, _, stop in bouts]}
    return _told(events.loc[order].reset_index(drop=True)).assign(**times), notes


def _pairs(events: pd.DataFrame) -> tuple[list[tuple[int, float, float]], list[tuple[str, float]]]:
    """(row, start, stop) of the bouts of one behaviour, and what began without end, or ended without beginning."""
    pairs: list[tuple[int, float, float]] = []
    lone: list[tuple[str, float]] = []
    begun: tuple[int, float] | None = None
    for row, status, time in zip(events.index, events["_status"], events["_time"]):
        if status == POINT:
            pairs.append((row, time, time))
        elif status == START:
            lone += [("begins without an end", begun[1])] if begun else []
            begun = (row, time)
        elif begun is None:
            lone.append(("ends without a beginning", time))
        else:
            pairs.append((*begun, time))
            begun = None
    return pairs, [*lone, *([("begins without an end", begun[1])] if begun else [])]


def _told(events: pd.DataFrame) -> pd.DataFrame:
    """What each row says beside its times."""
    subject = events.get(SUBJECT, pd.Series("", index=events.index)).replace(NOBODY, "")
    columns = {"behavior": events[BEHAVIOR], "subject": subject.map(word), "origin": _origin(events)}
    for name in events:
        own = KEPT.get(str(name), str(name).lower() if str(name).startswith("Modifier") else "")
        own = str(name) if _is_further(str(name)) else own
        if own and (events[name] != "").any():
            columns[own] = events[name].map(word) if str(name).startswith("Modifier") else events[name]
    return pd.DataFrame(columns)


def _is_further(name: str) -> bool:
    """Whether a column is none of BORIS' own: an independent variable of the observation."""
    return name not in KNOWN and not name.startswith(("Modifier", "Image "))


def _origin(events: pd.DataFrame) -> pd.Series:
    """Its comment, else that somebody scored it."""
    comment = next((events[name] for name in ("Comment", "Comment start") if name in events), None)
    scored = pd.Series("scored in BORIS", index=events.index)
    return scored if comment is None else comment.mask(comment == "", scored)


def _times(path: Path, name: str, column: pd.Series) -> pd.Series:
    seconds = column.map(_seconds)
    bad = column[seconds.isna()]
    if len(bad):
        raise DataError(path, name, f"is {bad.iloc[0]!r} in row {bad.index[0] + 1}; export times as seconds")
    return seconds


def _seconds(text: str) -> float:
    """Of "12.5" or "00:00:12.500"; NaN of anything else."""
    parts = text.replace(",", ".").split(":")
    try:
        return float(sum(float(part) * 60**k for k, part in enumerate(reversed(parts)))) if len(parts) < 4 else np.nan
    except ValueError:
        return np.nan


def _number(text: str) -> float:
    """A number, or 0 for what is none."""
    seconds = _seconds(text)
    return seconds if np.isfinite(seconds) else 0.0


def _check_single(source: Ethogram, path: Path) -> None:
    """Refuse what START and STOP cannot say: a behaviour of one subject twice at once."""
    for (subject, name), same in source.bouts.groupby(["subject", "behavior"]):
        if (same["start"].to_numpy()[1:] < same["stop"].to_numpy()[:-1] - TOUCHING).any():
            who = f" of {subject}" if subject else ""
            raise DataError(path, "bouts", f"hold {name}{who} twice at once, which BORIS cannot; write .csv instead")


SPEC = ReaderSpec(
    title="BORIS events", patterns=("*.tsv", "*.csv"), accepts=accepts, read=read, kind="ethogram", write=write
)
