"""What another distribution adds may be broken: it alone is passed over, and all else works."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import neurofm as nf
from neurofm import io, registry
from neurofm.app import arrangement, options
from neurofm.app.pictures.draw import draw
from neurofm.synthetic import reaching
from tests.kinds.conftest import VIEW

GROUPS = ("neurofm.app.verbs", "neurofm.app.views", "neurofm.models", "neurofm.io")


@pytest.fixture(params=[*GROUPS, "all of them"])
def broken(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As if a distribution were installed that adds a module of one of these groups which cannot be imported."""
    groups = GROUPS if request.param == "all of them" else (request.param,)
    about = tmp_path / "lab_broken-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: lab-broken\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("\n".join(f"[{group}]\nbroken = lab_broken" for group in groups))
    (tmp_path / "lab_broken.py").write_text("import a_module_of_last_year\n")
    monkeypatch.syspath_prepend(tmp_path)
    registry._points.cache_clear()
    yield
    monkeypatch.undo()
    registry._points.cache_clear()


def simulated() -> nf.Recording:
    (recording,) = reaching.sessions(1, units=4, duration=20.0, seed=1)
    return recording


def saved_and_restored(folder: Path, capsys: pytest.CaptureFixture[str]) -> bool:
    session = nf.Session([simulated()])
    return list(nf.Session.restore(session.save(folder / "a.neurofm")).sources) == list(session.sources)


def drawn(folder: Path, capsys: pytest.CaptureFixture[str]) -> bool:
    session = nf.Session([simulated()])
    return bool(draw(registry.get("neurofm.app.views", "table"), session.view("table"), session, VIEW).marks)


def arranged(folder: Path, capsys: pytest.CaptureFixture[str]) -> bool:
    return arrangement.layout().right[0][0] == "latent"


def listed(folder: Path, capsys: pytest.CaptureFixture[str]) -> bool:
    options.main()
    return "poyo" in [model["name"] for model in json.loads(capsys.readouterr().out)]


def written(folder: Path, capsys: pytest.CaptureFixture[str]) -> bool:
    names = [io.write(simulated(), folder / f"a{kind}").name for kind in (".h5", ".nwb")]
    return names == ["a.h5", "a.nwb"]


@pytest.mark.filterwarnings("ignore:'broken' cannot be used")
@pytest.mark.parametrize("works", [saved_and_restored, drawn, arranged, listed, written])
def test_all_else_works(
    broken: None, works: Callable[..., bool], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert works(tmp_path, capsys)
