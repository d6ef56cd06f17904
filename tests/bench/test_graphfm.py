"""The table of one model for many graphs has all of its lines."""

from __future__ import annotations

import numpy as np

from neurofm.bench import graphfm
from neurofm.io import graph as io
from neurofm.synthetic.graphs import Ranges, community


def test_all_systems_are_scored(monkeypatch):
    monkeypatch.setattr(graphfm, "QUICK_MANY", (2,))
    lines = graphfm.run([], True, 0, "")
    told = {line["system"]: line["mean"] for line in lines}
    assert {"GCN", "Half-Hop GCN", "logistic on x, Rx, R2x", "scratch, rate 0.001", "random core, frozen"} <= set(told)
    assert {"core of 2 graphs, frozen", "core of 2 graphs, fine-tuned"} <= set(told)
    assert all(0 <= value <= 1 for value in told.values())


def test_graphs_in_files_are_held_out_in_place_of_simulated_ones(tmp_path):
    path = io.write(community(5, ranges=Ranges(nodes=(60, 60), features=(8, 8))), tmp_path / "a.graph.h5")
    (graph,) = graphfm._held_out([str(path)], quick=True)
    assert len(graph.nodes) == 60


def test_no_graph_is_both_learned_from_and_held_out():
    learned = {name for many in (graphfm.MANY[0],) for g in graphfm.communities(many, seed=0) for name in g.features}
    held_out = {name for graph in graphfm._held_out([], quick=True) for name in graph.features}
    assert not learned & held_out
    assert np.all([seed < graphfm.FIRST_HELD_OUT for seed in range(graphfm.SEEDS)])
