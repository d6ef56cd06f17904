"""Four-legged walkers whose gait, ground, body and speed are known: what models of behaviour are tested on.

Single frames say next to nothing of gait, body and speed; the two bodies differ only in the skew of a joint's velocity.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.tracks import Tracks

RATE, FRAMES = 30.0, 600  # frames a second, and in a sequence
LEGS, JOINTS = ("LF", "RF", "LH", "RH"), ("hip", "thigh", "shank")
GAITS, GROUNDS = ("walk", "trot", "pace", "bound"), ("flat", "rough", "stairs")
PHASES = np.array([[0, 0.5, 0.75, 0.25], [0, 0.5, 0.5, 0], [0, 0.5, 0, 0.5], [0, 0, 0.5, 0.5]])  # turns, of each leg
STANCE = np.array([0.70, 0.5, 0.5, 0.36])  # share of a step on the ground, of each gait
RELAX, DWELL = 0.12, (1.0, 4.0)  # seconds in which a gait comes about, and for which it lasts
Floats = NDArray[np.float64]


class Walks(NamedTuple):
    """Sequences of frames with their truth.

    Parameters
    ----------
    features : (sequence, frame, feature) positions (rad) of twelve joints, then their velocities (rad/s)
    gait, ground : (sequence, frame) numbers in `GAITS` and `GROUNDS`
    body : (sequence,) 0 or 1
    speed : (sequence,) commanded, m/s
    """

    features: NDArray[np.float32]
    gait: NDArray[np.int64]
    ground: NDArray[np.int64]
    body: NDArray[np.int64]
    speed: Floats


def names() -> tuple[str, ...]:
    """Of the features: "LF hip position", ..., "RH shank velocity"."""
    return tuple(f"{leg} {joint} {what}" for what in ("position", "velocity") for leg in LEGS for joint in JOINTS)


def walks(count: int, rng: np.random.Generator, frames: int = FRAMES) -> Walks:
    """Sequences drawn independently of each other, 20 s each unless told otherwise."""
    body, speed = rng.integers(0, 2, count), rng.uniform(0.4, 1.6, count)
    (gait, segment), (ground, _) = _dwell(count, frames, 4, rng), _dwell(count, frames, 3, rng)
    amplitude = (0.25 + 0.15 * speed) * np.exp(rng.normal(0, 0.12, count))
    shank = np.exp(rng.normal(0, 0.1, (count, 1, 4)))
    skew = np.pi * (body - 0.5 + rng.normal(0, 0.1, count))
    turn, stance = _phases(gait, segment, speed, rng)
    w = np.where(turn < stance, np.pi * turn / stance, np.pi * (1 + (turn - stance) / (1 - stance)))
    a, late = amplitude[:, None, None], w + 0.45 * np.pi
    h = np.where(ground == 2, 0.65, 0.3)[..., None]
    joints = np.stack([
        0.4 * a * np.cos(w + np.pi / 2),
        a * np.cos(w),
        1.2 * a * shank * (np.cos(late) + h * np.cos(2 * late + skew[:, None, None])),
    ], -1).reshape(count, frames, 12)  # fmt: skip
    joints += 0.08 * _drift(count, frames, 12, 0.7, rng) * (ground == 1)[..., None]
    joints += rng.normal(0, 0.2, (count, 1, 12))
    velocity = np.gradient(joints, axis=1) * RATE + rng.normal(0, 0.6, joints.shape)
    joints += rng.normal(0, 0.05, joints.shape)
    return Walks(np.concatenate([joints, velocity], -1).astype(np.float32), gait, ground, body, speed)


def _phases(
    gait: NDArray[np.int64], segment: NDArray[np.int64], speed: Floats, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Turns (sequence, frame, leg) of each leg from 0 to 1, and its share on the ground (sequence, frame, 1)."""
    count, frames = gait.shape
    hurry = rng.normal(0, 0.08, (count, segment.max() + 1))[np.arange(count)[:, None], segment]
    slow = 0.04 * _drift(count, frames, 1, np.exp(-1 / RATE), rng)[..., 0]
    steps = (1 + 0.8 * speed[:, None]) * np.exp(hurry + slow) / RATE
    phase = rng.uniform(0, 1, (count, 1)) + steps.cumsum(1)
    legs, stance = np.empty((count, frames, 4)), np.empty((count, frames, 1))
    leg, share, near = PHASES[gait[:, 0]], STANCE[gait[:, 0]], 1 - np.exp(-1 / (RATE * RELAX))
    for t in range(frames):
        leg = leg + near * ((PHASES[gait[:, t]] - leg + 0.5) % 1 - 0.5)  # the short way round
        share = share + near * (STANCE[gait[:, t]] - share)
        legs[:, t], stance[:, t, 0] = leg, share
    return (phase[..., None] + legs) % 1, stance


def _dwell(
    count: int, frames: int, kinds: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Kinds (sequence, frame) that last 1 to 4 s, never the same twice in a row, and the number of the segment."""
    most = int(np.ceil(frames / RATE / DWELL[0])) + 1
    ends = rng.uniform(*DWELL, (count, most)).cumsum(1)
    steps = np.c_[rng.integers(0, kinds, (count, 1)), rng.integers(1, kinds, (count, most - 1))]
    segment = (np.arange(frames)[None, :, None] / RATE >= ends[:, None]).sum(-1)
    return np.take_along_axis(steps.cumsum(1) % kinds, segment, 1), segment


def _drift(count: int, frames: int, features: int, keeps: float, rng: np.random.Generator) -> Floats:
    """(sequence, frame, feature) AR(1) noise of variance 1 that keeps so much from frame to frame."""
    from scipy.signal import lfilter

    white = rng.normal(size=(count, frames, features))
    white[:, 1:] *= np.sqrt(1 - keeps**2)
    noise: Floats = lfilter([1.0], [1.0, -keeps], white, axis=1)
    return noise


def session(count: int = 600, seed: int = 0, *, frames: int = FRAMES, name: str = "quadrupeds") -> Tracks:
    """Sequences of walkers laid out one after the other, a second apart, as tracks of one animal.

    Labels of frames are gait and terrain, those of sequences (`trials`) morphology and speed.
    """
    w = walks(count, np.random.default_rng(seed), frames)
    start = np.arange(count) * (frames / RATE + 1)
    trials = pd.DataFrame({"start": start, "stop": start + frames / RATE, "speed": w.speed})
    return Tracks(
        session=name,
        times=(start[:, None] + np.arange(frames) / RATE).ravel(),
        individuals=("walker",),
        features=w.features.reshape(count * frames, 1, 24),
        feature_names=names(),
        labels={"gait": np.array(GAITS)[w.gait.ravel()], "terrain": np.array(GROUNDS)[w.ground.ravel()]},
        trials=trials.assign(morphology=np.array(["B", "C"])[w.body]),
    )
