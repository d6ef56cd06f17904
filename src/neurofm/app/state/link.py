"""Ties between two kinds of things: trials and the moments in them, sessions and their units."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurofm.data.ids import Ids


@dataclass(frozen=True, eq=False)
class Link:
    """Which things of space `a` belong to which of space `b`.

    Parameters
    ----------
    a, b : the spaces
    ids_a, ids_b : (tie,) one tie a row; a thing may stand in many
    """

    a: str
    b: str
    ids_a: Ids
    ids_b: Ids

    def __post_init__(self) -> None:
        if self.ids_a.shape != self.ids_b.shape:
            raise ValueError(f"link {self.a}-{self.b} ties {len(self.ids_a)} ids to {len(self.ids_b)}")

    def other(self, space: str) -> str:
        """The space at the other end, "" if `space` is at neither."""
        return {self.b: self.a, self.a: self.b}.get(space, "")

    def across(self, space: str, ids: Ids) -> Ids:
        """Sorted things at the other end that are tied to `ids` of `space`."""
        keys, values = self._forward if space == self.a else self._backward
        first, last = np.searchsorted(keys, ids, "left"), np.searchsorted(keys, ids, "right")
        return tidy(values[ranges(first, last)])

    @cached_property
    def _forward(self) -> tuple[Ids, Ids]:
        return _by_key(self.ids_a, self.ids_b)

    @cached_property
    def _backward(self) -> tuple[Ids, Ids]:
        return _by_key(self.ids_b, self.ids_a)


def reach(links: Iterable[Link], space: str, ids: Ids) -> dict[str, Ids]:
    """What `ids` are tied to, by space, over exactly one link; several ways into one space are united."""
    tied: dict[str, Ids] = {}
    for link in links:
        other = link.other(space)
        if other:
            tied[other] = union(tied.get(other, NONE), link.across(space, ids))
    return tied


def tidy(ids: ArrayLike) -> Ids:
    """`ids` sorted, each once."""
    tidied = np.asarray(ids, np.int64).ravel()
    if (tidied[1:] > tidied[:-1]).all():
        return tidied
    tidied = np.sort(tidied, kind="stable")  # quicker than np.unique, which hashes, and at once where runs are sorted
    return tidied[np.r_[True, tidied[1:] > tidied[:-1]]]


def union(*several: Ids) -> Ids:
    """All ids of sorted ones, sorted, each once."""
    some = [ids for ids in several if len(ids)]
    return some[0] if len(some) == 1 else tidy(np.concatenate([*some, NONE]))


def among(ids: Ids, others: Ids) -> NDArray[np.bool_]:
    """Which of `ids` are in the sorted `others`."""
    if not len(others):
        return np.zeros(len(ids), bool)
    return others[np.minimum(np.searchsorted(others, ids), len(others) - 1)] == ids


def _by_key(keys: Ids, values: Ids) -> tuple[Ids, Ids]:
    if (np.diff(keys) >= 0).all():
        return keys, values
    order = np.argsort(keys, kind="stable")
    return keys[order], values[order]


def ranges(first: NDArray[np.intp], last: NDArray[np.intp]) -> NDArray[np.intp]:
    """Every index of the ranges [first, last), one after the other."""
    count = last - first
    step = np.ones(int(count.sum()), np.intp)
    some = count > 0
    if not some.any():
        return step
    begin, length = first[some], count[some]
    step[0] = begin[0]
    step[np.cumsum(length)[:-1]] = begin[1:] - (begin[:-1] + length[:-1] - 1)
    return np.cumsum(step)


NONE: Ids = np.zeros(0, np.int64)
