"""What models of patches of an image share: what reads a picture, and its scales."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from neurofm.nn.layout import channels_last

PLAIN, RESNET = "plain", "resnet18"  # networks that read pictures


class Plain(nn.Sequential):
    """Four layers of 3 x 3, each twice as wide as the one before, then the mean and the spread over the picture."""

    def __init__(self, width: int) -> None:
        widths = [1, width, 2 * width, 4 * width, 8 * width]
        layers: list[nn.Module] = []
        for k, (a, b) in enumerate(pairwise(widths)):
            layers += [nn.Conv2d(a, b, 3, padding=1, bias=False), nn.BatchNorm2d(b), nn.ReLU(inplace=True)]
            layers += [nn.MaxPool2d(2)] if k < 3 else []
        super().__init__(*layers, Pooled())
        self.dim = 2 * widths[-1]


class Pooled(nn.Module):
    """Mean and standard deviation of each channel, so that a texture is the same wherever it lies."""

    def forward(self, x: Tensor) -> Tensor:
        spread: Tensor = x.var((2, 3), correction=0).add(1e-5).sqrt()
        return torch.cat([x.mean((2, 3)), spread], -1)


def reader(name: str, width: int) -> tuple[nn.Module, int]:
    """What makes (batch, 1, y, x) pictures into (batch, dim), and dim: the plain network, or ResNet-18."""
    if name == PLAIN:
        network = channels_last(Plain(width))
        return network, network.dim
    from monai.networks.nets.resnet import resnet18

    return channels_last(resnet18(spatial_dims=2, n_input_channels=1, conv1_t_stride=2, feed_forward=False)), 512


class Pictures(nn.Module):
    """Reads pictures of patches at a scale of their own.

    Parameters
    ----------
    config : sizes; `reader` and `width` say what reads, `brightness` whether the mean of a picture counts, `turned` of
        how many turned and mirrored views latents are the mean

    Attributes
    ----------
    dim : of a latent
    """

    center: Tensor
    spread: Tensor
    level: Tensor
    turned: Tensor

    def __init__(self, config: Any) -> None:
        super().__init__()
        self.config = config
        self.read, self.dim = reader(config.reader, config.width)
        self.register_buffer("center", torch.zeros(()))
        self.register_buffer("spread", torch.ones(()))
        self.register_buffer("level", torch.tensor(0.0 if config.brightness else 1.0))
        self.register_buffer("turned", torch.tensor(config.turned))
        self.register_load_state_dict_pre_hook(_as_before)

    @property
    def tables(self) -> list[nn.Parameter]:
        """None: it knows no source from another."""
        return []

    def adapt(self, vocab: Mapping[str, Any]) -> None:
        """Nothing is learned of single sources."""

    def scale(self, mean: float, sd: float) -> None:
        """Tell what grey values are like."""
        self.center.fill_(mean)
        self.spread.fill_(sd)

    def latents(self, pictures: Tensor) -> Tensor:
        """(batch, dim) of pictures (batch, y, x) as they are in the volume: the mean over views of them."""
        seen = self.seen(pictures)
        latents = [self.read(view(seen, k)) for k in range(int(self.turned))]
        return torch.stack(latents).mean(0)

    def seen(self, pictures: Tensor) -> Tensor:
        """(batch, 1, y, x) on the network's own scale."""
        own = pictures.mean((1, 2), keepdim=True)
        return ((pictures - torch.lerp(self.center, own, self.level)) / self.spread)[:, None]


def view(pictures: Tensor, k: int) -> Tensor:
    """The k-th of the eight ways to lay squares (..., y, x): as they are, mirrored, turned, and so on."""
    laid = pictures.transpose(-1, -2) if k & 4 else pictures
    return laid.flip([axis for bit, axis in ((1, -1), (2, -2)) if k & bit])


def _as_before(module: nn.Module, weights: dict[str, Any], prefix: str, *rest: Any) -> None:
    """In networks of before there was a choice, the mean of a picture counts, and one view of it is read."""
    weights.setdefault(f"{prefix}level", torch.tensor(0.0))
    weights.setdefault(f"{prefix}turned", torch.tensor(1))
