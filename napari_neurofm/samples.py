"""Samples in napari's File menu, each under its name in `neurofm.app.samples`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def __getattr__(name: str) -> Callable[[], list[Any]]:
    """What opens a sample; layers of it where there is no window of ours that shows them."""
    from neurofm.app.samples import BY_NAME

    if name not in BY_NAME:
        raise AttributeError(f"module '{__name__}' has no '{name}'; samples are {', '.join(BY_NAME)}")
    sample = BY_NAME[name]

    def layers() -> list[Any]:
        from napari_neurofm.docks import desk, has_window
        from neurofm.app.pictures.layers import layers as layers_of

        if not has_window():
            return [layer for source in sample.make() for layer in layers_of(source)]
        here = desk()
        here.do(sample.command())
        return here.stand_in(sample.making)

    layers.__name__ = name
    return layers
