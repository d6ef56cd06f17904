"""Commands about videos: offered for nothing else, and what comes of them."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.app import commands
from neurofm.app.command import Context
from neurofm.data.ids import pack
from neurofm.io import write
from neurofm.synthetic import videos


@pytest.fixture
def filmed(session, tmp_path):
    session.open(write(videos.numbered(5), tmp_path / "cam.mp4"))
    return session


def titles(session, name):
    return [entry.words for entry in commands.menu(Context(session=session, kind="source", name=name))]


def test_they_are_offered_for_videos(filmed):
    ours = {"Times of its frames…", "Make it quick to leaf through", "Export a film…"}
    assert ours <= set(titles(filmed, "cam"))
    assert not ours & set(titles(filmed, "rat"))
    assert "Put on the clock of rat…" in titles(filmed, "cam")


def test_times_are_read_from_the_file_that_is_chosen(filmed, host, tmp_path):
    np.save(tmp_path / "times.npy", 101 + np.arange(5.0))
    host.paths = [tmp_path / "times.npy"]
    commands.do("frame_times", host, kind="source", name="cam")
    assert filmed.sources["cam"].times.tolist() == [101, 102, 103, 104, 105]


def test_a_copy_is_made_in_a_job(fake_jobs, filmed, host):
    commands.do("leaf", host, kind="source", name="cam")
    assert [job.task for job in filmed.jobs] == ["leaf"]
    assert host.shown == ["jobs"]
    filmed.add(videos.numbered(3))
    commands.do("leaf", host, kind="source", name="numbered")
    assert "need no copy" in host.refused[-1]


@pytest.mark.parametrize(("kind", "name"), [("source", "cam"), ("view", "video"), ("view", "clips"), ("view", "pose")])
def test_a_film_of_the_pick_is_made_in_a_job(fake_jobs, filmed, host, tmp_path, kind, name):
    host.paths = [tmp_path / "a"]
    commands.do("movie", host, kind=kind, name=name)
    (job,) = filmed.jobs
    assert (job.task, job.arguments["path"], job.arguments["video"]) == ("movie", str(tmp_path / "a.mp4"), "cam")
    assert not job.arguments["each"]


@pytest.mark.parametrize(
    ("command", "name", "there"), [("movie", "box.2", "box.2.mp4"), ("movies", "box.mp4", "box 2.mp4")]
)
def test_no_film_replaces_what_nobody_was_asked_about(fake_jobs, filmed, host, tmp_path, command, name, there):
    filmed.selection.pick("frame", pack(filmed.number("cam"), [0, 3]))
    (tmp_path / there).touch()
    (tmp_path / "box.mp4").touch()
    host.paths = [tmp_path / name]
    commands.do(command, host, kind="source", name="cam")
    assert f"{there} is there already" in host.refused[-1]
    assert list(filmed.jobs) == []
    (tmp_path / there).unlink()
    commands.do(command, host, kind="source", name="cam")
    (job,) = filmed.jobs
    assert job.arguments["path"] == str(tmp_path / name) + (".mp4" if command == "movie" else "")


def test_several_picked_stretches_can_be_films_of_their_own(fake_jobs, filmed, host, tmp_path):
    assert "Export a film of each picked stretch…" not in titles(filmed, "cam")
    filmed.selection.pick("frame", pack(filmed.number("cam"), [0, 3]))
    assert "Export a film of each picked stretch…" in titles(filmed, "cam")
    host.paths = [tmp_path / "a.mp4"]
    commands.do("movies", host, kind="source", name="cam")
    assert [len(job.arguments["spans"]) for job in filmed.jobs if job.arguments["each"]] == [2]


def test_a_view_of_something_else_offers_no_film(filmed, session):
    words = [entry.words for entry in commands.menu(Context(session=filmed, kind="view", name="raster"))]
    assert "Export a film…" not in words
