"""Videos as a source: times of frames, which frame it is at a time, and what is told of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurofm.data.source import Source, when
from neurofm.data.video import FRAME, Video
from neurofm.synthetic import videos


def test_a_video_is_a_source_of_frames() -> None:
    video = videos.numbered(30, rate=10.0)
    assert isinstance(video, Source)
    assert list(video.spaces()) == [FRAME]
    assert video.size == (96, 128)
    np.testing.assert_allclose(when(video, FRAME, np.array([0, 29])), [0, 2.9])
    np.testing.assert_allclose(video.domain, [[0, 3.0]])
    assert video.summary()["frames"] == 30
    assert "30" in repr(video)


@pytest.mark.parametrize("times", [np.arange(200) / 30, videos.irregular(200)], ids=["steady", "irregular"])
def test_the_frame_at_a_time_is_looked_up(times: np.ndarray) -> None:
    video = videos.numbered(200, times=times)
    np.testing.assert_array_equal(video.at(times), np.arange(200))
    np.testing.assert_array_equal(video.at(times[1:] - 0.6 * video.dt), np.arange(199))
    grid = times[0] + video.dt * np.rint((times - times[0]) / video.dt)  # as sliders have them
    np.testing.assert_array_equal(video.at(grid), np.arange(200))
    assert video.at([-5.0, 1e6]).tolist() == [0, 199]


@pytest.mark.parametrize(
    ("times", "words"),
    [([0.0, 1.0], "3 frames, but 2 times"), ([0.0, 2.0, 1.0], "do not rise"), ([0.0, 1.0, np.nan], "do not rise")],
)
def test_times_that_cannot_be_are_refused(times: list[float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(videos.numbered(3), times=np.array(times))


@pytest.mark.parametrize(("count", "words"), [(7, "3 fewer"), (12, "2 more; .*first 10")])
def test_other_times_are_taken_for_every_frame_or_refused(count: int, words: str) -> None:
    video = videos.numbered(10)
    assert video.timed(5 + np.arange(10)).domain.tolist() == [[5.0, 15.0]]
    moved = video.timed(np.arange(10)).on_clock("rat", 2.5)
    assert (moved.clock, moved.times.tolist()) == ("rat", (2.5 + np.arange(10)).tolist())
    with pytest.raises(ValueError, match=words):
        video.timed(np.arange(count))


def test_its_clock_is_its_file_unless_said() -> None:
    video = replace(videos.numbered(3), clock="", paths=("/a/cam.mp4",))
    assert video.clock == "/a/cam.mp4"
    assert replace(video, session="other").clock == "/a/cam.mp4"
    assert Video(session="x", times=np.arange(3.0), frames=video.frames).clock == "x"


def test_missing_frames_are_told_and_a_camera_that_hesitates_is_not_blamed() -> None:
    kept = np.delete(np.arange(100), [40, 41, 70])
    (finding,) = videos.numbered(97, times=kept / 30).findings()
    assert "2 places, about 3" in str(finding)
    assert videos.numbered(100, times=videos.irregular(100)).findings() == ()
