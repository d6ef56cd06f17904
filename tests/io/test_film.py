"""Times of a video that its own file does not say, kept in a small file of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import neurofm as nf
from neurofm import io
from neurofm.errors import DataError
from neurofm.io import _frames
from neurofm.synthetic import videos


def test_times_clock_and_pictures_are_read_back(golden: Any) -> None:
    video = io.read(golden.film())
    assert (video.session, video.clock) == ("numbered", "rat")
    np.testing.assert_allclose(video.times, 100 + np.arange(12) / 30)
    assert [videos.number(video.frames[k]) for k in (11, 0)] == [11, 0]


def test_a_video_with_other_times_is_kept_with_a_session(golden: Any, tmp_path: Path) -> None:
    session = nf.Session([golden.video()])
    timed = session.sources["numbered"].timed(5 + np.arange(12.0))
    session = nf.Session([timed])
    again = nf.Session.restore(session.save(tmp_path / "a.neurofm")).sources["numbered"]
    np.testing.assert_allclose(again.times, timed.times)
    assert again.clock == timed.clock
    assert videos.number(again.frames[7]) == 7


def test_a_video_that_is_gone_or_has_become_another_is_told(golden: Any, tmp_path: Path) -> None:
    path = golden.film()
    io.write(videos.numbered(9), tmp_path / "of" / "numbered.mp4")
    with pytest.raises(DataError, match=r"times: has 12 times, but numbered\.mp4 has 9 frames by now"):
        io.read(path)
    (tmp_path / "of" / "numbered.mp4").unlink()
    with pytest.raises(DataError, match=r"numbered\.mp4: cannot be opened"):
        io.read(path)


def test_pictures_that_are_in_no_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"are in no file; write them as \.mp4 first"):
        io.write(videos.numbered(3), tmp_path / "a.film")
    assert list(tmp_path.iterdir()) == []


def test_its_file_names_nothing_but_times(golden: Any) -> None:
    assert golden.film().stat().st_size < 4000
    assert isinstance(io.read(golden.film()).frames, _frames.Film)
