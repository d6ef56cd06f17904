"""Three mice in a box: they walk about, chase each other and huddle, and it is known which they do and what they are.

A sequence has a strain (how long the body is, and how fast the tail sways), lights (in the dark they walk faster and
rest less), a dose (how much they veer) and a company (how soon they turn to each other). Of frames it is known what the
group does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.pose_features import MOUSE, wrapped
from neurofm.data.tracks import Tracks

RATE = 30.0  # frames a second
GAP = 1.0  # seconds between two sequences
BOX = 512.0  # pixels along a wall
WALL = 50.0  # pixels from a wall at which they turn away
ALONE, CHASE, HUDDLE = range(3)
DWELL = np.array([(2.0, 6.0), (1.5, 4.0), (3.0, 8.0)])  # seconds
NEAR = 22.0  # pixels between a nose and another animal's back that are contact
SKELETON = ((0, 1), (0, 2), (0, 3), (3, 4), (3, 5), (3, 6), (6, 7), (6, 8), (6, 9), (9, 10), (10, 11))
ALONG = np.array([1.0, 0.8, 0.8, 0.55, 0.4, 0.4, 0.0, -0.3, -0.3, -0.55, -0.95, -1.35])  # half bodies before the back
ACROSS = np.array([0.0, -0.16, 0.16, 0.0, -0.22, 0.22, 0.0, -0.28, 0.28, 0.0, 0.0, 0.0])  # half bodies to the right
STEPS = {4: 0.0, 5: np.pi, 7: np.pi, 8: 0.0}  # phase of each paw

Array = NDArray[np.float64]


def triplets(
    sequences: int, rng: np.random.Generator, *, frames: int = 600, gaps: float = 0.0, session: str = "triplets"
) -> Tracks:
    """Sequences of three mice, one after the other, each a trial.

    Parameters
    ----------
    frames : of each, at 30 a second
    gaps : share of the places that are not seen
    """
    group = _Group(sequences, rng)
    steps = [group.step() for _ in range(frames)]
    place, heading, doing, roles = (np.stack(part, 1) for part in zip(*steps))  # (sequence, frame, ...)
    points = _bodies(place, heading, group, rng)
    points[rng.uniform(size=points.shape[:-1]) < gaps] = np.nan
    start = np.arange(sequences) * (frames / RATE + GAP)
    noses, backs = points[..., 0, :], place
    apart = np.linalg.norm(noses[:, :, :, None] - backs[:, :, None], axis=-1)
    apart[:, :, range(3), range(3)] = np.inf
    flat = sequences * frames
    return Tracks(
        session=session,
        times=(start[:, None] + np.arange(frames) / RATE).ravel(),
        points=points.reshape(flat, 3, len(MOUSE), 2).astype(np.float32),
        keypoints=MOUSE,
        individuals=("mouse 1", "mouse 2", "mouse 3"),
        skeleton=SKELETON,
        labels={
            "chases": (doing == CHASE).ravel(),
            "huddles": (doing == HUDDLE).ravel(),
            "contact": (apart < NEAR).any((2, 3)).ravel(),
            "role": np.array(["other", "chaser", "chased"])[roles.reshape(flat, 3)],
        },
        trials=pd.DataFrame({"start": start, "stop": start + frames / RATE} | group.traits()),
        notes=("simulated: three mice whose states are known",),
    )


@dataclass
class _Group:
    """Three mice of each sequence, all at one moment."""

    count: int
    rng: np.random.Generator

    def __post_init__(self) -> None:
        rng, shape = self.rng, (self.count, 3)
        self.strain, self.dark, self.social = (rng.integers(0, 2, self.count) for _ in range(3))
        self.dose = rng.uniform(0, 1, self.count)
        self.place = rng.uniform(0.25 * BOX, 0.75 * BOX, (*shape, 2))
        self.heading = rng.uniform(-np.pi, np.pi, shape)
        self.speed, self.rests = np.zeros(shape), rng.uniform(size=shape) < 0.5
        self.veer = np.zeros(shape)
        self.doing, self.left = np.full(self.count, ALONE), rng.uniform(0.5, 3.0, self.count)
        self.chaser, self.chased = np.zeros(self.count, int), np.ones(self.count, int)
        self.centre = self.place.mean(1)

    def traits(self) -> dict[str, NDArray[np.generic]]:
        """What is known of each sequence."""
        return {
            "strain": np.array(["A", "B"], object)[self.strain],
            "lights": np.array(["on", "off"], object)[self.dark],
            "company": np.array(["shy", "social"], object)[self.social],
            "dose": self.dose,
        }

    def step(self) -> tuple[Array, Array, NDArray[np.int64], NDArray[np.int64]]:
        """Places, headings, what the group does, and the role of each, one frame later."""
        self._switch()
        aim, fast = self._alone()
        self._chase(aim, fast)
        self._huddle(aim, fast)
        self._avoid_walls(aim)
        turn = wrapped(aim - self.heading)
        limit = np.where(fast > 0, 0.35, 0.08)
        self.heading = self.heading + np.clip(turn, -limit, limit)
        self.speed += 0.25 * (fast - self.speed)
        way = np.stack([np.cos(self.heading), np.sin(self.heading)], -1)
        self.place = np.clip(self.place + way * self.speed[..., None] / RATE, 5, BOX - 5)
        return self.place.copy(), self.heading.copy(), self.doing.copy(), self._roles()

    def _switch(self) -> None:
        """Begin something else where the time of what they do is over."""
        self.left -= 1 / RATE
        over = np.flatnonzero(self.left <= 0)
        rng, then = self.rng, self.doing[over]
        begun = np.where(then == ALONE, rng.integers(CHASE, HUDDLE + 1, len(over)), ALONE)
        self.doing[over] = begun
        low, high = DWELL[begun].T
        longer = np.where((begun == ALONE) & (self.social[over] == 0), 2.5, 1.0)
        self.left[over] = rng.uniform(low, high) * longer
        pair = rng.permuted(np.tile(np.arange(3), (len(over), 1)), axis=1)
        self.chaser[over], self.chased[over] = pair[:, 0], pair[:, 1]
        self.centre[over] = self.place[over].mean(1)

    def _alone(self) -> tuple[Array, Array]:
        """Where each would go by itself, and how fast: it walks and rests in turn, and veers."""
        rng, shape = self.rng, self.rests.shape
        dark = self.dark[:, None]
        self.rests ^= rng.uniform(size=shape) < np.where(self.rests, 0.6 + 0.9 * dark, 0.7 - 0.3 * dark) / RATE
        self.veer = 0.95 * self.veer + rng.normal(0, 1, shape) * (0.01 + 0.05 * self.dose[:, None])
        return self.heading + self.veer, np.where(self.rests, 0.0, 90.0 + 70.0 * dark)

    def _chase(self, aim: Array, fast: Array) -> None:
        """The chaser heads for the one that it chases, which flees."""
        k = np.flatnonzero(self.doing == CHASE)
        a, b = self.chaser[k], self.chased[k]
        between = self.place[k, b] - self.place[k, a]
        way, far = np.arctan2(between[:, 1], between[:, 0]), np.linalg.norm(between, axis=1)
        aim[k, a], fast[k, a] = way, np.where(far > 45, 330.0, 210.0)
        aim[k, b], fast[k, b] = way + 2 * self.veer[k, b], np.where(far < 120, 260.0, 60.0)

    def _huddle(self, aim: Array, fast: Array) -> None:
        """All come together, and stay."""
        k = np.flatnonzero(self.doing == HUDDLE)
        to = self.centre[k, None] - self.place[k]
        far = np.linalg.norm(to, axis=-1)
        aim[k] = np.where(far > 28, np.arctan2(to[..., 1], to[..., 0]), self.heading[k])
        fast[k] = np.where(far > 28, 120.0, 0.0)

    def _avoid_walls(self, aim: Array) -> None:
        inward = BOX / 2 - self.place
        near = (np.abs(inward) > BOX / 2 - WALL) & (
            np.stack([np.cos(aim), np.sin(aim)], -1) * np.sign(inward) < 0
        )  # heads for a wall
        aim[near.any(-1)] = np.arctan2(inward[..., 1], inward[..., 0])[near.any(-1)]

    def _roles(self) -> NDArray[np.int64]:
        roles, rows = np.zeros(self.rests.shape, np.int64), np.flatnonzero(self.doing == CHASE)
        roles[rows, self.chaser[rows]], roles[rows, self.chased[rows]] = 1, 2
        return roles


def _bodies(place: Array, heading: Array, group: _Group, rng: np.random.Generator) -> Array:
    """(sequence, frame, mouse, keypoint, 2) points of bodies that walk, turn their heads and sway their tails."""
    strain = group.strain[:, None, None]
    half = 30.0 + 4.0 * strain + rng.normal(0, 0.8, (len(strain), 1, 3))
    moved = np.linalg.norm(np.diff(place, axis=1, prepend=place[:, :1]), axis=-1)
    phase = 2 * np.pi * np.cumsum(moved, 1) / (1.4 * half) + rng.uniform(0, 6, half.shape)
    along, across = (
        np.broadcast_to(ALONG, (*phase.shape, 12)).copy(),
        np.broadcast_to(ACROSS, (*phase.shape, 12)).copy(),
    )
    stride = np.minimum(moved * RATE / 300.0, 1.0) * 0.2
    for paw, lag in STEPS.items():
        along[..., paw] += stride * np.cos(phase + lag)
    clock = np.arange(place.shape[1])[:, None] / RATE
    sway = 0.12 * np.sin(2 * np.pi * (1.0 + 1.2 * strain) * clock + rng.uniform(0, 6, half.shape))
    across[..., 10] += sway
    across[..., 11] += 2.2 * sway
    look = 4 * wrapped(np.diff(heading, axis=1, append=heading[:, -1:]))
    across[..., :3] += 0.45 * np.clip(look, -1, 1)[..., None]
    cos, sin = np.cos(heading)[..., None], np.sin(heading)[..., None]
    points = np.stack([cos * along - sin * across, sin * along + cos * across], -1) * half[..., None, None]
    return place[..., None, :] + points + rng.normal(0, 0.4, points.shape)
