"""Commands about graphs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from neurofm import io
from neurofm.data import store
from neurofm.data.cells import Cells
from neurofm.data.embedding import Embedding
from neurofm.synthetic.demo import demo
from tests.cli.conftest import Call
from tests.io.graph_files import GOLDEN


@pytest.fixture
def slab(tmp_path):
    table = pd.DataFrame({"number": [3, 5, 8], "z": 0.0, "y": 0.0, "x": [0.0, 1.0, 9.0]})
    return io.write(Cells(session="slab", cells=table), tmp_path / "slab.cells.h5")


def test_cells_are_connected(call: Call, slab, tmp_path):
    out = tmp_path / "near.graph.h5"
    code, report, _ = call("connect", slab, "--out", out, "--set", "within=2.5", "--json")
    assert (code, report["rows"], report["space"], report["metrics"]["edges"]) == (0, 3, "node", 2)
    assert io.read(out).things[0] == "slab/cell 3"
    code, report, _ = call("connect", out, "--by", "half-hop", "--out", tmp_path / "slow.graph.h5", "--json")
    assert (code, report["rows"]) == (0, 5)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--by", "trials"], "way to connect"),
        (["--set", "bin=1"], "option of 'distance'"),
        (["--set", "count"], "key=value"),
        (["--set", "count=few"], "count"),
    ],
)
def test_what_was_typed_wrong_is_said(call: Call, slab, tmp_path, options, said):
    code, _, err = call("connect", slab, "--out", tmp_path / "near.graph.h5", *options)
    assert code == 2
    assert said in err
    assert not (tmp_path / "near.graph.h5").exists()


def test_several_files_are_not_one_graph(call: Call, slab, tmp_path):
    code, _, err = call("connect", slab, slab, "--out", tmp_path / "near.graph.h5")
    assert code == 2
    assert "give one file" in err


def test_rows_of_an_embedding_are_connected(call: Call, tmp_path):
    ada = demo(duration=5.0)[0]
    path = io.write(ada, tmp_path / "ada.nwb")
    (names,) = [io.read(path).unit_names]
    xy = np.random.default_rng(0).normal(size=(len(names), 2))
    given = {"ids": np.arange(len(names)), "labels": tuple(names), "sessions": (names[0].split("/")[0],)}
    rows = store.save(Embedding(name="mine", space="unit", values=xy, xy=xy, **given), tmp_path / "rows.npz")
    code, report, _ = call("connect", rows, path, "--out", tmp_path / "near.graph.h5", "--set", "count=2", "--json")
    assert (code, report["rows"]) == (0, len(names))
    assert io.read(tmp_path / "near.graph.h5").things == tuple(names)


@pytest.mark.parametrize("name", GOLDEN)
def test_a_graph_of_any_format_is_told_and_converted(call: Call, tmp_path, name):
    path, out = GOLDEN[name](tmp_path), tmp_path / "copy.graph.h5"
    graph = io.read(path)
    code, told, _ = call("info", path, "--json")
    assert (code, told["kind"], told["nodes"]) == (0, "graph", len(graph.nodes))
    code, report, _ = call("convert", path, "--out", out, "--json")
    assert (code, report["rows"], report["space"]) == (0, len(graph.nodes), "node")
    again = io.read(out)
    for table in ("nodes", "links", "subjects"):
        pd.testing.assert_frame_equal(getattr(again, table), getattr(graph, table), check_dtype=False)
    assert again.edges.tolist() == graph.edges.tolist()
    assert {k: v.tolist() for k, v in again.splits.items()} == {k: v.tolist() for k, v in graph.splits.items()}
    np.testing.assert_array_equal(again.x, graph.x)
    assert call("convert", path, "--out", tmp_path / "copy.csv")[0] == 2
