"""Each pair of nodes comes once, whatever kinds of links there are between the two."""

from __future__ import annotations

import numpy as np

from neurofm.io._wiring import rule, wired


def test_every_pair_has_the_weight_of_each_kind_and_their_sum() -> None:
    rng = np.random.default_rng(0)
    kinds = {kind: (rng.integers(0, 9, (40, 2)), rng.integers(1, 9, 40).astype(float)) for kind in ("chemical", "gap")}
    edges, links, _ = wired(kinds)
    dense = {kind: np.zeros((9, 9)) for kind in kinds}
    for kind, (ends, weights) in kinds.items():
        np.add.at(dense[kind], tuple(ends.T), weights)
    dense["gap"] = np.maximum(dense["gap"], dense["gap"].T)
    for kind, matrix in (dense | {"weight": dense["chemical"] + dense["gap"]}).items():
        again = np.zeros((9, 9))
        again[tuple(edges)] = links[kind]
        np.testing.assert_array_equal(again, matrix)
    assert len(set(zip(*edges.tolist()))) == edges.shape[1]


def test_nothing_is_wired_to_nothing() -> None:
    edges, links, notes = wired({"chemical": (np.zeros((0, 2), np.int64), np.zeros(0))})
    assert (edges.shape, list(links), notes) == ((2, 0), ["chemical", "weight"], [])
    assert wired({})[0].shape == (2, 0)


def test_the_rule_is_said_in_a_sentence() -> None:
    assert rule(["chemical"]) == "weight: that of chemical"
    assert rule(["chemical", "gap"]) == "weight: the sum of chemical and gap; gap links lead both ways"
