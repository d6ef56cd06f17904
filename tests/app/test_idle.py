"""While nothing else is to be done, what latent spaces show becomes a UMAP; nothing ever waits for that."""

from __future__ import annotations

import gc
from dataclasses import replace
from weakref import ref

import numpy as np
import pytest

from neurofm.app import idle
from neurofm.app.idle import Idle
from neurofm.app.session import Session
from neurofm.app.verbs import leaf
from neurofm.app.views import latent
from neurofm.data import store
from neurofm.io import _proxy
from neurofm.io._encode import Coding, encode
from neurofm.synthetic import videos


class NoTimer:
    """Of a test that looks by itself."""

    daemon = True

    def __init__(self, *_):
        asked.append("soon")

    def start(self):
        """Never."""


asked: list[str] = []


@pytest.fixture(autouse=True)
def by_hand(monkeypatch):
    asked.clear()
    monkeypatch.setattr("neurofm.app.idle.threading.Timer", NoTimer)


@pytest.fixture
def session(session, fake_jobs, make, tmp_path):
    session.folder = tmp_path / "runs"
    session.add(make.run(tmp_path / "runs" / "a", "rat"))
    session.view("latent")
    return session


@pytest.fixture
def at_rest(session):
    return Idle(session)


def finish(session, job, tmp_path):
    """Let a UMAP come."""
    mapped = store.load(job.arguments["embedding"])
    umap = np.zeros((len(mapped.ids), job.arguments["dims"])) + np.arange(len(mapped.ids))[:, None]
    session.jobs.end(job, out=str(store.save(replace(mapped, umap=umap), tmp_path / "umap.npz")))


def kinds(session):
    return [action.kind for action in session.actions]


def test_what_a_latent_space_shows_of_a_run_becomes_a_umap_once(session, at_rest, tmp_path):
    job = at_rest.look()
    assert (job.task, job.action.name, job.idle) == ("umap", "a unit", True)
    assert at_rest.look() is None  # that one is at work
    assert latent.scene(session.view("latent"), session, latent.Viewport()).note.endswith("PCA, soon UMAP")
    finish(session, job, tmp_path)
    assert latent.scene(session.view("latent"), session, latent.Viewport()).note.endswith("UMAP")
    assert at_rest.look() is None
    assert kinds(session).count("umap") == 1


def pca_chosen(session):
    session.view("latent").map = "PCA"


def of_no_run(session):
    session.add(replace(session.embeddings["a unit"], run=""))


def own_coordinates(session):
    session.add(replace(session.embeddings["a unit"], method=""))


def too_few_rows(session):
    old = session.embeddings["a unit"]
    session.add(replace(old, ids=old.ids[:4], values=old.values[:4], xy=old.xy[:4], labels=()))


def equal_rows(session):
    old = session.embeddings["a unit"]
    session.add(replace(old, values=np.ones_like(old.values)))


def not_finite(session):
    old = session.embeddings["a unit"]
    session.embeddings[old.name] = replace(old, values=np.where(np.eye(5, 4) > 0, np.nan, old.values))


def drawn_already(session):
    old = session.embeddings["a unit"]
    session.add(replace(old, umap=old.xy))


def no_latent_space(session):
    del session.views["latent"]
    session.view("raster")


def another_job(session):
    session.predict("a", "rat")


@pytest.mark.parametrize(
    "given",
    [
        pca_chosen, of_no_run, own_coordinates, too_few_rows, equal_rows, not_finite, drawn_already, no_latent_space,
        another_job,
    ],
)  # fmt: skip
def test_nothing_is_begun_where_nobody_would_see_it_or_it_cannot_be(session, at_rest, given):
    given(session)
    before = len(session.jobs.jobs)
    assert at_rest.look() is None
    assert len(session.jobs.jobs) == before


@pytest.mark.parametrize(
    ("state", "wanted"),
    [
        ({"map": "UMAP"}, ("a unit", 2)),
        ({"of": "time"}, ("a time", 2)),
        ({"of": "time", "dims": "3-D"}, ("a time", 2)),  # unasked, only the flat one
        ({"of": "time", "dims": "3-D", "map": "UMAP"}, ("a time", 3)),
        ({"dims": "3-D", "map": "UMAP"}, None),  # of five units
        ({"map": "UMAP", "embedding": "mine"}, ("mine", 2)),
        ({"embedding": "mine"}, None),
    ],
)
def test_what_is_chosen_in_the_view_is_what_is_wanted(session, state, wanted):
    session.add(replace(session.embeddings["a unit"], name="mine", method="", run=""))
    session.add(replace(session.embeddings["a unit"]))  # the newest
    assert latent.wanted(latent.State(**state), session) == wanted


@pytest.mark.parametrize(("chosen", "begun"), [("", 0), ("UMAP", 1), ("PCA", 0)])
def test_where_it_is_switched_off_only_what_was_chosen_is_made(session, chosen, begun):
    session.view("latent").map = chosen
    assert (Idle(session, unasked=False).look() is not None) == begun


def test_it_makes_way_and_is_begun_again_afterwards(session, at_rest):
    at_rest.start()
    first = at_rest.look()
    asked = session.predict("a", "rat")
    session.jobs.make_way()  # as the queue does then
    assert first.state == "stopped"
    assert kinds(session) == ["open", "load", "predict"]
    assert at_rest.look() is None
    session.jobs.end(asked, "failed")
    again = at_rest.look()
    assert again is not first
    assert again.action.name == "a unit"


@pytest.mark.parametrize("state", ["stopped", "failed"])
def test_one_that_was_stopped_by_hand_or_failed_is_not_begun_again(session, at_rest, state):
    at_rest.start()
    session.jobs.end(at_rest.look(), state)
    assert at_rest.look() is None
    assert "umap" not in kinds(session)


def test_a_run_that_has_learned_more_gets_another(session, at_rest, make, tmp_path):
    finish(session, at_rest.look(), tmp_path)
    session.add(make.units(session.recordings["rat"], seed=7))
    assert at_rest.look().action.name == "a unit"


def test_it_is_told_once_the_picture_is_another(session, at_rest, heard, tmp_path):
    told = heard(at_rest.start().told)
    finish(session, at_rest.look(), tmp_path)
    assert told == [("a unit is drawn by UMAP now; choose PCA as its map for the first picture", "embedding")]


def test_picks_groups_colours_time_and_what_can_be_undone_stay(session, at_rest, tmp_path):
    state = session.view("latent")
    state.color_by, state.filter = "rate", "rate >= 0"
    session.selection.pick("unit", [1, 3])
    session.group("mine")
    session.time = 105.0
    finish(session, at_rest.look(), tmp_path)
    for name in ("PCA", "UMAP", ""):
        state.map = name
        scene = latent.scene(state, session, latent.Viewport())
        assert session.selection.picked("unit").tolist() == [1, 3]
        assert scene.marks[-1].ids.tolist() == [1, 3]
        assert scene.scale[2] == "rate"
    assert session.undo()
    assert list(session.groups) == []
    assert session.embeddings["a unit"].umap is not None


def test_which_map_was_chosen_and_the_map_itself_are_kept_in_a_saved_session(session, at_rest, tmp_path):
    finish(session, at_rest.look(), tmp_path)
    session.view("latent").map = "PCA"
    again = type(session).restore(session.save(tmp_path / "w.neurofm"))
    assert again.view("latent").map == "PCA"
    assert np.array_equal(again.embeddings["a unit"].umap, session.embeddings["a unit"].umap)
    assert Idle(again).look() is None


def test_a_session_that_is_opened_does_not_wait_for_it(session, at_rest, tmp_path):
    saved = session.save(tmp_path / "w.neurofm")
    job = at_rest.look()
    session.open(saved)
    assert job.state == "stopped"


def test_what_looks_at_a_session_is_one_and_does_not_keep_it(make):
    session = Session([make.recording()])
    assert idle.of(session) is idle.of(session)
    session.jobs.close()
    idle.of(session).close()
    gone = ref(session)
    del session
    gc.collect()
    assert gone() is None


def test_it_looks_when_a_view_comes_and_when_its_choice_changes(session, at_rest, monkeypatch):
    monkeypatch.setattr(Idle, "_ask_again", lambda self, *_: asked.append("choice"))
    at_rest.start()
    assert asked == ["soon"]
    session.view("latent 2").map = "UMAP"
    assert "choice" in asked
    session.view("raster").filter = "rate > 2"
    assert asked.count("choice") == 1


def test_a_disk_that_is_full_is_logged_and_ends_nothing(session, at_rest, monkeypatch, caplog):
    monkeypatch.setattr(store, "save", lambda *_: (_ for _ in ()).throw(OSError("no space")))
    at_rest._look()
    assert "could not be begun: no space" in caplog.text
    assert list(session.jobs) == []


@pytest.fixture
def filmed(tmp_path, fake_jobs):
    """Of two videos, the first with one key frame in 60, the other with one in ten."""
    for name, group in (("far", 60), ("near", 10)):
        encode(tmp_path / f"{name}.mp4", videos.numbered(60).frames, np.arange(60) / 30, Coding(group=group))
    return Session([tmp_path / "far.mp4", tmp_path / "near.mp4"])


def test_a_video_with_far_key_frames_gets_a_small_copy_and_it_is_told_once(filmed, heard, tmp_path):
    at_rest = Idle(filmed).start()
    told = heard(at_rest.told)
    job = at_rest.look()
    assert (job.task, job.title, job.idle, at_rest.look()) == ("leaf", "Small copy of far", True, None)
    leaf.work(lambda *_: None, tmp_path, **job.arguments)
    filmed.jobs.end(job, out="")
    ((words, kind),) = told
    assert words.startswith("a small copy of far")
    assert kind == "video"
    assert filmed.sources["far"].frames.at_once(47)[0] == 47
    assert at_rest.look() is None
    assert kinds(filmed) == ["open", "open"]  # nobody asked
    again = Session([tmp_path / "far.mp4"])
    assert Idle(again).look() is None  # it is there


@pytest.mark.parametrize(
    "reason", [("LARGEST", 1000), ("ROOM", 1e12), ("LONG", 60), ("SETTING", "")], ids=lambda reason: reason[0]
)
def test_no_copy_is_made_that_is_not_wanted_too_large_or_without_room(filmed, reason, monkeypatch):
    name, value = reason
    monkeypatch.setenv(_proxy.SETTING, "0") if not value else monkeypatch.setattr(_proxy, name, value)
    assert Idle(filmed).look() is None


@pytest.mark.parametrize(("state", "again"), [("failed", False), ("stopped", False)])
def test_a_copy_that_failed_is_not_begun_again(filmed, state, again):
    at_rest = Idle(filmed)
    filmed.jobs.end(at_rest.look(), state)
    assert (at_rest.look() is not None) == again
