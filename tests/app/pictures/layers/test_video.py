"""A video on napari's canvas: positions of the slider are frames, looked up by their times."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from neurofm.app.pictures.layers import layers
from neurofm.app.pictures.layers.video import Reel
from neurofm.io import read, write
from neurofm.synthetic import videos

COUNT = 50
ROUNDED = np.round(np.arange(COUNT) / 30, 3)  # as Matroska keeps them


@pytest.mark.parametrize("times", [np.arange(COUNT) / 30, 7 + ROUNDED], ids=["exact", "rounded"])
def test_positions_of_a_steady_video_are_its_frames(times: np.ndarray) -> None:
    ((reel, options, kind),) = layers(videos.numbered(COUNT, times=times))
    assert (kind, options["rgb"], reel.shape) == ("image", True, (COUNT, 96, 128, 3))
    assert options["translate"][0] == times[0]
    assert [videos.number(reel[k]) for k in (0, 49, 48, 13)] == [0, 49, 48, 13]


@pytest.mark.parametrize("times", [np.arange(COUNT) / 30, 7 + ROUNDED, 3 + videos.irregular(COUNT)])
def test_slider_and_time_agree_on_the_frame(times: np.ndarray) -> None:
    video = videos.numbered(COUNT, times=times)
    reel = Reel(video)
    position = np.floor((times - times[0]) / reel.dt + 0.5).astype(int)
    np.testing.assert_array_equal(reel.frame(position), np.arange(COUNT))  # where the slider is put by the time
    np.testing.assert_array_equal(video.at(times[0] + position * reel.dt), np.arange(COUNT))  # and what it says then
    every = np.arange(len(reel))
    assert (np.abs(reel.frame(every) - video.at(times[0] + every * reel.dt)) <= 1).all()


def test_a_grey_video_has_the_range_of_its_pixels() -> None:
    ((reel, options, _),) = layers(videos.numbered(3, grey=True, deep=True))
    assert (reel.ndim, options["contrast_limits"]) == (3, (0, 65535))


def test_only_who_draws_it_again_is_given_what_is_near(tmp_path: Path) -> None:
    video = read(write(videos.numbered(COUNT), tmp_path / "a.mp4"))
    reel, whole = Reel(video), (slice(None),) * 3
    reel[(0, *whole)]
    assert reel.ready is video.frames.ready
    assert videos.number(reel[(49, *whole)]) == 49
    video.frames._kept.clear()
    reel.live = True
    with video.frames._reading:
        assert not reel[(10, *whole)].any()  # nothing is there yet, and nobody waits
    assert videos.number(reel[10]) == 10
    assert videos.number(reel[(40, *whole)]) != 40
    assert [videos.number(one) for one in (reel[40], reel[39:41][1], reel[40, :, :100])] == [40, 40, 40]


def test_a_video_of_one_frame_has_one_position() -> None:
    assert Reel(videos.numbered(1)).shape[0] == 1
    assert Reel(videos.numbered(1)).ready is None


def test_a_step_of_the_slider_costs_the_same_however_many_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    reel = Reel(videos.numbered(COUNT, times=videos.irregular(COUNT)))
    last = len(reel) - 1
    monkeypatch.setattr(np, "arange", lambda *sizes: pytest.fail("all positions were looked at"))
    shown = [reel[(np.int64(k), slice(None))] for k in (0, last, -1)]
    monkeypatch.undo()
    assert [videos.number(picture) for picture in shown] == [0, COUNT - 1, COUNT - 1]
