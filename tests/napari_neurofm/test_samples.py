"""Samples of napari's File menu."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from napari_neurofm import samples


def test_without_a_window_a_sample_is_layers(monkeypatch: Any) -> None:
    monkeypatch.setattr("napari_neurofm.docks.has_window", lambda: False)
    assert {kind for _, _, kind in samples.demo()} >= {"shapes", "points"}


def test_in_a_window_a_sample_is_opened_beside_it(monkeypatch: Any) -> None:
    done: list[str] = []
    monkeypatch.setattr("napari_neurofm.docks.has_window", lambda: True)
    monkeypatch.setattr(
        "napari_neurofm.docks.desk", lambda: SimpleNamespace(do=done.append, stand_in=lambda name: [name])
    )
    assert samples.mice() == ["Filming three mice"]
    assert done == ["open_mice"]


def test_there_are_no_others() -> None:
    with pytest.raises(AttributeError, match="samples are demo, clones"):
        _ = samples.cats
