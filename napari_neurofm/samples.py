"""Samples in napari's File menu: simulated, made in a moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

FRAMES = 300  # of the film


def demo() -> list[Any]:
    """Two animals that fetch rewards in an arena, with units whose tuning is known."""
    from neurofm.synthetic.demo import demo as make

    return _added(make())


def mice() -> list[Any]:
    """A video of three mice that chase and huddle, and the poses that it shows; the video is kept in the cache.

    Where there is a window it is filmed beside that, which adds both once they are there.
    """
    from napari_neurofm.docks import desk, has_window

    if not has_window():
        return _added(_filmed())
    here = desk()

    def show(sources: Sequence[Any]) -> None:
        for source in sources:
            here.session.add(source)
        here.arrange()

    here.later(_filmed, "Filming three mice", show)
    return [(None,)]


def _filmed() -> list[Any]:
    import numpy as np

    from neurofm.io import read, write
    from neurofm.io._copies import cache_folder
    from neurofm.synthetic.filmed import filmed
    from neurofm.synthetic.triplets import triplets

    tracks = triplets(1, np.random.default_rng(5), frames=FRAMES, session="mice")
    path = cache_folder("samples") / f"mice {FRAMES}.mp4"
    video: Any = read(path if path.exists() else write(filmed(tracks), path))
    return [video, tracks.timed(video.times, clock=video.clock)]


def _added(sources: Sequence[Any]) -> list[Any]:
    """Layers of what was made, which is open by then where there is a window."""
    from napari_neurofm.docks import desk, has_window
    from neurofm.app.pictures.layers import layers

    if has_window():
        return desk().add_here(sources)
    return [layer for source in sources for layer in layers(source)]
