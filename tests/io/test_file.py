"""What is asked of a file before it is trusted."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from neurofm import io
from neurofm.errors import DataError
from neurofm.io._file import FACTOR, ROOM, check_file, check_size, head

HOLD = "import sys, h5py; file = h5py.File(sys.argv[1], 'r+'); print('open', flush=True); sys.stdin.read()"


def pipe(path):
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda path: None, "cannot be opened .*; check the name"),
        (lambda path: path.mkdir(), "is no regular file"),
        (pipe, "is no regular file"),
        (lambda path: path.touch(), "is empty"),
    ],
)
def test_what_is_no_file_with_something_in_it_is_refused(tmp_path, make, problem):
    make(tmp_path / "a")
    with pytest.raises(DataError, match=problem):
        check_file(tmp_path / "a")


def test_the_head_of_a_file_is_its_first_bytes(tmp_path):
    (tmp_path / "a").write_bytes(bytes(range(10)))
    check_file(tmp_path / "a")
    assert head(tmp_path / "a", 3) == b"\x00\x01\x02"
    assert head(tmp_path / "a", 99) == bytes(range(10))


@pytest.mark.parametrize("stored", [0, 1 << 10, 1 << 30])
def test_only_what_unpacks_to_far_more_than_is_stored_is_refused(tmp_path, stored):
    most = ROOM + FACTOR * stored
    check_size(tmp_path, "x", most, stored)
    with pytest.raises(DataError, match=f"x: claims {(most + 1) >> 20} MB but the file holds {stored >> 10} kB"):
        check_size(tmp_path, "x", most + 1, stored)


def test_a_locked_file_says_what_to_close(golden):
    path = golden.nwb()
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        other.stdout.readline()
        with pytest.raises(DataError, match=rf"is locked by .*\(process {other.pid}\); close it there, and"):
            io.read(path)
        other.stdin.close()


def test_windows_says_that_another_has_a_file(monkeypatch, tmp_path):
    path = tmp_path / "a.nwb"
    path.write_bytes(b"x")

    def refuse(*_):
        error = PermissionError(13, "The process cannot access the file because it is being used by another process")
        error.winerror = winerror
        raise error

    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr("neurofm.io._file.users", lambda path: ["MATLAB.exe (process 812)"])
    winerror = 32
    with pytest.raises(DataError, match=r"a\.nwb: is locked by MATLAB\.exe \(process 812\); close it there"):
        check_file(path)
    monkeypatch.setattr("neurofm.io._file.users", lambda path: [])
    with pytest.raises(DataError, match=r"is locked by another program; close what has it open \(MATLAB, a recording"):
        check_file(path)
    winerror = 5
    with pytest.raises(DataError, match="may not be read by you"):
        check_file(path)
