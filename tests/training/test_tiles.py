"""What a network says in tiles is what it says of the whole."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from neurofm.models.unet import Config, Whole
from neurofm.training import tiles

nets = pytest.importorskip("monai.networks.nets")


class Planes(nn.Module):
    """A network of pictures, as one of volumes of one plane."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        if batch.shape[2] != 1:
            raise ValueError("takes one plane")
        return self.net(batch[:, :, 0])[:, :, None]


def unet(dims: int = 3, strides=(2, 2), norm: object = "batch") -> nn.Module:
    torch.manual_seed(0)
    return nets.UNet(dims, 1, 3, (4, 8, 8), strides, num_res_units=1, norm=norm).eval()


@pytest.fixture(scope="module")
def net() -> nn.Module:
    return unet()


@pytest.fixture(scope="module")
def measure(net) -> tiles.Reach:
    return tiles.reach(net)


def picture(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def test_the_reach_is_that_of_the_layers(measure):
    assert measure == tiles.Reach((4, 4, 4), (12, 12, 12), (12, 12, 12))
    assert tiles.reach(nn.Conv3d(1, 2, (1, 3, 5), padding=(0, 1, 2)).eval()) == tiles.Reach(
        (1, 1, 1), (0, 1, 2), (0, 1, 2)
    )


@pytest.mark.parametrize("shape", [(41, 50, 37), (7, 9, 70), (1, 40, 61), (64, 48, 32)])
@pytest.mark.parametrize(("core", "batch"), [((16, 32, 16), 1), ((13, 17, 30), 3)])
def test_tiles_equal_one_pass(net, measure, shape, core, batch):
    image = picture(*shape)
    once = tiles.whole(net, image, measure)
    cut = tiles.tiled(net, image, measure, core, batch=batch)
    assert np.abs(once - cut).max() <= 1e-5
    np.testing.assert_array_equal(once.argmax(0), cut.argmax(0))


def test_less_around_is_not_equal(net, measure):
    image = picture(48, 48, 48)
    less = tiles.Reach(measure.grid, (4, 4, 4), (4, 4, 4))
    assert np.abs(tiles.whole(net, image, measure) - tiles.tiled(net, image, less, (16, 16, 16))).max() > 1e-3


def test_each_axis_has_its_own_reach():
    net = unet(strides=((1, 2, 2), 2))
    measure = tiles.reach(net)
    assert measure.grid == (2, 4, 4)
    assert measure.low[0] < measure.low[1]
    image = picture(21, 50, 47)
    assert np.abs(tiles.whole(net, image, measure) - tiles.tiled(net, image, measure, (8, 16, 24))).max() <= 1e-5


@pytest.mark.parametrize("planes", [1, 3])
def test_a_network_of_pictures_sees_each_plane_alone(planes):
    net = Planes(unet(2)).eval()
    measure = tiles.reach(net)
    assert measure.flat
    assert measure.low[0] == 0
    image = picture(planes, 70, 90)
    once = tiles.whole(net, image, measure)
    np.testing.assert_allclose(once[:, :1], tiles.whole(net, image[:1], measure), atol=1e-5)
    np.testing.assert_allclose(once, tiles.tiled(net, image, measure, (2, 32, 40), batch=2), atol=1e-5)


@pytest.mark.parametrize(
    ("net", "words"),
    [
        (unet(norm="instance"), "InstanceNorm3d"),
        (unet(norm=("group", {"num_groups": 1})), "GroupNorm"),
        (unet().train(), "call eval"),
        (nn.Sequential(nn.Conv3d(1, 2, 3, padding=1), nn.Conv3d(2, 2, 3, stride=2)).eval(), "takes neither"),
    ],
)
def test_what_tiles_cannot_equal_is_refused(net, words):
    with pytest.raises(ValueError, match=words):
        tiles.reach(net)


def test_a_network_that_knows_where_it_is_is_refused():
    class Placed(nn.Module):
        def forward(self, batch):
            return batch + torch.linspace(0, 1, batch.shape[-1])

    with pytest.raises(ValueError, match="where the picture begins along x"):
        tiles.reach(Placed().eval())


@pytest.mark.parametrize("planar", [False, True])
def test_our_networks_are_measured_though_they_mend_numbers(planar):
    torch.manual_seed(0)
    strides = [(1, 2, 2)] * 2 if planar else [(2, 2, 2)] * 2
    net = Whole(Config(width=4), strides, 3, planar=planar).eval()
    around = (0 if planar else 12, 12, 12)
    assert tiles.reach(net) == tiles.Reach((1 if planar else 4, 4, 4), around, around)
    assert net.mends


def test_a_network_that_hides_what_is_no_number_is_refused():
    class Mended(nn.Conv3d):
        def forward(self, batch):
            return super().forward(batch.nan_to_num())

    with pytest.raises(ValueError, match="attribute `mends`"):
        tiles.reach(Mended(1, 2, 3, padding=1).eval())
