from types import SimpleNamespace

import h5py
import numpy as np
import pytest

from neurofm.errors import DataError
from neurofm.io import _trial, read


@pytest.fixture
def file(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as written:
        written["x"] = np.arange(5)
    _trial._survives.cache_clear()
    return tmp_path / "a.h5"


def test_a_file_that_crashes_the_library_is_told(file, monkeypatch):
    monkeypatch.setattr(_trial, "LOOK", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    with pytest.raises(DataError, match=r"a\.h5: is damaged so badly"):
        read(file)


def test_a_file_that_hangs_the_library_is_told(file, monkeypatch):
    monkeypatch.setattr(_trial, "LOOK", "while True: pass")
    monkeypatch.setattr(_trial, "PATIENCE", 0.5)
    with pytest.raises(DataError, match="is damaged so badly"):
        read(file)


def test_a_whole_file_passes_and_other_formats_are_not_looked_at(file, tmp_path, monkeypatch):
    _trial.survive(file)
    (tmp_path / "b.mat").write_bytes(b"nothing of ours")
    monkeypatch.setattr(_trial, "LOOK", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    _trial.survive(tmp_path / "b.mat")
    _trial.survive(file)  # unchanged since: not looked at again


@pytest.mark.parametrize(("code", "survived"), [(0, True), (1, True), (-11, False), (0xC0000005, False)])
def test_a_crash_is_told_from_its_exit_code_on_every_system(file, monkeypatch, code, survived):
    monkeypatch.setattr(_trial.subprocess, "run", lambda *_, **__: SimpleNamespace(returncode=code))
    assert _trial._survives(str(file), 1, 1) is survived
