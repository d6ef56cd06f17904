"""Models of graphs learn classes from some nodes, and name those of others; odd graphs are read or refused by name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from neurofm import registry
from neurofm.data.graph import Graph
from neurofm.data.split import Split
from neurofm.errors import DataError, UnknownUnits
from neurofm.synthetic.graphs import Ranges, communities, community
from neurofm.training import train
from neurofm.training.courses import nodes as course
from neurofm.training.fit import finetune

COURSE = registry.get("neurofm.training.courses", "nodes")
MODELS = [n for n in registry.names("neurofm.models") if registry.get("neurofm.models", n).course == "nodes"]
RANGES = Ranges(nodes=(120, 160), classes=(3, 3), features=(8, 8), homophily=(0.9, 0.9), signal=(0.9, 0.9))
FEW = {"steps": 2}


@pytest.fixture(scope="module")
def graph():
    return community(0, ranges=RANGES)


@pytest.fixture(scope="module")
def run(graph, tmp_path_factory):
    return train("gcn", graph, tmp_path_factory.mktemp("gcn") / "run", settings={"steps": 60}, device="cpu")


@pytest.mark.parametrize("model", MODELS)
def test_classes_are_named_better_than_by_chance_beside_simple_ways(model, graph, tmp_path):
    run = train(model, graph, tmp_path / "run", settings={"steps": 60}, device="cpu")
    told = run.metrics
    assert told["accuracy"] > told["majority_accuracy"] + 0.2
    assert {"features_accuracy", "propagated_accuracy"} <= set(told)
    said = run.predict(graph)
    assert (said.space, said.names) == ("node", ("class 0", "class 1", "class 2"))
    np.testing.assert_array_equal(said.held_out, graph.splits["random"] == 2)
    np.testing.assert_allclose(said.values.sum(1), 1, rtol=1e-5)
    assert said.metrics["accuracy"] == told["accuracy"]
    placed = run.embed(graph)
    assert (placed.space, list(placed.labels)) == ("node", graph.names)
    np.testing.assert_array_equal(run.predict(graph).values, said.values)


def test_labels_that_are_held_out_are_never_read(graph, run, tmp_path):
    held = graph.splits["random"] > 0
    wrong = graph.nodes["class"].where(~held, np.random.default_rng(0).permutation(graph.nodes["class"]))
    other = replace(graph, nodes=graph.nodes.assign(**{"class": wrong, "region": wrong}))
    again = train("gcn", other, tmp_path / "run", settings={"steps": 60, "target": "class"}, device="cpu")
    np.testing.assert_array_equal(again.predict(graph).values, run.predict(graph).values)


def test_the_split_of_the_file_is_taken_else_one_of_each_class(graph):
    own = COURSE.split(graph, np.random.default_rng(0))
    assert [len(part) for part in (own.train, own.valid, own.test)] == np.bincount(graph.splits["random"]).tolist()
    drawn = COURSE.split(replace(graph, splits={}), np.random.default_rng(0))
    rows = [part[:, 0].astype(int) for part in (drawn.train, drawn.valid, drawn.test)]
    assert sorted(np.concatenate(rows)) == list(range(len(graph.nodes)))
    shares = [graph.nodes["class"].iloc[part].value_counts(normalize=True).sort_index() for part in rows]
    np.testing.assert_allclose(shares[0], shares[2], atol=0.05)


def test_a_graph_it_never_learned_is_read_and_all_of_it_is_judged(graph, run):
    other = replace(graph, session="another", edges=graph.edges[:, ::2], links=pd.DataFrame())
    said = run.predict(other)
    assert said.held_out.all()
    assert said.metrics["accuracy"] > 0.5
    assert len(run.embed([graph, other]).ids) == 2 * len(graph.nodes)
    bare = replace(other, nodes=other.nodes[["label"]])
    assert np.isnan(run.predict(bare).truth).all()
    with pytest.raises(UnknownUnits, match="adapt it to this first"):
        run.predict(community(1, ranges=RANGES, session="stranger"))


def test_large_graphs_go_in_parts_and_say_the_same(graph, run, monkeypatch):
    whole = run.predict(graph).values
    monkeypatch.setattr(course, "AT_ONCE", 10)
    run.model.config = replace(run.model.config, nodes=64)
    np.testing.assert_allclose(run.predict(graph).values, whole, atol=1e-5)


def odd(graph: Graph, name: str) -> Graph:
    """What users have, by name."""
    unknown = graph.x.copy()
    unknown[::7, 3], unknown[:, 5], unknown[1, 1] = np.nan, np.nan, np.inf
    edges, nodes = graph.edges, graph.nodes
    weights = np.random.default_rng(0).normal(size=edges.shape[1])
    known = nodes["class"].where(np.arange(len(nodes)) % 3 > 0)
    return {
        "isolated": lambda: replace(graph, edges=edges[:, (edges > 40).all(0)], links=pd.DataFrame()),
        "loops": lambda: replace(graph, edges=np.c_[edges, [[3, 4], [3, 4]]], links=pd.DataFrame()),
        "again": lambda: replace(graph, edges=np.c_[edges, edges, edges[:, :9]], links=pd.DataFrame()),
        "no edges": lambda: replace(graph, edges=edges[:, :0], links=pd.DataFrame()),
        "unknown features": lambda: replace(graph, x=unknown),
        "no features": lambda: replace(graph, x=graph.x[:, :0], features=()),
        "one feature alike": lambda: replace(graph, x=graph.x * (np.arange(8) != 2)),
        "words": lambda: replace(graph, x=(graph.x > 1).astype(np.float32)),
        "labels missing": lambda: replace(graph, nodes=nodes.assign(**{"class": known})),
        "labels of numbers": lambda: replace(
            graph, nodes=nodes.assign(**{"class": nodes["class"].str[-1].astype(float).where(known.notna())})
        ),
        "signed weights": lambda: replace(graph, links=pd.DataFrame({"weight": weights})),
        "weights unknown": lambda: replace(graph, links=pd.DataFrame({"weight": np.where(weights > 1, np.nan, 1.0)})),
        "weights of nothing": lambda: replace(graph, links=pd.DataFrame({"weight": 0 * weights})),
        "directed": lambda: replace(graph, edges=edges[:, edges[0] < edges[1]], links=pd.DataFrame()),
        "small": lambda: replace(community(2, ranges=replace(RANGES, nodes=(12, 12), degree=(2, 2))), splits={}),
    }[name]()


@pytest.mark.parametrize("model", ["gcn", "graphfm"])
@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("isolated", "nothing comes to the others"),
        ("loops", "2 edges lead from a node to itself"),
        ("again", "come again"),
        ("no edges", "edges are none"),
        ("unknown features", "not known in"),
        ("no features", "vectors of its edges stand in"),
        ("one feature alike", ""),
        ("words", ""),
        ("labels missing", "class of 5"),
        ("labels of numbers", "class of 5"),
        ("signed weights", "are below 0 and count by their size"),
        ("weights unknown", "weights are not known and count as 0"),
        ("weights of nothing", ""),
        ("directed", ""),
        ("small", ""),
    ],
)
def test_odd_graphs_are_learned_and_what_is_odd_is_said(model, name, note, graph, tmp_path):
    data = odd(graph, name)
    run = train(model, data, tmp_path / "run", settings=FEW, device="cpu")
    said = run.predict(data)
    assert np.isfinite(said.values).all()
    assert 0 <= run.metrics["accuracy"] <= 1
    assert note in " ".join(run.config["notes"])


def test_a_class_without_a_node_to_learn_from_is_said_and_counts_as_wrong(graph, tmp_path):
    held = graph.splits["random"] > 0
    rare = np.where(held & (np.arange(len(held)) % 5 == 0), "rare", graph.nodes["class"])
    data = replace(graph, nodes=graph.nodes.assign(**{"class": rare}))
    run = train("gcn", data, tmp_path / "run", settings={"steps": 40}, device="cpu")
    assert "no node to learn from is of rare, so none is called that" in " ".join(run.config["notes"])
    said = run.predict(data)
    assert said.names[-1] == "rare"
    assert run.metrics["accuracy"] <= 1 - (rare[said.held_out] == "rare").mean()


@pytest.mark.parametrize(
    ("change", "settings", "words"),
    [
        (lambda g: replace(g, nodes=g.nodes[["label"]]), {}, "no column of classes"),
        (lambda g: g, {"target": "layer"}, "no classes 'layer'; there are class"),
        (lambda g: g, {"target": "label"}, "no classes 'label'"),
        (lambda g: replace(g, features=("class", *g.features[1:])), {}, "hold 'class', which is to be learned"),
        (
            lambda g: replace(g, nodes=g.nodes.assign(**{"class": g.nodes["class"].where(g.splits["random"] > 0)})),
            {},
            "no node of a known class to learn from",
        ),
        (
            lambda g: replace(
                g, nodes=g.nodes.assign(**{"class": np.where(g.splits["random"] > 0, g.nodes["class"], "class 0")})
            ),
            {},
            "nodes of class 0 alone to learn from",
        ),
        (lambda g: Graph(session="none", nodes=pd.DataFrame({"label": []}), edges=np.zeros((2, 0))), {}, "are none"),
    ],
    ids=["no classes", "no column", "names", "told", "unknown", "alone", "nothing"],
)
def test_what_could_only_end_in_nonsense_is_refused(change, settings, words, graph, tmp_path):
    with pytest.raises((DataError, LookupError), match=words):
        train("gcn", change(graph), tmp_path / "run", settings={**FEW, **settings}, device="cpu")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("rows", "words"), [([], "2 nodes in two parts"), ([7_000], "names node 7000, of"), ([-1], "names node -1, of")]
)
def test_a_split_that_leaks_is_refused(rows, words, graph, tmp_path):
    own = COURSE.split(graph, np.random.default_rng(0))
    spans = np.array(rows or own.test[:2, 0])[:, None] + np.array([0.0, 1.0])
    leaks = Split(np.concatenate([own.train, spans]), own.valid, own.test)
    with pytest.raises(DataError, match=words):
        train("gcn", graph, tmp_path / "run", settings=FEW, splits={graph.session: leaks}, device="cpu")


@pytest.mark.parametrize("model", MODELS)
def test_several_graphs_with_features_of_their_own_are_learned_together(model, tmp_path):
    several = communities(3, ranges=replace(RANGES, features=(6, 12)))
    run = train(model, several, tmp_path / "run", settings={"steps": 4, "batch": 2}, device="cpu")
    assert set(run.metrics["sessions"]) == {graph.session for graph in several}
    assert run.vocab["of"] == [0, 1, 2]
    other = community(9, ranges=replace(RANGES, classes=(4, 4)), session="new")
    adapted = finetune(run, other, tmp_path / "adapted", settings=FEW, units_only=True, device="cpu")
    assert adapted.predict(other).names == ("class 0", "class 1", "class 2", "class 3")
    assert adapted.predict(several[1]).values.shape == (len(several[1].nodes), 3)


def test_animals_of_one_file_share_one_answer_and_adapting_keeps_it(tmp_path):
    first = community(0, ranges=RANGES)
    second = replace(community(1, ranges=RANGES, session="bo"), features=first.features)
    run = train("graphfm", [first, second], tmp_path / "run", settings=FEW, device="cpu")
    assert run.vocab["of"] == [0, 0]
    cy = replace(community(2, ranges=RANGES, session="cy"), features=first.features)
    adapted = finetune(run, cy, tmp_path / "cy", settings=FEW, units_only=True, device="cpu")
    assert adapted.vocab["of"] == [0, 0, 0]
    before, after = run.model.state_dict(), adapted.model.state_dict()
    assert finetune(run, cy, tmp_path / "all", settings=FEW, device="cpu").config["schedule"]["freeze"] == 0.7
    core = [name for name in before if not name.startswith(("read", "say"))]
    assert all(bool((before[name] == after[name]).all()) for name in core)


def test_a_named_neuron_is_held_out_in_every_animal():
    nodes = pd.DataFrame({"label": [f"n{k}" for k in range(30)] * 3, "type": list("abc") * 30})
    subjects = pd.DataFrame({"label": ["ada", "bo", "cy"]})
    given = {"nodes": nodes, "edges": np.zeros((2, 0)), "subjects": subjects, "of": np.repeat(np.arange(3), 30)}
    graph = Graph(session="worms", named=True, **given)
    split = COURSE.split(graph, np.random.default_rng(0))
    parts = [set(nodes["label"].iloc[rows[:, 0].astype(int)]) for rows in (split.train, split.valid, split.test)]
    assert [len(part) for part in parts] == [18, 6, 6]
    assert not parts[0] & parts[1] and not parts[0] & parts[2]  # noqa: PT018


def test_features_without_names_mean_nothing_in_another_graph(graph, tmp_path):
    bare = replace(graph, features=())
    assert (graph.nameless, bare.nameless) == (False, True)
    run = train("gcn", [bare, replace(bare, session="b")], tmp_path / "run", settings=FEW, device="cpu")
    assert run.vocab["of"] == [0, 1]
    with pytest.raises(UnknownUnits, match="8 without names; adapt it to this first"):
        run.predict(replace(community(1, ranges=RANGES, session="another"), features=()))
