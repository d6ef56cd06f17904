"""What a run's folder says of it, without torch, also where an earlier version wrote it."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from neurofm.data.target import Target
from neurofm.errors import RunError
from neurofm.runs import RunFolder, is_run

VELOCITY = {"series": "velocity", "names": ["vx", "vy"], "unit": "cm/s", "kind": "values"}
SPEED = {"series": "speed", "names": ["speed"], "unit": "cm/s", "kind": "values"}
CONFIG = {
    "format": 1, "model": "poyo", "config": {}, "target": VELOCITY,
    "splits": {
        "ada": {"train": [[0.0, 5.0]], "valid": [], "test": [[6.0, 7.0], [8.0, 9.0]]}, "nodes": {"test": [3, 5]},
    },
}  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    """Writes a run of what is given beside `CONFIG`."""

    def write(**more):
        (tmp_path / "config.json").write_text(json.dumps(CONFIG | more))
        return RunFolder(tmp_path)

    return write


def test_scores_are_those_it_ended_with_whatever_becomes_of_the_file(folder, tmp_path):
    run = folder()
    assert run.metrics == {}
    (tmp_path / "metrics.json").write_text('{"r2": 0.5}')
    assert run.metrics == {"r2": 0.5}
    (tmp_path / "metrics.json").write_text("")
    assert run.metrics == {"r2": 0.5}


@pytest.mark.parametrize(
    ("model", "fact", "wanted"),
    [
        ("poyo", "spaces", ("unit", "session", "time", "trial")),
        ("swap_vae", "parts", ("content", "style")),
        ("mtm", "fills", True),
        ("poyo", "fills", False),
        ("poyo", "reads_new_units", True),
        ("eit", "reads_new_units", False),
        ("eit", "takes", "recording"),
        ("a model of another house", "fills", False),
    ],
)
def test_an_old_run_is_asked_of_its_models_source(folder, model, fact, wanted):
    assert getattr(folder(model=model), fact) == wanted


@pytest.mark.parametrize(("fact", "value"), [("fills", True), ("reads_new_units", False), ("takes", "graph")])
def test_what_the_run_says_goes_before_what_its_model_says(folder, fact, value):
    assert getattr(folder(**{fact: value}), fact) == value


@pytest.mark.parametrize(
    ("session", "target", "first"), [("ada", "velocity", 0), ("bo", "speed", 2), ("nobody", "velocity", 0)]
)
def test_each_session_has_its_target_at_its_place(folder, session, target, first):
    run = folder(targets=[VELOCITY | {"sessions": ["ada"]}, SPEED | {"sessions": ["bo"]}])
    said, at = run.target_of(session)
    assert (said.series, at) == (target, first)


def test_without_a_list_of_targets_there_is_one(folder):
    velocity = Target(series="velocity", names=("vx", "vy"), unit="cm/s")
    assert folder().targets == [(velocity, [])]
    assert folder().target == velocity


@pytest.mark.parametrize(
    ("session", "name", "wanted"),
    [("ada", "test", [[6.0, 7.0], [8.0, 9.0]]), ("ada", "valid", []), ("nobody", "train", [])],
)
def test_spans_are_those_of_the_split(folder, session, name, wanted):
    spans = folder().spans(session, name)
    assert spans.shape == (len(wanted), 2)
    assert spans.tolist() == wanted


def test_a_split_of_rows_is_had_as_it_was_written(folder):
    np.testing.assert_array_equal(folder().split("nodes", "test"), [3, 5])


@pytest.mark.parametrize(
    ("vocab", "wanted"), [('{"sessions": ["bo"]}', ["bo"]), ("{}", ["ada", "nodes"]), (None, ["ada", "nodes"])]
)
def test_sessions_are_those_that_have_a_name_in_it_or_were_split(folder, tmp_path, vocab, wanted):
    if vocab:
        (tmp_path / "vocab.json").write_text(vocab)
    assert folder().sessions == wanted


def test_metrics_are_empty_until_there_are_some(folder, tmp_path):
    run = folder()
    assert run.metrics == {}
    (tmp_path / "metrics.json").write_text('{"r2": 0.5}')
    assert run.metrics == {"r2": 0.5}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "config.json: cannot be read"),
        ("[]", "is not that of a run; name the folder"),
        ('{"format": 1}', "is not that of a run"),
        (json.dumps(CONFIG | {"format": 99, "versions": {"neurofm": "9.1"}}), "by neurofm 9.1; update neurofm"),
        (None, "is missing; name the folder that `neurofm train` wrote"),
    ],
    ids=["half", "a list", "too little", "newer", "none"],
)
def test_what_is_no_run_is_told(tmp_path, text, words):
    if text is not None:
        (tmp_path / "config.json").write_text(text)
    with pytest.raises(RunError, match=words):
        RunFolder(tmp_path)
    assert is_run(tmp_path) == (text is not None)


def test_it_loads_no_torch(folder, tmp_path):
    folder()
    code = f"import sys\nfrom neurofm.runs import RunFolder\nrun = RunFolder({str(tmp_path)!r})\n"
    code += "print(run.fills, run.spaces, run.target, 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split()[-1] == "False"
