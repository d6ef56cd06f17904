"""Nodes of graphs matched by their wiring: a noisy copy under other names is recovered, whatever the order."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from neurofm import io
from neurofm.analysis import wiring
from neurofm.data.graph import Graph, apart
from neurofm.errors import DataError

COUNT, KNOWN = 60, 12


def planted(seed=0, count=COUNT, noise=0.2, lone=0):
    """(kind, node, node) of one, of a noisy copy in another order, and which node of that each is; -1 for lone ones."""
    rng = np.random.default_rng(seed)
    base = np.where(rng.random((2, count, count)) < 0.15, rng.exponential(5, (2, count, count)), 0)
    copies = [rng.poisson(base * rng.gamma(1 / noise, noise, base.shape)) for _ in range(2)]
    order = rng.permutation(count)
    at = np.argsort(order)
    other = copies[1][:, order][:, :, order]
    if lone:
        rest = np.sort(order[np.isin(order, np.arange(lone))])
        mine, theirs = np.arange(lone, count), np.setdiff1d(np.arange(count), at[count - lone :])
        row = np.full(count, -1)
        row[theirs] = np.arange(len(theirs))
        return copies[0][:, mine][:, :, mine], other[:, theirs][:, :, theirs], row[at[mine]], rest
    return copies[0], other, at, None


def pairs(at, count=KNOWN, seed=0):
    there = np.flatnonzero(at >= 0)
    rows = np.sort(np.random.default_rng(seed).choice(there, count, replace=False))
    return np.stack([rows, at[rows]], 1)


def top(distance, known, at):
    """Share of the nodes that are not known and in both whose nearest one that is not known is their copy."""
    distance = distance.copy()
    distance[:, known[:, 1]] = np.inf
    hidden = np.setdiff1d(np.flatnonzero(at >= 0), known[:, 0])
    return (distance[hidden].argmin(1) == at[hidden]).mean()


def test_a_noisy_copy_is_recovered_and_further_rounds_help():
    one, other, at, _ = planted(noise=1.0)
    known = pairs(at, 6)
    first, last = wiring.match(one, other, known, rounds=1), wiring.match(one, other, known)
    assert top(last.distance, known, at) > 0.9 > top(first.distance, known, at)
    assert 1 < last.rounds <= wiring.ROUNDS


def test_graphs_that_have_nothing_in_common_are_matched_by_chance_and_nothing_is_called():
    called = []
    for seed in range(5):
        one, other = planted(seed)[0], planted(seed + 100)[0]
        known = pairs(np.arange(COUNT))
        matched = wiring.match(one, other, known)
        assert top(matched.distance, known, np.arange(COUNT)) < 0.2
        called.append((wiring.sure(one, other, known, matched)["q"] <= 0.1).sum())
    assert sum(called) <= 1


def test_neither_the_order_of_nodes_nor_that_of_animals_matters():
    one, other, at, _ = planted(3)
    known = pairs(at)
    matched = wiring.match(one, other, known)
    back = wiring.match(other, one, known[:, ::-1])
    np.testing.assert_allclose(back.distance.T, matched.distance, atol=1e-2)
    order = np.random.default_rng(0).permutation(COUNT)
    moved = np.stack([np.argsort(order)[known[:, 0]], known[:, 1]], 1)
    shuffled = wiring.match(one[:, order][:, :, order], other, moved)
    np.testing.assert_allclose(shuffled.distance, matched.distance[order], atol=1e-2)
    kinds = wiring.match(one[::-1], other[::-1], known[::-1])
    np.testing.assert_allclose(kinds.distance, matched.distance, atol=1e-2)


def test_animals_of_more_synapses_compare():
    one, other, at, _ = planted(4)
    known = pairs(at)
    assert top(wiring.match(one, other * 10, known).distance, known, at) > 0.9


def test_a_kind_of_links_that_agrees_with_nothing_counts_little():
    one, other, at, _ = planted(5)
    known, rng = pairs(at), np.random.default_rng(9)
    one[1], other[1] = rng.poisson(2, one[1].shape), rng.poisson(2, other[1].shape)
    assert top(wiring.match(one, other, known).distance, known, at) > 0.9


def test_shares_sum_to_one_at_most_and_known_ones_are_their_partners():
    one, other, at, _ = planted(6, lone=10)
    known = pairs(at, 8)
    distance, same, _ = wiring.match(one, other, known)
    assert same.sum(0).max() < 1.01
    assert same.sum(1).max() < 1.01
    assert np.isfinite(distance).all()
    assert (same[tuple(known.T)] == 1).all()
    assert (distance[tuple(known.T)] == 0).all()
    np.testing.assert_array_equal(distance.argmin(1)[known[:, 0]], known[:, 1])
    assert distance.min() > -0.01


@pytest.mark.parametrize("lone", [0, 20])
def test_calls_are_as_rarely_wrong_as_they_are_said_to_be(lone):
    shares, power = [], []
    for seed in range(6):
        one, other, at, _ = planted(seed, 100, 2.0, lone)
        known = pairs(at, 20)
        table = wiring.sure(one, other, known, wiring.match(one, other, known), seed=seed)
        called = table[table["q"] <= 0.1]
        right = at[called["row"]] == called["column"]
        shares.append(1 - right.mean() if len(called) else 0.0)
        power.append(right.sum() / ((at >= 0).sum() - 20))
    assert np.mean(shares) <= 0.1
    assert np.mean(power) > 0.5


def test_names_are_drawn_of_those_that_all_have_whatever_their_order():
    one, other = list("abcdefgh"), list("hgfedcxyz")
    drawn = wiring.draw([one, other], 0.5, 3)
    assert set(drawn) <= set("cdefgh")
    assert len(drawn) == 3
    assert drawn == wiring.draw([other[::-1], one], 0.5, 3)
    assert drawn == sorted(drawn)
    np.testing.assert_array_equal(wiring.places(["c", "h"], one, other), [[2, 5], [7, 0]])
    assert wiring.draw([one, list("xyz")], 0.5, 0) == []
    with pytest.raises(ValueError, match="share must be above 0"):
        wiring.draw([one, other], 0.0, 0)


def test_kinds_are_the_columns_of_links_that_all_have_but_for_their_sum():
    nodes, edges = pd.DataFrame({"label": list("ab")}), np.array([[0, 1, 0], [1, 0, 1]])
    links = pd.DataFrame({"weight": [3.0, 4, 5], "chemical": [1.0, -2, 3], "electrical": [2.0, 2, np.nan]})
    graph = Graph(session="g", nodes=nodes, edges=edges, links=links)
    plain = Graph(session="p", nodes=nodes, edges=edges)
    assert wiring.kinds([graph]) == ("chemical", "electrical")
    assert wiring.kinds([graph, plain]) == wiring.kinds([plain]) == ("weight",)
    np.testing.assert_array_equal(wiring.strengths(graph, ["chemical"])[0], [[0, 4], [2, 0]])
    np.testing.assert_array_equal(wiring.strengths(graph, ["electrical"])[0], [[0, 2], [2, 0]])
    np.testing.assert_array_equal(wiring.strengths(plain, ["weight"])[0], [[0, 2], [1, 0]])
    many = Graph(session="m", nodes=pd.DataFrame({"label": range(wiring.MOST + 1)}), edges=np.zeros((2, 0)))
    with pytest.raises(DataError, match="take fewer"):
        wiring.strengths(many, ["weight"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"known": []}, "no node is known"),
        ({"known": [[0, 99]]}, "known names node 99, of 60"),
        ({"known": [[0, 1], [0, 2]]}, "known to be two others"),
        ({"one": np.zeros((1, COUNT, COUNT))}, "same kinds of links, got 1 and 2"),
        ({"one": np.zeros((2, 3, COUNT))}, "as many nodes to as from"),
        ({"one": np.zeros((COUNT, COUNT))}, "kind, node, node"),
    ],
)
def test_what_does_not_fit_is_refused(change, words):
    one, other, at, _ = planted()
    with pytest.raises(ValueError, match=words):
        wiring.match(**({"one": one, "other": other, "known": pairs(at)} | change))


def test_graphs_without_links_are_not_matched():
    empty = np.zeros((2, 5, 5))
    matched = wiring.match(empty, empty, [[0, 0], [1, 1]])
    assert np.isfinite(matched.distance).all()
    assert matched.same[2:, 2:].max() < 0.5
    everyone = wiring.match(empty, empty, np.repeat(np.arange(5), 2).reshape(-1, 2))
    assert not len(wiring.calls(everyone.same, np.repeat(np.arange(5), 2).reshape(-1, 2)).rows)


def test_real_worms_are_matched_by_their_wiring(shared_data):
    worms = {one.subject: one for one in apart(io.read(shared_data("c_elegans") / "connectomes.npz"))}
    one, other = worms["Witvliet3"], worms["Witvliet5"]
    names, kinds = [wiring.labels(worm) for worm in (one, other)], wiring.kinds([one, other])
    known = wiring.places(wiring.draw(names, 0.2, 0), *names)
    matched = wiring.match(*(wiring.strengths(worm, kinds) for worm in (one, other)), known)
    at = pd.Index(names[1]).get_indexer(names[0])
    assert kinds == ("chemical", "electrical")
    assert top(matched.distance, known, at) > 0.8
