"""The table of a graph: every row, what is drawn where nothing is given, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from neurofm import io
from neurofm.analysis.node_baselines import Plan, Told
from neurofm.bench import graph as bench
from neurofm.data.graph import Graph
from neurofm.errors import DataError

COUNT = 30
KIND = np.arange(COUNT) % 2
RING = np.stack([np.arange(COUNT), (np.arange(COUNT) + 1) % COUNT])


def small(*, splits=True, features=True, kinds=KIND):
    rng = np.random.default_rng(0)
    part = np.concatenate([[0, 0, 1, 1, 2, 2], rng.integers(0, 3, COUNT - 6)])
    return Graph(
        session="ring",
        nodes=pd.DataFrame({"label": [str(k) for k in range(COUNT)], "type": [f"t{k}" for k in kinds]}),
        edges=RING, x=rng.normal(size=(COUNT, 3)) + KIND[:, None] if features else np.zeros((COUNT, 0)),
        splits={"public 0": part, "public 1": part} if splits else {},
    )  # fmt: skip


@pytest.fixture(autouse=True)
def brief(monkeypatch):
    monkeypatch.setattr(bench, "BRIEF", 2)
    monkeypatch.setattr(bench, "SPLITS", 2)


@pytest.mark.parametrize("splits", [True, False])
@pytest.mark.parametrize("features", [True, False])
def test_a_quick_table_has_all_its_rows(tmp_path, splits, features):
    path = io.write(small(splits=splits, features=features), tmp_path / "ring.h5")
    rows = bench.run([path], True, 0, None)
    assert json.dumps(rows)
    plain = {row["system"]: row for row in rows if row["metric"] == "accuracy"}
    named = "features" if features else bench.WIRING
    wanted = {"majority", "MLP", f"logistic, {named}", f"closed form, {named} and neighbours'"}
    wanted |= {f"logistic, {bench.WIRING}", f"forest, {bench.WIRING}"}
    for name in bench.KINDS:
        wanted |= {name, f"Half-Hop {name}", f"Half-Hop {name}, alpha 0.5, p 1"}
    assert wanted <= set(plain)
    assert all(row["n"] == 2 and 0 <= row["mean"] <= 1 for row in plain.values())
    own = "of its own" if splits else "drawn here"
    assert {row["case"] for row in rows} == {f"ring: 2 of type, 2 splits {own}"}
    assert {row["metric"] for row in rows} >= {"accuracy, depth 4", "energy, depth 4", "points above GCN"}


def test_what_is_above_is_the_difference_of_the_rows():
    rows = {(row["system"], row["metric"]): row["mean"] for row in bench.rows(small(), quick=True)}
    for name in bench.KINDS:
        points = 100 * (rows[f"Half-Hop {name}", "accuracy"] - rows[name, "accuracy"])
        assert rows[f"Half-Hop {name}", f"points above {name}"] == pytest.approx(points)


def test_the_setting_is_chosen_for_each_split_without_those_held_out():
    task = bench.Task(small(), 0, 1)
    good, bad = task.labels, 1 - task.labels
    half = np.stack([good, bad])
    told = {
        ("directed", Plan(kind="none")): Told(said=half, right=np.array([1, 0]), loss=np.zeros(2), energy=np.zeros(2)),
        ("both ways", Plan(kind="none")): Told(said=1 - half, right=np.ones(2) / 2, loss=np.zeros(2), energy=half),
    }
    assert task.say(told).tolist() == [[1.0, 1.0]]


def test_all_edges_and_settings_are_tried_and_few_of_large_graphs(monkeypatch):
    every = bench.settings("mean", ("directed", "both ways"), 200, few=False)
    assert len(set(every)) == len(every) == 15
    assert {plan.p for _, plan in every if plan.alpha is None} == {1.0}
    assert len(bench.settings("mean", ("both ways",), 200, few=True)) == 4
    monkeypatch.setattr(bench, "LARGE", 10)
    monkeypatch.setattr(bench, "FEW", 1)
    assert bench.Task(small(), 0, 1).case == "ring: 2 of type, 1 of 2 splits of its own"


def test_splits_that_differ_in_number_are_taken_and_unknown_classes_are_none():
    graph = small(kinds=[*KIND[:-2], "", ""])
    part = next(iter(graph.splits.values()))
    splits = {"public": part, "split 0": part, "split 1": part, "split 10": part, "all": np.zeros_like(part)}
    assert len(bench.family(splits)) == 3
    assert bench.family({"all": np.zeros_like(part)}) == []
    labels = bench.Task(small(kinds=KIND), 0, 1).labels
    nodes = graph.nodes.assign(type=[*graph.nodes["type"][:-2], "", None])
    assert bench.Task(replace(graph, nodes=nodes), 0, 1).labels.tolist() == [*labels[:-2], -1, -1]


REFUSED = {
    "needs a graph": lambda path: [],
    "nodes: have no column of classes; join one": lambda path: [
        io.write(small(kinds=np.arange(COUNT)), path / "ring.h5")
    ],
}


@pytest.mark.parametrize("told", REFUSED)
def test_what_has_no_classes_is_refused(told, tmp_path):
    with pytest.raises(DataError, match=told):
        bench.run(REFUSED[told](tmp_path), True, 0, None)


def test_files_of_something_else_are_refused(tmp_path):
    from neurofm.synthetic import reaching

    path = io.write(reaching.sessions(1, units=2, duration=4.0)[0], tmp_path / "rat.h5")
    with pytest.raises(DataError, match="holds a recording, where a graph is needed"):
        bench.run([path], True, 0, None)


def test_slow_nodes_help_where_neighbours_are_unlike(shared_data):
    task = bench.Task(io.read(shared_data("graphs/texas")), 0, 1)
    assert (len(task.splits), task.labels.max(), task.ways) == (10, 4, ("directed", "both ways"))
    task.splits = task.splits[:3]
    plain, slow = (
        task.accuracy(task.train(("both ways", Plan(kind="degrees", alpha=alpha, epochs=100))).said).mean()
        for alpha in (None, 0.0)
    )
    assert slow > plain + 0.05
