"""The table against torch_brain: where its Python is, and what becomes of what it says."""

from __future__ import annotations

import sys

import pytest

from neurofm.bench import poyo
from neurofm.errors import NeuroFMError


@pytest.fixture
def peers(tmp_path, monkeypatch):
    """Makes a folder with a Python of peers, whose lines are given."""
    monkeypatch.chdir(tmp_path)

    def make(name, lines="exit 0"):
        python = tmp_path / name / "bin/python"
        python.parent.mkdir(parents=True)
        python.write_text(f"#!/bin/sh\n{lines}\n")
        python.chmod(0o755)
        return python

    return make


@pytest.mark.parametrize(
    ("there", "asked", "chosen"),
    [("", None, ""), (".peers", None, ".peers"), ("mine", "mine", "mine"), (".peers", "mine", ""), ("mine", None, "")],
)
def test_the_peers_python_is_of_the_folder_named_or_of_the_one_here(peers, tmp_path, there, asked, chosen):
    if there:
        peers(there)
    python = poyo.peer_python(asked)
    assert (python is None) == (not chosen)
    assert python is None or python.resolve() == (tmp_path / chosen / "bin/python").resolve()


def test_without_peers_the_table_says_how_to_make_them(peers):
    (line,) = poyo.run([], True, 0, "")
    assert line["mean"] is None
    assert "make bench-peers" in line["note"]


def test_tokens_a_second_and_their_ratio_follow_from_the_times(peers, monkeypatch):
    peers(".peers")
    times = {"tokens": 100, "forward": [[1.0, 2.0], [2.0, 4.0]], "training step": [[4.0], [2.0]]}
    said = {"output": 1e-15, "gradient": 1e-14, "times": {"flat": times}}
    monkeypatch.setattr(poyo, "_measure", lambda python, wanted: said)
    rows = {(line["system"], line["metric"]): line["mean"] for line in poyo.run([], True, 0, "")}
    assert rows["NeuroFM", "forward, tokens/s"] == pytest.approx(75)
    assert rows["torch_brain", "forward, tokens/s"] == pytest.approx(37.5)
    assert rows["NeuroFM / torch_brain", "forward, speed"] == pytest.approx(2)
    assert rows["NeuroFM / torch_brain", "training step, speed"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("lines", "words"), [("echo 'no torch_brain' >&2; exit 3", "no torch_brain"), ("exit 1", "no message")]
)
def test_a_measurement_that_fails_is_told_in_a_sentence(peers, lines, words):
    with pytest.raises(NeuroFMError, match=rf"torch_brain could not be measured \({words}\)"):
        poyo._measure(peers("mine", lines), {})


def test_the_last_line_of_the_peers_is_their_answer(peers):
    python = peers("mine", f"exec {sys.executable} -c \"print('hello'); print('{{\\\"seed\\\": 3}}')\"")
    assert poyo._measure(python, {"seed": 3}) == {"seed": 3}
