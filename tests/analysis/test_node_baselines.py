"""Baselines of nodes: what each can tell, what none may see, and the mixing that stands for slow nodes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from neurofm import io
from neurofm.analysis import node_baselines as nodes
from neurofm.analysis.node_baselines import Plan
from neurofm.data.graph import TEST, TRAIN, VALID, apart
from neurofm.transforms.half_hop import half_hop

COUNT = 60
RNG = np.random.default_rng(0)
LABELS = np.arange(COUNT) % 3
RING = np.stack([np.arange(COUNT), (np.arange(COUNT) + 1) % COUNT])
BLOCKS = np.array([(a, b) for a in range(COUNT) for b in range(COUNT) if a != b and LABELS[a] == LABELS[b]]).T
TELLING = np.eye(3)[LABELS] + RNG.normal(0, 0.1, (COUNT, 3))
NOISE = RNG.normal(size=(COUNT, 4))
SPLITS = nodes.stratified(LABELS, 2, np.random.default_rng(1))
BRIEF = Plan(kind="none", epochs=30, hidden=16)


def score(said):
    return nodes.accuracy(said, LABELS, SPLITS[: len(said)]).mean()


def test_splits_hold_each_class_in_every_part_and_nothing_unknown():
    labels = np.where(np.arange(COUNT) < 50, LABELS, -1)
    splits = nodes.stratified(labels, 10, np.random.default_rng(0))
    assert (splits[:, 50:] == -1).all()
    assert {part: int((splits == part).sum()) for part in (TRAIN, VALID, TEST)} == {TRAIN: 240, VALID: 170, TEST: 90}
    assert len(np.unique(splits, axis=0)) == 10


SIMPLE = {
    "logistic of features": (
        lambda: nodes.logistic(TELLING, LABELS, SPLITS),
        lambda: nodes.logistic(NOISE, LABELS, SPLITS),
    ),
    "closed form of features": (
        lambda: nodes.closed_form(TELLING, LABELS, SPLITS),
        lambda: nodes.closed_form(NOISE, LABELS, SPLITS),
    ),
    "neighbours": (
        lambda: nodes.closed_form(nodes.propagated(nodes.features(TELLING), BLOCKS), LABELS, SPLITS),
        lambda: nodes.closed_form(nodes.propagated(NOISE, BLOCKS[:, :0]), LABELS, SPLITS),
    ),
    "wiring": (
        lambda: nodes.logistic(nodes.wiring(BLOCKS, COUNT), LABELS, SPLITS),
        lambda: nodes.logistic(nodes.wiring(BLOCKS[:, :0], COUNT), LABELS, SPLITS),
    ),
    "a forest": (
        lambda: nodes.forest(TELLING, LABELS, SPLITS[:1]),
        lambda: nodes.forest(NOISE, LABELS, SPLITS[:1]),
    ),
    "a network": (
        lambda: nodes.network(nodes.features(TELLING), RING, LABELS, SPLITS, BRIEF, 0).said,
        lambda: nodes.network(nodes.features(NOISE), RING, LABELS, SPLITS, BRIEF, 0).said,
    ),
    "a network along edges": (
        lambda: nodes.network(nodes.features(TELLING), BLOCKS, LABELS, SPLITS, replace(BRIEF, kind="degrees"), 0).said,
        lambda: nodes.majority(LABELS, SPLITS),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SIMPLE)
def test_each_tells_what_is_told_to_it_and_no_more(name):
    able, blind = SIMPLE[name]
    assert score(able()) > 0.9
    assert score(blind()) < 0.65


@pytest.mark.parametrize("alpha", [None, 0.5])
@pytest.mark.parametrize("kind", ["degrees", "mean", "attention", "none"])
def test_labels_that_are_held_out_change_nothing(kind, alpha):
    plan = replace(BRIEF, kind=kind, alpha=alpha, epochs=3)
    hidden = np.where(SPLITS[0] == TEST, 0, LABELS)
    one, other = (nodes.network(nodes.features(TELLING), RING, y, SPLITS[:1], plan, 0) for y in (LABELS, hidden))
    np.testing.assert_array_equal(one.said, other.said)
    assert one.loss == other.loss


def test_trained_at_once_is_trained_alone_and_the_seed_decides():
    x = nodes.features(TELLING)
    plan = replace(BRIEF, kind="mean", dropout=0.0, alpha=0.3, p=0.5, epochs=10)
    both = nodes.network(x, RING, LABELS, SPLITS[[0, 0]], plan, 0)
    again, other = (nodes.network(x, RING, LABELS, SPLITS[[0, 0]], plan, seed) for seed in (0, 1))
    np.testing.assert_array_equal(both.loss, again.loss)
    assert (both.loss != other.loss).all()
    assert both.loss[0] != both.loss[1]  # weights of their own


@pytest.mark.parametrize("p", [0, 0.4, 1])
@pytest.mark.parametrize("alpha", [0, 0.3, 1])
def test_slow_nodes_are_mixed_as_half_hop_does(alpha, p):
    edges = np.concatenate([RING, [[3, 4, 4], [3, 9, 9]]], 1)
    hop = half_hop(TELLING, edges, alpha=alpha, p=p, generator=np.random.default_rng(0))
    np.testing.assert_allclose(nodes._mixing(hop, COUNT, alpha) @ TELLING, hop.x, rtol=1e-6)


def test_energy_is_the_distance_of_neighbours():
    states = np.concatenate([np.ones((COUNT, 1, 2)), RNG.normal(size=(COUNT, 2, 2))], 1)
    edges = np.concatenate([RNG.integers(0, COUNT, (2, 90)), [[0, 0, 4], [0, 7, 5]], [[4], [5]]], 1)
    pairs = {(a, b) for a, b in np.concatenate([edges, edges[::-1]], 1).T.tolist() if a != b}
    apart = np.mean([((states[a] - states[b]) ** 2).sum(1) for a, b in pairs], 0)
    np.testing.assert_allclose(nodes.unlikeness(states, edges), apart / (states**2).sum(2).mean(0), atol=1e-12)
    assert nodes.unlikeness(states, edges)[0] < 1e-12
    assert nodes.unlikeness(0 * states, edges).tolist() == nodes.unlikeness(states, edges[:, :0]).tolist() == [0, 0, 0]


def test_the_best_is_the_most_often_right_and_of_equal_ones_the_surest():
    told = [
        nodes.Told(said=np.zeros((3, 1)), right=np.array(right), loss=np.array(loss), energy=np.zeros(3))
        for right, loss in (([0.5, 0.7, 0.5], [1, 1, 3.0]), ([0.6, 0.5, 0.5], [9, 0, 2.0]))
    ]
    assert nodes.best_of(told).tolist() == [1, 0, 1]


def test_what_is_not_known_of_a_node_is_the_mean_and_nothing_is_told_of_unknown_classes():
    x = np.array([[1.0, 3.0], [np.nan, 1.0], [0.0, 0.0], [5.0, np.nan]])
    np.testing.assert_allclose(
        nodes.features(x), [[0.25, 0.75], [2 / 3, 1 / 3], [0, 0], [5 / (5 + 4 / 3), 4 / 3 / (5 + 4 / 3)]]
    )
    labels, split = np.array([0, -1, 1, 1]), np.array([[0, 2, 2, 2]])
    assert nodes.accuracy(np.array([[0, -1, 1, 0]]), labels, split).tolist() == [0.5]


def test_the_wiring_of_large_graphs_is_as_of_small_ones_and_weights_count(monkeypatch):
    edges, weights = RNG.integers(0, COUNT, (2, 400)), RNG.exponential(size=400)
    whole, equal = nodes.wiring(edges, COUNT, weights), nodes.wiring(edges, COUNT)
    monkeypatch.setattr(nodes, "DENSE", 10)
    large = nodes.wiring(edges, COUNT, weights)
    np.testing.assert_allclose(np.abs((large * whole).mean(0)), 1, atol=1e-3)  # but for their signs
    assert not np.allclose(np.abs(equal), np.abs(whole))
    into = np.log1p(np.bincount(edges[1], np.log1p(weights), COUNT))
    np.testing.assert_allclose(whole[:, 0], (into - into.mean()) / into.std(), atol=1e-5)
    for nothing in (nodes.wiring(edges[:, :0], COUNT), nodes.wiring(edges, COUNT, np.zeros(400))):
        assert not nothing.any()


def test_wiring_tells_types_of_a_real_worm(shared_data):
    worms = io.read(shared_data("c_elegans") / "connectomes.npz")
    worm = next(one for one in apart(worms) if one.subject == "Witvliet8")
    labels = pd.factorize(worm.nodes["type"])[0]
    splits = nodes.stratified(labels, 2, np.random.default_rng(0))
    splits[splits == VALID] = TRAIN
    wiring = nodes.wiring(worm.edges, len(labels), worm.weights())
    assert nodes.accuracy(nodes.forest(wiring, labels, splits), labels, splits).mean() > 0.65
    assert nodes.accuracy(nodes.majority(labels, splits), labels, splits).mean() < 0.45


def test_a_split_with_nothing_to_learn_from_is_refused():
    with pytest.raises(ValueError, match="split 1 has no node of a known class to learn from"):
        nodes.majority(LABELS, np.stack([SPLITS[0], np.full(COUNT, TEST)]))
