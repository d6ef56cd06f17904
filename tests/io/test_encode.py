"""Pictures become files in which each is shown at its time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from neurofm.errors import DataError
from neurofm.io import read
from neurofm.io._encode import Coding, encode
from neurofm.synthetic import videos


def test_one_key_frame_in_as_many_as_asked(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp4", videos.numbered(50).frames, np.arange(50) / 30, Coding(group=20, between=0))
    assert read(path).frames.index.key.tolist() == [0, 20, 40]


def test_the_share_that_is_done_is_told(tmp_path: Path) -> None:
    told: list[float] = []
    encode(tmp_path / "a.mp4", videos.numbered(4).frames, np.arange(4) / 30, step=told.append)
    assert told == [0.25, 0.5, 0.75, 1.0]


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be written"):
        encode(tmp_path / "a.mp4", videos.numbered(4).frames, np.arange(4) / 30, Coding(codec="mpeg4"))
    with pytest.raises(DataError, match="cannot be written"):
        encode(tmp_path / "nowhere" / "a.mp4", videos.numbered(4).frames, np.arange(4) / 30)
    with pytest.raises(ValueError, match="longer"):
        encode(tmp_path / "a.mp4", videos.numbered(4).frames, np.arange(5) / 30)
    assert list(tmp_path.iterdir()) == []
