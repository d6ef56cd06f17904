"""Folders of Planetoid: tested nodes where they belong, those that nothing describes, and pickles that are not run."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from neurofm import io
from neurofm.app.session import Session
from neurofm.data.graph import Graph
from neurofm.errors import DataError
from tests.io.graph_files import masks, planetoid
from tests.io.test_plain import Runs


def read(path: Path) -> Graph:
    graph = io.read(path)
    assert isinstance(graph, Graph)
    return graph


def test_tested_nodes_lie_where_the_index_puts_them(tmp_path: Path) -> None:
    graph = read(planetoid(tmp_path))
    assert graph.session == "two"
    assert graph.nodes["class"].tolist() == ["0", "1", "0", "0", "", "1"]
    rows = np.eye(5)
    np.testing.assert_array_equal(graph.x, [*rows[:3], rows[4], np.zeros(5), rows[3]])
    assert graph.splits["public"].tolist() == [0, 1, 1, 2, -1, 2]
    assert "class: nothing tells it of 1 node" in " ".join(graph.notes)


def test_neighbours_that_are_listed_twice_are_one_edge(tmp_path: Path) -> None:
    graph = read(planetoid(tmp_path))
    assert sorted(zip(*graph.edges.tolist())) == [(0, 1), (0, 5), (1, 0), (2, 2), (4, 5), (5, 0), (5, 4)]
    assert graph.both_ways
    assert "graph: 1 neighbours are listed twice" in " ".join(graph.notes)


def test_splits_of_geom_gcn_come_beside_the_published_one(tmp_path: Path) -> None:
    path = planetoid(tmp_path)
    masks(path / "two_split_0.6_0.2_3.npz", [1, 0, 0, 0, 1, 0], [0, 1, 0, 0, 0, 0], [0, 0, 0, 1, 0, 0])
    graph = read(path)
    assert list(graph.splits) == ["public", "public 3"]
    assert graph.splits["public 3"].tolist() == [0, 1, -1, 2, -1, -1]


@pytest.mark.parametrize("part", ["x", "graph", "test.index"])
def test_any_of_its_files_stands_for_the_set(tmp_path: Path, part: str) -> None:
    path = planetoid(tmp_path) / f"ind.two.{part}"
    assert io.can_read(path)
    assert (read(path).session, read(path).paths) == ("two", (str(path.parent),))


def test_of_several_sets_in_a_folder_one_is_to_be_chosen(tmp_path: Path) -> None:
    path = planetoid(tmp_path)
    for file in list(path.iterdir()):
        (path / file.name.replace("two", "three")).write_bytes(file.read_bytes())
    with pytest.raises(DataError, match="holds three, two; open one file of the one you want"):
        io.read(path)
    graph = read(path / "ind.three.x")
    assert (graph.session, graph.paths) == ("three", (str(path / "ind.three.graph"),))


def test_files_of_a_set_that_are_opened_together_are_one_graph(tmp_path: Path) -> None:
    session = Session()
    session.open(sorted(planetoid(tmp_path).iterdir()))
    assert list(session.sources) == ["two"]


@pytest.mark.parametrize("part", ["x", "ty", "graph"])
def test_a_pickle_that_would_run_something_is_refused_and_not_run(tmp_path: Path, part: str) -> None:
    path, trace = planetoid(tmp_path), tmp_path / "ran"
    (path / f"ind.two.{part}").write_bytes(pickle.dumps({0: [Runs(os.system, f"echo > {trace}")]}, 2))
    with pytest.raises(DataError, match="nothing of it was run; it may be harmful"):
        io.read(path)
    assert not trace.exists()


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-20])


def pickled(value: object):
    return lambda file: file.write_bytes(pickle.dumps(value, 2))


BAD = {
    "truncated": ("tx", cut, "ind.two.tx: is pickled and damaged"),
    "missing": ("ally", Path.unlink, "ind.two.ally: cannot be opened"),
    "empty": ("y", lambda file: file.write_bytes(b""), "is empty; was the copy cut off"),
    "edge to nowhere": ("graph", pickled({0: [9], 5: []}), "has an edge to node 9, of 6"),
    "edge to before": ("graph", pickled({0: [-1], 5: []}), "has an edge to node -1"),
    "no lists": ("graph", pickled([1, 2]), "is no list of neighbours"),
    "words": ("graph", pickled({"a": ["b"]}), "is no list of neighbours"),
    "width": ("tx", pickled(np.zeros((2, 3), np.float32)), "ind.two.allx: is .* of different data sets"),
    "rows": ("ty", pickled(np.eye(3, 2, dtype=np.int32)), "names 2 nodes for the 3 of ty"),
    "index": ("test.index", lambda file: file.write_text("5\nx\n"), "holds x, where numbers of nodes"),
    "index twice": ("test.index", lambda file: file.write_text("5\n5\n"), "of different data sets"),
    "sparse": ("x", pickled({"shape": 1}), "ind.two.x: is no array"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_refused_with_its_file(tmp_path: Path, case: str) -> None:
    path = planetoid(tmp_path)
    part, spoil, said = BAD[case]
    spoil(path / f"ind.two.{part}")
    with pytest.raises(DataError, match=said):
        io.read(path)


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "size", "same", "parts"),
    [
        ("cora", (2708, 10556, 1433, 7), 0.810, [140, 500, 1000]),
        ("citeseer", (3327, 9228, 3703, 7), 0.739, [120, 500, 1000]),
    ],
)
def test_real_papers(shared_data, name, size, same, parts):
    graph = read(shared_data("graphs") / name)
    classes, edges = graph.nodes["class"].to_numpy(), graph.edges
    assert (len(classes), edges.shape[1], graph.x.shape[1], len(set(classes))) == size
    assert round((classes[edges[0]] == classes[edges[1]]).mean(), 3) == same
    assert np.bincount(graph.splits["public"] + 1)[1:].tolist() == parts
    assert len(graph.splits) == 11
    assert (classes == "").sum() == {"cora": 0, "citeseer": 15}[name]
