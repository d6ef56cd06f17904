"""The network of both kinds: two linear maps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from torch import nn

from neurofm.batch import Output


@dataclass(frozen=True, kw_only=True)
class Config:
    dim: Annotated[int, {"min": 1, "max": 8}] = 8
    features: Annotated[int, {"min": 0, "max": 99}] = 0


class Linear(nn.Module):
    def __init__(self, config, vocab, target):
        super().__init__()
        self.config = config
        self.read, self.answer = nn.Linear(config.features, config.dim).double(), nn.Linear(config.dim, 1).double()

    @property
    def tables(self):
        return []

    def adapt(self, vocab):
        pass

    def forward(self, batch):
        latent = self.read(batch["x"])
        return Output(self.answer(latent), latent)

    def loss(self, output, batch):
        return (output.prediction - batch["y"]).square().mean()
