"""One call: exit codes, one sentence on stderr, and nothing on stdout but the result."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurofm import io
from neurofm.cli import commands
from neurofm.cli.call import _plain, _sentence, run, spread
from tests.cli.conftest import SMALL, Call


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["infoo"], "No such command 'infoo'"),
        (["info", "x", "--fast"], "No such option: --fast"),
        (["info"], "Missing argument"),
        (
            ["list", "modles"],
            "Invalid value for 'what': 'modles' is not one of 'models', 'readers', 'views', 'benches'",
        ),
        (["list"], "Missing argument 'what'. Choose from: models, readers, views, benches"),
        (["train", "poyoo", "x", "--out", "y"], "no model 'poyoo'; there are "),
        (["train", "poyo", "x"], "Missing option '--out'"),
        (["train", "poyo", "x", "--out", "y", "--set", "dimm=3"], "no setting 'dimm'; there are attention_dropout"),
        (["train", "poyo", "x", "--out", "y", "--set", "stpes=3"], "; did you mean 'steps'?"),
        (["train", "poyo", "x", "--out", "y", "--set", "dim=3"], "dim must be a whole number from 8 to 1024, got '3'"),
        (["train", "poyo", "x", "--out", "y", "--set", "dim"], "--set dim must be --set key=value"),
        (["train", "poyo", "x", "--out", "y", "--device", "gpu"], "'cuda'"),
        (["predict", "run", "x", "--out", "y.txt"], "--out y.txt must end in .npz or .parquet or .nwb"),
        (["embed", "run", "x", "--out", "y.txt"], "--out y.txt must end in .npz or .parquet or .csv or .h5ad"),
        (["info", ""], "PATH '' is empty or has an empty part; name a file or folder"),
        (["info", "a.mat+"], "PATH 'a.mat+' is empty or has an empty part"),
        (["bench", "speeed"], "no bench 'speeed'; there are adapt, all, "),
    ],
)
def test_wrong_usage_is_two_and_one_sentence(call: Call, arguments: list[str], words: str) -> None:
    code, out, err = call(*arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["info", "{home}/none.h5"], "none.h5"),
        (["info", "{home}/text.nwb"], "text.nwb"),
        (["predict", "{home}/none", "{home}/a.h5", "--out", "{home}/p.npz"], "none"),
        (["predict", "{home}/text.nwb", "{home}/a.h5", "--out", "{home}/p.npz"], "is missing; name the folder"),
        (["train", "mtm", "{home}/a.h5", "--out", "{home}/new", "--set", "target=speed"], "decodes no 'speed'"),
        (["train", "poyo", "{home}/a.h5", "--out", "{home}/run"], "holds a run already"),
        (["train", "poyo", "{home}/a.h5", "--out", "{home}/text.nwb/run"], "text.nwb"),
        (
            ["train", "poyo", "{home}/a.h5", "{home}/a.h5", "--out", "{home}/twice"],
            "was given twice; give each recording once",
        ),
        (["train", "poyo", "{home}/a.h5", "--out", "{home}/new", "--set", "target=speed"], "no series 'speed'"),
    ],
)
def test_refused_files_are_one_and_one_sentence(call: Call, home: Path, arguments: list[str], words: str) -> None:
    (home / "text.nwb").write_text("no recording")
    code, out, err = call(*(a.format(home=home) for a in arguments))
    assert (code, out) == (1, "")
    assert err.startswith("neurofm: ")
    assert words in err
    assert err.count("\n") == 1


def test_missing_device_is_refused_by_name(call: Call, home: Path) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has the device that should be missing")
    code, _, err = call("train", "poyo", home / "a.h5", "--out", home / "gpu", *SMALL, "--device", "cuda")
    assert code == 1
    assert "cuda" in err.lower()
    assert "Traceback" not in err


def test_debug_adds_the_traceback(call: Call, tmp_path: Path) -> None:
    code, _, err = call("info", tmp_path / "none.h5", "--debug")
    assert code == 1
    assert "Traceback" in err


def test_chatter_of_libraries_stays_off_stdout(call: Call, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = io.read

    def noisy(path: str) -> object:
        sys.stdout.write("from Python\n")
        os.write(1, b"from C\n")
        return read(path)

    monkeypatch.setattr(io, "read", noisy)
    code, summary, err = call("info", home / "a.h5", "--json")
    assert (code, summary["units"]) == (0, 5)
    assert "from Python" in err
    assert "from C" in err


def test_version_is_told(call: Call) -> None:
    from neurofm import __version__

    assert call("--version") == (0, f"neurofm {__version__}\n", "")


def test_help_loads_nothing_that_takes_long_and_exits_with_zero() -> None:
    call = [sys.executable, "-X", "importtime", "-m", "neurofm", "--help"]
    done = subprocess.run(call, capture_output=True, text=True, check=True)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "neurofm.cli" in loaded
    assert not loaded & {"torch", "sklearn", "scipy", "pandas", "numpy", "napari", "h5py", "psygnal"}
    names = "info list train finetune predict embed correspond carry locate bench app"
    for name in names.split():
        assert f" {name} " in done.stdout


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(28, "No space left on device", "a.h5"), "a.h5: No space left on device"),
        (OSError(28, "No space left on device"), "No space left on device"),
        (OSError("broken"), "broken"),
        (MemoryError(), "the memory is full; choose a smaller batch or model with --set"),
        (ValueError("two\nlines  here"), "two lines here"),
        (KeyError(), "KeyError"),
    ],
)
def test_an_error_is_one_sentence(error: BaseException, sentence: str) -> None:
    assert _sentence(error) == sentence


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ({1: Path("a"), "b": (1, 2)}, {"1": "a", "b": [1, 2]}),
        ([np.float32(0.5), np.int64(3), np.bool_(True)], [0.5, 3, True]),
        ([np.nan, float("inf"), np.float64("-inf")], [None, None, None]),
        ("word", "word"),
        (None, None),
    ],
)
def test_results_are_as_json_has_them(value: Any, plain: Any) -> None:
    assert _plain(value) == plain
    assert json.loads(json.dumps(_plain(value), allow_nan=False)) == plain


def test_of_several_files_that_are_refused_each_has_a_sentence(tmp_path, capsys):
    for name in ("one.nwb", "two.mat"):
        (tmp_path / name).touch()
    assert run(["info", str(tmp_path / "one.nwb"), str(tmp_path / "two.mat")]) == 1
    first, second = capsys.readouterr().err.splitlines()
    assert first == f"neurofm: {tmp_path / 'one.nwb'}: is empty; was the copy cut off?"
    assert second == f"neurofm: {tmp_path / 'two.mat'}: is empty; was the copy cut off?"


def test_patterns_are_files_also_where_no_shell_does_that(call: Call, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("a.csv", "b.csv", "odd[1].csv")]
    for file in files:
        file.write_text("")
    assert spread(["info", str(tmp_path / "?.csv"), "--set", "x=*"]) == ["info", *map(str, files[:2]), "--set", "x=*"]
    assert spread([str(files[2]), str(tmp_path / "*.nwb")]) == [str(files[2]), str(tmp_path / "*.nwb")]


def test_options_of_python_are_said_as_they_are_typed_here(call: Call, home: Path) -> None:
    """Every `name=True` in a sentence is an option of the call that brings it about."""
    code, _, err = call("train", "poyo", home / "a.h5", "--out", home / "run")
    assert code == 1
    assert "give --resume to go on with it" in err
    assert "--exist-ok to train anew" in err
    assert "=True" not in err
    for command in (commands.train, commands.finetune):
        assert {"resume", "exist_ok"} <= set(inspect.signature(command).parameters)
