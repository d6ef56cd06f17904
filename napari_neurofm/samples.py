"""Samples in napari's File menu: simulated, made in a moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

FRAMES = 300  # of the film
SIZE = (32, 160, 384)  # voxels of the phantom


def demo() -> list[Any]:
    """Two animals that fetch rewards in an arena, with units whose tuning is known."""
    from neurofm.synthetic.demo import demo as make

    return _added(make())


def mice() -> list[Any]:
    """A video of three mice that chase and huddle, and the poses that it shows; the video is kept in the cache."""
    return _made(_filmed, "Filming three mice")


def brain() -> list[Any]:
    """An X-ray phantom of four areas with its cells, vessels and bundles of axons as labels."""
    return _made(_scanned, "Making an X-ray phantom")


def connections() -> list[Any]:
    """A graph of five communities whose nodes seek each other, with features that tell little of them."""
    return _made(_connected, "Making a graph")


def clones() -> list[Any]:
    """Two animals of a hundred units, sixty of which are tuned as one of the other's: see which are found."""
    return _made(_cloned, "Making two animals")


def real_slice() -> list[Any]:
    """A slice of a mouse brain in X-rays with its areas, from the folder that NEUROFM_DATA names.

    Raises
    ------
    DataError
        If it is not there.
    """
    return _made(_sliced, "Reading an X-ray slice")


def _made(make: Callable[[], list[Any]], words: str) -> list[Any]:
    """Layers of what takes seconds to make; where there is a window it is made beside that, which adds it then."""
    from napari_neurofm.docks import desk, has_window

    if not has_window():
        return _added(make())
    here = desk()

    def show(sources: Sequence[Any]) -> None:
        for source in sources:
            here.session.add(source)
        here.arrange()

    here.later(make, words, show)
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


def _scanned() -> list[Any]:
    from neurofm.synthetic.phantoms import Plan, phantom

    return [phantom(Plan(shape=SIZE, seed=1)).loaded()]


def _connected() -> list[Any]:
    from neurofm.synthetic.graphs import Ranges, community

    return [community(1, ranges=Ranges(classes=(5, 5), homophily=(0.8, 0.8)))]


def _cloned() -> list[Any]:
    from neurofm.synthetic.clones import pair

    return list(pair(seed=1))


def _sliced() -> list[Any]:
    import os
    from pathlib import Path

    from neurofm.errors import DataError
    from neurofm.io import read

    folder = Path(os.environ.get("NEUROFM_DATA", "")).expanduser()
    files = sorted((folder / "xray_slice").glob("*.npz"))
    if not files:
        remedy = "name the folder that has xray_slice by NEUROFM_DATA, or open the file itself"
        raise DataError(folder, "xray_slice", f"has no slice; {remedy}")
    return [read(files[0])]


def _added(sources: Sequence[Any]) -> list[Any]:
    """Layers of what was made, which is open by then where there is a window."""
    from napari_neurofm.docks import desk, has_window
    from neurofm.app.pictures.layers import layers

    if has_window():
        return desk().add_here(sources)
    return [layer for source in sources for layer in layers(source)]
