"""Tables of connections: columns of many names, ids that stay as they are, kinds of links, and nodes told beside."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurofm import io
from neurofm.data.graph import Graph
from neurofm.errors import DataError
from neurofm.io import edge_table as reader
from tests.io.graph_files import edge_table


def read(folder: Path, text: str, name: str = "fly.csv") -> Graph:
    (folder / name).write_text(text)
    graph = io.read(folder / name)
    assert isinstance(graph, Graph)
    return graph


def test_long_numbers_of_neurons_stay_what_they_are(tmp_path: Path) -> None:
    graph = io.read(edge_table(tmp_path))
    assert isinstance(graph, Graph)
    ids = ["720575940596125868", "720575940597856265", "720575940605442366"]
    assert graph.nodes["label"].tolist() == ids
    assert graph.edges.tolist() == [[0, 1, 2], [1, 2, 2]]
    assert graph.links["weight"].tolist() == [7, 12, 2]
    assert graph.notes == ("edges: from 'pre' to 'post', weight 'weight'",)


@pytest.mark.parametrize(
    ("names", "weight"),
    [
        ("source,target,weight", True),
        ("from\tto\tcount", True),
        ("Source; Target; Nbr", True),
        ("pre_root_id,post_root_id,syn_count", True),
        ("bodyId_pre,bodyId_post,weight", True),
        ("Neuron 1,Neuron 2,Nbr", True),
        ("neuron1,neuron2,n_synapses", True),
        ("presynaptic,postsynaptic,area", False),
        ("node_id_1,node_id_2,other", None),
    ],
)
def test_columns_are_known_by_what_they_are_called(tmp_path: Path, names: str, weight: bool | None) -> None:
    mark = next(mark for mark in "\t;," if mark in names)
    text = f"{names}\na{mark}b{mark}3\nb{mark}c{mark}4\n"
    if weight is None:
        (tmp_path / "fly.csv").write_text(text)
        assert not reader.accepts(tmp_path / "fly.csv")
        return
    graph = read(tmp_path, text)
    assert graph.nodes["label"].tolist() == ["a", "b", "c"]
    assert graph.edges.tolist() == [[0, 1], [1, 2]]
    assert ("weight" in graph.links) == weight
    assert graph.links.iloc[:, 0].tolist() == [3, 4]


def test_places_of_synapses_are_no_ends(tmp_path: Path) -> None:
    graph = read(tmp_path, "pre_x,post_x,pre_id,post_id\n1.5,2.5,a,b\n")
    assert graph.nodes["label"].tolist() == ["a", "b"]
    assert list(graph.links) == ["pre_x", "post_x"]


def test_kinds_of_links_become_columns(tmp_path: Path) -> None:
    rows = "Source,Target,Weight,Type\nA,B,3,chemical\nA,B,2,electrical\nB,C,1,Chemical\n"
    graph = read(tmp_path, rows)
    links = {
        (*map("ABC".__getitem__, pair),): tuple(row)
        for pair, row in zip(graph.edges.T, graph.links[["chemical", "electrical", "weight"]].to_numpy())
    }
    assert links == {("A", "B"): (3, 2, 5), ("B", "A"): (0, 2, 2), ("B", "C"): (1, 0, 1)}
    assert "electrical: 1 are listed in one direction only; the other was added" in graph.notes


def test_edges_that_come_again_are_kept_and_told(tmp_path: Path) -> None:
    graph = read(tmp_path, "pre,post,weight,region\na,b,1,LO\na,b,2,ME\n")
    assert graph.links["region"].tolist() == ["LO", "ME"]
    assert "come again in 1 case" in " ".join(map(str, graph.findings()))


@pytest.mark.parametrize("name", ["nodes.csv", "nodes.tsv", "fly_nodes.csv"])
def test_a_table_beside_says_what_is_known_of_the_nodes(tmp_path: Path, name: str) -> None:
    mark = {"csv": ",", "tsv": "\t"}[name[-3:]]
    lines = (("label", "id", "x", "out"), ("i", "7", "1.5", "p"), ("s", "5", "", "q"), ("i", "9", "2", "r"))
    (tmp_path / name).write_text("".join(f"{mark.join(line)}\n" for line in lines))
    graph = read(tmp_path, "pre,post\n5,7\n")
    assert graph.nodes["label"].tolist() == ["7", "5", "9"]
    assert graph.nodes["label (of the file)"].tolist() == ["i", "s", "i"]
    assert graph.nodes["out (of the file)"].tolist() == ["p", "q", "r"]
    assert graph.nodes["x"].tolist()[::2] == [1.5, 2.0]
    assert graph.edges.tolist() == [[1], [0]]
    assert graph.paths == (str(tmp_path / "fly.csv"), str(tmp_path / name))
    assert f"nodes: 'id' of {name}" in graph.notes
    assert io.read(tmp_path).paths == graph.paths


BAD = {
    "no weight": ("pre,post,weight\na,b,1\nb,c,\n", "weight: is empty in line 3, which is no number"),
    "words for weights": ("pre,post,weight\na,b,1\nb,c,many\n", "weight: is many in line 3"),
    "weight is not finite": ("pre,post,weight\na,b,nan\n", "weight: is nan in line 2"),
    "no end": ("pre,post,weight\na,b,1\n\n,c,1\n", "pre: is empty in line 4; name the node there"),
    "cut off": ("pre,post,weight\na,b,1\nb,c\n", "line 3: has fewer cells than the first"),
    "cut off between": ("pre,post,region\na,b,LO\nb,c", "line 3: has fewer cells than the first"),
    "too long": ("pre,post,weight\na,b,1\nb,c,1,1\n", "cannot be read as Table of connections"),
    "all too long": ("pre,post,weight\na,b,1,1\nb,c,1,1\n", "cannot be read as Table of connections"),
    "twice": ("pre,post,w,w\na,b,1,1\n", "w: is the name of two columns"),
    "nothing": ("pre,post\n", r"a header \(pre, post\) and no rows"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_refused_with_its_line(tmp_path: Path, case: str) -> None:
    text, said = BAD[case]
    with pytest.raises(DataError, match=said):
        read(tmp_path, text)


def test_a_node_that_the_table_of_nodes_lacks_is_named(tmp_path: Path) -> None:
    (tmp_path / "nodes.csv").write_text("id,type\na,i\nb,s\n")
    with pytest.raises(DataError, match=r"post: is 'c' in line 3, which nodes\.csv does not list"):
        read(tmp_path, "pre,post\na,b\nb,c\n")
    (tmp_path / "nodes.csv").write_text("id,type\na,i\nb,s\na,i\n")
    with pytest.raises(DataError, match="id: 'a' comes twice"):
        read(tmp_path, "pre,post\na,b\n")


def test_no_edges_between_nodes_that_are_told_is_said(tmp_path: Path) -> None:
    (tmp_path / "nodes.csv").write_text("id,type\na,i\nb,s\n")
    graph = read(tmp_path, "pre,post\n")
    assert graph.nodes["label"].tolist() == ["a", "b"]
    assert "edges are none" in " ".join(map(str, graph.findings()))
