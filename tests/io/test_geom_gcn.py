"""Folders of geom-gcn: nodes in the order of their numbers, features as values or as lists of ones, and splits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from neurofm import io
from neurofm.data.graph import Graph, both_directions
from neurofm.errors import DataError
from tests.io.graph_files import geom_gcn, masks

NODES = "node_id\tfeature\tlabel\n"


def read(path: Path) -> Graph:
    graph = io.read(path)
    assert isinstance(graph, Graph)
    return graph


def test_nodes_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    graph = read(geom_gcn(tmp_path))
    assert graph.nodes["label"].tolist() == ["3", "4", "5"]
    assert graph.nodes["class"].tolist() == ["0", "0", "1"]
    assert graph.x.tolist() == np.eye(3).tolist()
    assert graph.edges.tolist() == [[0, 1, 1, 2], [1, 0, 2, 2]]
    assert graph.splits["public 0"].tolist() == [0, 1, 2]
    assert "33/33/33 %" in " ".join(graph.notes)


@pytest.mark.parametrize("name", ["out1_graph_edges.txt", "out1_node_feature_label.txt"])
def test_either_file_stands_for_the_folder(tmp_path: Path, name: str) -> None:
    path = geom_gcn(tmp_path) / name
    graph = read(path)
    assert (graph.session, len(graph.nodes)) == ("campus", 3)
    assert graph.paths == (str(path.parent), str(tmp_path / "splits"))
    assert io.can_read(path)


def test_a_split_that_is_changed_is_another_graph(tmp_path: Path) -> None:
    graph = read(geom_gcn(tmp_path))
    assert io.origin(graph) is not None
    masks(tmp_path / "splits" / "campus_split_0.6_0.2_0.npz", [1, 0, 0], [0, 0, 1], [0, 1, 0])
    assert io.origin(graph) is None


def test_lists_of_different_lengths_say_which_features_are_one(tmp_path: Path) -> None:
    path = geom_gcn(tmp_path)
    (path / "out1_node_feature_label.txt").write_text(NODES + "3\t0,4\ta\n4\t2\ta\n5\t\tb\n")
    graph = read(path)
    assert [np.flatnonzero(row).tolist() for row in graph.x] == [[0, 4], [2], []]
    assert graph.x.shape == (3, 5)
    assert "taken for the numbers" in graph.notes[0]


def test_edges_that_come_again_are_kept_and_told(tmp_path: Path) -> None:
    path = geom_gcn(tmp_path)
    with (path / "out1_graph_edges.txt").open("a") as file:
        file.write("3\t4\n")
    graph = read(path)
    assert graph.edges.shape == (2, 5)
    assert "come again in 1 case" in " ".join(map(str, graph.findings()))


def test_splits_of_another_data_set_are_left_out_and_told(tmp_path: Path) -> None:
    path = geom_gcn(tmp_path)
    masks(tmp_path / "splits" / "campus_split_0.6_0.2_1.npz", [1, 0], [0, 1], [0, 0])
    graph = read(path)
    assert not graph.splits
    assert "campus_split_0.6_0.2_1.npz is of 2 nodes, not 3; they were left out" in " ".join(graph.notes)


BAD = {
    "edge to nowhere": ("edges", "3\t9\n", "edge 1: names a node that out1_node_feature_label.txt does not list"),
    "edge cut off": ("edges", "3\t4\n4\t5\n5\n", "line 3: has 1 cells"),
    "edge of a word": ("edges", "3\tx\n", "edge 1: names a node"),
    "node twice": ("nodes", "3\t1,0\ta\n4\t0,0\ta\n4\t0,1\tb\n", "'4' comes twice"),
    "features of unequal width": ("nodes", "3\t1,0,1\ta\n4\t0,0\ta\n5\t0,1,0\tb\n", "line 3: has 2 features"),
    "fractions of unequal width": ("nodes", "3\t1.5,0,1\ta\n4\t2.5,0\ta\n5\t0,1,0\tb\n", "line 3: has 2 features"),
    "feature of words": ("nodes", "3\t1,x\ta\n4\t0,0\ta\n5\t0,1\tb\n", "line 2: holds a feature that is no number"),
    "no class": ("nodes", "3\t1,0\n4\t0,0\n5\t0,1\n", "line 1: has 2 cells"),
    "no node": ("nodes", "", "names no node"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_refused_with_its_line(tmp_path: Path, case: str) -> None:
    path = geom_gcn(tmp_path)
    which, text, said = BAD[case]
    name, header = {"edges": ("out1_graph_edges.txt", ""), "nodes": ("out1_node_feature_label.txt", "")}[which]
    (path / name).write_text(header + text)
    with pytest.raises(DataError, match=said):
        io.read(path)


def test_a_split_that_leaks_is_refused_by_name(tmp_path: Path) -> None:
    path = geom_gcn(tmp_path)
    masks(tmp_path / "splits" / "campus_split_0.6_0.2_0.npz", [1, 1, 0], [0, 1, 0], [0, 0, 1])
    with pytest.raises(DataError, match="split public 0: leaks: it has 1 node both trained on and chosen by"):
        io.read(path)


@pytest.mark.parametrize(
    ("content", "said"), [(b"PK and so on", "is no whole .npz"), (None, "train_mask: cannot be read")]
)
def test_a_split_that_cannot_be_read_is_refused_with_its_file(tmp_path: Path, content: bytes | None, said: str) -> None:
    path, file = geom_gcn(tmp_path), tmp_path / "splits" / "campus_split_0.6_0.2_0.npz"
    if content is None:
        np.savez(file, train_mask=np.array([{}], object))
    else:
        file.write_bytes(content)
    with pytest.raises(DataError, match=rf"campus_split_0\.6_0\.2_0\.npz: {said}"):
        io.read(path)


def test_a_node_of_no_class_is_told(tmp_path: Path) -> None:
    path = geom_gcn(tmp_path)
    (path / "out1_node_feature_label.txt").write_text(NODES + "3\t1\ta\n4\t0\ta\n5\t0\tb\n6\t0\t\n")
    graph = read(path)
    assert graph.nodes["class"].tolist() == ["a", "a", "b", ""]
    assert "class is not known in 1 node" in " ".join(map(str, graph.findings()))


def test_unknown_features_are_told(tmp_path: Path) -> None:
    path = geom_gcn(tmp_path)
    (path / "out1_node_feature_label.txt").write_text(NODES + "3\t1,nan\ta\n4\t0,0\ta\n5\t0,1\tb\n")
    assert "x is not known in 1 node" in " ".join(map(str, read(path).findings()))


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "size", "loops", "shares"),
    [("texas", (183, 325, 574), 16, [87, 59, 37]), ("wisconsin", (251, 515, 916), 16, [120, 80, 51])],
)
def test_real_campus_webs(shared_data, name, size, loops, shares):
    graph = read(shared_data("graphs") / name)
    edges, classes = graph.edges, graph.nodes["class"].to_numpy()
    both = both_directions(edges, len(classes))
    assert (len(classes), edges.shape[1], both.shape[1], (edges[0] == edges[1]).sum()) == (*size, loops)
    assert round((classes[both[0]] == classes[both[1]]).mean(), 3) == {"texas": 0.087, "wisconsin": 0.192}[name]
    assert [np.bincount(split).tolist() for split in graph.splits.values()] == [shares] * 10
    assert "48/32/20 %" in graph.notes[0]
    assert "(60/20/20)" in graph.notes[0]
