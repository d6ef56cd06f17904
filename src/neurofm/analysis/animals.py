"""What units are compared between: animals, the ways in which distances come about, and what a way prepares."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.checks import check_choice
from neurofm.data.graph import SUBJECT, Graph, apart
from neurofm.data.recording import UNIT, Recording
from neurofm.data.source import Source

SPLITS = 10  # random halves that the gauge of a way is of, unless it is slow


class Animal(NamedTuple):
    """One whose units are compared with those of others.

    Parameters
    ----------
    label : what it is called: the name of its source, or "session/subject" for one of several in a graph
    source : a recording, or a graph of one subject
    names : (unit,) what its units or nodes are called among all that is open, of which none comes twice
    """

    label: str
    source: Source
    names: list[str]


class Prepared(Protocol):
    """What a way made of animals, so that their units can be compared.

    Distances are squared ones, of which those by noise and those by tuning add up; what is smaller is more alike. They
    do not depend on the order of units or animals.

    Attributes
    ----------
    features : name of each column of the profiles
    conditions : of how many features each condition has; empty where there are none
    told : its options as they came to be, such as the column of the trials that `conditions` is
    notes : what could not be used, and why
    """

    features: tuple[str, ...]
    conditions: Mapping[str, int]
    told: Mapping[str, Any]
    notes: tuple[str, ...]

    def profile(self, k: int) -> NDArray[np.float32]:
        """(unit, feature) what distances of animal k are of, for pictures; no column where there is none."""

    def whole(self, i: int, j: int) -> NDArray[np.float32]:
        """(unit of i, unit of j) distances from all data; i may be j."""

    def halves(self, k: int, seed: int) -> NDArray[np.float32] | None:
        """(unit, unit) distances from one random half of animal k's data to the other; None where none is drawn."""

    def used(self, k: int) -> NDArray[np.bool_]:
        """(unit,) which can be judged: they fire, and were seen often enough."""


@runtime_checkable
class Anchored(Prepared, Protocol):
    """A way that knows some pairs, and tells by them how sure others are; its distances are not scaled."""

    def known(self, i: int, j: int) -> NDArray[np.int64]:
        """(pair, 2) units of i and of j that are the same; they are kept as given."""

    def sure(self, i: int, j: int) -> pd.DataFrame:
        """Matches of i and j, i < j: `row` and `column` of their units, and the false-discovery rate `q` of each."""


class Way(NamedTuple):
    """How distances come about.

    Parameters
    ----------
    takes : class of the sources
    space : what is compared, "unit" or "node"
    options : of `prepare`, by name, with what they are unless another is said
    prepare : (animals, *, seed, step, **options) -> what can be compared, of all animals together; DataError in one
        sentence where they share nothing
    splits : random halves that its gauge is of
    """

    takes: type
    space: str
    options: Mapping[str, Any]
    prepare: Callable[..., Prepared]
    splits: int = SPLITS


def animals(sources: Sequence[Source], names: Sequence[str] = ()) -> list[Animal]:
    """Those of these names, in their order; all if there is no name.

    Parameters
    ----------
    names : of recordings, of graphs (all of their subjects are meant) and of single subjects, "graph/subject" or the
        subject's own name where only one has it

    Raises
    ------
    LookupError
        If there is none of a name, or fewer than two in all.
    """
    each = {animal.label: animal for source in sources for animal in _of(source)}
    whole = {source.session: [animal.label for animal in _of(source)] for source in sources}
    names = [_whole(name, each) for name in names]
    for name in names:
        check_choice("animal", name, {**whole, **each})
    asked = [label for name in names for label in ([name] if name in each else whole[name])] if names else list(each)
    chosen = [each[label] for label in dict.fromkeys(asked)]
    if len(chosen) < 2:
        there = f"there is only {chosen[0].label}" if chosen else "none of these has units or nodes"
        raise LookupError(f"matching takes two animals or more, and {there}; open another")
    return chosen


def _whole(name: str, each: Mapping[str, Animal]) -> str:
    """The whole label of an animal that is called by the end of it alone, if there is but one such."""
    ends = [label for label in each if label.rpartition("/")[2] == name]
    return ends[0] if name not in each and len(ends) == 1 else name


def _of(source: Source) -> list[Animal]:
    if isinstance(source, Recording):
        return [Animal(source.session, source, _labels(source, UNIT))]
    if not isinstance(source, Graph):
        return []
    if len(source.subjects) == 1:
        return [Animal(source.session, source, source.names)]
    parts, labels = apart(source), _labels(source, SUBJECT)
    names = [[source.names[k] for k in (source.of == row).nonzero()[0]] for row in range(len(parts))]
    return [Animal(label, part, own) for label, part, own in zip(labels, parts, names)]


def _labels(source: Source, space: str) -> list[str]:
    """What things of a space are called among all that is open."""
    table = source.spaces()[space].table
    return [] if table is None else table()["label"].astype(str).tolist()
