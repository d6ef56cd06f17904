"""Graphs as arrays: the names that people give them, what tells how many nodes there are, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import coo_array, csc_matrix, csr_matrix, save_npz

from neurofm import io
from neurofm.data.graph import Graph
from neurofm.errors import DataError
from tests.io.graph_files import ARRAYS, graph_arrays

BROKEN = {"data": [1.0], "indices": [9], "indptr": [0, 1, 1], "shape": [2, 2]}
DENSE = np.array([[0.0, 2.0, 0.0], [0.0, 0.0, 0.5], [0.0, 0.0, 1.0]])


def read(folder: Path, **arrays: object) -> Graph:
    np.savez(folder / "a.npz", **{name: np.asarray(array) for name, array in arrays.items()})
    graph = io.read(folder / "a.npz")
    assert isinstance(graph, Graph)
    return graph


def test_arrays_as_torch_geometric_names_them(tmp_path: Path) -> None:
    graph = io.read(graph_arrays(tmp_path))
    assert isinstance(graph, Graph)
    assert graph.edges.tolist() == ARRAYS["edge_index"].tolist()
    assert graph.x.tolist() == ARRAYS["x"].tolist()
    assert graph.nodes["class"].tolist() == ["0", "1", "1", ""]
    assert graph.nodes["depth"].tolist() == [4, 3, 2, 1]
    assert graph.splits["public"].tolist() == [0, 0, 2, -1]
    assert graph.notes == ()


def test_a_row_an_edge_is_turned_and_told(tmp_path: Path) -> None:
    graph = read(tmp_path, edges=[[0, 1], [1, 2], [2, 0]], node_features=np.eye(3), node_labels=[0, 1, 1])
    assert graph.edges.tolist() == [[0, 1, 2], [1, 2, 0]]
    assert graph.nodes["class"].tolist() == ["0", "1", "1"]
    assert graph.notes == ("edges: a row is an edge; turned",)


def test_splits_by_rows_are_as_many(tmp_path: Path) -> None:
    masks = np.array([[True, False, False], [False, True, False]])
    graph = read(tmp_path, edges=[[0, 1], [1, 2]], x=np.eye(3), train_masks=masks, test_masks=masks[::-1])
    assert {k: v.tolist() for k, v in graph.splits.items()} == {"public 0": [0, 2, -1], "public 1": [2, 0, -1]}


@pytest.mark.parametrize(
    "arrays",
    [
        {"adjacency": DENSE, "names": ["a", "b", "c"]},
        {
            **{f"adj_{part}": getattr(csr_matrix(DENSE), part) for part in ("data", "indices", "indptr", "shape")},
            "node_names": np.array(["a", "b", "c"]),
        },
    ],
    ids=["dense", "sparse"],
)
def test_adjacency_leads_from_rows_to_columns(tmp_path: Path, arrays: dict) -> None:
    graph = read(tmp_path, **arrays)
    assert graph.nodes["label"].tolist() == ["a", "b", "c"]
    assert (graph.edges.tolist(), graph.links["weight"].tolist()) == ([[0, 1, 2], [1, 2, 2]], [2.0, 0.5, 1.0])
    assert graph.notes == ("edges: from the node of a row to that of a column",)


@pytest.mark.parametrize("kind", [csr_matrix, csc_matrix, coo_array])
def test_sparse_matrices_of_scipy(tmp_path: Path, kind: type) -> None:
    save_npz(tmp_path / "a.npz", kind(DENSE))
    graph = io.read(tmp_path / "a.npz")
    assert isinstance(graph, Graph)
    assert (graph.edges.tolist(), graph.links["weight"].tolist()) == ([[0, 1, 2], [1, 2, 2]], [2.0, 0.5, 1.0])


def test_sparse_features_are_filled(tmp_path: Path) -> None:
    rows = csr_matrix(np.eye(3, 5))
    parts = {f"attr_{part}": getattr(rows, part) for part in ("data", "indices", "indptr", "shape")}
    graph = read(tmp_path, **parts, adjacency=DENSE, labels=[2, 0, 2], attr_names=list("abcde"))
    assert graph.x.tolist() == np.eye(3, 5).tolist()
    assert graph.nodes["class"].tolist() == ["2", "0", "2"]
    assert graph.notes[-1] == "not read: attr_names"


def test_nodes_are_those_that_edges_name_where_nothing_tells(tmp_path: Path) -> None:
    graph = read(tmp_path, edge_index=[[900, 900], [7, 12345678901]], edge_weight=[1.0, 2.0])
    assert graph.nodes["label"].tolist() == ["7", "900", "12345678901"]
    assert graph.edges.tolist() == [[1, 1], [0, 2]]
    assert graph.links["weight"].tolist() == [1, 2]
    assert len(read(tmp_path, edge_index=[[0], [1]], num_nodes=5).nodes) == 5


def test_numbers_that_are_no_classes_stay_numbers(tmp_path: Path) -> None:
    graph = read(tmp_path, edge_index=[[0], [1]], x=np.eye(3), y=[0.5, np.nan, 2.0], pos=[[1, 2], [3, 4], [5, 6]])
    assert graph.nodes["target"].tolist()[::2] == [0.5, 2.0]
    assert graph.places.tolist() == [[0, 2, 1], [0, 4, 3], [0, 6, 5]]
    one_of = read(tmp_path, edge_index=[[0], [1]], x=np.eye(3), y=[[0, 1], [1, 0], [0, 0]])
    assert one_of.nodes["class"].tolist() == ["1", "0", ""]


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        ({"edge_index": np.zeros((2, 0), int)}, "edges are none"),
        ({"edge_index": [[0, 0], [1, 1]]}, "edges come again in 1 case"),
        ({"edge_index": [[0, 1], [1, 1]]}, "edges reach 2 nodes of 3"),
        ({"x": [[0.0], [np.nan], [1.0]]}, "x is not known in 1 node"),
        ({"y": [0, 1]}, r"y: is (2,) for 3 nodes, left out"),
        ({"train_mask": [True, False, False]}, "split public has no node to train on or none held out"),
    ],
)
def test_what_is_odd_is_read_and_said(tmp_path: Path, odd: dict, said: str) -> None:
    graph = read(tmp_path, **{"edge_index": [[0], [1]], "x": np.eye(3)} | odd)
    assert said in " ".join(graph.summary()["warnings"])


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"edge_index": [[0], [3]]}, "edge_index: names node 3, of 3; number from 0"),
        ({"edge_index": [[1, 2], [2, 3]]}, "names node 3, of 3; they are numbered from 1, so take 1 off"),
        ({"edge_index": [[0], [-1]]}, "names node -1, of 3"),
        ({"edge_index": [[0.5], [1]]}, r"where \(2, edge\) numbers of nodes are needed"),
        ({"edge_index": [["a"], ["b"]]}, r"where \(2, edge\) numbers of nodes are needed"),
        ({"edge_index": [[0, 1, 2]] * 3}, r"is \(3, 3\) of int64, where \(2, edge\)"),
        ({"x": [0.0, 1.0]}, r"x: is \(2,\) of float64"),
        ({"x": np.array([["a"]])}, "x: is .* where .node, feature. numbers are needed"),
        ({"names": ["a", "b"]}, "names: has 2 rows for 3 nodes"),
        ({"names": ["a", "b", "a"]}, "no name comes twice"),
        ({"edge_weight": [1.0, 2.0]}, r"weight: is \(2,\) of float64 for 1 edges"),
        ({"train_mask": [1, 1, 0], "test_mask": [0, 1, 1]}, "split public: leaks: it has 1 node both"),
        ({"y": np.array([{}] * 3, object)}, "y: cannot be read"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_field(tmp_path: Path, bad: dict, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read(tmp_path, **{"edge_index": [[0], [1]], "x": np.eye(3)} | bad)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"adjacency": np.zeros((2, 3))}, r"adjacency: is \(2, 3\) of float64, where a square"),
        ({"adjacency": np.full((2, 2), np.nan)}, "holds weights that are no numbers"),
        ({"adjacency": np.array([["a"]])}, "where a square of weights is needed"),
        (
            {"adj_data": [1.0], "adj_indices": [9], "adj_indptr": [0, 1, 1], "adj_shape": [2, 2]},
            "no whole sparse matrix",
        ),
    ],
)
def test_what_is_no_adjacency_is_refused(tmp_path: Path, bad: dict, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read(tmp_path, **bad)
