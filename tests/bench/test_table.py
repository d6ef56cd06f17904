import json
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from neurofm import bench, registry
from neurofm.bench import _table
from neurofm.errors import DataError
from neurofm.specs import BenchSpec


def spec(rows):
    def run(paths, quick, seed, peer):
        return rows() if callable(rows) else rows

    return BenchSpec(title="A table", run=run)


@pytest.mark.parametrize("values", [[1.0, 2.0, 4.0], 2.0, [3.0]])
def test_a_row_is_mean_and_standard_deviation(values):
    line = _table.row("a", "ours", "time", values, "s")
    assert line["mean"] == pytest.approx(np.mean(values))
    assert (line["n"], line["unit"]) == (np.size(values), "s")
    assert line["sd"] is None if np.size(values) == 1 else line["sd"] == pytest.approx(np.std(values, ddof=1))


def test_a_ratio_of_blocks_is_not_moved_by_a_drift():
    speed = np.linspace(1, 10, 21)  # the machine slows down while it is measured
    clock = iter(np.repeat(speed, 2) * np.tile([1.2, 1.0, 1.0, 1.2], 11)[:42])
    ours, theirs = _table.interleave(lambda: next(clock), lambda: next(clock), 21)
    line = _table.ratio("a", "ours / theirs", "time", ours, theirs)
    assert line["mean"] == pytest.approx(1.2)
    assert line["low"] == pytest.approx(1.2)
    assert line["high"] == pytest.approx(1.2)


def test_the_bound_of_a_median_covers_it_as_often_as_it_says():
    rng = np.random.default_rng(1)
    inside = [low <= 0 <= high for low, high in (_table.bound(rng.normal(size=20), 400) for _ in range(300))]
    assert 0.88 <= np.mean(inside) <= 0.99


def test_each_takes_the_first_turn_as_often():
    turns = []
    _table.interleave(lambda: turns.append("a") or 1.0, lambda: turns.append("b") or 1.0, 4)
    assert "".join(turns) == "abbaabba"


def test_run_names_the_table_its_rows_and_the_machine(monkeypatch):
    monkeypatch.setattr(registry, "get", lambda package, name: spec([_table.row("a", "ours", "time", 1.0, "s")]))
    result = bench.run("jobs", quick=True)
    assert result["name"] == "jobs"
    assert result["rows"][0] | {"bench": "jobs", "case": "a", "mean": 1.0} == result["rows"][0]
    assert {"cores", "cpu", "threads", "torch", "python"} <= set(result["machine"])
    json.dumps(result, allow_nan=False)


def test_an_unknown_table_lists_those_there_are():
    with pytest.raises(LookupError, match=r"no bench 'haste'; there are .*jobs.*startup"):
        bench.run("haste")


def test_all_goes_on_where_one_cannot_be_measured(monkeypatch):
    def fail():
        raise DataError("data/ca1", "", "is missing; give its path")

    specs = {"a": spec(fail), "b": spec([_table.row("b", "ours", "time", 1.0, "s")])}
    monkeypatch.setattr(registry, "names", lambda package: list(specs))
    monkeypatch.setattr(registry, "get", lambda package, name: specs[name])
    first, second = bench.run("all")["rows"]
    assert (first["mean"], "is missing; give its path" in first["note"]) == (None, True)
    assert second["mean"] == 1.0
    with pytest.raises(DataError):
        bench.run("a")


def test_speed_is_every_table_that_is_timed(monkeypatch):
    specs = {name: replace(spec([_table.row(name, "ours", "time", 1.0, "s")]), timed=name != "b") for name in "abc"}
    monkeypatch.setattr(registry, "names", lambda package: list(specs))
    monkeypatch.setattr(registry, "get", lambda package, name: specs[name])
    assert [row["bench"] for row in bench.run("speed")["rows"]] == ["a", "c"]


@pytest.mark.parametrize("name", registry.names("neurofm.bench"))
def test_every_table_has_a_title(name):
    assert registry.get("neurofm.bench", name).title


def test_the_table_shows_values_with_their_spread_and_what_is_missing():
    rows = [
        _table.row("a", "ours", "time", [1.0, 2.0], "ms"),
        _table.ratio("b", "ours", "time", [2.0, 2.0], [1.0, 1.0]),
        _table.missing("c", "stall", "no display"),
    ]
    console = Console(width=200, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(_table.render({"name": "all", "rows": rows, "machine": {"cores": 2}}))
    console.file.close()
    text = console.export_text()
    assert all(words in text for words in ("1.5 ± 0.707 ms", "2 x (2 to 2)", "no display", "cores 2"))


def test_what_a_case_has_stands_under_its_name_in_a_narrow_terminal():
    case = "chewie_2013-10-03_bin100ms"
    note = "two bins; 3.33 s of CPU a fold"
    rows = [_table.row(case, system, "accuracy", [0.7, 0.8], note=note) for system in ("MLP", "EIT")]
    console = Console(width=80, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(_table.render({"name": "decode", "rows": rows, "machine": {}}))
    console.file.close()
    lines = console.export_text().splitlines()
    assert sum(case in line for line in lines) == 1
    assert all(
        sum(f"  {system} " in line and "0.75 ± 0.0707" in line for line in lines) == 1 for system in ("MLP", "EIT")
    )
