"""A window that says when it is drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.gui
@pytest.mark.slow
@pytest.mark.parametrize("what", ["napari", "demo"])
def test_it_tells_its_process_once_it_is_drawn(what: str, measure: Callable[..., dict[str, Any]]) -> None:
    assert measure("start", what).keys() == {"pid"}
