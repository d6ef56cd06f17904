"""Ripple: a linear model of the frames of waves."""

from __future__ import annotations

from neurofm.specs import ModelSpec, Schedule
from planted.linear import Config, Linear
from planted.waves import FRAME, Wave

SPEC = ModelSpec(
    title="Ripple",
    paper="nobody",
    config=Config,
    schedule=Schedule(steps=200, batch=8, lr=0.05),
    build=Linear,
    takes=Wave,
    spaces=(FRAME,),
    course="heights",
)
