"""Chunks are read with what is around them, one or two at once; what cannot be read does not hold up the others."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from neurofm.data.volume import Held
from neurofm.io import _label_store
from neurofm.training import tiles
from neurofm.training.chunks import Order, Outcome, Work, black, read
from neurofm.training.way import Way

pytest.importorskip("tensorstore")

SHAPE, CORE = (16, 24, 32), (8, 8, 16)


class Broken(Held):
    """As a store of chunks, which gives zeros for what it cannot read, and says so."""

    def __init__(self, array):
        super().__init__(array)
        self.bad: dict[str, str] = {}

    def __getitem__(self, box):
        if box[0].start == 0 and box[2].stop == SHAPE[2]:
            self.bad["z 0 to 8"] = "unexpected end"
        return super().__getitem__(box)


def work(folder, batch: int, voxels=Held) -> Work:
    torch.manual_seed(0)
    net = nn.Conv3d(1, 3, 3, padding=1).eval()
    image = np.random.default_rng(0).normal(size=SHAPE).astype(np.float32)
    place = folder / "labels.zarr"
    about = {"label": "structure", "names": {1: "a", 2: "b"}, "spacing": np.ones(3), "origin": np.zeros(3)}
    _label_store.create(place, SHAPE, **about)
    box = tuple((0, n) for n in SHAPE)
    order = Order(place, tiles.reach(net), Way(CORE, "float32", "", batch), (0, 1, 2), box, False)
    return Work(net, voxels(image), order)


@pytest.mark.parametrize("batch", [1, 2])
def test_each_chunk_equals_one_pass(tmp_path, batch):
    at = work(tmp_path, batch)
    boxes = tiles.cut(at.order.box, CORE)
    assert list(at.each(boxes)) == [(box, Outcome()) for box in boxes]
    whole = tiles.whole(at.net, at.voxels.array, at.order.measure).argmax(0)
    np.testing.assert_array_equal(_label_store.LabelStore(at.order.out)[:, :, :], whole)


@pytest.mark.parametrize("batch", [1, 2])
def test_a_chunk_that_cannot_be_read_is_not_taken_for_black(tmp_path, batch):
    at = work(tmp_path, batch, Broken)
    came = dict(at.each(tiles.cut(at.order.box, CORE)))
    bad = {box for box, outcome in came.items() if outcome.why}
    assert {outcome.why for outcome in came.values()} == {"", "the image cannot be read at z 0 to 8 (unexpected end)"}
    assert bad == {box for box in came if box[0][0] == 0 and box[2][1] == SHAPE[2]}
    assert at.one(min(bad)).why
    assert not at.one(max(came)).why
    with pytest.raises(OSError, match="unexpected end"):
        read(at.voxels, ((0, 8), (0, 8), (0, SHAPE[2])))


def test_chunks_of_the_image_that_hold_nothing_are_counted_once():
    image = np.ones((8, 24, 40), np.uint8)
    image[:, 8:16, 16:32] = image[:, 16:, 32:] = 0  # two chunks of 8 x 8 x 16, the second cut by the end
    boxes = tiles.cut(tuple((0, n) for n in image.shape), (8, 12, 20))
    assert sum(black(image[tiles.slices(box)], box, (8, 8, 16)) for box in boxes) == 2
    assert black(image, ((0, 8), (0, 24), (0, 40)), (8, 8, 16)) == 2
