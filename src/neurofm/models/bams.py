"""BAMS: what an animal does at a short and at a long time scale, from what it will do next (Azabou et al. 2023).

Two networks read the same frames, one a couple of seconds of them and one many. From both, the distribution of each
action over the second to come is predicted; and each must tell its own latent at another moment: the short one soon
after, the long one anywhere in the same sequence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from neurofm.batch import Batch, Output
from neurofm.data.stretches import Stretches
from neurofm.data.target import Target
from neurofm.data.tracks import Tracks
from neurofm.nn import histogram
from neurofm.nn.frames import some
from neurofm.nn.scales import Scales, Sizes
from neurofm.nn.tcn import Tcn, blocks_for, field
from neurofm.specs import Effort, ModelSpec, Schedule

SHORT, LONG = 2, 4  # by which frames are further apart from block to block


@dataclass(frozen=True, kw_only=True)
class Config(Sizes):
    """Sizes that learned the gaits of simulated walkers in minutes; the paper's networks are 64 wide."""

    bins: Annotated[int, {"min": 4, "max": 256}] = 32  # of the distribution of an action
    asked: Annotated[int, {"min": 1, "max": 4096}] = 48  # frames of a sequence whose future is predicted in a step
    act: Annotated[float, {"min": 0.0, "max": 1e5}] = 500.0  # weight of what comes next in the loss
    soon: Annotated[float, {"min": 0.0, "max": 1e5}] = 0.5  # weight of the short latents
    whole: Annotated[float, {"min": 0.0, "max": 1e5}] = 2.0  # weight of the long latents


class Bams(Scales):
    """Frames of one animal in, latents of two time scales out.

    Parameters
    ----------
    config : sizes and weights
    vocab : names of `features` and `actions`, and the `rate` of frames
    target : names of the actions that are read out
    """

    edges: Tensor

    def __init__(self, config: Config, vocab: Mapping[str, Any], target: Target) -> None:
        super().__init__(config, vocab, target)
        c, inputs, actions = config, self.inputs, len(vocab["actions"])
        short, long = (blocks_for(s, self.rate, base) for s, base in ((c.short, SHORT), (c.long, LONG)))
        self.past = max(field(short, SHORT), field(long, LONG))
        self.short = Tcn(inputs, [c.width] * short, SHORT, c.dropout)
        self.long = Tcn(inputs, [c.width] * long, LONG, c.dropout)
        self.tell = self.tellers()
        self.act = nn.Sequential(
            nn.Linear(2 * c.width + inputs, 128), nn.PReLU(), nn.Linear(128, 256), nn.PReLU(),
            nn.Linear(256, actions * c.bins), nn.Unflatten(-1, (actions, c.bins)),
        )  # fmt: skip
        self.register_buffer("edges", torch.zeros(actions, c.bins - 1))

    def encode(self, x: Tensor) -> list[Tensor]:
        return [self.short(x), self.long(x)]

    def prepare(self, every: Sequence[Stretches]) -> None:
        """Take scales, and the edges of the bins of each action, unless they are known already."""
        if not self.ready:
            done = np.concatenate([done.reshape(-1, done.shape[-1]) for _, done in some(every)])
            self.edges.copy_(torch.as_tensor(histogram.edges(done, self.config.bins)))
        super().prepare(every)

    def draw(self, every: Sequence[Stretches], size: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
        """Sequences, frames of them with what comes next, and pairs of moments."""
        c, drawn, edges = self.config, self.sequences(every, size, rng), self.edges.cpu().numpy()
        asked = np.stack([rng.choice(frames, c.asked) for frames in drawn.told])
        futures = [
            histogram.ahead(histogram.bin_of(done, edges), frames, self.frames(c.horizon), c.bins)
            for done, frames in zip(drawn.done, asked)
        ]
        future, share = (np.stack(arrays) for arrays in zip(*futures))
        asking = {"given": drawn.given, "asked": asked, "future": future, "share": share}
        return asking | self.moments(drawn.told, rng)

    def forward(self, batch: Batch) -> Output:
        """Log odds (sequence, asked, action, bin) of what comes next; latents (sequence, frame, dim)."""
        x = self.see(batch["given"])
        latent = torch.cat(self.encode(x), -1)
        rows = torch.arange(len(x), device=x.device)[:, None], batch["asked"]
        return Output(self.act(torch.cat([latent[rows], x[rows]], -1)), latent)

    def loss(self, output: Output, batch: Batch) -> Tensor:
        """The released code counts the frame itself for its future, and leaves out all whole futures; this does not."""
        c, (soon, whole) = self.config, self.apart(output.latent, batch)
        act = histogram.mallows(output.prediction, batch["future"], batch["share"])
        total: Tensor = c.act * act + c.soon * soon + c.whole * whole
        return total

    def futures(self, given: Tensor) -> Tensor:
        """(batch, time, action, bin) how probable each bin is in the time to come, of what is given."""
        x = self.see(given)
        odds: Tensor = self.act(torch.cat([*self.encode(x), x], -1))
        return odds.softmax(-1)


SPEC = ModelSpec(
    title="BAMS",
    paper="Azabou et al. 2023",
    config=Config,
    schedule=Schedule(steps=1800, batch=16, lr=4e-3, weight_decay=4e-5, clip=0.0, rise=0.3, hold=0.3),
    build=Bams,
    takes=Tracks,
    spaces=("frame", "trial", "subject"),
    parts=("short", "long"),
    course="frames",
    decodes="next",
    supervised=False,
    effort=Effort(passes=24, item="sequence", each=1.5e-5, million=0.0),
)
