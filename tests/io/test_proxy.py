"""The small copy of a video: the same frames, each decoded by itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from neurofm.io import _frame_index, _proxy
from neurofm.io._encode import Coding, encode
from neurofm.io._frames import Film
from neurofm.synthetic import videos

COUNT = 40


@pytest.fixture
def path(tmp_path: Path) -> Path:
    frames = videos.numbered(COUNT, size=(600, 800)).frames
    return encode(tmp_path / "a.mp4", frames, videos.irregular(COUNT), Coding(group=250, turned=90))


def test_a_copy_has_the_same_frames_smaller_each_by_itself(path: Path) -> None:
    copy = _frame_index.index(_proxy.make(path))
    assert copy.size == (480, 360)  # as it is stored, on its side
    assert copy.key.tolist() == list(range(COUNT))
    np.testing.assert_allclose(copy.times, videos.irregular(COUNT), atol=1e-4)
    assert _proxy.wanted(_frame_index.index(path))
    assert not _proxy.wanted(copy)


def test_leafing_shows_the_frame_itself_in_full_size(path: Path) -> None:
    _proxy.make(path)
    film = Film(path, _frame_index.index(path))
    for k in (0, 39, 38, 17):
        number, picture = film.at_once(k)
        assert number == k
        assert picture.shape == (600, 800, 3)
        grey = picture[:16, :64, 0].astype(float).reshape(2, 8, 8, 8).mean((1, 3)).ravel()
        assert int(((grey > 128) << np.arange(16)).sum()) == k
    assert film.nbytes == 0


@pytest.mark.parametrize("group", [10, 250])
def test_every_frame_of_it_is_of_its_own_number(tmp_path: Path, group: int) -> None:
    pictures = [np.full((64, 64, 3), 20 + 5 * k, np.uint8) for k in range(COUNT)]
    path = encode(tmp_path / "a.mp4", pictures, np.arange(COUNT) / 30, Coding(group=group))
    assert (len(_frame_index.index(path).key) > 1) == (group < COUNT)
    _proxy.make(path)
    film = Film(path, _frame_index.index(path))
    shown = [float(film.at_once(k)[1].mean()) for k in range(COUNT)]
    np.testing.assert_allclose(shown, 20 + 5 * np.arange(COUNT), atol=4)


def test_where_its_frames_are_is_known_once_it_is_made(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = Film(path, _frame_index.index(path))
    _proxy.make(path)
    monkeypatch.setattr(_frame_index, "_made", lambda path: pytest.fail("looked through while a user waits"))
    film.look()
    assert film.at_once(3)[0] == 3
    assert film.nbytes == 0  # it was the copy


def test_it_is_made_once_and_anew_for_a_file_that_changed(path: Path) -> None:
    told: list[float] = []
    first = _proxy.make(path, told.append)
    assert told[-1] == 1.0
    assert _proxy.make(path, told.append) == first
    assert len(told) == COUNT
    encode(path, videos.numbered(20).frames, np.arange(20) / 30)
    assert _proxy.make(path) != first
