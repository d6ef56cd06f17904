"""U-Net: what each voxel of a volume is (Ronneberger et al. 2015, Çiçek et al. 2016), and networks built alike.

A network looks at an image at several scales and says of each voxel how likely each class is. All are MONAI's, with
batch norm throughout: instance norm would make what is said of a voxel depend on how the volume is cut into tiles.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from neurofm.batch import Batch, Output
from neurofm.data.target import Target
from neurofm.data.volume import Volume
from neurofm.nn.layout import channels_last
from neurofm.specs import Effort, ModelSpec, Schedule

SMOOTH = 1.0  # voxels that Dice counts more, so that it exists of a class that is nowhere

Stride = tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Config:
    """Sizes that learned cells and vessels of X-ray phantoms in minutes of one core."""

    network: Literal["unet", "attention_unet", "dynunet", "segresnet"] = "unet"
    width: Annotated[int, {"min": 4, "max": 128}] = 16  # channels at the finest scale, twice as many at each other
    levels: Annotated[int, {"min": 0, "max": 6}] = 0  # scales; 0 takes three of volumes and four of planes
    edge: Annotated[int, {"min": 0, "max": 512}] = 0  # voxels along what is seen at once; 0 chooses
    ignored: Annotated[int, {"min": -1, "max": 2**31}] = -1  # number where nobody says what is there


class Unet(nn.Module):
    """Grey values in, log odds of classes out.

    Parameters
    ----------
    config : sizes
    vocab : `classes` by name, `strides` between scales, z y x, and whether it is `planar`
    target : names of the classes
    """

    def __init__(self, config: Config, vocab: Mapping[str, Any], target: Target) -> None:
        super().__init__()
        self.config = config
        strides = [tuple(stride) for stride in vocab["strides"]]
        self.net = Whole(config, strides, len(vocab["classes"]), planar=vocab["planar"])
        self.counted = [k for k, name in enumerate(vocab["classes"]) if k or name != vocab["besides"]]

    @property
    def tables(self) -> list[nn.Parameter]:
        return []

    def adapt(self, vocab: Mapping[str, Any]) -> None:
        pass  # nothing in it is of single volumes

    def scale(self, mean: float, sd: float) -> None:
        """Tell what grey values are like."""
        self.net.mean.fill_(mean)
        self.net.sd.fill_(sd)

    def forward(self, batch: Batch) -> Output:
        """Of `image` (patch, 1, z, y, x) log odds (patch, class, z, y, x), which are all that there is of latents."""
        odds = self.net(batch["image"])
        return Output(odds, odds)

    def loss(self, output: Output, batch: Batch) -> Tensor:
        """Cross-entropy and 1 - Dice over the voxels of which something is said."""
        odds, truth = output.prediction.float(), batch["truth"]
        told = truth >= 0
        if not told.any():
            return 0.0 * odds.sum()
        entropy = F.cross_entropy(odds, truth, ignore_index=-1)
        share = odds.softmax(1)[:, self.counted] * told[:, None]
        true = torch.stack([truth == k for k in self.counted], 1)
        over = (0, 2, 3, 4)
        dice = (2 * (share * true).sum(over) + SMOOTH) / (share.sum(over) + true.sum(over) + SMOOTH)
        return entropy + 1 - dice.mean()


class Whole(nn.Module):
    """A network for images of any size: these are scaled, and made a multiple of the grid by repeating the far edge.

    Parameters
    ----------
    strides : between scales, z y x
    classes : count
    planar : whether planes are seen one by one

    Attributes
    ----------
    grid : voxels, z y x, by which an image can be moved so that all that is said of it moves along, unchanged
    mends : whether values that are no numbers count as usual ones
    """

    mean: Tensor
    sd: Tensor
    mends = True

    def __init__(self, config: Config, strides: Sequence[Stride], classes: int, *, planar: bool) -> None:
        super().__init__()
        self.planar = planar
        if config.network == "segresnet":  # which knows no strides but 2
            strides = [(1 if planar else 2, 2, 2)] * len(strides)
        self.grid = tuple(int(torch.tensor(stride).prod()) for stride in zip(*strides)) if strides else (1, 1, 1)
        own = [stride[1:] if planar else stride for stride in strides]
        channels = [config.width * 2**k for k in range(len(strides) + 1)]
        self.core = channels_last(NETWORKS[config.network](2 if planar else 3, classes, channels, own))
        self.register_buffer("mean", torch.zeros(()))
        self.register_buffer("sd", torch.ones(()))

    def forward(self, image: Tensor) -> Tensor:
        """Grey values (batch, 1, z, y, x) to log odds (batch, class, z, y, x)."""
        batch, _, deep, high, wide = image.shape
        x = (image.float() - self.mean) / self.sd
        x = x.nan_to_num(0.0, 0.0, 0.0) if self.mends else x
        short = [-n % g for n, g in zip((deep, high, wide), self.grid)]
        x = F.pad(x, [0, short[2], 0, short[1], 0, short[0]], mode="replicate")
        if not self.planar:
            return self.core(x)[:, :, :deep, :high, :wide]
        planes = self.core(x.transpose(1, 2).flatten(0, 1))[..., :high, :wide]
        return planes.unflatten(0, (batch, deep)).transpose(1, 2)


def _unet(dims: int, classes: int, channels: list[int], strides: list[Stride]) -> nn.Module:
    from monai.networks.nets import UNet

    return UNet(dims, 1, classes, channels, strides, num_res_units=1, norm="batch")


def _attention_unet(dims: int, classes: int, channels: list[int], strides: list[Stride]) -> nn.Module:
    from monai.networks.nets import AttentionUnet

    return _by_batch(AttentionUnet(dims, 1, classes, channels, strides))


def _by_batch(net: nn.Module) -> nn.Module:
    """The same with batch norm in place of each instance norm, which it has where it goes up and takes no other."""
    for name, part in list(net.named_modules()):
        if isinstance(part, nn.InstanceNorm2d | nn.InstanceNorm3d):
            kind = nn.BatchNorm2d if isinstance(part, nn.InstanceNorm2d) else nn.BatchNorm3d
            net.set_submodule(name, kind(part.num_features))
    return net


def _dynunet(dims: int, classes: int, channels: list[int], strides: list[Stride]) -> nn.Module:
    from monai.networks.nets import DynUNet

    steps, kernels = [(1,) * dims, *strides], [(3,) * dims] * len(channels)
    return DynUNet(dims, 1, classes, kernels, steps, strides, filters=channels, norm_name="batch")


def _segresnet(dims: int, classes: int, channels: list[int], strides: list[Stride]) -> nn.Module:
    from monai.networks.nets import SegResNet

    down, up = [1, *[2] * len(strides)], [1] * len(strides)
    return SegResNet(dims, channels[0], 1, classes, norm="BATCH", blocks_down=down, blocks_up=up)


NETWORKS: dict[str, Callable[[int, int, list[int], list[Stride]], nn.Module]] = {
    "unet": _unet, "attention_unet": _attention_unet, "dynunet": _dynunet, "segresnet": _segresnet,
}  # fmt: skip

SPEC = ModelSpec(
    title="U-Net",
    paper="Çiçek et al. 2016",
    config=Config,
    schedule=Schedule(steps=1200, batch=2, lr=2e-3, weight_decay=1e-5, rise=0.05, hold=0.05),
    build=Unet,
    takes=Volume,
    spaces=("voxel",),
    course="voxels",
    decodes="voxel",
    slow=("monai.networks.nets",),
    effort=Effort(passes=60, item="patch", each=8e-7, million=0.0),
)
