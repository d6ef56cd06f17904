"""The raster, redrawn and timed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.gui
def test_each_redraw_has_its_time(measure: Callable[..., dict[str, Any]]) -> None:
    answer = measure("drawing", 4000, 0, 3)
    assert len(answer["ms"]) == 3
    assert min(answer["ms"]) > 0
    assert 0 < answer["height"] < answer["width"] <= 1200
