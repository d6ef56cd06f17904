"""The one time moves from frame to frame, and over what is picked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import neurofm as nf
from neurofm.app.play import picked, play, step
from neurofm.data import Recording
from neurofm.data.ids import pack
from neurofm.synthetic import videos

TIMES = 5 + videos.irregular(30)


@pytest.fixture
def session() -> nf.Session:
    return nf.Session([videos.numbered(30, times=TIMES)])


def seen(session: nf.Session, tick: float, count: int) -> list[int]:
    """Frames that are shown while playing."""
    frames = []
    for _ in range(count):
        play(session, tick)
        frames.append(int(session.sources["numbered"].at(session.time)))
    return frames


def test_frames_are_stepped_by_their_times(session: nf.Session) -> None:
    for k in range(1, 30):
        step(session, frames=1)
        assert session.time == TIMES[k]
    step(session, frames=1)
    assert session.time == TIMES[29]
    for k in range(28, -1, -1):
        step(session, frames=-1)
        assert session.time == TIMES[k]


def test_from_between_two_frames_the_next_is_the_next(session: nf.Session) -> None:
    wide = int(np.diff(TIMES).argmax())
    session.time = TIMES[wide] + 0.4 * np.diff(TIMES)[wide]
    step(session, frames=1)
    assert session.time == TIMES[wide + 1]


def test_without_frames_a_step_has_its_seconds(reaches: Recording) -> None:
    session = nf.Session([reaches])
    step(session, frames=3, frame=0.5)
    assert session.time == 1.5
    step(session, seconds=1e9)
    assert session.time == 22.0


@pytest.mark.parametrize("tick", [0.003, 0.033, 0.2])
def test_playing_loops_over_exactly_the_frames_that_are_picked(session: nf.Session, tick: float) -> None:
    wanted = [3, 4, 5, 12, 20, 21]
    session.selection.pick("frame", pack(session.number("numbered"), wanted))
    frames = seen(session, tick, 600)
    assert set(frames) <= set(wanted)
    if tick < 0.01:
        assert set(frames) == set(wanted)
    turns = np.diff([wanted.index(k) for k in frames])
    assert (turns < 0).sum() > 2


@pytest.mark.parametrize(("camera", "wanted"), [("a", [3, 4, 5]), ("b", [20, 21])])
def test_of_two_cameras_exactly_the_frames_of_the_one_that_was_picked_in_are_looped(
    camera: str, wanted: list[int]
) -> None:
    a, b = (replace(videos.numbered(60, rate=rate), session=name, clock="lab") for name, rate in (("a", 30), ("b", 50)))
    session = nf.Session([a, b])
    session.selection.pick("frame", pack(session.number(camera), wanted))
    assert len(session.selection.picked("frame")) > len(wanted)
    shown = set()
    for _ in range(200):
        play(session, 0.004)
        shown.add(int(session.sources[camera].at(session.time)))
    assert shown == set(wanted)


def test_a_step_is_one_of_the_quickest_camera_that_runs_then() -> None:
    times = {"slow": np.arange(20) / 10, "quick": 1 + videos.irregular(40) / 4}
    session = nf.Session([replace(videos.numbered(len(t), times=t), session=n, clock="lab") for n, t in times.items()])
    step(session, frames=1)
    assert session.time == 0.1
    session.time = 1.0
    for k in (1, 2, 3):
        step(session, frames=1)
        assert session.time == times["quick"][k]


def test_playing_goes_on_to_the_end_where_nothing_is_picked(session: nf.Session) -> None:
    assert seen(session, 0.1, 60)[-2:] == [29, 29]


def test_picked_trials_are_looped_where_there_are_no_frames(reaches: Recording) -> None:
    session = nf.Session([reaches])
    session.selection.pick("trial", [2, 5])
    trials = reaches.trials[["start", "stop"]].to_numpy()[[2, 5]]
    np.testing.assert_allclose(picked(session), trials)
    for _ in range(50):
        play(session, 0.1)
        assert ((trials[:, 0] <= session.time) & (session.time < trials[:, 1])).any()


def test_nothing_that_has_a_time_moves_nothing() -> None:
    session = nf.Session()
    step(session, 1.0)
    play(session, 1.0)
    assert session.time_or_none is None


def test_a_single_frame_that_was_clicked_on_does_not_hold_the_time(session: nf.Session) -> None:
    session.selection.pick("frame", pack(session.number("numbered"), [4]))
    assert not len(picked(session))
    assert seen(session, 0.1, 60)[-1] == 29
