"""Samples in napari's File menu: simulated, made in a moment."""

from __future__ import annotations

from typing import Any


def demo() -> list[Any]:
    """Two animals that fetch rewards in an arena, with units whose tuning is known."""
    from napari_neurofm.docks import desk, has_window
    from neurofm.app.pictures.layers import layers
    from neurofm.synthetic.demo import demo as make

    recordings = make()
    if not has_window():
        return [layer for recording in recordings for layer in layers(recording)]
    return desk().add_here(recordings)
