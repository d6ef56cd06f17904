"""A model of tables: two linear maps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from rows_source import Table
from torch import nn

from neurofm.batch import Output
from neurofm.specs import ModelSpec, Schedule


@dataclass(frozen=True, kw_only=True)
class Config:
    dim: Annotated[int, {"min": 1, "max": 8}] = 8
    features: Annotated[int, {"min": 0, "max": 99}] = 0


class Net(nn.Module):
    def __init__(self, config):
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


SPEC = ModelSpec(
    title="Rows",
    paper="nobody",
    config=Config,
    schedule=Schedule(steps=200, batch=8, lr=0.05),
    build=lambda config, vocab, target: Net(config),
    takes=Table,
    spaces=("node",),
    course="rows",
)
