"""Volumes on napari's canvas: all scales, placed in micrometres; a coarse picture stands in until a plane is read."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from neurofm.app import colors
from neurofm.app.pictures.layers import layers
from neurofm.app.pictures.layers.volume import contrast
from neurofm.data.volume import Held, Pyramid, Volume

GREY = np.arange(8 * 12 * 16).reshape(8, 12, 16).astype(np.uint16)
COARSE = GREY[::4, ::4, ::4]


def brain():
    image = Pyramid((Held(GREY), Held(COARSE)), np.array([[2.0, 1.0, 0.5], [8.0, 4.0, 2.0]]), np.array([1.0, 2.0, 3.0]))
    labels = {"area": Pyramid((Held((GREY > 99).astype(np.uint8)),), np.array([2.0, 1.0, 0.5]), image.origin)}
    return Volume(session="brain", image=image, labels=labels, names={"area": {1: "cortex", 1 << 40: "striatum"}})


def test_image_and_labels_lie_where_they_are():
    (scales, options, kind), (numbers, more, other) = layers(brain())
    assert (kind, other) == ("image", "labels")
    assert options["scale"] == more["scale"] == (2.0, 1.0, 0.5)
    assert options["translate"] == (1.0, 2.0, 3.0)
    assert [level.shape for level in scales] == [GREY.shape, COARSE.shape]
    np.testing.assert_array_equal(np.asarray(scales[0]), GREY)
    np.testing.assert_array_equal(numbers[3, 2:5, 1], GREY[3, 2:5, 1] > 99)  # napari takes one level as it is
    assert more["multiscale"] is False
    assert dict(zip(more["features"]["index"], more["features"]["name"])) == {0: "", 1: "cortex", 1 << 40: "striatum"}
    shown = more["colormap"]  # as in Slices
    assert (shown[0][3], np.rint(255 * shown[1])[:3].tolist(), len(shown)) == (0.0, colors.OKABE_ITO[0].tolist(), 4)


@pytest.mark.parametrize(
    ("box", "then"),
    [
        (np.s_[:, 3:9:1, 4:12:1], np.s_[2:3, :, :]),  # as napari asks for a plane, and for one across y
        (np.s_[0:8:1, :, 4:12], np.s_[:, 5, :]),
        (np.s_[::-2, 2:], np.s_[-1, ::3]),
    ],
)
def test_only_what_is_cut_out_in_the_end_is_read(box, then):
    class Counted(Held):
        def __getitem__(self, box):
            read.append(super().__getitem__(box))
            return read[-1]

    read = []
    ((scales, _, _),) = layers(Volume(session="brain", image=Pyramid((Counted(GREY),), np.ones(3))))
    read.clear()
    np.testing.assert_array_equal(np.asarray(scales[0][box][then]), GREY[box][then])
    assert [picture.size for picture in read] == [GREY[box][then].size]


def test_more_than_fits_into_memory_is_told():
    vast = Held(GREY)
    vast.shape, vast.remote = (100_000, 100_000, 100_000), True
    ((scales, _, _),) = layers(Volume(session="brain", image=Pyramid((vast,), np.ones(3))))
    with pytest.raises(MemoryError, match="do not fit"):
        np.asarray(scales[0][:, 5:, :])


@pytest.mark.parametrize("box", [np.s_[5], np.s_[5, 3:9, 4:12], np.s_[5:6, 3:9, 4:12]])
def test_while_it_is_shown_a_coarse_picture_stands_in(box):
    ((scales, _, _), _) = layers(brain())
    scales.live = True
    there, ready = threading.Event(), []
    scales.ready.connect(lambda key: (ready.append(key), there.set() if len(ready) == 2 else None))
    first = np.asarray(scales[0][box])
    assert first.shape == GREY[box].shape
    assert there.wait(10)
    np.testing.assert_array_equal(scales[0][box], GREY[box])


def test_an_array_of_a_whole_level_is_what_it_holds_while_it_is_shown_too():
    ((scales, _, _), _) = layers(brain())
    scales.live = True
    np.testing.assert_array_equal(np.asarray(scales[0]), GREY)


def test_contrast_leaves_out_the_brightest():
    low, high = contrast(Pyramid((Held(GREY),), np.ones(3)))
    assert GREY[4].min() <= low < high <= GREY[4].max()
    assert contrast(Pyramid((Held(np.zeros((2, 9, 9), np.uint8)),), np.ones(3))) is None
