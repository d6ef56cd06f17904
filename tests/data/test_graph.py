from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from neurofm.app.describe import describe
from neurofm.app.session import Session
from neurofm.data.graph import Graph, apart, both_directions, collapsed, ranked, single, take

NODES = pd.DataFrame({"label": ["AVAL", "AVAR", "RIML"], "type": ["i", "i", "s"]})
EDGES = [[0, 1, 2], [1, 0, 2]]


def graph(**more: object) -> Graph:
    return Graph(**{"session": "worm", "nodes": NODES, "edges": EDGES, **more})  # type: ignore[arg-type]


def two(**more: object) -> Graph:
    """Two animals of three and two named nodes."""
    nodes = pd.concat([NODES, NODES[:2]])
    edges = [[0, 1, 3], [1, 2, 4]]
    links = pd.DataFrame({"weight": [1.0, 2.0, 3.0]})
    subjects = pd.DataFrame({"label": ["ada", "bo"]})
    given = {"nodes": nodes, "edges": edges, "links": links, "of": [0, 0, 0, 1, 1], "subjects": subjects, "named": True}
    return graph(**given | more)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"edges": [[0], [3]]}, "names node 3, of 3"),
        ({"edges": [[-1], [0]]}, "names node -1, of 3"),
        ({"x": np.zeros((2, 4))}, "x of worm has 2 rows for 3 nodes"),
        ({"splits": {"a": [0, 1]}}, "split a of worm has 2 rows"),
        ({"features": ("a",), "x": np.zeros((3, 2))}, "a name for each feature"),
        ({"nodes": NODES.assign(label="A")}, "no name comes twice"),
        ({"links": pd.DataFrame({"weight": [1.0]})}, "1 rows for 3 edges"),
        ({"things": ("a",), "stands_for": "unit"}, "things of worm has 1 rows"),
        ({"subjects": pd.DataFrame({"label": ["a", "b"]}), "of": [0, 1, 0]}, "one subject after the other"),
        ({"subjects": pd.DataFrame({"label": ["a", "b"]}), "of": [0, 1, 1]}, "from one subject to another"),
    ],
)
def test_what_does_not_fit_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        graph(**wrong)


def test_what_is_seen_at_once() -> None:
    told = graph(subject="N2").summary()
    assert (told["nodes"], told["edges"], told["both_ways"], told["warnings"]) == (3, 3, True, [])
    assert told["labels"] == {"type": {"i": 2, "s": 1}}
    assert repr(graph(subject="N2")) == "<Graph worm, subject N2, nodes 3, edges 3>"


def test_of_many_classes_the_frequent_ones_are_listed() -> None:
    kinds = [k % 20 for k in range(30)]
    nodes = pd.DataFrame({"label": range(30), "type": kinds})
    told = graph(nodes=nodes).summary()["labels"]["type"]
    assert list(told.values()) == [2] * 10 + [1] * 2 + [8]
    assert list(told)[-1] == "8 others"


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        ({"edges": np.zeros((2, 0))}, "edges are none"),
        ({"edges": [[0, 1], [1, 0]]}, "edges reach 2 nodes of 3"),
        ({"edges": [[0, 0, 2], [1, 1, 2]]}, "edges come again in 1 cases"),
        ({"x": np.array([[0.0], [np.nan], [1.0]])}, "x is not known in 1 node"),
        ({"nodes": pd.DataFrame({"label": [*"abcd"], "type": ["i", "i", "s", ""]})}, "type is not known in 1 node;"),
        ({"splits": {"public": [0, 1, 1]}}, "split public has no node to train on or none held out"),
    ],
)
def test_what_should_be_known_before_it_is_trusted_is_said(odd: dict[str, object], said: str) -> None:
    assert said in " ".join(graph(**odd).summary()["warnings"])


def test_a_node_is_told_and_a_graph_without_nodes_is_empty() -> None:
    session = Session(graph())
    assert describe(session, "node", session.everything("node")[0]) == "worm/AVAL · type i · edges: 1"
    empty = Session(Graph(session="none", nodes=pd.DataFrame({"label": []}), edges=np.zeros((2, 0))))
    assert len(empty.everything("node")) == 0


@pytest.mark.parametrize(
    ("values", "tells"),
    [
        (["a", "a", "b", "c"], True),
        (["a", "b", "c", "d"], False),
        (["a", "", "", "a"], False),
        ([1, 1, 2, 2], True),
        ([1.0, np.nan, 2.0, 2.0], True),
        ([0.5, 0.5, 1.0, 2.0], False),
        ([True, False, True, True], True),
    ],
)
def test_columns_that_tell_nodes_apart_are_classes(values: list[object], tells: bool) -> None:
    nodes = pd.DataFrame({"label": list("abcd"), "told": values, "word": list("xxyy")})
    classes = graph(nodes=nodes, edges=[[0], [1]]).classes()
    assert ("told" in classes) == tells
    assert "word" in classes[: 1 + isinstance(values[0], str)]  # words come first


def test_many_whole_numbers_are_no_classes() -> None:
    nodes = pd.DataFrame({"label": np.arange(99).astype(str), "voxels": np.r_[np.arange(98), 0]})
    assert graph(nodes=nodes, edges=[[0], [1]]).classes() == ()


def test_a_subject_picks_its_nodes() -> None:
    session = Session(two())
    session.selection.pick("subject", session.everything("subject")[1:])
    assert session.selection.picked("node").tolist() == session.everything("node")[3:].tolist()


def test_neurons_of_a_name_are_picked_in_every_animal() -> None:
    session = Session(two())
    session.add(graph(session="another", named=True))
    node = session.everything("node")
    session.selection.pick("node", node[:1])
    assert set(session.selection.picked("node")) == {node[0], node[3], node[5]}


def test_names_that_mean_nothing_tie_nothing() -> None:
    session = Session(graph())
    session.add(graph(session="another"))
    session.selection.pick("node", session.everything("node")[:1])
    assert len(session.selection.picked("node")) == 1


def test_a_node_that_stands_for_a_unit_leads_to_it() -> None:
    from tests.small import SOURCES

    recording = SOURCES["trials"]()
    session = Session(recording)
    labels = session.table("unit")["label"].tolist()
    nodes = pd.DataFrame({"label": labels})
    session.add(Graph(session="knn", nodes=nodes, edges=[[0], [1]], stands_for="unit", things=tuple(labels)))
    session.selection.pick("node", session.everything("node")[2:3])
    assert session.selection.picked("unit").tolist() == session.everything("unit")[2:3].tolist()
    session.selection.pick("unit", session.everything("unit")[4:])
    assert session.selection.picked("node").tolist() == session.everything("node")[4:].tolist()


def test_some_nodes_keep_what_belongs_to_them() -> None:
    some = take(two(x=np.arange(10).reshape(5, 2), splits={"a": [0, 1, 2, 0, 1]}), [4, 3, 1, 2])
    assert some.nodes["label"].tolist() == ["AVAR", "RIML", "AVAL", "AVAR"]
    assert some.edges.tolist() == [[0, 2], [1, 3]]
    assert some.links["weight"].tolist() == [2.0, 3.0]
    assert (some.x[:, 0].tolist(), some.splits["a"].tolist()) == ([2, 4, 6, 8], [1, 2, 0, 1])
    (only,) = {one.session for one in apart(some) if one.subject == "bo"}
    assert only == "worm bo"
    assert [len(one.nodes) for one in apart(some)] == [2, 2]
    assert len(take(two(), [0]).subjects) == 1


def test_edges_in_both_directions_come_once() -> None:
    edges = both_directions(np.array([[0, 1, 2, 0], [1, 0, 2, 1]]), 3)
    assert sorted(zip(*edges.tolist())) == [(0, 1), (1, 0), (2, 2)]
    assert both_directions(np.zeros((2, 0), np.int64), 0).shape == (2, 0)
    edges, total = single(np.array([[0, 0, 1], [1, 1, 0]]), np.array([1.0, 2.0, 4.0]), 2)
    assert (edges.tolist(), total.tolist()) == ([[0, 1], [1, 0]], [3.0, 4.0])


def test_neurons_of_a_type_become_one_node() -> None:
    types = collapsed(two(x=np.array([[1.0], [3.0], [5.0], [np.nan], [4.0]])), "type")
    assert types.nodes["label"].tolist() == ["i", "s", "i"]
    assert types.nodes["nodes"].tolist() == [2, 1, 2]
    assert dict(zip(zip(*types.edges.tolist()), types.links["weight"])) == {(0, 0): 1.0, (0, 1): 2.0, (2, 2): 3.0}
    assert types.x[:, 0].tolist() == [2.0, 5.0, 4.0]
    with pytest.raises(LookupError, match="no column 'layer'"):
        collapsed(two(), "layer")


@pytest.mark.parametrize("labels", [[None, ""], [1, "1"], [np.nan, None]])
def test_labels_that_are_equal_as_text_are_refused(labels: list[object]) -> None:
    with pytest.raises(ValueError, match="no name comes twice"):
        Graph(session="s", nodes=pd.DataFrame({"label": pd.Series(labels, dtype=object)}), edges=np.zeros((2, 0)))


def test_nodes_of_no_class_become_one_and_what_is_unknown_is_no_part_of_means() -> None:
    nodes = NODES.assign(type=["i", None, ""])
    links = pd.DataFrame({"weight": [1.0, np.nan, 2.0], "distance": 5.0})
    types = collapsed(graph(nodes=nodes, links=links, x=np.array([[1.0], [3.0], [np.nan]])), "type")
    assert types.nodes["label"].tolist() == ["i", "unknown"]
    assert types.x[:, 0].tolist() == [1.0, 3.0]
    assert list(types.links) == ["weight"]
    assert types.links["weight"].sum() == 3.0


def test_words_among_numbers_are_not_known() -> None:
    nodes = NODES.assign(z="1", y=["2", "NA", "3"], x=4.0)
    some = graph(nodes=nodes, links=pd.DataFrame({"weight": ["1", "", "-2"]}))
    assert np.isnan(some.places).any(1).tolist() == [False, True, False]
    assert some.strength().tolist() == [1.0, 0.0, 2.0]
    assert "weight is not known in 1 edge" in " ".join(some.summary()["warnings"])


@pytest.mark.parametrize(
    ("values", "ranks", "names"),
    [
        ([10, 2, 10], [1, 0, 1], ["2", "10"]),
        ([10.0, np.nan, 2.5], [1, 2, 0], ["2.5", "10", ""]),
        (["b", None, "a"], [2, 0, 1], ["", "a", "b"]),
        ([True, np.nan, False], [2, 0, 1], ["", "False", "True"]),
    ],
)
def test_values_are_ranked_numbers_by_size(values: list[object], ranks: list[int], names: list[str]) -> None:
    rank, told = ranked(pd.Series(values))
    assert (rank.tolist(), told) == (ranks, names)
