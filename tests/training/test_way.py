"""How chunks are computed is chosen from the machine, and said."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from neurofm.data.volume import Held
from neurofm.training import tiles, way

SHAPE = (40, 52, 37)
BOX = tuple((0, n) for n in SHAPE)
GIGA = 1 << 30


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv3d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv3d(8, 3, 3, padding=1)).eval()


@pytest.fixture(scope="module")
def voxels():
    return Held(np.random.default_rng(0).normal(size=SHAPE).astype(np.float32))


@pytest.mark.parametrize(
    ("gain", "agreed", "precision"), [(2.0, 0.999, "bfloat16"), (2.0, 0.9, "float32"), (1.0, 1.0, "float32")]
)
def test_fewer_digits_are_used_where_they_help_and_say_the_same(net, voxels, monkeypatch, gain, agreed, precision):
    monkeypatch.setattr(way, "_fast", lambda net: "bfloat16")
    monkeypatch.setattr(way, "_tried", lambda *_: (gain, agreed))
    chosen = way.choose(net, tiles.reach(net), voxels, BOX)
    assert chosen.precision == precision
    assert f"{gain:.1f} times as quick" in chosen.why


def test_what_is_asked_for_is_taken(net, voxels):
    chosen = way.choose(net, tiles.reach(net), voxels, BOX, precision="float32", core=(8, 16, 32))
    assert (chosen.core, chosen.precision) == ((8, 16, 32), "float32")
    assert "of 8 x 16 x 32 voxels in float32, as was asked for" in chosen.why


@pytest.mark.parametrize(
    ("free", "core"), [(64.0, (64, 128, 128)), (0.2, (64, 64, 64)), (0.02, (32, 32, 32)), (0.0, (32, 32, 32))]
)
def test_chunks_fit_into_what_is_free(net, free, core):
    box = ((0, 5000),) * 3
    assert way._core(net, tiles.reach(net), box, free * GIGA) == core


def test_chunks_of_single_planes_are_wide(net):
    flat = nn.Conv3d(1, 2, (1, 3, 3), padding=(0, 1, 1)).eval()
    assert way._core(flat, tiles.reach(flat), ((0, 1), (0, 5000), (0, 5000)), 64.0 * GIGA) == (8, 512, 512)


@pytest.mark.parametrize(("threads", "edge", "batch"), [(1, 40, 2), (1, 90, 2), (1, 150, 1), (2, 40, 1)])
def test_small_chunks_go_in_twos_where_torch_is_slow_with_one(net, threads, edge, batch):
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        image = Held(np.ones((edge, edge, 8), np.float32))
        box = tuple((0, n) for n in image.shape)
        core = (edge, edge, 8)
        assert way.choose(net, tiles.reach(net), image, box, precision="float32", core=core).batch == batch
    finally:
        torch.set_num_threads(before)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_takes_large_chunks_in_its_own_numbers(net):
    net = net.to("cuda")
    measure, box = tiles.reach(net), ((0, 300),) * 3
    image = np.random.default_rng(0).normal(size=(300,) * 3).astype(np.float32)
    chosen = way.choose(net, measure, Held(image), box)
    assert chosen.core in way.LARGE
    assert way._fast(net) == ("bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float16")
    assert torch.cuda.get_device_name() in chosen.why
    exact = tiles.tiled(net, image, measure, (128, 128, 128))
    np.testing.assert_allclose(exact, tiles.whole(net.cpu(), image, measure), atol=1e-4)
