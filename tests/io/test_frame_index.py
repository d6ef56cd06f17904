"""Where frames are is looked up once, and told honestly where the file does not say."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from neurofm.io import _frame_index
from neurofm.io._encode import Coding, encode
from neurofm.synthetic import videos


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return encode(tmp_path / "a.mp4", videos.numbered(30).frames, videos.irregular(30), Coding(group=10))


def test_an_index_is_made_once_and_kept(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = _frame_index.index(path)
    monkeypatch.setattr(_frame_index, "_made", None)
    again = _frame_index.index(path)
    for name, value in vars(first).items():
        np.testing.assert_array_equal(getattr(again, name), value)
    np.testing.assert_allclose(again.times, videos.irregular(30))


def test_a_kept_index_that_is_torn_is_made_again(path: Path) -> None:
    _frame_index.index(path)
    folder = _frame_index.cache_folder("frames")
    for file in folder.glob("*.npz"):
        file.write_bytes(file.read_bytes()[:100])
    assert len(_frame_index.index(path).pts) == 30


def test_frames_belong_to_the_last_key_frame_shown_before_them() -> None:
    index = _frame_index.Index(
        pts=np.array([0, 5, 9, 20, 30]), unit=Fraction(1, 10), key=np.array([0, 3]), begin=np.zeros((2, 2), int),
        counted=False, codec="", size=(1, 1), format="gray", turned=0, notes=(),
    )  # fmt: skip
    assert [index.group(k) for k in range(5)] == [0, 0, 0, 1, 1]
    assert [index.number(pts) for pts in (0, 9, 10, 30, 31)] == [0, 2, -1, 4, -1]
    assert index.times.tolist() == [0, 0.5, 0.9, 2, 3]
