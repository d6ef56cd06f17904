"""What tests of planted kinds share: the kinds, files and runs of them, and sessions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import neurofm as nf
from neurofm import cli, io
from neurofm.app.pictures.scene import Viewport
from neurofm.synthetic import reaching

VIEW = Viewport(None, None, 300, 200)


@dataclass(frozen=True)
class Kind:
    """What is asked of a kind.

    Parameters
    ----------
    module, name, model : where it is, what it is called, and what learns from it
    space : of what its model places
    column, filter, few : what it is coloured by, a filter on that, and how many of all pass it
    told : what `info` says
    tabled : a space whose things stand in a table
    tied : gives the things of `space` that belong to the second of these
    """

    module: str
    name: str
    model: str
    space: str
    column: str
    filter: str
    told: str
    tabled: str
    tied: Callable[[Any], NDArray[np.bool_]]

    def make(self, session: str = "", **more: Any) -> Any:
        """A source of it."""
        make = getattr(import_module(f"planted.{self.module}.generator"), self.name)
        return make(session or f"{self.name} 1", **more)


WAVE = Kind(
    "waves",
    "wave",
    "ripple",
    "frame",
    "wind",
    "wind > 1",
    "frames",
    "bout",
    tied=lambda wave: (wave.times >= 105) & (wave.times < 109),
)
NET = Kind("nets", "net", "knot", "node", "degree", "degree >= 7", "edges", "region", tied=lambda net: net.region == 1)
kinds = pytest.mark.parametrize("kind", [WAVE, NET], ids=lambda kind: kind.name)


@pytest.fixture(autouse=True)
def home(planted: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's data and caches."""
    for name in ("CACHE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    return tmp_path


@pytest.fixture(scope="module")
def trained(planted: None, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """`trained(kind)` is a folder with a file of the kind and a run that learned from it, by the command line."""
    homes: dict[str, Path] = {}

    def make(kind: Kind) -> Path:
        if kind.name not in homes:
            home = homes[kind.name] = tmp_path_factory.mktemp(kind.name)
            io.write(kind.make(), home / f"{kind.name} 1.{kind.name}")
            file = str(home / f"{kind.name} 1.{kind.name}")
            assert cli.run(["train", kind.model, file, "--out", str(home / "run"), "--device", "cpu"]) == 0
        return homes[kind.name]

    return make


@pytest.fixture
def opened(trained: Any) -> Any:
    """`opened(kind)` is a session with the file, the run and what that says of it."""

    def make(kind: Kind) -> nf.Session:
        session = nf.Session()
        name = session.open(file(trained, kind))
        run = session.runs[session.open(trained(kind) / "run")]
        loaded = nf.load(run.path, "cpu")
        session.add(loaded.embed(session.sources[name]))
        session.add(loaded.predict(session.sources[name]))
        return session

    return make


def file(trained: Any, kind: Kind) -> Path:
    return trained(kind) / f"{kind.name} 1.{kind.name}"


@pytest.fixture
def at_work(tmp_path: Path) -> Iterator[nf.Session]:
    """A session with jobs in worker processes, none of which outlives it."""
    session = nf.Session(folder=tmp_path / "runs")
    yield session
    session.jobs.close()


@pytest.fixture
def together(opened: Any) -> nf.Session:
    """A recording, two waves on its clock and one on another, and a net."""
    (recording,) = reaching.sessions(1, units=4, duration=20.0, seed=1)
    session = nf.Session([recording])
    for name, clock, seed in (("near", recording.clock, 1), ("far", recording.clock, 2), ("alone", "", 3)):
        session.add(WAVE.make(name, clock=clock, start=recording.start, frames=100, seed=seed))
    session.add(NET.make("web"))
    return session


def wait(session: nf.Session) -> None:
    """Until all jobs are over, those too that others ask for."""
    while waited := [job for job in session.jobs if not job.over]:
        assert all(job.wait(120) for job in waited)
