"""Graphs of animals compared by the way "wiring": names of some nodes are told, or pairs are said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from neurofm.analysis.animals import Anchored, Animal
from neurofm.analysis.confidence import gauge
from neurofm.analysis.correspond import correspond
from neurofm.analysis.wired import Wired, by_wiring
from neurofm.data.graph import Graph
from neurofm.errors import DataError

COUNT = 50


def worms(count=3, seed=0, *, named=True):
    """Animals of one wiring, each noisy and in an order of its own; node k is called "n k" in all."""
    rng = np.random.default_rng(seed)
    base = np.where(rng.random((COUNT, COUNT)) < 0.2, rng.exponential(6, (COUNT, COUNT)), 0)
    return [_worm(f"worm{k}", base, np.random.default_rng([seed, k]), named=named) for k in range(count)]


def _worm(label, base, rng, *, named):
    order = rng.permutation(COUNT)
    synapses = rng.poisson(base)[order][:, order]
    edges = np.stack(np.nonzero(synapses))
    graph = Graph(
        session=label, nodes=pd.DataFrame({"label": [f"n {k:02d}" for k in order]}), edges=edges, named=named,
        links=pd.DataFrame({"weight": synapses[tuple(edges)]}),
    )  # fmt: skip
    return Animal(label, graph, graph.names)


def true(name):
    return name.split("/")[1]


def table(matches):
    label = matches.units["label"].to_numpy(object)
    return pd.DataFrame({"one": label[matches.pairs["a"]], "other": label[matches.pairs["b"]]}).assign(
        q=matches.pairs["q"].to_numpy(), given=matches.pairs["given"].to_numpy(), match=matches.matched
    )


def test_matches_by_wiring_are_right_and_known_ones_are_kept():
    matches = correspond(worms(2), seed=1)
    told = table(matches)
    assert matches.by == "wiring"
    assert (told["one"][told["given"]].map(true) == told["other"][told["given"]].map(true)).all()
    assert told["given"].sum() == 10
    called = told[told["match"] & ~told["given"]]
    assert (called["one"].map(true) == called["other"].map(true)).mean() > 0.9
    assert len(called) > 25
    assert "10 nodes are known by name in all animals" in " ".join(matches.notes)
    assert matches.features[:2] == tuple(f"weight to {true(n)}" for n in sorted(told["one"][told["given"]])[:2])


def test_neither_the_order_of_animals_nor_that_of_nodes_matters():
    animals = worms()
    one, other = (by_wiring(order, seed=2) for order in (animals, animals[::-1]))
    np.testing.assert_allclose(other.whole(0, 2).T, one.whole(0, 2), atol=1e-2)
    np.testing.assert_allclose(other.whole(2, 0), one.whole(0, 2), atol=1e-2)
    np.testing.assert_array_equal(np.sort(other.known(0, 2)[:, 1]), np.sort(one.known(0, 2)[:, 0]))
    there, back = one.sure(0, 2), other.sure(0, 2)
    assert set(zip(there["row"], there["column"])) == set(zip(back["column"], back["row"]))


def test_pairs_that_a_user_says_are_known_whatever_nodes_are_called():
    animals = worms(2, named=False)
    with pytest.raises(DataError, match="say which are known"):
        by_wiring(animals)
    place = {true(name): name for name in animals[1].names}
    known = [(name, place[true(name)]) for name in animals[0].names[:12]]
    told = table(correspond(animals, known=known))
    assert set(zip(told["one"][told["given"]], told["other"][told["given"]])) == set(known)
    free = told[~told["given"]]
    assert (free["one"].map(true) == free["other"].map(true)).mean() > 0.8


def test_halves_find_more_than_chance_of_what_is_not_known():
    prepared = by_wiring(worms(2))
    assert isinstance(prepared, Anchored)
    told = gauge(prepared, 0, splits=1)
    assert told.chance == pytest.approx(1 / 40)
    assert told.found > 0.4
    assert told.noise is None
    np.testing.assert_array_equal(prepared.halves(0, 3), prepared.halves(0, 3))
    assert prepared.profile(0).shape == (COUNT, len(prepared.features))
    assert prepared.used(0).all()


def test_animals_that_share_no_node_are_refused():
    one, other = worms(2)
    renamed = other.source.nodes.assign(label=[f"m {k}" for k in range(COUNT)])
    stranger = Graph(session="m", nodes=renamed, edges=other.source.edges, links=other.source.links, named=True)
    animals = [one, Animal("m", stranger, stranger.names)]
    with pytest.raises(DataError, match="no name that all animals have"):
        by_wiring(animals)
    with pytest.raises(DataError, match="say one pair at least"):
        by_wiring([*worms(2), animals[1]], known=[(one.names[0], other.names[0])])
    with pytest.raises(ValueError, match="share must be above 0"):
        by_wiring(worms(2), share=2.0)


def test_halves_do_not_depend_on_how_nodes_lie():
    rng = np.random.default_rng(0)
    table = rng.poisson(2, (1, 8, 8)).astype(np.float32)
    names, turned = np.array(list("abcdefgh"), object), rng.permutation(8)
    known = {(0, 1): np.stack([np.arange(3)] * 2, 1)}
    own = Wired([table] * 2, known, np.zeros((2, 0), int), (), (), [np.argsort(names)] * 2, 0).halves(0, 1)
    place = np.argsort(turned)[:3]
    known = {(0, 1): np.stack([place] * 2, 1)}
    lying = table[:, turned[:, None], turned]
    orders = [np.argsort(names[turned])] * 2
    other = Wired([lying] * 2, known, np.zeros((2, 0), int), (), (), orders, 0).halves(0, 1)
    np.testing.assert_allclose(other, own[np.ix_(turned, turned)], atol=1e-5)
