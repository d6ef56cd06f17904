"""A window in another process is asked by lines."""

from __future__ import annotations

import sys

import pytest

from neurofm.bench import _window
from neurofm.errors import NeuroFMError

ECHO = """
import json, os, sys
sys.stdout.write("a library says hello\\n" + json.dumps({"pid": os.getpid()}) + "\\n")
sys.stdout.flush()
for line in sys.stdin:
    sys.stdout.write(json.dumps({"heard": line.strip()}) + "\\n")
    sys.stdout.flush()
"""


def test_a_window_is_asked_and_answers_also_after_it_was_frozen():
    with _window.Window([sys.executable, "-c", ECHO]) as window:
        assert set(window.first) == {"pid"}
        window.freeze()
        window.thaw()
        assert window.ask("rest") == {"heard": "rest"}


def test_a_window_that_does_not_open_is_told_in_one_sentence():
    with pytest.raises(NeuroFMError, match=r"the window's process ended \(no display\)"):
        _window.Window([sys.executable, "-c", "import sys; sys.exit('no display')"])


@pytest.mark.parametrize(
    ("display", "xvfb", "call"),
    [
        ({}, None, []),
        (
            {},
            "/bin/xvfb-run",
            ["/bin/xvfb-run", "-a", "-s", "-screen 0 1600x1000x24", sys.executable, "-m", "a.module"],
        ),
        ({"DISPLAY": ":1"}, "/bin/xvfb-run", [sys.executable, "-m", "a.module"]),
        ({"WAYLAND_DISPLAY": "w"}, None, [sys.executable, "-m", "a.module"]),
    ],
)
def test_a_virtual_display_stands_in_where_there_is_none(monkeypatch, display, xvfb, call):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in display.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("shutil.which", lambda name: xvfb)
    assert _window.command("a.module") == call
