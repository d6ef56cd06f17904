"""Learning without labels on graphs: what views are without, what learning changes, and all rows."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import torch

from neurofm import io
from neurofm.bench import bgrl
from neurofm.data.graph import Graph
from neurofm.errors import DataError

COUNT = 40
KIND = np.arange(COUNT) % 2
RING = np.stack([np.arange(COUNT), (np.arange(COUNT) + 2) % COUNT])
X = (np.random.default_rng(0).normal(size=(COUNT, 6)) + KIND[:, None]).astype(np.float32)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    for name, value in {"WIDTH": 8, "HIDDEN": 8, "BRIEF": 2}.items():
        monkeypatch.setattr(bgrl, name, value)


@pytest.mark.parametrize("alpha", [None, 0.5])
def test_views_are_without_some_edges_and_features_and_differ(alpha):
    rng = np.random.default_rng(0)
    views = [bgrl.view(X, RING, 0.5, 0.5, alpha, rng)[0].numpy() for _ in range(3)]
    slow = [len(view) - COUNT for view in views]
    assert all(0 < count < 0.5 * COUNT for count in slow) if alpha is not None else slow == [0, 0, 0]
    columns = [tuple((view != 0).any(0)) for view in views]
    assert len(set(columns)) == 3
    for view, column in zip(views, columns):
        np.testing.assert_array_equal(view[:COUNT], X * np.array(column))


def test_learning_is_seeded_needs_no_labels_and_changes_the_network():
    first, again, other = (bgrl.learned(X, RING, 0.5, 3, seed).state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(first[name], again[name]) for name in first)
    torch.manual_seed(0)
    drawn = bgrl.Encoder(6).state_dict()
    assert not torch.equal(first["first.weight"], other["first.weight"])
    assert not torch.equal(first["first.weight"], drawn["first.weight"])


def test_a_quick_table_has_all_its_rows(tmp_path):
    graph = Graph(
        session="ring", edges=RING, x=X,
        nodes=pd.DataFrame({"label": [str(k) for k in range(COUNT)], "type": [f"t{k}" for k in KIND]}),
    )  # fmt: skip
    rows = bgrl.run([io.write(graph, tmp_path / "ring.h5")], True, 0, None)
    assert json.dumps(rows)
    metrics = {(row["system"], row["metric"]) for row in rows}
    assert {("random weights", bgrl.AS_IT_IS), ("BGRL", bgrl.AS_IT_IS)} <= metrics
    for system in list(bgrl.SYSTEMS)[1:]:
        assert {(system, bgrl.AS_IT_IS), (system, bgrl.HOPPED), (system, "points above BGRL")} <= metrics


def test_no_path_is_refused():
    with pytest.raises(DataError, match="needs a graph: neurofm bench bgrl PATH"):
        bgrl.run([], True, 0, None)
