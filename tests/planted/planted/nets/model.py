"""Knot: a linear model of the nodes of nets."""

from __future__ import annotations

from neurofm.specs import ModelSpec, Schedule
from planted.linear import Config, Linear
from planted.nets import NODE, Net

SPEC = ModelSpec(
    title="Knot",
    paper="nobody",
    config=Config,
    schedule=Schedule(steps=200, batch=8, lr=0.05),
    build=Linear,
    takes=Net,
    spaces=(NODE,),
    course="knots",
)
