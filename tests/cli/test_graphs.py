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
from tests.app import matched
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


@pytest.fixture
def pair(tmp_path):
    """Files of two animals whose units have trials of three targets."""
    return [io.write(one, tmp_path / f"{one.session}.h5") for one in matched.pair()]


def test_units_of_two_animals_are_matched(call, pair, tmp_path):
    out = tmp_path / "pair.matches.h5"
    code, report, _ = call("correspond", *pair, "--out", out, "--by", "rates", "--json")
    assert code == 0
    assert {"out", "pairs", "fdr", "half_split"} <= set(report)
    assert set(report["half_split"]) == {"ada", "bo"}
    assert report["pairs"] == len(io.read(out).pairs)
    code, told, _ = call("info", out, "--json")
    assert (told["kind"], told["of"], told["by"]) == ("matches", "unit", "rates")


def test_only_some_units_take_part(call, pair, tmp_path):
    out = tmp_path / "pair.matches.h5"
    assert call("correspond", *pair, "--out", out, "--by", "rates", "--only", "depth < 50")[0] == 0
    told = io.read(out)
    assert not told.units["label"][np.unique(told.pairs[["a", "b"]])].str.endswith("unit 3").any()
    code, _, err = call("correspond", *pair, "--out", out, "--only", "smell > 3")
    assert (code, "smell" in err) == (1, True)


def test_known_pairs_come_from_a_table(call, pair, tmp_path):
    out, table = tmp_path / "pair.matches.h5", tmp_path / "known.csv"
    table.write_text("one,other\nada/unit 0,bo/unit 3\n")
    assert call("correspond", *pair, "--out", out, "--by", "rates", "--known", table)[0] == 0
    assert io.read(out).pairs["given"].sum() == 1
    table.write_text("one\nada/unit 0\n")
    code, _, err = call("correspond", *pair, "--out", out, "--known", table)
    assert (code, "has one column" in err) == (2, True)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--by", "smell"), "no way to match 'smell'"),
        (("--set", "colour=3"), "no option 'colour'"),
        (("--level", "2"), "must be a share"),
    ],
)
def test_a_match_that_makes_no_sense_is_wrong_usage(call, pair, tmp_path, options, words):
    code, _, err = call("correspond", *pair, "--out", tmp_path / "pair.matches.h5", *options)
    assert (code, words in err) == (2, True), err


def test_one_animal_alone_is_refused(call, pair, tmp_path):
    code, _, err = call("correspond", pair[0], "--out", tmp_path / "pair.matches.h5", "--by", "rates")
    assert code == 2
    assert "two animals" in err
    code, _, err = call("correspond", *pair, "--animal", "cy", "--out", tmp_path / "pair.matches.h5")
    assert (code, "no animal 'cy'" in err) == (2, True)


@pytest.fixture
def quick(monkeypatch):
    """Decoders are carried by two ways alone, whose accuracy is known."""
    rows = {"system": ["Procrustes", "transport"], "labels": [True, False], "accuracy": [0.9, 0.4], "sd": [0.1, np.nan]}
    rows |= {"permuted": [0.3, 0.35], "permuted_sd": [0.1, np.nan], "chance": [1 / 3] * 2, "n": [2, 2]}
    monkeypatch.setattr("neurofm.analysis.carry.compare", lambda *pair, **asked: pd.DataFrame(rows))


def test_a_decoder_is_carried_to_another_animal(call, pair, quick, tmp_path):
    out = tmp_path / "carried.csv"
    code, report, _ = call("carry", *pair, "--halves", 2, "--out", out, "--json")
    assert (code, report["one"], report["other"], report["target"]) == (0, "ada", "bo", "target")
    assert [(row["system"], row["labels"]) for row in report["rows"]] == [("Procrustes", True), ("transport", False)]
    assert report["rows"][1]["sd"] is None
    assert pd.read_csv(out)["labels of bo"].tolist() == ["used", "none"]
    code, said, _ = call("carry", *pair)
    assert code == 0
    assert said.index("with labels ") < said.index("Procrustes") < said.index("without labels ")
    assert "chance 0.333" in said


def test_what_cannot_be_carried_is_said(call, pair, quick, tmp_path):
    code, _, err = call("carry", *pair, "--target", "smell")
    assert (code, "'smell'" in err) == (2, True)
    graph = GOLDEN[next(iter(GOLDEN))](tmp_path)
    code, _, err = call("carry", pair[0], graph)
    assert (code, "is no recording" in err) == (2, True)


def test_a_new_animal_is_placed_into_matches(call, pair, tmp_path):
    matches, out = tmp_path / "pair.matches.h5", tmp_path / "where.csv"
    assert call("correspond", *pair, "--out", matches, "--by", "rates")[0] == 0
    new = io.write(matched.recording("carl", [1, 2, 0], 3), tmp_path / "carl.h5")
    code, report, _ = call("locate", matches, new, *pair, "--out", out, "--json")
    assert (code, report["rows"], report["space"], report["fdr"]) == (0, 4, "unit", 0.1)
    table = pd.read_csv(out).set_index("label")
    group = io.read(matches).units.set_index("label")["group"]
    assert table["like"]["carl/unit 0"] == group["ada/unit 1"]
    code, said, _ = call("locate", matches, new, *pair, "--out", out)
    assert (code, "of 4 units placed at 10% false" in " ".join(said.split())) == (0, True)
    code, _, err = call("locate", matches, new, "--out", out)
    assert (code, "open ada again" in err) == (2, True)
    code, _, err = call("locate", matches, pair[0], *pair, "--out", out)
    assert (code, "is in" in err) == (2, True)
