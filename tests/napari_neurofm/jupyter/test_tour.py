"""The tour as a notebook: the steps of the window's, and every cell runs."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

from neurofm.app.tour import STEPS

TOUR = Path(__file__).parents[3] / "examples" / "tour.ipynb"


def cells(kind: str) -> list[str]:
    return ["".join(c["source"]) for c in json.loads(TOUR.read_text("utf8"))["cells"] if c["cell_type"] == kind]


def test_it_has_the_same_steps() -> None:
    titles = [text.partition("\n")[0] for text in cells("markdown")[1:]]
    assert titles == [f"## {k}. {step.title}" for k, step in enumerate(STEPS, 1)]


def test_every_cell_runs(tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    names: dict[str, Any] = {}
    last: list[Any] = []
    for text in cells("code"):
        small = text.replace('"steps": 150', '"steps": 4').replace("duration=60", "duration=20")
        *before, end = ast.parse(small).body
        exec(compile(ast.Module(before, []), "cell", "exec"), names)
        last.append(eval(compile(ast.Expression(end.value), "cell", "eval"), names))  # type: ignore[attr-defined]
    names["explorer"].close()
    names["session"].jobs.close()
    assert last[0] is names["explorer"]
    assert last[1] == "done"
    assert len(last[2]) > 3
    assert "held out" in last[3]
    assert "nf.train(" in capsys.readouterr().out
