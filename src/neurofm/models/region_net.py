"""Region network: which area of the brain a patch of an image is from (Quesada et al. 2022, MTNeuro, task 1).

A convolutional network reads one patch of a plane; its latent is what the pooled last layer says, and one linear layer
names the area. The paper's network is ResNet-18 of one channel, trained on 256 x 256 patches, one in four areas.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import torch.nn.functional as F
from torch import Tensor, nn

from neurofm.batch import Batch, Output
from neurofm.data.patches import Cut
from neurofm.data.target import Target
from neurofm.data.volume import Volume
from neurofm.nn.pictures import Pictures
from neurofm.specs import Effort, ModelSpec, Schedule


@dataclass(frozen=True, kw_only=True)
class Config(Cut):
    """A network of four layers, which learns 64 x 64 patches in minutes on one core."""

    reader: Literal["plain", "resnet18"] = "plain"  # what reads a picture: four layers, or ResNet-18 of one channel
    width: Annotated[int, {"min": 4, "max": 256}] = 16  # channels of the first of four layers; the others double it
    dropout: Annotated[float, {"min": 0.0, "max": 0.9}] = 0.2  # share of the latent silenced while it learns


PAPER = Config(edge=256, reader="resnet18", dropout=0.0)


class RegionNet(Pictures):
    """Pictures of patches in, log odds of their areas out.

    Parameters
    ----------
    config : sizes
    vocab : names and numbers of the areas, as the course wrote them
    target : names of the areas
    """

    views = 1  # of a patch in a batch

    def __init__(self, config: Config, vocab: Mapping[str, Any], target: Target) -> None:
        super().__init__(config)
        self.say = nn.Linear(self.dim, len(target.names))

    def forward(self, batch: Batch) -> Output:
        """Log odds (batch, area) and latents (batch, dim)."""
        latent = self.read(self.seen(batch["view 0"]))
        return Output(self.say(F.dropout(latent, self.config.dropout, self.training)), latent)

    def loss(self, output: Output, batch: Batch) -> Tensor:
        """How unlikely it takes the areas to be."""
        return F.cross_entropy(output.prediction, batch["area"])

    def answer(self, latent: Tensor) -> Tensor:
        """(batch, area) how probable each area is."""
        probable: Tensor = self.say(latent).softmax(-1)
        return probable


SPEC = ModelSpec(
    title="Region network",
    paper="Quesada et al. 2022",
    config=Config,
    schedule=Schedule(steps=1500, batch=64, lr=3e-3, weight_decay=1e-2, clip=1.0, rise=0.05, hold=0.3),
    build=RegionNet,
    takes=Volume,
    spaces=("patch",),
    course="patches",
    decodes="label",
    effort=Effort(passes=12, item="patch", each=2e-7, million=0.0),
)
