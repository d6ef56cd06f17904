"""A video in the notebook: the picture that travels to the page is the frame of the one time."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from napari_neurofm.jupyter.plot import Plot
from neurofm.app.pictures.scene import Viewport
from neurofm.app.session import Session


def on_page(plot: Plot) -> np.ndarray:
    """The picture as the page unpacks it, the first row above."""
    from matplotlib.image import imread

    (image,) = (mark for mark in plot.picture["marks"] if mark["kind"] == "image")
    return np.rint(255 * imread(BytesIO(image["png"]), format="png")).astype(np.uint8)


@pytest.mark.real
def test_a_real_pair_agrees_in_the_notebook(shared_data: Callable[[str], Path]) -> None:
    folder = shared_data("flies")
    session = Session([folder / "demo-flies13-preds.mp4"])
    with h5py.File(folder / "demo-flies13-preds.slp") as file:
        points: Any = file["points"][:].reshape(1350, -1)
    (video,) = session.sources.values()
    plot = Plot("video", session)
    plot.viewport = Viewport(None, None, 1024, 1024)
    bright: dict[int, list[float]] = {-1: [], 0: [], 1: []}
    for k in (1348, 1347, 1346, 1, 2, 703, 702, 701, 405, 1100, 88):
        y, x = (np.rint(points[k][axis][np.isfinite(points[k]["x"])]).astype(int) for axis in "yx")
        for off, values in bright.items():
            exact = video.frames[k + off]  # which `ready` would bring, where a page waits
            session.time = video.times[k + off]
            plot.draw()
            np.testing.assert_array_equal(on_page(plot)[..., :3], exact)
            values.append(float(on_page(plot)[y, x, 0].mean()))
    before, now, after = (np.mean(values) for values in bright.values())
    assert now > max(before, after) + 2
