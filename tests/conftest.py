"""What tests share: where the real recordings lie."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest


def _shared_data(name: str) -> Path:
    home = Path(os.environ.get("NEUROFM_DATA", Path(__file__).parents[2] / "shared" / "data"))
    folder = home / name
    if not folder.exists():
        pytest.skip(f"no real data '{name}' in {home}; set NEUROFM_DATA to the folder that holds it")
    return folder


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """`shared_data("rat_ca1_linear_track")` gives that folder of real recordings, or skips the test."""
    return _shared_data
