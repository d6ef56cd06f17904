"""Tables of adjacency: from rows to columns, whatever the order of either, and only if they are of the same nodes."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurofm import io
from neurofm.data.graph import Graph
from neurofm.errors import DataError
from tests.io.graph_files import adjacency_table


def test_edges_lead_from_rows_to_columns(tmp_path: Path) -> None:
    graph = io.read(adjacency_table(tmp_path))
    assert isinstance(graph, Graph)
    assert graph.nodes["label"].tolist() == ["V1", "LM", "AL"]
    assert (graph.edges.tolist(), graph.links["weight"].tolist()) == ([[0, 1, 2], [1, 0, 2]], [0.5, 0.25, 1.0])
    assert graph.notes == (
        "edges: from the node of a row to that of a column",
        "weight: 1 cells are empty, and no edges",
    )


def test_rows_in_another_order_come_into_that_of_the_columns(tmp_path: Path) -> None:
    path = tmp_path / "areas.csv"
    path.write_text("from,a,b\nb,0,-2\na,1e3,0\n")
    graph = io.read(path)
    assert isinstance(graph, Graph)
    assert (graph.edges.tolist(), graph.links["weight"].tolist()) == ([[0, 1], [0, 1]], [1000.0, -2.0])


BAD = {
    "a row too few": ("x,a,b,c\na,0,1,1\nb,1,0,1\n", r"nodes: are 2 by 3 and not square \(c only in one\)"),
    "another row": ("x,a,b\na,0,1\nd,1,0\n", r"not square \(b, d only in one\)"),
    "row twice": ("x,a,b\na,0,1\na,1,0\n", "rows: 'a' comes twice"),
    "cell too few": ("x,a,b\na,0,1\nb,1\n", "line 3: has 1 weights for 2 nodes"),
    "word": ("x,a,b\na,0,1\nb,many,0\n", "line 3: holds a weight that is no number"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_square_of_numbers_is_refused(tmp_path: Path, case: str) -> None:
    text, said = BAD[case]
    (tmp_path / "areas.csv").write_text(text)
    with pytest.raises(DataError, match=said):
        io.read(tmp_path / "areas.csv")


def test_no_edges_are_said(tmp_path: Path) -> None:
    (tmp_path / "areas.csv").write_text("x,a,b\na,0,0\nb,0,0\n")
    assert "edges are none" in " ".join(io.read(tmp_path / "areas.csv").summary()["warnings"])
