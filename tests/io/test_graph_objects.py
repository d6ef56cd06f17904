"""Graphs that networkx and torch_geometric hold, one or several, open as graphs."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
import torch
from torch_geometric.data import Batch, Data, HeteroData
from torch_geometric.datasets import FakeDataset

import neurofm as nf
from neurofm import io
from neurofm.data.graph import Graph, apart
from neurofm.errors import DataError


def read(thing: object) -> Graph:
    graph = io.read(thing)
    assert isinstance(graph, Graph)
    return graph


def data(**more: object) -> Data:
    x, edges = torch.eye(3, 2), torch.tensor([[0, 1, 2], [1, 0, 2]])
    return Data(**{"x": x, "edge_index": edges, "y": torch.tensor([0, 1, -1])} | more)


def test_a_data_with_masks() -> None:
    masks = {"train_mask": torch.tensor([True, False, False]), "test_mask": torch.tensor([False, True, False])}
    graph = read(data(**masks, edge_attr=torch.arange(6.0).reshape(3, 2), depth=torch.tensor([1.0, 2.0, 3.0])))
    assert graph.x.tolist() == np.eye(3, 2).tolist()
    assert graph.edges.tolist() == [[0, 1, 2], [1, 0, 2]]
    assert graph.nodes["class"].tolist() == ["0", "1", ""]
    assert graph.nodes["depth"].tolist() == [1, 2, 3]
    assert graph.links["edge_attr 1"].tolist() == [1, 3, 5]
    assert graph.splits["public"].tolist() == [0, 2, -1]


def test_a_data_without_features_knows_how_many_nodes_it_has() -> None:
    assert len(read(Data(edge_index=torch.tensor([[0], [1]]), num_nodes=4)).nodes) == 4


@pytest.mark.parametrize("together", [list, Batch.from_data_list])
def test_several_are_one_with_a_subject_each(together) -> None:
    graph = read(together([data(y=torch.tensor([k])) for k in (4, 2)]))
    assert graph.subjects.to_dict("list") == {"label": ["graph 0", "graph 1"], "class": ["4", "2"]}
    first, second = apart(graph)
    assert first.edges.tolist() == second.edges.tolist() == [[0, 1, 2], [1, 0, 2]]
    assert not graph.notes


def test_a_dataset_is_all_its_graphs() -> None:
    many = FakeDataset(num_graphs=3)
    graph = read(many)
    assert [len(part.nodes) for part in apart(graph)] == [one.num_nodes for one in many]
    assert len(read(FakeDataset(num_graphs=1)).subjects) == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (HeteroData(), r"to_homogeneous\(\) first"),
        (Data(x=torch.eye(2)), "edge_index: is missing"),
        (data(edge_index=torch.tensor([[0], [7]])), "names node 7, of 3"),
        ([data(), data(x=torch.eye(3, 5))], "features: are 2, 5 in different graphs"),
        (data(train_mask=torch.ones(3), test_mask=torch.ones(3)), "split public: leaks"),
    ],
)
def test_what_is_none_is_refused(wrong: object, said: str) -> None:
    with pytest.raises(DataError, match=said):
        io.read(wrong)


def test_networkx_with_and_without_directions() -> None:
    thing = nx.Graph([("a", "b", {"weight": 2.0}), ("b", "b")])
    thing.add_node("c", kind="x", out=3)
    graph = read(thing)
    assert graph.nodes["label"].tolist() == ["a", "b", "c"]
    assert graph.nodes["kind"].tolist() == ["", "", "x"]
    assert graph.nodes["out (of the file)"].tolist()[2] == 3
    assert sorted(zip(*graph.edges.tolist())) == [(0, 1), (1, 0), (1, 1)]
    assert graph.links["weight"].tolist()[::2] == [2.0, 2.0]
    assert "lead both ways" in graph.notes[0]
    directed = read(nx.DiGraph([("a", "b")]))
    assert (directed.edges.tolist(), directed.notes) == ([[0], [1]], ())


def test_rows_of_numbers_are_features_if_all_nodes_have_them() -> None:
    thing = nx.DiGraph([(0, 1)])
    nx.set_node_attributes(thing, {0: [1.0, 2.0], 1: [3.0, 4.0]}, "x")
    assert read(thing).x.tolist() == [[1, 2], [3, 4]]
    del thing.nodes[1]["x"]
    graph = read(thing)
    assert graph.x.shape == (2, 0)
    assert "nodes.x: is" in graph.notes[0]


def test_edges_of_a_multigraph_are_kept() -> None:
    thing = nx.MultiDiGraph([("a", "b", {"kind": "gap"}), ("a", "b", {"kind": "chemical"})])
    graph = read(thing)
    assert graph.links["kind"].tolist() == ["gap", "chemical"]
    assert "come again in 1 case" in " ".join(map(str, graph.findings()))


def test_nothing_is_a_graph_without_nodes() -> None:
    assert len(read(nx.Graph()).nodes) == 0


def test_session_takes_them() -> None:
    session = nf.Session()
    session.add(io.read(nx.path_graph(3)))
    session.add(io.read([data(), data()]))
    assert session.table("node")["label"].tolist()[:3] == ["graph/0", "graph/1", "graph/2"]
    assert len(session.everything("node")) == 9


def test_what_gephi_calls_nodes_and_weights():
    graph = nx.DiGraph()
    graph.add_node("n0", label="AVAL")
    graph.add_node("n1", label="AVAR")
    graph.add_edge("n0", "n1", Weight=3.0)
    read = nf.read(graph)
    assert read.nodes["label"].tolist() == ["AVAL", "AVAR"]
    assert read.weights().tolist() == [3.0]
    graph.nodes["n1"]["label"] = "AVAL"  # two of one name: they are called as they were
    assert nf.read(graph).nodes["label"].tolist() == ["n0", "n1"]
