"""Planted kinds of data in the fronts: in napari's window and on a notebook's page."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import neurofm as nf
from neurofm import io
from neurofm.app.pictures.scene import Points
from neurofm.synthetic import reaching

pytestmark = pytest.mark.usefixtures("planted")
KINDS = [("waves", "wave", "ripple", "frame"), ("nets", "net", "knot", "node")]
kinds = pytest.mark.parametrize(("module", "kind", "model", "space"), KINDS, ids=[kind for _, kind, _, _ in KINDS])


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's data and caches."""
    for name in ("CACHE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    return tmp_path


def written(module: str, kind: str, folder: Path) -> Path:
    """A file of a kind."""
    make = getattr(import_module(f"planted.{module}.generator"), kind)
    return io.write(make(f"{kind} 1"), folder / f"{kind}.{kind}")


def filled(session: nf.Session, file: Path, model: str, folder: Path) -> None:
    """Gives a session the file beside a recording, with a run that learned from it and what that says."""
    (recording,) = reaching.sessions(1, units=4, duration=20.0, seed=1)
    session.add(recording)
    source = session.sources[session.open(file)]
    run = nf.train(model, source, folder / "run", device="cpu", settings={"steps": 30})
    session.add(run.embed(source))
    session.add(run.predict(source))


@pytest.mark.gui
@kinds
def test_the_window_opens_draws_picks_saves_and_restores_it(
    module: str, kind: str, model: str, space: str, home: Path, make_napari_viewer: Any, qtbot: Any, monkeypatch: Any
) -> None:
    from napari_neurofm.docks import desk as desk_of
    from neurofm.app.jobs import Jobs

    until = partial(qtbot.waitUntil, timeout=30_000)
    monkeypatch.setattr(Jobs, "warm", lambda self: None)
    desk = desk_of(make_napari_viewer(show=True))
    desk.arrange()
    desk.open(written(module, kind, home))
    until(lambda: f"{kind} 1" in desk.session.sources)
    filled(desk.session, home / f"{kind}.{kind}", model, home)
    wanted = ["wave 1 gauges"] if kind == "wave" else []
    until(lambda: [layer.name for layer in desk.viewer.layers if layer.name.startswith(f"{kind} 1")] == wanted)
    latent = desk.widget("latent")
    desk.session.view("latent").of = space
    until(lambda: f"{space}s" in latent.note.text())
    points = next(mark for mark in latent.scene.marks if isinstance(mark, Points))
    desk.session.selection.pick(space, points.ids[:3])
    until(lambda: latent.note.text().find("3 of") >= 0)
    desk.show("wave")
    until(desk.widget("wave").isVisible)
    wanted = "wave 1" if kind == "wave" else "Open a wave to see it"
    until(lambda: wanted in (desk.widget("wave").scene.note, desk.widget("wave").scene.message))
    desk.session.save(home / "a.neurofm")
    desk.session.close(f"{kind} 1")
    until(lambda: not any(isinstance(mark, Points) for mark in latent.scene.marks))
    desk.open(home / "a.neurofm")
    until(lambda: desk.session.selection.picked(space).tolist() == points.ids[:3].tolist())


@kinds
def test_the_page_draws_it_and_picks(
    module: str, kind: str, model: str, space: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from comm.base_comm import BaseComm

    class Silent(BaseComm):
        def publish_msg(self, *_: Any, **__: Any) -> None:
            pass

    monkeypatch.setattr("comm.create_comm", Silent)
    session = nf.Session()
    filled(session, written(module, kind, home), model, home)
    session.view("latent").of = space
    explorer = nf.explore(session, [["latent", "wave"], ["table", "raster"]])
    latent = explorer.plots["latent"]
    assert f"{space}s" in latent.picture["note"]
    assert latent.picture["marks"][0]["kind"] == "points"
    said = explorer.plots["wave"].picture
    assert "wave 1" in said["note"] or said["message"] == "Open a wave to see it"
    session.selection.pick(space, session.everything(space)[:3])
    assert explorer.picked(space)["label"].tolist() == [f"{kind} 1/{space} {k}" for k in range(3)]
    explorer.close()
