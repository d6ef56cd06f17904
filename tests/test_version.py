"""The version is said in one place."""

from __future__ import annotations

import neurofm
from neurofm.training.settings import versions
from neurofm.version import VERSION


def test_the_package_and_a_run_say_the_same() -> None:
    assert neurofm.__version__ == VERSION == versions()["neurofm"]
