"""The table of one model for many graphs has all of its lines."""

from __future__ import annotations

import numpy as np
import pandas as pd

from neurofm.bench import graphfm
from neurofm.data.graph import Graph
from neurofm.io import graph as io
from neurofm.synthetic.graphs import Ranges, community

SMALL = Ranges(nodes=(60, 60), classes=(3, 3), features=(8, 8))


def test_all_systems_are_scored(monkeypatch):
    monkeypatch.setattr(graphfm, "QUICK_MANY", (2, 3))
    monkeypatch.setattr(graphfm, "WIDTHS", (32,))
    lines = graphfm.run([], True, 0, "")
    told = {line["system"]: line["mean"] for line in lines}
    assert {"GCN", "Half-Hop GCN", "logistic on x, Rx, R2x", "scratch, rate 0.001", "random core, frozen"} <= set(told)
    assert {"core of 2 graphs, frozen", "core of 2 graphs, fine-tuned", "core of 3 graphs, dim 32, frozen"} <= set(told)
    assert all(0 <= value <= 1 for value in told.values())


def test_each_animal_of_a_file_is_left_out_in_turn_and_named_by_what_the_others_taught(tmp_path):
    nodes = pd.concat([community(k, ranges=SMALL).nodes for k in range(2)])
    edges = [community(k, ranges=SMALL).edges + 60 * k for k in range(2)]
    worms = Graph(
        session="worms", nodes=nodes, edges=np.concatenate(edges, 1), of=np.repeat([0, 1], 60),
        subjects=pd.DataFrame({"label": ["ada", "bo"]}),
    )  # fmt: skip
    lines = graphfm.run([str(io.write(worms, tmp_path / "a.graph.h5"))], True, 0, "")
    told = {(line["case"][:3], line["system"]): line["n"] for line in lines}
    assert told[("10%", "core of the others, no label told")] == 2
    assert told[("60%", "core of the others, frozen")] == told[("60%", "GCN")] == 2
    assert told[("10%", "forest of degrees and spectral vectors")] == 2


def test_no_graph_is_both_learned_from_and_held_out():
    learned = {name for many in (graphfm.MANY[0],) for g in graphfm.communities(many, seed=0) for name in g.features}
    held_out = {name for graph in graphfm._held_out(quick=True) for name in graph.features}
    assert not learned & held_out
    assert np.all([seed < graphfm.FIRST_HELD_OUT for seed in range(graphfm.SEEDS)])
