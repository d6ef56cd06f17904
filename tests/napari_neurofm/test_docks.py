"""What napari asks us for, where something is not installed."""

from __future__ import annotations

import sys

import pytest

from napari_neurofm import docks
from neurofm.errors import NeuroFMError


def test_a_window_that_lacks_something_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "napari_neurofm.qt.desk", None)
    with pytest.raises(NeuroFMError, match=r"^the window needs .*pip install \"napari-neurofm\[all\]\"$"):
        docks.open_app()
