"""What a run's folder says of it, without torch, also where an earlier version wrote it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from neurofm.data import Recording
from neurofm.data.target import Target
from neurofm.errors import RunError
from neurofm.runs import RunFolder, about, claim, is_run

VELOCITY = {"series": "velocity", "names": ["vx", "vy"], "unit": "cm/s", "kind": "values"}
SPEED = {"series": "speed", "names": ["speed"], "unit": "cm/s", "kind": "values"}
CONFIG = {
    "format": 1, "model": "poyo", "config": {}, "target": VELOCITY,
    "splits": {
        "ada": {"train": [[0.0, 5.0]], "valid": [], "test": [[6.0, 7.0], [8.0, 9.0]]}, "nodes": {"test": [3, 5]},
    },
}  # fmt: skip

RIGHT = Recording(session="rec", subject="ada", domain=np.array([[0.0, 5.0]]))
OTHER = Recording(session="rec", subject="bo", domain=np.array([[0.0, 6.0]]))
STRANGE = Recording(session="rec", domain=np.array([[0.0, 7.0]]))


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


# ---- one writer


HOLD = (
    "import sys; from pathlib import Path; from neurofm.runs import claim, new_folder; from neurofm.errors import *\n"
)
CLAIM = """
try:
    with claim(Path(sys.argv[1])):
        print("mine", flush=True)
        sys.stdin.readline()
        (Path(sys.argv[1]) / "config.json").touch()
except RunError as error:
    print(error, flush=True)
"""
TOLD = r": is being written by .* \(process {}\) since 20.*; wait for its end, or name another folder"


def program(code, *words):
    call = [sys.executable, "-c", HOLD + code, *map(str, words)]
    return subprocess.Popen(call, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("there", ["nothing", "an empty folder", "a run that was stopped", "what a dead program left"])
def test_of_many_that_want_one_folder_one_has_it_and_the_others_are_told_whose_it_is(tmp_path, there):
    folder = tmp_path / "a" / "run"
    if there != "nothing":
        folder.mkdir(parents=True)
    if there == "a run that was stopped":
        (folder / "config.json").write_text(json.dumps(CONFIG))
    if there == "what a dead program left":
        dead = program(CLAIM, folder)
        assert dead.stdout.readline() == "mine\n"
        dead.kill()
        dead.communicate()
        assert (folder / ".lock.json").exists()
    programs = [program(CLAIM, folder) for _ in range(4)]
    said = [one.stdout.readline().strip() for one in programs]
    (owner,) = (one for one, words in zip(programs, said) if words == "mine")
    assert sum(bool(re.match(re.escape(str(folder)) + TOLD.format(owner.pid), words)) for words in said) == 3
    for one in programs:
        one.communicate("\n")
    assert [path.name for path in folder.iterdir()] == ["config.json"]
    with claim(folder):
        pass


def test_a_folder_that_nothing_comes_into_goes_again(tmp_path):
    (tmp_path / "there").mkdir()
    for name in ("new", "there"):
        with pytest.raises(ZeroDivisionError), claim(tmp_path / name):
            1 / 0  # noqa: B018
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


def test_a_finished_run_is_nobodys(tmp_path):
    (tmp_path / "metrics.json").write_text("{}")
    with claim(tmp_path), claim(tmp_path):
        assert [path.name for path in tmp_path.iterdir()] == ["metrics.json"]


@pytest.mark.parametrize("count", [2, 6])
def test_programs_that_choose_a_name_at_once_get_one_each(tmp_path, count):
    (tmp_path / "poyo-2").mkdir()
    choose = 'sys.stdin.readline(); print(new_folder(Path(sys.argv[1]), "poyo", {"poyo-3"}).name)'
    programs = [program(choose, tmp_path) for _ in range(count)]
    for one in programs:
        one.stdin.write("\n")
        one.stdin.flush()
    names = {one.communicate()[0].strip() for one in programs}
    assert names == {f"poyo-{k}" for k in (1, *range(4, 3 + count))}


# ---- which of its name


@pytest.mark.parametrize(
    ("given", "called"),
    [
        (RIGHT, "rec"),
        (OTHER, "rec (2)"),  # whatever it is called now
        (replace(OTHER, session="rec (bo)"), "rec (2)"),
        (replace(RIGHT, session="mine"), "rec"),
        (replace(STRANGE, subject="cy"), "rec (cy)"),  # of another animal
        (replace(STRANGE, subject="ada"), "rec"),  # the same animal's, more of it: the model says whether it knows it
        (STRANGE, "rec"),  # nobody knows whose it is
        (replace(STRANGE, session="new"), "new"),
    ],
)
def test_a_recording_is_called_as_when_the_run_learned_from_it(folder, given, called):
    data = [{"session": "rec", **about(RIGHT)}, {"session": "rec (2)", **about(OTHER)}]
    assert folder(data=data).called(given) == called
    assert folder().called(given) == given.session  # earlier versions did not write it down
