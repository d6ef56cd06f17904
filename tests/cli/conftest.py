"""What tests of the command line share: a call, and a run with its recordings."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neurofm import cli, io
from neurofm.synthetic import reaching

TINY = ("dim=16", "depth=1", "latents=2", "head_dim=8", "self_heads=2", "steps=12", "batch=2")
SMALL = [word for pair in TINY for word in ("--set", pair)]

Call = Callable[..., tuple[int, Any, str]]


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str]) -> Call:
    """`call("info", path, "--json")` gives the exit code, what stdout holds (from JSON if it was asked for), stderr."""

    def run(*arguments: object) -> tuple[int, Any, str]:
        capfd.readouterr()
        code = cli.run([str(a) for a in arguments])
        out, err = capfd.readouterr()
        return code, json.loads(out) if "--json" in arguments and out else out, err

    return run


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two recordings, a.h5 and b.h5, and a run trained on both."""
    folder = tmp_path_factory.mktemp("cli")
    for name, recording in zip("ab", reaching.sessions(2, units=5, duration=30.0, seed=1)):
        io.write(recording, folder / f"{name}.h5")
    paths = [str(folder / f"{name}.h5") for name in "ab"]
    assert cli.run(["train", "poyo", *paths, "--out", str(folder / "run"), *SMALL, "--seed", "3"]) == 0
    return folder
