"""Numbered videos: every frame says which it is."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.synthetic import videos


@pytest.mark.parametrize("grey", [False, True])
@pytest.mark.parametrize("deep", [False, True])
def test_every_frame_says_its_number(grey: bool, deep: bool) -> None:
    video = videos.numbered(40_000, grey=grey, deep=deep)
    assert video.frames.shape == (40_000, 96, 128, *([] if grey else [3]))
    for k in (0, 1, 255, 256, 39_999):
        assert videos.number(video.frames[k]) == k
    assert video.frames[3].dtype == (np.uint16 if deep else np.uint8)


def test_grain_differs_from_frame_to_frame_and_not_from_call_to_call() -> None:
    frames = videos.numbered(3, rough=1.0, seed=1).frames
    np.testing.assert_array_equal(frames[1], frames[1])
    assert np.abs(frames[1].astype(int) - frames[2])[60:].mean() > 1


def test_irregular_times_rise_in_whole_milliseconds() -> None:
    times = videos.irregular(500, seed=3)
    assert times[0] == 0
    assert np.diff(times).min() >= 0.0099
    assert np.diff(times).max() > 5 * np.diff(times).min()
    np.testing.assert_allclose(times * 1000, np.rint(times * 1000))
