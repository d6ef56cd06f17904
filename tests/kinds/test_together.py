"""Planted kinds beside a recording."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import neurofm as nf
from neurofm import registry
from neurofm.app.pictures.draw import draw
from neurofm.app.pictures.scene import Shape
from neurofm.app.state.link import Link
from neurofm.data.ids import pack
from tests.kinds.conftest import NET, VIEW, WAVE, Kind, kinds


def test_all_kinds_stand_in_one_table_of_sessions(together: nf.Session) -> None:
    assert together.table("session")["label"].tolist() == list(together.sources)
    assert set(together.spaces()) == {"unit", "time", "frame", "bout", "node", "region", "session"}
    assert len(together.recordings) == 1


def test_frames_of_one_clock_are_tied_to_moments_once(together: nf.Session) -> None:
    recording = next(iter(together.recordings.values()))
    frames = pack(together.number("near"), [50])
    together.selection.pick("frame", frames)
    moments = together.selection.picked("time")
    times = together.values("time", "time", moments)
    assert len(moments)
    near = together.sources["near"].times
    assert near[50] - 1e-6 <= times.min() <= times.max() < near[51]
    together.selection.pick("time", moments[:1])
    got = together.selection.picked("frame")
    np.testing.assert_array_equal(got, [pack(together.number(name), 50) for name in ("near", "far")])
    timed = [link for link in together.selection.links if {link.a, link.b} == {"frame", "time"}]
    assert len(timed) == 2
    assert recording.clock == together.sources["far"].clock


def test_a_clock_of_its_own_ties_nothing(together: nf.Session) -> None:
    together.selection.pick("frame", pack(together.number("alone"), [50]))
    assert together.selection.spaces() == ["bout", "frame"]
    together.selection.pick("node", pack(together.number("web"), [1]))
    assert together.selection.spaces() == ["node", "region"]


def test_the_one_time_begins_with_what_has_a_clock() -> None:
    session = nf.Session([NET.make("web")])
    assert session.time_or_none is None
    session.add(WAVE.make("sea", start=100.0))
    assert session.time == 100.0


@pytest.mark.parametrize("name", registry.names("neurofm.app.views"))
def test_every_view_draws_what_it_can_of_all(name: str, together: nf.Session) -> None:
    spec = registry.get("neurofm.app.views", name)
    scene = draw(spec, together.view(name), together, VIEW)
    assert scene.marks or scene.message


def test_the_view_of_a_kind_asks_for_it_and_shows_it(together: nf.Session) -> None:
    spec = registry.get("neurofm.app.views", "wave")
    empty = draw(spec, spec.state(), nf.Session(), VIEW)
    assert (empty.message, empty.action) == ("Open a wave to see it", "open")
    state = together.view("wave")
    assert draw(spec, state, together, VIEW).note == "near"
    assert spec.choices(state, together) == {"wave": ("near", "far", "alone")}
    space, ids = spec.hit(state, together, Shape("box", np.array([[1.0, 0.0], [2.05, 1.0]])))
    assert (space, len(ids)) == ("frame", 11)
    together.selection.pick(space, ids)
    assert len(draw(spec, state, together, VIEW).marks) == 2


@kinds
def test_a_model_takes_what_it_learns_from_among_all(kind: Kind, together: nf.Session) -> None:
    from neurofm.app.verbs import train

    names = {"wave": ["near", "far", "alone"], "net": ["web"]}[kind.name]
    assert train.suited(together, kind.model) == names


def test_all_are_restored_together(together: nf.Session, tmp_path: Path) -> None:
    together.selection.pick("frame", pack(together.number("near"), [50]))
    again = nf.Session.restore(together.save(tmp_path / "a.neurofm"))
    assert {n: s.kind for n, s in again.sources.items()} == {n: s.kind for n, s in together.sources.items()}
    for space in together.selection.spaces():
        np.testing.assert_array_equal(again.selection.picked(space), together.selection.picked(space))
    links = [[(link.a, link.b, len(link.ids_a)) for link in s.selection.links] for s in (together, again)]
    assert links[0] == links[1]
    assert all(isinstance(link, Link) for link in again.selection.links)


@pytest.mark.parametrize(("frames", "witnesses"), [([0, 1, 2, 3], 1), ([0, 50, 99], 3)])
def test_frames_that_follow_each_other_are_one_witness(frames: list[int], witnesses: int, together: nf.Session) -> None:
    for name, rows in (("near", frames), ("far", [10, 40, 70])):
        together.group(name, "frame", pack(together.number(name), rows))
    assert together.compare("near", "far").set_index("column").loc["wind", ["n_a", "n_b"]].tolist() == [witnesses, 3]


@kinds
def test_only_what_suits_a_run_is_placed_or_adapted_to(kind: Kind, together: nf.Session, trained: Any) -> None:
    from neurofm.app.verbs import adapt

    run = together.open(trained(kind) / "run")
    names = {"wave": ["near", "far", "alone"], "net": ["web"]}[kind.name]
    assert together.suiting(run) == adapt.strangers(together, run) == names
    assert adapt.choose(together) == (run, names[-1])
    with pytest.raises(LookupError, match=f"no {kind.name} 'session-0'|no {kind.name}"):
        adapt.choose(together, run, next(iter(together.recordings)))


@pytest.mark.parametrize(("seconds", "frame"), [(105.02, 50), (90.0, None)])
def test_the_one_time_is_marked_among_frames(seconds: float, frame: int | None, opened: Any) -> None:
    session, spec = opened(WAVE), registry.get("neurofm.app.views", "latent")
    assert len(draw(spec, session.view("latent"), session, VIEW).marks) == 2
    session.time = seconds
    marks = draw(spec, session.view("latent"), session, VIEW).marks
    assert [mark.ids.tolist() for mark in marks[1:]] == ([] if frame is None else [[frame]])


def test_nothing_is_marked_where_nothing_has_a_time(opened: Any) -> None:
    session, spec = opened(NET), registry.get("neurofm.app.views", "latent")
    assert len(draw(spec, session.view("latent"), session, VIEW).marks) == 1
