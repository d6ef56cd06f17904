"""Frames are read on from wherever the last one stopped, or from their key frame."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from neurofm.io import _frame_index
from neurofm.io._encode import Coding, encode
from neurofm.io._frame_reader import Reader
from neurofm.synthetic import videos


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    path = encode(tmp_path / "a.mp4", videos.numbered(60).frames, np.arange(60) / 30, Coding(group=20))
    return Reader(path, _frame_index.index(path))


def read(reader: Reader, number: int) -> list[int]:
    return [k for k, _ in reader.read(number)]


def test_it_goes_on_where_that_is_nearer_than_the_key_frame(reader: Reader) -> None:
    assert read(reader, 5) == [0, 1, 2, 3, 4, 5]
    assert read(reader, 8) == [6, 7, 8]
    assert read(reader, 22) == list(range(20, 23))
    assert read(reader, 21) == [20, 21]
    assert read(reader, 59) == list(range(40, 60))
    assert read(reader, 39) == list(range(20, 40))
    assert read(reader, 41) == [40, 41]


def test_what_nobody_reads_on_to_the_end_is_taken_up_again(reader: Reader) -> None:
    frames = reader.read(19)
    assert [next(frames)[0] for _ in range(4)] == [0, 1, 2, 3]
    frames.close()
    assert read(reader, 6) == [4, 5, 6]


def test_a_file_that_cannot_be_searched_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.h264", videos.numbered(30).frames, np.arange(30) / 30, Coding(group=10))
    assert read(Reader(path, _frame_index.index(path)), 25) == list(range(26))
