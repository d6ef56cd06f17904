"""What other systems do differently, as far as Linux can tell."""

import importlib
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from neurofm.process import _portable


class Memory:
    """A process as psutil shows it, with given figures."""

    def __init__(self, **figures):
        self.memory_info = lambda: SimpleNamespace(**figures)


@pytest.mark.parametrize(
    ("figures", "peak"),
    [({"rss": 1e6, "peak_wset": 7e6}, 7.0), ({"rss": 3e6}, 3.0)],
    ids=["Windows", "a system that does not tell"],
)
def test_the_peak_is_what_the_system_says(monkeypatch, figures, peak):
    monkeypatch.setattr(psutil, "Process", lambda: Memory(**figures))
    assert _portable.peak_mb() == peak


@pytest.mark.skipif(sys.platform == "win32", reason="macOS has it from POSIX")
def test_the_peak_on_macos_is_the_most_and_in_bytes(monkeypatch):
    import resource

    monkeypatch.setattr(psutil, "MACOS", True)
    monkeypatch.setattr(resource, "getrusage", lambda who: SimpleNamespace(ru_maxrss=5_000_000))
    assert _portable.peak_mb() == 5.0


def test_windows_has_classes_of_priority(monkeypatch):
    asked = []
    monkeypatch.setattr(psutil, "BELOW_NORMAL_PRIORITY_CLASS", 16384, raising=False)
    monkeypatch.setattr(psutil, "Process", lambda: SimpleNamespace(nice=lambda *value: asked.extend(value)))
    _portable.be_modest()
    assert asked == [16384]


def test_no_window_of_windows_opens_for_a_worker(monkeypatch):
    monkeypatch.setattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0x200, raising=False)
    monkeypatch.setattr(subprocess, "CREATE_NO_WINDOW", 0x8000000, raising=False)
    try:
        assert importlib.reload(_portable).FLAGS == 0x8000200
    finally:
        monkeypatch.undo()
        importlib.reload(_portable)


@pytest.mark.parametrize("busy", [2, 10**9], ids=["for a moment", "for good"])
def test_a_file_that_is_open_elsewhere_is_replaced_as_soon_as_it_can_be(tmp_path, monkeypatch, busy):
    tries = []

    def move(path, target):
        tries.append(target)
        if len(tries) <= busy:
            raise PermissionError(13, "The process cannot access the file")
        os.replace(path, target)
        return target

    monkeypatch.setattr(Path, "replace", move)
    monkeypatch.setattr(_portable, "PATIENCE", 0.2)
    (tmp_path / "new").write_text("new")
    if busy > 2:
        with pytest.raises(PermissionError):
            _portable.move(tmp_path / "new", tmp_path / "old")
    else:
        _portable.move(tmp_path / "new", tmp_path / "old")
    assert (tmp_path / "old").exists() == (busy == 2)


def test_a_process_by_hand_ends_with_the_shell_that_started_it(monkeypatch):
    followed = []
    monkeypatch.delenv(_portable.OWNER, raising=False)
    monkeypatch.setattr(_portable, "_follow", followed.append)
    _portable.end_with_parent()
    assert followed == [os.getppid()]


def test_where_the_owner_cannot_be_watched_a_process_goes_on(monkeypatch):
    def forbidden(pid):
        raise psutil.AccessDenied(pid)

    monkeypatch.setattr(psutil, "Process", forbidden)
    monkeypatch.setattr(_portable, "end_self", lambda: pytest.fail("it ended"))
    _portable._follow(1)
