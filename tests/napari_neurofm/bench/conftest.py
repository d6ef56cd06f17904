"""The measuring programs run small, as their benches run them large."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

Measure = Callable[..., dict[str, Any]]


@pytest.fixture
def measure() -> Measure:
    """The answer of a measuring program."""

    def run(module: str, *arguments: Any) -> dict[str, Any]:
        call = [sys.executable, "-m", f"napari_neurofm.bench.{module}", *map(str, arguments)]
        done = subprocess.run(call, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        line = next(line for line in done.stdout.splitlines() if line.startswith("{"))
        return dict(json.loads(line))

    return run
