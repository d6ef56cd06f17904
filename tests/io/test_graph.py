from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest

from neurofm import io
from neurofm.data.graph import Graph
from neurofm.errors import DataError

NODES = pd.DataFrame({"label": ["a", "b/c"], "type": ["i", ""], "z": [1.0, np.nan]})
LINKS = pd.DataFrame({"weight": [0.5], "chemical": [3]})


def graph(**more: object) -> Graph:
    given = {"session": "ça", "nodes": NODES, "edges": [[0], [1]], "links": LINKS, "x": [[1.0], [np.nan]]}
    given |= {"features": ("rate",), "splits": {"public 0": [0, 2]}, "notes": ("n",), "subject": "N2"}
    return Graph(**given | more)  # type: ignore[arg-type]


def test_what_is_written_reads_back_equal(tmp_path: Path) -> None:
    given = {"stands_for": "unit", "things": ("r/a", "r/b"), "named": True, "volume": "v.zarr", "labels": "neuron"}
    wanted = graph(**given, boxes=np.arange(12.0).reshape(2, 2, 3), numbers=[4, 7])
    again = io.read(io.write(wanted, tmp_path / "a.graph.h5"))
    assert isinstance(again, Graph)
    for table in ("nodes", "links", "subjects"):
        pd.testing.assert_frame_equal(getattr(again, table), getattr(wanted, table))
    for name in ("edges", "x", "of", "boxes", "numbers"):
        assert np.array_equal(getattr(again, name), getattr(wanted, name), equal_nan=name == "x")
    plain = ("session", "subject", "features", "things", "stands_for", "named", "volume", "labels", "notes", "unit")
    assert all(getattr(again, name) == getattr(wanted, name) for name in plain)
    assert again.splits["public 0"].tolist() == [0, 2]


def test_a_graph_without_weights_and_features_reads_back(tmp_path: Path) -> None:
    again = io.read(io.write(Graph(session="bare", nodes=NODES[["label"]], edges=[[1], [1]]), tmp_path / "b.graph.h5"))
    assert (len(again.links), again.x.shape, again.edges.tolist()) == (1, (2, 0), [[1], [1]])


@pytest.mark.parametrize("lost", ["edges", "nodes", "splits"])
def test_a_file_without_a_part_is_refused(tmp_path: Path, lost: str) -> None:
    path = io.write(graph(), tmp_path / "a.graph.h5")
    with h5py.File(path, "a") as file:
        del file[lost]
    with pytest.raises(DataError, match=f"{lost}: is missing"):
        io.read(path)


def test_edges_to_nowhere_are_refused(tmp_path: Path) -> None:
    path = io.write(graph(), tmp_path / "a.graph.h5")
    with h5py.File(path, "a") as file:
        file["edges"][0, 0] = 9
    with pytest.raises(DataError, match="names node 9, of 2"):
        io.read(path)
