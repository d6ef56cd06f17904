"""How long a window could not answer."""

from __future__ import annotations

import time
from typing import Any

import pytest

from napari_neurofm.bench.stall import Stalls


@pytest.mark.parametrize("nap", [0.05, 0.15])
def test_a_blocked_window_is_a_gap_as_long(nap: float, qtbot: Any) -> None:
    stalls = Stalls()
    stalls.start()
    qtbot.wait(50)
    time.sleep(nap)
    figures = stalls.stop()
    assert figures["longest_ms"] >= 1e3 * nap
    assert figures["work_ms"] < 1e3 * nap  # it slept, and computed nothing
    assert figures["p999_ms"] <= figures["longest_ms"]
    assert figures["n"] > 1
