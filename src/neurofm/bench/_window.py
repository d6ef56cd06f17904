"""A window in another process, since nothing here may import one: it is asked by lines and answers in JSON."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from types import TracebackType
from typing import Any

import psutil

from neurofm.errors import NeuroFMError
from neurofm.process import Tree

NO_DISPLAY = "there is neither a display nor xvfb-run; install xvfb to measure windows"


def command(module: str) -> list[str]:
    """What runs `module` with a display, a virtual one if need be; empty if there is none."""
    call = [sys.executable, "-m", module]
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return call
    xvfb = shutil.which("xvfb-run")
    return [xvfb, "-a", "-s", "-screen 0 1600x1000x24", *call] if xvfb else []


class Window:
    """A process with a window; ended with all its children when the block is left.

    Parameters
    ----------
    call : the command; its first answer comes when the window is there

    Attributes
    ----------
    first : that answer; `pid` in it is the window's own process
    """

    def __init__(self, call: list[str]) -> None:
        pipe = subprocess.PIPE
        self._process = Tree(call, stdin=pipe, stdout=pipe, stderr=pipe, text=True, encoding="utf-8")
        self.first = self._answer()

    def __enter__(self) -> Window:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            self._process.communicate(timeout=20)  # the end of its input asks it to close
        except subprocess.TimeoutExpired:
            self._process.end()
            self._process.communicate()

    def ask(self, line: str) -> dict[str, Any]:
        """Say `line` and give the answer."""
        if self._process.stdin is not None:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        return self._answer()

    def freeze(self) -> None:
        """Let it take no time at all, until `thaw`."""
        psutil.Process(self.first["pid"]).suspend()

    def thaw(self) -> None:
        """Go on after `freeze`."""
        psutil.Process(self.first["pid"]).resume()

    def _answer(self) -> dict[str, Any]:
        for line in self._process.stdout or ():
            if line.startswith("{"):  # not what libraries print
                return dict(json.loads(line))
        _, words = self._process.communicate()
        raise NeuroFMError(f"the window's process ended ({(words.strip().splitlines() or ['no words'])[-1]})")
