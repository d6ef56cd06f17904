"""A short and a long time scale: sizes that networks of behaviour share, and latents that tell of themselves.

A latent of the short scale must tell itself soon after, one of the long scale itself anywhere in the same sequence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from neurofm.batch import Batch
from neurofm.data.target import Target
from neurofm.nn.frames import Frames
from neurofm.nn.tcn import Predictor, apart


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """The first sizes of every network of two time scales."""

    short: Annotated[float, {"min": 0.05, "max": 60.0}] = 2.0  # seconds seen at the short time scale
    long: Annotated[float, {"min": 0.1, "max": 600.0}] = 11.0  # seconds seen at the long time scale
    horizon: Annotated[float, {"min": 0.03, "max": 60.0}] = 1.0  # seconds ahead that are foretold
    sequence: Annotated[float, {"min": 0.5, "max": 600.0}] = 20.0  # seconds learned from at once
    burn: Annotated[float, {"min": 0.0, "max": 60.0}] = 2.0  # seconds at the start of each that are not asked for
    near: Annotated[float, {"min": 0.0, "max": 60.0}] = 0.17  # seconds after which a short latent is told, at most
    width: Annotated[int, {"min": 4, "max": 1024}] = 40  # numbers for each time scale
    pairs: Annotated[int, {"min": 1, "max": 1024}] = 8  # of moments in a sequence, for each time scale
    sure: Annotated[float, {"min": 0.0, "max": 1.0}] = 0.1  # confidence below which a key point counts as not seen
    dropout: Annotated[float, {"min": 0.0, "max": 0.9}] = 0.0


class Scales(Frames):
    """Frames of one animal in, latents of two time scales out.

    Parameters
    ----------
    config : sizes
    vocab : names of `features` and `actions`, and the `rate` of frames
    target : names of the actions that are read out
    """

    tell: nn.ModuleDict  # by `tellers`, where a network has made its encoders

    def __init__(self, config: Sizes, vocab: Mapping[str, Any], target: Target) -> None:
        super().__init__(config, vocab, target, {"short": config.width, "long": config.width}, config.horizon)
        self.inputs = len(self.names) + 1  # features that are seen of a frame

    def tellers(self) -> nn.ModuleDict:
        """What says a latent of each scale from another one."""
        return nn.ModuleDict({name: Predictor(self.config.width) for name in self.parts})

    def moments(self, told: Sequence[NDArray[np.int64]], rng: np.random.Generator) -> dict[str, NDArray[Any]]:
        """Pairs of moments in each sequence, close ones and any."""
        count = self.config.pairs
        soon = self.pairs(told, count, self.frames(self.config.near), rng)
        return {"soon": soon, "whole": self.pairs(told, count, 0, rng)}

    def apart(self, latent: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """How far latents (sequence, frame, dim) are from what is said of them, in the short and the long space."""
        short, long = (latent[..., part] for part in self.parts.values())
        return apart(self.tell["short"], short, batch["soon"]), apart(self.tell["long"], long, batch["whole"])
