"""Nodes of animals compared by their wiring to known ones: names of some are told, those of all others stay hidden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.analysis import wiring
from neurofm.analysis.animals import Animal, Prepared
from neurofm.analysis.cells import Step, silent
from neurofm.data.graph import Graph
from neurofm.errors import DataError
from neurofm.words import counted

SHARE = 0.2  # of the names that all animals have
OPTIONS: Mapping[str, object] = {"known": (), "share": SHARE}

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


class Wired:
    """Graphs whose nodes are matched by `wiring.match`; halves are of the synapses of each link.

    Parameters
    ----------
    tables : (kind, node, node) of each animal
    known : by rows (i, j) of animals, i < j, (pair, 2) nodes that are the same
    shown : (animal, known) node of each that is known in all animals, for profiles; none where pairs differ
    features, notes : as in `Prepared`
    orders : (node,) of each animal, its nodes by name, so that halves are drawn alike however they lie
    """

    conditions: Mapping[str, int] = {}
    told: Mapping[str, Any] = {}

    def __init__(
        self, tables: Sequence[Floats], known: Mapping[tuple[int, int], Ints], shown: Ints, features: Sequence[str],
        notes: Sequence[str], orders: Sequence[Ints], seed: int,
    ) -> None:  # fmt: skip
        self.features, self.notes = tuple(features), tuple(notes)
        self._tables, self._known, self._shown, self._seed = tables, known, shown, seed
        self._orders = orders
        self._matched: dict[tuple[int, int], wiring.Matched] = {}

    def profile(self, k: int) -> Floats:
        nodes, table = self._shown[k], self._tables[k]
        sides = [side for kind in table for side in (kind[:, nodes], kind[nodes].T)]
        return np.log1p(np.concatenate(sides, 1)).astype(np.float32)

    def whole(self, i: int, j: int) -> Floats:
        if i > j:
            return self.whole(j, i).T
        return self._match(i, j).distance

    def halves(self, k: int, seed: int) -> Floats:
        order, drawn = self._orders[k], np.random.default_rng([self._seed, seed])
        back = np.argsort(order)
        one, other = (
            half[:, back[:, None], back] for half in _thinned(self._tables[k][:, order[:, None], order], drawn)
        )
        return wiring.match(one, other, self.known(k, k)).distance

    def used(self, k: int) -> NDArray[np.bool_]:
        used: NDArray[np.bool_] = (self._tables[k].sum((0, 1)) + self._tables[k].sum((0, 2))) > 0
        return used

    def known(self, i: int, j: int) -> Ints:
        """(pair, 2) nodes of i and of j that are the same; of one animal, those that are known in any pair."""
        if i == j:
            sides = [pairs[:, ends.index(i)] for ends, pairs in self._known.items() if i in ends]
            return np.repeat(np.unique(np.concatenate(sides)), 2).reshape(-1, 2)
        return self._known[i, j] if i < j else self._known[j, i][:, ::-1]

    def sure(self, i: int, j: int) -> pd.DataFrame:
        """Rows and columns of nodes that are each other's best, and `q` of each; i < j."""
        known = self._known[i, j]
        return wiring.sure(self._tables[i], self._tables[j], known, self._match(i, j), seed=self._seed)

    def _match(self, i: int, j: int) -> wiring.Matched:
        if (i, j) not in self._matched:
            self._matched[i, j] = wiring.match(self._tables[i], self._tables[j], self.known(i, j))
        return self._matched[i, j]


def by_wiring(
    animals: Sequence[Animal], *, seed: int = 0, step: Step = silent, known: Sequence[tuple[str, str]] = (),
    share: float = SHARE,
) -> Prepared:  # fmt: skip
    """Graphs of animals, of one subject each, ready to be compared by `Wired`.

    Parameters
    ----------
    known : pairs of names of nodes that are the same; none to draw names that all animals have
    share : of these names, all others are hidden

    Raises
    ------
    DataError
        If nodes of equal names are not known to be alike, and no pair is said, or two animals share none.
    ValueError
        If the share is not between 0 and 1.
    """
    step(0.0, f"looking for nodes that {counted(len(animals), 'animal')} share")
    graphs = [animal.source for animal in animals if isinstance(animal.source, Graph)]
    kinds = wiring.kinds(graphs)
    tables = [wiring.strengths(graph, kinds) for graph in graphs]
    orders = [np.argsort(np.array(animal.names, object), kind="stable") for animal in animals]
    couples = [(i, j) for i in range(len(animals)) for j in range(i + 1, len(animals))]
    if known:
        pairs = {couple: _said(animals, couple, known) for couple in couples}
        return Wired(tables, pairs, np.zeros((len(animals), 0), np.int64), (), (), orders, seed)
    unnamed = [animal.label for animal, graph in zip(animals, graphs) if not graph.named]
    if unnamed:
        raise DataError(unnamed[0], "nodes", "have names that mean nothing in another animal; say which are known")
    labels = [wiring.labels(graph) for graph in graphs]
    drawn = wiring.draw(labels, share, seed)
    if not drawn:
        raise DataError(animals[0].label, "nodes", "have no name that all animals have; say which are known")
    rows = np.stack([pd.Index(own).get_indexer(pd.Index(drawn)) for own in labels]).astype(np.int64)
    note = f"{counted(len(drawn), 'node')} are known by name in all animals; the names of all others were not read"
    features = [f"{kind} {way} {name}" for kind in kinds for way in ("to", "from") for name in drawn]
    return Wired(tables, {(i, j): rows[[i, j]].T for i, j in couples}, rows, features, (note,), orders, seed)


def _said(animals: Sequence[Animal], couple: tuple[int, int], known: Sequence[tuple[str, str]]) -> Ints:
    """(pair, 2) nodes of two animals that were said to be the same."""
    one, other = (animals[k] for k in couple)
    place = [{name: row for row, name in enumerate(animal.names)} for animal in (one, other)]
    ways = [*known, *((b, a) for a, b in known)]
    rows = sorted({(place[0][a], place[1][b]) for a, b in ways if a in place[0] and b in place[1]})
    if not rows:
        raise DataError(one.label, "nodes", f"have none that is known to be of {other.label}; say one pair at least")
    return np.array(rows, np.int64)


def _thinned(table: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Two halves of the synapses of each link; of a kind that leads both ways, of both directions at once."""
    whole = np.rint(table).astype(np.int64)
    one = rng.binomial(whole, 0.5)
    for kind, half in zip(whole, one):
        if np.array_equal(kind, kind.T):
            half[:] = np.triu(half) + np.triu(half, 1).T
    return one.astype(np.float32), (whole - one).astype(np.float32)
