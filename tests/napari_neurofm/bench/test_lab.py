"""A JupyterLab of one's own."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import nbformat
import pytest

from napari_neurofm.bench import lab


def test_a_notebook_is_one() -> None:
    document = nbformat.from_dict(lab.notebook(("1 + 1", "print()"), "peer"))
    nbformat.validate(document)
    assert [cell.source for cell in document.cells] == ["1 + 1", "print()"]
    assert document.metadata.kernelspec.name == "peer"


def test_nobody_answers_where_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        assert not lab.answers(f"http://127.0.0.1:{taken.getsockname()[1]}/api/status")


def test_waiting_gives_what_came_or_says_what_did_not() -> None:
    values = iter([0, "", "there"])
    assert lab.wait(lambda: next(values), "a word", pause=0) == "there"
    with pytest.raises(TimeoutError, match="a word did not come within 0 s"):
        lab.wait(lambda: 0, "a word", pause=0, limit=0)


def test_a_server_that_cannot_start_says_why(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(lab.sys, "executable", "/bin/false")
    with pytest.raises(RuntimeError), lab.lab(tmp_path):
        pass
