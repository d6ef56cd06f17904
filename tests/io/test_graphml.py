"""GraphML and GML with their attributes, and without what they leave out."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import pytest

from neurofm import io
from neurofm.data.graph import Graph
from neurofm.errors import DataError
from neurofm.io import graphml as reader
from tests.io.graph_files import graphml


def read(path: Path) -> Graph:
    graph = io.read(path)
    assert isinstance(graph, Graph)
    return graph


def test_attributes_become_columns(tmp_path: Path) -> None:
    graph = read(graphml(tmp_path))
    assert graph.session == "worm"
    assert graph.nodes.to_dict("list") == {
        "label": ["AVAL", "AVAR", "RIML"], "type": ["i", "i", "m"], "depth": [1.5, 2.5, 3.5],
    }  # fmt: skip
    assert (graph.edges.tolist(), graph.links["weight"].tolist()) == ([[0, 2], [1, 0]], [3.0, 1.0])


@pytest.mark.parametrize("suffix", [".graphml", ".gml"])
def test_what_networkx_wrote_is_read_in_both_directions(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"club{suffix}"
    getattr(nx, f"write_{suffix[1:]}")(nx.karate_club_graph(), path)
    graph = read(path)
    assert (len(graph.nodes), graph.edges.shape[1], graph.both_ways) == (34, 156, True)
    assert graph.nodes["club"].value_counts().to_dict() == {"Mr. Hi": 17, "Officer": 17}
    assert graph.notes == ("edges: have no direction, and lead both ways",)


def test_gml_without_labels_is_numbered(tmp_path: Path) -> None:
    path = tmp_path / "a.gml"
    nodes = "node [ id 4 ]\n node [ id 7 ]\n edge [ source 4 target 7 ]"
    path.write_text(f'# of a lab\nCreator "x"\ngraph [\n directed 1\n {nodes}\n]\n')
    graph = read(path)
    assert (graph.nodes["label"].tolist(), graph.edges.tolist()) == (["4", "7"], [[0], [1]])


@pytest.mark.parametrize(
    "text",
    [
        "graph [\n node [ id 4 ]\n edge [ source 4 target 9 ]\n]\n",
        "graph [\n node [ id 4 ]\n node [ id 4 ]\n]\n",
        "graph [\n",
    ],
    ids=["edge to nowhere", "node twice", "cut off"],
)
def test_gml_that_is_wrong_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.gml").write_text(text)
    with pytest.raises(DataError, match="cannot be read as GraphML and GML"):
        io.read(tmp_path / "a.gml")


@pytest.mark.parametrize("text", ["graphics [", "a graph [", "digraph {", "<svg>"])
def test_other_text_is_left_to_others(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.gml").write_text(text)
    assert not reader.accepts(tmp_path / "a.gml")
