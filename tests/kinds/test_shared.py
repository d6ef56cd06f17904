"""A planted kind in what fronts share: the form, the list of what is open, menus and panes."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

import neurofm as nf
from neurofm import registry
from neurofm.app import commands, options
from neurofm.app.command import Context
from neurofm.app.form import Form
from neurofm.app.opened import opened as list_of
from neurofm.app.pane import Pane
from neurofm.app.pictures.scene import Points, Shape
from tests.kinds.conftest import VIEW, Kind, kinds


@pytest.fixture(scope="module")
def models(planted: None) -> tuple[options.ModelOptions, ...]:
    """What a front's own process tells of all models."""
    return options.models(subprocess.run(options.COMMAND, capture_output=True, text=True, check=True).stdout)


@kinds
def test_the_form_trains_it(kind: Kind, together: nf.Session, models: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}
    monkeypatch.setattr(together.jobs, "submit", lambda task, arguments, *_, **__: asked.update(arguments))
    form = Form(together)
    form.take(models)
    form.choose_model(kind.model)
    names = {"wave": ("near", "far", "alone"), "net": ("web",)}[kind.name]
    assert form.offered == form.sources == names
    assert (form.advised, form.targets) == ({"dim": 3}, ("",))
    assert "three are enough" in form.why
    form.choose_sources(names[:1])
    form.set(steps=30)
    form.train()
    assert (asked["model"], asked["settings"], len(asked["data"])) == (kind.model, {"dim": 3, "steps": 30}, 1)


@kinds
def test_it_is_in_the_list_of_what_is_open_with_a_menu(kind: Kind, opened: Any) -> None:
    session, name = opened(kind), f"{kind.name} 1"
    rows = [row for row in list_of(session) if (row.kind, row.name) == ("source", name)]
    assert [row.words for row in rows] == [{"wave": "4 bouts · 20 s", "net": "100 nodes"}[kind.name]]
    for row in list_of(session):
        assert commands.menu(Context(session=session, kind=row.kind, name=row.name))


@kinds
def test_only_recordings_are_offered_what_only_they_have(kind: Kind, together: nf.Session) -> None:
    def offered(name: str) -> set[str]:
        return {e.command.name for e in commands.menu(Context(session=together, kind="source", name=name))}

    deeds = {"compare_decoders", "compare_decoders_quickly"}
    assert deeds <= offered(next(iter(together.recordings)))
    assert not deeds & offered({"wave": "near", "net": "web"}[kind.name])


@kinds
def test_a_pane_picks_from_it(kind: Kind, opened: Any) -> None:
    session = opened(kind)
    pane = Pane(registry.get("neurofm.app.views", "latent"), session, session.view("latent"))
    points = next(mark for mark in pane.scene(VIEW).marks if isinstance(mark, Points))
    pane.pick(Shape("point", points.xy[[7]].astype(float), (1e-6, 1e-6)), "replace")
    assert session.selection.picked(kind.space).tolist() == [int(points.ids[7])]
