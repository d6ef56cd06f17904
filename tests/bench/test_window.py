"""A window in another process."""

from __future__ import annotations

import importlib.util
import sys
from typing import Any

import pytest

from neurofm.bench import _window, explorer, jobs, raster, startup
from neurofm.errors import NeuroFMError

PROGRAMS = [explorer.WINDOW, explorer.PAGE, jobs.WINDOW, raster.WINDOW, startup.WINDOW]
ECHO = """
import os, sys
print("a library says hello")
print('{"pid": %d}' % os.getpid(), flush=True)
for line in sys.stdin:
    print('{"said": "%s"}' % line.strip(), flush=True)
"""


@pytest.mark.parametrize("module", PROGRAMS)
def test_the_programs_that_measure_are_there(module: str) -> None:
    assert importlib.util.find_spec(module) is not None


@pytest.mark.parametrize(
    ("display", "xvfb", "first"),
    [(":0", None, sys.executable), ("", "/bin/xvfb-run", "/bin/xvfb-run"), ("", None, None)],
)
def test_a_display_is_borrowed_or_there_is_none(display: str, xvfb: Any, first: Any, monkeypatch: Any) -> None:
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.setattr("shutil.which", lambda name: xvfb)
    call = _window.command("a.module")
    assert call[0] == first if first else call == []
    assert call[-2:] == (["-m", "a.module"] if first else [])


def test_a_window_answers_line_by_line() -> None:
    with _window.Window([sys.executable, "-c", ECHO]) as window:
        assert set(window.first) == {"pid"}
        assert window.ask("rest") == {"said": "rest"}
        window.freeze()
        window.thaw()
        assert window.ask("pan") == {"said": "pan"}


def test_a_window_that_ends_says_its_last_words() -> None:
    with pytest.raises(NeuroFMError, match="no room"):
        _window.Window([sys.executable, "-c", "raise SystemExit('no room')"])
