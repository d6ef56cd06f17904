"""A video gets the times its frames were taken at, by which it runs on the clock of spikes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import neurofm as nf
from neurofm.data import Recording, Tracks
from neurofm.data.ethogram import Ethogram
from neurofm.errors import DataError
from neurofm.io import write
from neurofm.synthetic import videos

COUNT = 12


@pytest.fixture
def session(reaches: Recording, tmp_path: Path) -> nf.Session:
    return nf.Session([reaches, write(videos.numbered(COUNT), tmp_path / "cam.mp4")])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "frame,time\n" + "\n".join(f"{k},{5 + k / 2}" for k in range(COUNT))),
        ("a.txt", "\n".join(str(5 + k / 2) for k in range(COUNT))),
        ("a.tsv", "Timestamp\tled\n" + "\n".join(f"{5 + k / 2}\t0" for k in range(COUNT))),
        ("a.npy", ""),
    ],
)
def test_times_come_from_a_file_of_the_user_s(session: nf.Session, tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    if name.endswith("npy"):
        np.save(tmp_path / name, 5 + np.arange(COUNT) / 2)
    session.time_frames("cam", tmp_path / name)
    np.testing.assert_allclose(session.sources["cam"].times, 5 + np.arange(COUNT) / 2)
    assert session.undo()
    np.testing.assert_allclose(session.sources["cam"].times, np.arange(COUNT) / 30)


def test_from_then_on_picks_and_time_are_shared(session: nf.Session) -> None:
    session.selection.pick("trial", [2])
    assert not len(session.selection.picked("frame"))
    session.time_frames("cam", rate=1.0)
    session.share_clock("cam", "reaches")
    session.selection.pick("trial", [2, 3])
    times = session.values("frame", "time", session.selection.picked("frame"))
    assert times.tolist() == [2.0, 3.0]  # which begin in the trials from 2.2 s and 3.3 s, or are shown then


def test_it_is_kept_and_repeated(session: nf.Session, tmp_path: Path) -> None:
    session.time_frames("cam", 3 + np.arange(COUNT))
    session.share_clock("cam", "reaches")
    again = nf.Session.restore(session.save(tmp_path / "a.neurofm"))
    names: dict[str, nf.Session] = {}
    exec(compile(session.script(), "script", "exec"), names)
    for one in (again, names["session"]):
        assert one.sources["cam"].times.tolist() == (3.0 + np.arange(COUNT)).tolist()
        assert one.sources["cam"].clock == "reaches"


WRONG = [
    ({"times": np.arange(5.0)}, ValueError, "12 frames but 5 times were given, 7 fewer"),
    ({"times": np.arange(COUNT)[::-1]}, ValueError, "do not rise"),
    ({"times": "{}/two.csv"}, DataError, "has the columns a, b; call the one of seconds 'time'"),
    ({"times": "{}/words.csv"}, DataError, "must hold one number of seconds for each frame"),
    ({"times": "{}/nowhere.csv"}, DataError, "cannot be opened"),
    ({}, ValueError, "give the times of the frames, a file of them, or how many there are a second"),
]


@pytest.mark.parametrize(("how", "kind", "words"), WRONG)
def test_what_cannot_be_is_told_and_nothing_is_changed(session, tmp_path, how, kind, words) -> None:
    (tmp_path / "two.csv").write_text("a,b\n1,2\n3,4\n")
    (tmp_path / "words.csv").write_text("time\nearly\nlate\n")
    how = {name: value.format(tmp_path) if isinstance(value, str) else value for name, value in how.items()}
    before = session.sources["cam"]
    with pytest.raises(kind, match=words):
        session.time_frames("cam", **how)
    with pytest.raises(LookupError, match="no video or tracks 'reaches'"):
        session.time_frames("reaches", rate=1.0)
    assert session.sources["cam"] is before


@pytest.fixture
def filmed(session: nf.Session, tracks: Tracks, tmp_path: Path) -> nf.Session:
    """Poses of the film, in seconds of its frames, and bouts that were scored on it."""
    film = session.sources["cam"]
    first = film.times[: len(tracks.times)]
    trials = pd.DataFrame({"start": [first[0]], "stop": [first[-1] + 1 / 30]})
    session.add(replace(tracks, times=first, trials=trials, timeline=film.clock, paths=("box.csv", *film.paths)))
    table = pd.DataFrame({"start": [0.1], "stop": [0.2], "behavior": ["rear"]})
    scored = Ethogram(session="scored", clock=film.clock, bouts=table)
    session.open(write(scored, tmp_path / "scored.ethogram"))
    return session


def shown_at(session: nf.Session) -> list[list[float]]:
    cam, box, scored = (session.sources[name] for name in ("cam", "box", "scored"))
    assert np.allclose(cam.times[:6], box.times)
    return [np.round(x, 6).tolist() for x in (box.times[:2], box.domain[0], scored.edges[0], scored.domain[0])]


def test_poses_and_bouts_follow_their_video(filmed: nf.Session, tmp_path: Path) -> None:
    filmed.time_frames("cam", rate=15.0)
    slow = [[0.0, 0.066667], [0.0, 0.4], [0.2, 0.4], [0.2, 0.4]]
    assert shown_at(filmed) == slow
    for zero in (2.0, 5.0):  # the second says it better, and is not added
        filmed.share_clock("cam", "reaches", zero=zero)
        assert shown_at(filmed) == [[round(x + zero, 6) for x in part] for part in slow]
        assert {filmed.sources[name].clock for name in ("cam", "box", "scored")} == {"reaches"}
    again = nf.Session.restore(filmed.save(tmp_path / "a.neurofm"))
    names: dict[str, nf.Session] = {}
    exec(compile(filmed.script(), "script", "exec"), names)
    assert shown_at(again) == shown_at(names["session"]) == shown_at(filmed)
    again.share_clock("box", "reaches", zero=1.0)  # the other way round, and after it was kept
    assert again.sources["cam"].times[0] == again.sources["box"].times[0] == 1.0
    filmed.undo(), filmed.undo()
    assert shown_at(filmed) == slow
    filmed.undo()
    assert shown_at(filmed)[0] == [0.0, 0.033333]


def test_poses_alone_get_times_but_those_of_a_video_follow_it(filmed: nf.Session) -> None:
    with pytest.raises(ValueError, match="frames of 'box' are those of 'cam'; time that, and it follows"):
        filmed.time_frames("box", rate=15.0)
    filmed.close("cam")
    filmed.time_frames("box", rate=15.0)
    assert filmed.sources["box"].times[1] == pytest.approx(1 / 15)
    filmed.share_clock("box", "reaches", zero=2.0)
    assert filmed.sources["box"].clock == "reaches"


def test_another_camera_keeps_its_own_times(filmed: nf.Session, tmp_path: Path) -> None:
    filmed.open(write(videos.numbered(COUNT), tmp_path / "side.mp4"))
    filmed.share_clock("side", "cam")
    filmed.time_frames("cam", rate=15.0)
    assert filmed.sources["side"].times[1] == pytest.approx(1 / 30)
    filmed.share_clock("cam", "reaches", zero=1.0)  # but is where it was beside it
    assert filmed.sources["side"].times[0] == 1.0
