"""What can be open: any kind of data, as the rest of the program sees it.

A kind is a class with the members of `Source`. It says which kinds of things it holds (`spaces`), what is known of
each, when each was, and what belongs together; tables, colours, links, filters, saved sessions and scripts follow.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Set, ValuesView
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from neurofm.data.ids import Ids

SESSION = "session"  # the space in which every source is one thing
SAMPLE = 4096  # values of an array that a sketch looks at
CLOCK = "time"  # the column that says when a thing without a table was
EDGES = {"start": "s", "stop": "s", "duration": "s"}  # of things that have times


@dataclass(frozen=True, eq=False, kw_only=True)
class Space:
    """Things of one kind in a source, numbered from 0.

    Parameters
    ----------
    count : how many; None where only what is shown exists (moments, voxels), which has no table
    table : gives a row for each, with a column `label` that is unique among sources and others where known
    columns : what is known of each where there is no table
    at : (column, local ids) -> values, of these columns; LookupError where the source has no such column
    label : local id -> what a user calls it, where there is no table
    times : gives their seconds on the source's clock, (thing,) or (thing, 2) for start and stop; None where they have
        none
    samples : gives the local ids of what was measured, where there is no table
    curves : more such columns, which are many and shown over time alone
    units : in what columns are measured, by the last part of a name with points in it; start, stop and duration of
        what has times are in seconds
    telling : columns that they are coloured by unless a user chooses, the first that says anything
    told : columns of the table that are told of a thing beside its label, each with its format ("{:.1f} Hz")
    boxes : local ids -> (thing, 2, 3) where things lie in a volume: the low and high corner of each, z y x in the
        volume's unit, so that one voxel is half a voxel to each side of its middle; None where they lie in none
    numbers : local ids -> (thing,) by which number the labels of a volume say that a voxel is of a thing, for things
        that are no boxes
    named : by space, gives what each is called there: things of that space of any source whose label is equal are the
        same; of its own space, things of equal names are. One that is several of another source has a row of names
    volume, labels : file or address of the volume that they lie in, and which of its labels numbers them; "" for the
        source itself, or for whatever is at their place, and for the first
    """

    count: int | None = None
    table: Callable[[], pd.DataFrame] | None = None
    columns: tuple[str, ...] = ()
    curves: tuple[str, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    at: Callable[[str, Ids], NDArray[Any]] | None = None
    label: Callable[[int], str] | None = None
    times: Callable[[], NDArray[np.float64]] | None = None
    samples: Callable[[], Iterable[Ids]] | None = None
    telling: tuple[str, ...] = ()
    told: Mapping[str, str] = field(default_factory=dict)
    boxes: Callable[[Ids], NDArray[np.float64]] | None = None
    numbers: Callable[[Ids], NDArray[np.int64]] | None = None
    named: Mapping[str, Callable[[], NDArray[Any]]] = field(default_factory=dict)
    volume: str = ""
    labels: str = ""

    def __post_init__(self) -> None:
        if self.times is not None:
            object.__setattr__(self, "units", {**EDGES, **self.units})


@dataclass(frozen=True, eq=False)
class Tie:
    """Which things of space `a` of a source belong to which of its space `b`: (tie,) local ids of each."""

    a: str
    b: str
    ids_a: Ids
    ids_b: Ids


@dataclass(frozen=True, eq=False)
class Alike:
    """Things of one space of any source that are like each other: (pair, 2) what each is called there."""

    space: str
    names: NDArray[Any]


@runtime_checkable
class Source(Protocol):
    """A recording, or anything else that can be opened beside it.

    Attributes
    ----------
    kind : of data, in one word, for lists and error messages ("recording")
    session, subject : name of it, unique among what is open; whom it is of
    paths, notes : files it came from; what the reader had to mend
    clock : sources of equal clocks move together; "" for none
    domain : (k, 2) seconds on that clock in which it ran; empty without a clock
    """

    kind: ClassVar[str]

    @property
    def session(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def paths(self) -> tuple[str, ...]: ...
    @property
    def notes(self) -> tuple[str, ...]: ...
    @property
    def clock(self) -> str: ...
    @property
    def domain(self) -> NDArray[np.float64]: ...

    def spaces(self) -> Mapping[str, Space]:
        """The kinds of things in it, by name."""

    def ties(self) -> Iterable[Tie | Alike]:
        """What belongs together by other than time."""

    def summary(self) -> dict[str, Any]:
        """Plain values (fit for JSON) that tell what it is; `kind`, `path`, `session` and `warnings` among them."""


def when(source: Source, space: str, local: Ids) -> NDArray[np.float64] | None:
    """(id,) seconds of things that happen at a moment; None of things that last, or have no time."""
    held = source.spaces().get(space)
    if held is None:
        return None
    if held.times is None:
        return np.asarray(held.at(CLOCK, local), float) if held.at and CLOCK in held.columns else None
    times = held.times()
    return times[local] if times.ndim == 1 else None


def starts(source: Source, space: str, local: Ids) -> NDArray[np.float64] | None:
    """(id,) seconds at which things happen, or begin if they last; None of what has no time."""
    held = source.spaces().get(space)
    times = None if held is None or held.times is None else held.times()
    return when(source, space, local) if times is None or times.ndim == 1 else times[local, 0]


def lasting(times: NDArray[np.float64]) -> NDArray[np.float64]:
    """(thing, 2) start and stop of things that begin at `times`: each until the next, the last as long as is usual."""
    if times.ndim == 2:
        return times
    usual = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    return np.stack([times, np.r_[times[1:], times[-1:] + usual]], 1)


def early(times: NDArray[np.float64]) -> float:
    """Seconds by which things that begin at `times` count as begun before: half their least spacing.

    So a time that was rounded to a grid of that spacing does not fall behind the thing that it stands for.
    """
    return 0.5001 * float(np.diff(times).min()) if len(times) > 1 else 0.0


def begun(times: NDArray[np.float64], seconds: ArrayLike, before: float | None = None) -> NDArray[np.intp]:
    """Rows of the last things to have begun by `seconds`, of those that begin at rising `times`; the first before.

    Each counts as begun so many seconds `before` its time, by default `early` ones.
    """
    before = early(times) if before is None else before
    row = np.searchsorted(times, np.asarray(seconds, float) + before, "right") - 1
    return np.clip(row, 0, len(times) - 1)


def start(source: Source) -> float:
    """First second of what a source holds; 0 without a clock."""
    return float(source.domain[0, 0]) if len(source.domain) else 0.0


def stop(source: Source) -> float:
    """Last second of what a source holds; 0 without a clock."""
    return float(source.domain[-1, 1]) if len(source.domain) else 0.0


def members(value: Any) -> dict[str, Any]:
    """What a value is made of, by name: fields, entries or items."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): member for key, member in value.items()}
    return {str(k): member for k, member in enumerate(value)} if isinstance(value, list | tuple) else {}


def arrays(value: Any) -> Iterator[NDArray[Any]]:
    """The arrays that a value is made of, those in its tables aside."""
    if isinstance(value, np.ndarray):
        yield value
    for member in members(value).values():
        yield from arrays(member)


def sketch(source: Source) -> str:
    """Tells recordings apart in any file and process, by some of the numbers of each array; quick however long.

    A source whose numbers are not in memory gives some of them by a method `sketched`.
    """
    total = 0
    for array in source.sketched() if hasattr(source, "sketched") else arrays(source):
        flat = array.ravel() if array.dtype.kind in "biuf" else np.zeros(0)
        sample = flat[np.linspace(0, len(flat) - 1, min(len(flat), SAMPLE)).astype(int)].astype(float)
        total = zlib.crc32(sample.tobytes(), zlib.crc32(repr(array.shape).encode(), total))
    return f"{total:08x}"


def each(given: Any) -> list[Any]:
    """Those of several things; anything else alone, even where it has parts, as graphs and tables have."""
    return list(given) if isinstance(given, list | tuple | Set | Iterator | ValuesView) else [given]
