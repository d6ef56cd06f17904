"""A film of what is picked is written by a job: with what stood over and below it in the window."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import neurofm as nf
from neurofm.app.pictures.movie import WIDE
from neurofm.app.verbs import movie
from neurofm.data import Recording, Tracks
from neurofm.data.ids import pack
from neurofm.errors import DataError, Stopped
from neurofm.io import read, write
from neurofm.synthetic import videos

COUNT = 60


@pytest.fixture
def session(tmp_path: Path, fake_jobs: None, reaches: Recording) -> nf.Session:
    """A video on the clock of a recording, and one on another."""
    session = nf.Session([write(videos.numbered(COUNT), tmp_path / "cam.mp4"), reaches])
    session.share_clock("cam", "reaches", zero=2.0)
    session.add(replace(videos.numbered(9), session="other"))
    return session


def made(session: nf.Session, tmp_path: Path, **how: Any) -> list[Path]:
    job = session.movie(tmp_path / "film.mp4", **how)
    told: list[float] = []
    result = movie.work(lambda done, text: told.append(done), tmp_path, **job.arguments)  # type: ignore[arg-type]
    assert told == sorted(told)
    assert told[-1] == 1.0
    return [Path(path) for path in result["out"]]


def numbers(path: Path) -> list[int]:
    left = (WIDE - 128) // 2
    return [videos.number(frame[:96, left : left + 128]) for frame in read(path).frames]


def test_what_is_picked_is_written_frame_by_frame(session: nf.Session, tmp_path: Path) -> None:
    session.selection.pick("frame", pack(session.number("cam"), [3, 4, 5, 30, 31]))
    (path,) = made(session, tmp_path)
    assert path == tmp_path / "film.mp4"
    assert numbers(path) == [3, 4, 5, 30, 31]
    assert read(path).size[0] > 96  # spikes below


def test_each_stretch_becomes_a_film_of_its_own(session: nf.Session, tmp_path: Path) -> None:
    paths = made(session, tmp_path, spans=[(2.0, 2.1), (3.0, 3.2)], each=True, below=())
    assert [path.name for path in paths] == ["film 1.mp4", "film 2.mp4"]
    assert [numbers(path) for path in paths] == [[0, 1, 2], [30, 31, 32, 33, 34, 35]]


@pytest.mark.parametrize(("name", "each"), [("cam.mp4", False), ("link.mp4", False), ("cam.mp4", True)])
def test_a_film_never_replaces_what_is_open(session: nf.Session, tmp_path: Path, name: str, each: bool) -> None:
    (tmp_path / "link.mp4").symlink_to(tmp_path / "cam.mp4")
    if each:
        session.add(read(write(videos.numbered(9), tmp_path / "cam 1.mp4")))
    with pytest.raises(DataError, match="choose another name"):
        session.movie(tmp_path / name, video="cam", each=each)


def test_where_nothing_is_picked_it_is_all_of_the_video(session: nf.Session, tmp_path: Path) -> None:
    assert numbers(made(session, tmp_path, below=())[0]) == list(range(COUNT))


def test_picked_trials_are_stretches(session: nf.Session) -> None:
    session.selection.pick("trial", pack(session.number("reaches"), [2, 15]))  # the second is after the video's end
    job = session.movie("film.mp4")
    (span,) = job.arguments["spans"]
    assert (span[0], span[1]) == pytest.approx(
        tuple(session.sources["reaches"].trials[["start", "stop"]].iloc[2]), abs=0.05
    )  # type: ignore[attr-defined]


def test_the_pose_is_drawn_where_there_is_one(session: nf.Session, tracks: Tracks, tmp_path: Path) -> None:
    (bare,) = made(session, tmp_path, spans=[(2.0, 2.1)], below=())
    before = read(bare).frames[0].astype(int)
    points = np.full((COUNT, 2, 3, 2), 60.0, np.float32) + np.float32([[0, 0], [15, 0], [30, 0]])
    plain: dict[str, Any] = {"trials": None, "labels": {}, "confidence": None, "feature_names": ()}
    times = session.sources["cam"].times  # type: ignore[attr-defined]
    session.add(replace(tracks, times=times, points=points, timeline="reaches", **plain))
    (posed,) = made(session, tmp_path, spans=[(2.0, 2.1)], below=())
    assert (np.abs(read(posed).frames[0] - before).sum(2) > 90).sum() > 30


def test_the_other_camera_is_filmed_without_the_pose_of_this_one(
    session: nf.Session, tracks: Tracks, tmp_path: Path
) -> None:
    session.add(read(write(replace(videos.numbered(COUNT), session="side"), tmp_path / "side.mp4")))
    session.share_clock("side", "reaches", zero=2.0)
    side: Any = session.sources["side"]
    points = np.full((COUNT, 2, 3, 2), 60.0, np.float32)
    plain: dict[str, Any] = {"trials": None, "labels": {}, "confidence": None, "feature_names": ()}
    session.add(replace(tracks, times=side.times, points=points, timeline="reaches", paths=side.paths, **plain))
    asked = {name: session.movie(tmp_path / "film.mp4", video=name).arguments for name in ("cam", "side")}
    assert {name: how["pose"] for name, how in asked.items()} == {"cam": "", "side": tracks.session}
    assert {"cam", "side"} & set(asked["side"]["names"]) == {"side"}
    (path,) = made(session, tmp_path, video="cam", spans=[(2.0, 2.2)], below=())
    assert numbers(path) == list(range(6))


def test_a_job_that_is_stopped_leaves_no_film_and_no_action(session: nf.Session, tmp_path: Path) -> None:
    def stop(done: float, text: str) -> None:
        raise Stopped("stopped")

    job = session.movie(tmp_path / "film.mp4")
    with pytest.raises(Stopped):
        movie.work(stop, tmp_path, **job.arguments)  # type: ignore[arg-type]
    assert not list(tmp_path.glob("*film*"))
    session.jobs.end(job, "stopped")  # type: ignore[attr-defined]
    assert session.actions.last("movie", "cam") is None


@pytest.mark.parametrize(
    ("how", "error", "words"),
    [
        ({"path": "film.gif"}, DataError, "is not .mp4"),
        ({"video": "side"}, LookupError, "no video 'side'"),
        ({"below": ["latent"]}, LookupError, "no view 'latent'"),
        ({"spans": [(50.0, 60.0)]}, ValueError, "no frame of cam"),
        ({"spans": [(3.0, 2.5)]}, ValueError, "a start and a later stop"),
        ({"spans": [2.0, 3.0]}, ValueError, "a start and a later stop"),
        ({"spans": [(np.nan, 3.0)]}, ValueError, "a start and a later stop"),
    ],
)
def test_what_makes_no_film_is_refused_at_once(
    session: nf.Session, how: dict[str, Any], error: type[Exception], words: str
) -> None:
    how = {"path": "film.mp4"} | how
    with pytest.raises(error, match=words):
        session.movie(how.pop("path"), **how)
    assert session.actions.last("movie", "cam") is None


def test_without_a_video_it_says_so() -> None:
    with pytest.raises(LookupError, match="no video is open"):
        nf.Session().movie("film.mp4")
