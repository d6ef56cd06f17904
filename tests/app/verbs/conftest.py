"""Recordings in files, a run that has learned a little of the first, and the script of one action."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neurofm import io, registry
from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state.log import Action
from neurofm.app.verbs import train
from neurofm.synthetic.demo import demo

TINY = {"steps": 6, "batch": 4, "dim": 16, "depth": 0}


class Told:
    """A step that remembers what it was told."""

    def __init__(self) -> None:
        self.metrics: list[Any] = []

    def __call__(self, fraction: float, text: str, preview: Any = None, metrics: Any = None) -> None:
        self.metrics += [metrics] if metrics else []


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Ada and bo."""
    folder = tmp_path_factory.mktemp("data")
    return [str(io.write(recording, folder / f"{recording.session}.h5")) for recording in demo(duration=40.0)]


@pytest.fixture(scope="session")
def run(files: list[str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """A run that has seen ada."""
    told, folder = Told(), tmp_path_factory.mktemp("job")
    result = train.work(told, folder, model="poyo", data=files[:1], settings=TINY, device="cpu")
    assert [metrics["step"] for metrics in told.metrics] == [1, 2, 3, 4, 5, 6]
    assert {k: v for k, v in json.loads(json.dumps(result)).items() if k != "metrics"} == {"run": str(folder / "run")}
    assert result["metrics"]["steps"] > 0
    return str(result["run"])


@pytest.fixture
def lines() -> Callable[..., list[str]]:
    """`lines(verb, name, *made, **options)` is the code of an action where things `made` have a variable."""

    def code(verb: str, name: str, *made: str, done: int | None = None, **options: Any) -> list[str]:
        script = Script()
        for thing in made:
            script.new(thing)
        action = Action(kind=verb, name=name, options=options, done=done)
        return list(registry.get("neurofm.app.verbs", verb).code(action, script))

    return code


@pytest.fixture
def read_back() -> Callable[[str, str, Any], Any]:
    """`read_back(verb, option, value)` is an option as it is read back from the page of a session."""

    def read(verb: str, option: str, value: Any) -> Any:
        field = Field(Path("session.json"), option, value)
        return registry.get("neurofm.app.verbs", verb).options[option](field)

    return read
