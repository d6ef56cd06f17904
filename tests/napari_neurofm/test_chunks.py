"""How many chunks of a volume are asked for by who looks at it: those under the picture, of one plane, and no more.

Napari cuts what is in sight out of all planes before it takes one of them, and a plain array of zarr reads all that
(https://github.com/napari/napari/issues/9515).
"""

from __future__ import annotations

import threading
from itertools import product

import numpy as np
import pytest
from napari.components import ViewerModel

from neurofm.app.pictures.layers import layers
from neurofm.app.pictures.scene import Image, Viewport
from neurofm.app.session import Session
from neurofm.app.views import _planes, slices
from neurofm.data.volume import Pyramid, Volume
from neurofm.io._voxels import Lazy

SHAPE, CHUNK = (1024, 4096, 4096), 64
CANVAS = (600, 800)  # pixels


class Counted(Lazy):
    """Voxels that note which chunks are asked for."""

    def __init__(self, number, asked):
        super().__init__([n >> number for n in SHAPE], np.uint8, (CHUNK,) * 3)
        self.number, self.asked = number, asked

    def region(self, spans):
        touched = (range(low // CHUNK, (high - 1) // CHUNK + 1) for low, high in spans)
        self.asked.update((self.number, *chunk) for chunk in product(*touched))
        return np.full([high - low for low, high in spans], 7, np.uint8)


@pytest.fixture
def asked():
    return set()


@pytest.fixture
def brain(asked):
    spacing = np.array([[2.0**k] * 3 for k in range(5)])
    return Volume(session="brain", image=Pyramid(tuple(Counted(k, asked) for k in range(5)), spacing))


def few(height, width):
    """Chunks under a picture that begins anywhere."""
    return (height // CHUNK + 2) * (width // CHUNK + 2)


def test_napari_asks_for_the_plane_in_sight(brain, asked):
    ((scales, options, _),) = layers(brain)
    viewer = ViewerModel()
    layer = viewer.add_image(scales, **options)
    coarse = {chunk for chunk in asked if chunk[0] == 4}
    assert asked == coarse  # nothing else is asked for to open it
    assert len(coarse) <= 2 * few(256, 256)  # of its first plane, and of the one in the middle

    def look(low):
        corners = np.array([low, np.add(low, CANVAS)])
        layer._update_draw(scale_factor=1.0, corner_pixels_displayed=corners, shape_threshold=CANVAS)
        return layer.corner_pixels[:, 1:]

    seen = []
    for do in (
        lambda: look((1000, 1000)), lambda: look((1100, 1030)), lambda: viewer.dims.set_current_step(0, 100),
    ):  # fmt: skip
        asked.clear()
        do()
        fine = {chunk for chunk in asked if chunk[0] == 0}
        assert 0 < len(fine) <= few(*np.diff(layer.corner_pixels[:, 1:], axis=0)[0])
        assert len({z for _, z, _, _ in fine}) == 1
        assert {chunk[0] for chunk in asked} <= {0, 4}
        assert len(asked) - len(fine) <= few(256, 256)  # its thumbnail
        seen.append(fine)
    assert seen[0] & seen[1]
    assert seen[1] & seen[2] == set()  # another plane


@pytest.mark.parametrize("edge", [300.0, 3000.0])
def test_slices_asks_for_the_plane_in_sight(brain, asked, edge):
    session = Session(brain)
    late, read = _planes.of(session, brain.image), threading.Event()
    late.ready.connect(lambda key: read.set())
    height, width = CANVAS
    viewport = Viewport(x=(1000.0, 1000.0 + edge), y=(1000.0, 1000.0 + edge), width=width, height=height)
    level = brain.image.level(edge / height)
    for depth in (10.0, 80.0):
        asked.clear()
        slices.scene(slices.State(depth=depth), session, viewport)
        while late._reading:
            read.wait(0.05)
        scene = slices.scene(slices.State(depth=depth), session, viewport)
        assert any(isinstance(mark, Image) for mark in scene.marks)
        fine = {chunk for chunk in asked if chunk[0] == level}
        assert 0 < len(fine) <= few(int(edge) >> level, int(edge) >> level)
        assert len({z for _, z, _, _ in fine}) == 1
        assert len(asked - fine) <= few(256, 256)  # of the coarsest level, which stands in until the plane is read
        assert {chunk[0] for chunk in asked} <= {level, 4}
