"""BAMS of 2022: behaviour at several time scales, from latents that tell of each other alone (Azabou et al. 2022).

Encoders with different receptive fields read the same frames. A pooling module puts what the faster ones saw over the
time of a slower scale beside what that one sees itself, and makes one latent of it. In each space a latent must tell
another one: of the short scale soon after, of the long one anywhere in the same sequence. No action is predicted.
Only the abstract could be read: sizes, and what exactly is pooled, are ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from neurofm.batch import Batch, Output
from neurofm.data.stretches import Stretches
from neurofm.data.target import Target
from neurofm.data.tracks import Tracks
from neurofm.nn.scales import Scales, Sizes
from neurofm.nn.tcn import Tcn, blocks_for, field
from neurofm.specs import Effort, ModelSpec, Schedule

BASES = (2, 2, 4)  # by which frames are further apart from block to block, of each encoder


@dataclass(frozen=True, kw_only=True)
class Config(Sizes):
    """Sizes like those of BAMS here."""

    instant: Annotated[float, {"min": 0.03, "max": 60.0}] = 0.4  # seconds seen by the fastest encoder
    pairs: Annotated[int, {"min": 1, "max": 1024}] = 32  # of moments in a sequence, for each time scale


class Bams2022(Scales):
    """Frames of one animal in, latents of two time scales out.

    Parameters
    ----------
    config : sizes
    vocab : names of `features` and `actions`, and the `rate` of frames
    target : names of the actions that are read out
    """

    def __init__(self, config: Config, vocab: Mapping[str, Any], target: Target) -> None:
        c = config
        super().__init__(config, vocab, target)
        seen = [blocks_for(s, self.rate, base) for s, base in zip((c.instant, c.short, c.long), BASES)]
        self.encoders = nn.ModuleList(Tcn(self.inputs, [c.width] * n, base, c.dropout) for n, base in zip(seen, BASES))
        self.pooled = (self.frames(c.instant), self.frames(c.short))  # frames that the slower scales pool
        self.past = max(field(n, base) for n, base in zip(seen, BASES)) + sum(self.pooled)
        self.pool = nn.ModuleDict({"short": nn.Linear(2 * c.width, c.width), "long": nn.Linear(3 * c.width, c.width)})
        self.tell = self.tellers()

    def encode(self, x: Tensor) -> list[Tensor]:
        instant, short, long = (encoder(x) for encoder in self.encoders)
        brief, while_ = self.pooled
        near = self.pool["short"](torch.cat([past_mean(instant, brief), short], -1))
        far = [past_mean(instant, while_), past_mean(short, while_), long]
        return [near, self.pool["long"](torch.cat(far, -1))]

    def draw(self, every: Sequence[Stretches], size: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
        """Sequences, and pairs of moments in them."""
        drawn = self.sequences(every, size, rng)
        return {"given": drawn.given} | self.moments(drawn.told, rng)

    def forward(self, batch: Batch) -> Output:
        """Latents (sequence, frame, dim), which are all that is said."""
        latent = torch.cat(self.encode(self.see(batch["given"])), -1)
        return Output(latent, latent)

    def loss(self, output: Output, batch: Batch) -> Tensor:
        """How far latents are from what is said of them, in each space."""
        soon, whole = self.apart(output.latent, batch)
        return soon + whole


def past_mean(x: Tensor, frames: int) -> Tensor:
    """(batch, time, feature) mean over the last so many frames, or as many as there are."""
    count = torch.arange(1, x.shape[1] + 1, device=x.device).clamp(max=frames)
    padded = F.pad(x.transpose(1, 2), (frames - 1, 0))
    total: Tensor = F.avg_pool1d(padded, frames, 1) * frames
    return (total / count).transpose(1, 2)


SPEC = ModelSpec(
    title="BAMS 2022",
    paper="Azabou et al. 2022",
    config=Config,
    schedule=Schedule(steps=900, batch=16, lr=1e-3, weight_decay=4e-5, clip=0.0, rise=0.3, hold=0.3),
    build=Bams2022,
    takes=Tracks,
    spaces=("frame", "trial", "subject"),
    parts=("short", "long"),
    course="frames",
    decodes="next",
    supervised=False,
    effort=Effort(passes=24, item="sequence", each=2e-5, million=0.0),
)
