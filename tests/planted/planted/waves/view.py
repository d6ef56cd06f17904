"""Wave: how high the water stood, over time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from psygnal import evented

from neurofm.app import colors
from neurofm.app.describe import describe
from neurofm.app.pictures.scene import Axis, Line, Points, Scene
from neurofm.app.state.link import NONE
from neurofm.data.ids import pack, unpack
from neurofm.data.source import start, stop
from neurofm.specs import ViewSpec
from planted.waves import FRAME


@evented
@dataclass
class State:
    wave: str = ""


def scene(state, session, viewport):
    wave = _wave(state, session)
    height, ink = wave.heights.mean(1), colors.ink(dark=viewport.dark)
    picked = session.selection.picked(FRAME)
    rows = unpack(picked[unpack(picked)[0] == session.number(wave.session)])[1]
    marks = (Line(wave.times, height, ink),)
    if len(rows):
        xy = np.stack([wave.times, height], 1)[rows]
        marks += (Points(FRAME, pack(session.number(wave.session), rows), xy, np.tile(colors.PICKED, (len(rows), 1))),)
    x = Axis("Time", "s", (start(wave), stop(wave)))
    y = Axis("Height", "m", (float(height.min()), float(height.max())))
    return Scene("Wave", marks, x, y, cursor=session.time, note=wave.session)


def hit(state, session, shape):
    wave = _wave(state, session)
    if wave is None:
        return FRAME, NONE
    low, high = np.searchsorted(wave.times, [shape.xy[:, 0].min() - shape.reach[0], shape.xy[:, 0].max()])
    return FRAME, pack(session.number(wave.session), np.arange(low, high))


def choices(state, session):
    return {"wave": tuple(name for name, source in session.sources.items() if source.kind == "wave")}


def _wave(state, session):
    waves = [source for source in session.sources.values() if source.kind == "wave"]
    return next((wave for wave in waves if wave.session == state.wave), next(iter(waves), None))


SPEC = ViewSpec(
    title="Wave",
    state=State,
    scene=scene,
    hit=hit,
    describe=lambda state, session, space, id: describe(session, space, id),
    choices=choices,
    axis="time",
    needs="wave",
    place="tab of latent",
    invitation="Open a wave to see it",
)
