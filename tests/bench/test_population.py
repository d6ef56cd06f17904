"""The table of training steps: what it says without peers, and that memory and defaults are measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from neurofm.bench import population


@pytest.fixture
def no_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_memory", "_defaults"):
        monkeypatch.setattr(population, name, lambda quick, seed: [])


@pytest.mark.usefixtures("no_steps")
def test_without_peers_every_row_says_what_to_do(tmp_path: Path) -> None:
    rows = population.run([], True, 0, tmp_path)
    assert [r["case"] for r in rows] == [*population.CASES, population.MULTI]
    assert all(r["mean"] is None and "make bench-peers" in r["note"] for r in rows)
    for name, (place, commit) in population.REFERENCES.items():
        notes = [r["note"] for r in rows if place in r["note"]]
        assert notes
        assert all(f"git clone https://github.com/{place} {tmp_path / 'reference' / name}" in n for n in notes)
        assert all(commit in n for n in notes)


def test_a_missing_copy_alone_is_what_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python").touch()
    (line,) = population._against("EIT", True, 0, tmp_path)
    assert line["note"].startswith("no copy of the reference: git clone https://github.com/nerdslab/EIT ")


def test_what_is_measured_becomes_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python").touch()
    (tmp_path / "reference/EIT").mkdir(parents=True)
    wished: dict[str, Any] = {}

    def call(command: Any, wanted: dict[str, Any]) -> dict[str, Any]:
        wished.update(wanted)
        return {"apart": {"outputs": 1e-15}, "times": {"training step": [[0.1, 0.2], [0.3, 0.4]]}}

    monkeypatch.setattr(population, "_call", call)
    rows = {(r["system"], r["metric"]): r for r in population._against("EIT", True, 0, tmp_path)}
    assert rows["NeuroFM", "training step"]["mean"] == pytest.approx(150)
    assert rows["NeuroFM / reference", "training step, speed"]["mean"] == pytest.approx(2.5)  # median of 3 and 2
    assert rows["both", "difference of outputs"]["mean"] == 1e-15
    assert wished["pair"] == "eit"
    assert wished["folder"] == str(tmp_path / "reference/EIT")
