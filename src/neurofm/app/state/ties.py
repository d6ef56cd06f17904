"""Links that follow from what is open: what was at the same time, what a source ties itself, and equal names."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.app.state.link import Link, ranges
from neurofm.app.state.tables import Numbered
from neurofm.data.ids import Ids, moments, pack
from neurofm.data.recording import TIME
from neurofm.data.source import SESSION, Alike, Source, Tie, begun, early, lasting, start

Moments = Callable[[int], Ids]  # the sorted moments of a source that are shown


@dataclass(frozen=True, eq=False)
class _Timed:
    """Things that each last for a while: the space, the source's number, and (thing, 2) seconds.

    Those `in_turn` were taken one after the other, as frames are: each lasts until the next.
    """

    space: str
    number: int
    edges: NDArray[np.float64]
    in_turn: bool


def links(sources: Numbered, moments_of: Moments, mapped: Container[str]) -> tuple[Link, ...]:
    """All links.

    Parameters
    ----------
    mapped : spaces of which there is a map; sessions are tied to what is in them only where they have one
    """
    return (
        *_by_time(sources, moments_of),
        *_said(sources, mapped),
        *_by_name(sources),
        *_by_number(sources),
        *_alike(sources),
    )


def _by_time(sources: Numbered, moments_of: Moments) -> Iterator[Link]:
    """Spaces of equal clocks, each pair once; of one space what two sources took in turn, as two cameras do."""
    clocks: dict[str, dict[int, Source]] = {}
    for number, source in sources.items():
        clocks.setdefault(source.clock or f"none {number}", {})[number] = source
    for together in clocks.values():
        timed = [each for number, source in together.items() for each in _timed(number, source)]
        for rows in timed:
            for number, source in together.items():
                if TIME in source.spaces():
                    yield _to_moments(rows, number, start(source), moments_of(number))
        for one, other in combinations(timed, 2):
            if one.space != other.space:
                yield _to_rows(one, other)
            elif one.in_turn and other.in_turn:
                yield _side_by_side(one, other)


def _said(sources: Numbered, mapped: Container[str]) -> Iterator[Link]:
    for number, source in sources.items():
        for tie in source.ties():
            if isinstance(tie, Tie) and (SESSION not in (tie.a, tie.b) or SESSION in mapped):
                yield Link(tie.a, tie.b, pack(number, tie.ids_a), pack(number, tie.ids_b))


def _by_name(sources: Numbered) -> Iterator[Link]:
    """What is called by the label of another thing, and those of equal names in all that is open."""
    called: dict[tuple[str, str], list[tuple[Ids, NDArray[Any]]]] = {}
    for number, source in sources.items():
        for name, space in source.spaces().items():
            for other, names in space.named.items():
                told = np.asarray(names(), object)
                row = np.arange(len(told)).repeat(told.size // max(len(told), 1))  # some have several names
                called.setdefault((name, other), []).append((pack(number, row), told.ravel()))
    for (name, other), each in called.items():
        ids, told = (np.concatenate(parts) for parts in zip(*each))
        of, labels = _labels(sources, other)
        if name == other:
            of, labels = np.concatenate([of, ids]), np.concatenate([labels, told])
        one, another = pd.DataFrame({"a": ids, "name": told}), pd.DataFrame({"b": of, "name": labels})
        pairs = one[one["name"] != ""].merge(another)
        pairs = pairs[(pairs["a"] != pairs["b"]) | (name != other)]
        if name == other:  # either leads to the other
            pairs = pd.concat([pairs, pairs.rename(columns={"a": "b", "b": "a"})]).drop_duplicates()
        if len(pairs):
            yield Link(name, other, pairs["a"].to_numpy(np.int64), pairs["b"].to_numpy(np.int64))


def _by_number(sources: Numbered) -> Iterator[Link]:
    """Things that the same labels of a file number alike: a body as a node and as a cell."""
    there: dict[tuple[str, str], list[tuple[str, pd.DataFrame]]] = {}
    for number, source in sources.items():
        for name, space in source.spaces().items():
            if space.numbers is not None and space.volume and space.labels and space.count:
                local = np.arange(space.count)
                held = pd.DataFrame({"id": pack(number, local), "number": np.asarray(space.numbers(local))})
                there.setdefault((space.volume, space.labels), []).append((name, held[held["number"] > 0]))
    for each in there.values():
        for (name, one), (other, another) in combinations(each, 2):
            pairs = one.merge(another, on="number")
            a, b = pairs["id_x"].to_numpy(np.int64), pairs["id_y"].to_numpy(np.int64)
            if len(pairs):
                yield Link(name, other, a, b) if name != other else Link(name, name, np.r_[a, b], np.r_[b, a])


def _alike(sources: Numbered) -> Iterator[Link]:
    """Things of any source that another says are like each other, either of which leads to the other."""
    for source in sources.values():
        for tie in source.ties():
            if isinstance(tie, Alike) and len(tie.names):
                ids, labels = _labels(sources, tie.space)
                row = pd.Index(labels).get_indexer(tie.names.ravel()).reshape(-1, 2)
                one, other = ids[row[(row >= 0).all(1)]].T
                if len(one):
                    yield Link(tie.space, tie.space, np.r_[one, other], np.r_[other, one])


def _labels(sources: Numbered, name: str) -> tuple[Ids, NDArray[Any]]:
    """Ids and labels of all things of a space that have a table."""
    ids, labels = [np.zeros(0, np.int64)], [np.zeros(0, object)]
    for number, source in sources.items():
        space = source.spaces().get(name)
        if space is not None and space.table is not None:
            label = space.table()["label"].to_numpy(object)
            ids.append(pack(number, np.arange(len(label))))
            labels.append(label)
    return np.concatenate(ids), np.concatenate(labels)


def _timed(number: int, source: Source) -> Iterator[_Timed]:
    for name, space in source.spaces().items():
        times = None if space.times is None else space.times()
        if times is not None and len(times):
            yield _Timed(name, number, _whole(lasting(times)), in_turn=times.ndim == 1)


def _whole(edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """(thing, 2): neither start nor stop where one is unknown, so that no thing lasts since ever."""
    return np.where(np.isnan(edges).any(1, keepdims=True), np.nan, edges)


def _to_moments(rows: _Timed, number: int, begin: float, shown: Ids) -> Link:
    """Things and the moments in them."""
    edges = np.clip(np.nan_to_num(rows.edges, nan=begin), begin, None)
    first, last = np.searchsorted(shown, pack(number, moments(edges, begin))).T
    last = np.maximum(first, last)
    row = np.repeat(np.arange(len(edges)), last - first)
    return Link(rows.space, TIME, pack(rows.number, row), shown[ranges(first, last)])


def _to_rows(one: _Timed, other: _Timed) -> Link:
    """Things and those shorter ones that begin in them."""
    long, short = sorted((one, other), key=_length, reverse=True)
    order = np.argsort(short.edges[:, 0], kind="stable")
    first, last = np.searchsorted(short.edges[order, 0], np.nan_to_num(long.edges, nan=-np.inf)).T
    last = np.maximum(first, last)
    row = np.repeat(np.arange(len(long.edges)), last - first)
    return Link(long.space, short.space, pack(long.number, row), pack(short.number, order[ranges(first, last)]))


def _side_by_side(one: _Timed, other: _Timed) -> Link:
    """Each with that of the other which is shown when it begins, both ways: none goes without while both last."""
    (row, beside), (rows, begins) = _shown_with(one, other), _shown_with(other, one)
    ids = pack(one.number, np.r_[row, begins])
    others = pack(other.number, np.r_[beside, rows])
    return Link(one.space, other.space, np.r_[ids, others], np.r_[others, ids])


def _shown_with(one: _Timed, other: _Timed) -> tuple[Ids, Ids]:
    """Rows of the one that begin while the other lasts, and what is shown of the other then."""
    begin, times = one.edges[:, 0], other.edges[:, 0]
    row = np.flatnonzero((begin >= times[0] - early(times)) & (begin < other.edges[-1, 1]))
    return row, begun(times, begin[row])


def _length(rows: _Timed) -> float:
    lengths = np.diff(rows.edges, axis=1)
    return float(np.median(lengths[np.isfinite(lengths)])) if np.isfinite(lengths).any() else 0.0
