"""Bodies that circle each other: which belong together, and which is which?

Several systems of two or three bodies move without touching each other. A body is to a network what a unit of a
recording is, its position what a rate is; shown in any order, it has to say who circles whom.
"""

from __future__ import annotations

from itertools import permutations
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

SPAN = 10.0  # seconds, G = 1
SAMPLES = {2: 50, 3: 200}  # in that time, by bodies of a system
SHOWN = {2: 10, 3: 50}  # of them in a row
EXACT = 1e-9  # relative error of the paths
MANY = 50  # systems moved at once; with more, all go at the small steps of those that come close
LIGHT, HEAVY = (0.8, 1.2), (1.2, 1.6)  # masses of the two bodies of a pair
PLACE = (0.5, 1.5)  # x and y of the first body of a pair
RADIUS = (0.9, 1.2)  # of the bodies of a triplet

Question = Literal["connection", "type", "both"]


def paths(trials: int = 500, *, systems: int = 2, bodies: int = 2, seed: int = 0) -> NDArray[np.float32]:
    """(trial, body, time, 2) positions of `systems` pairs or triplets, those of a system behind each other.

    The lighter body of a pair comes first; triplets have equal masses. Each system is seen from a moment of its own, so
    that time tells nothing.

    Parameters
    ----------
    bodies : of a system, 2 or 3

    References
    ----------
    Liu et al. 2022; pairs and triplets near circles as in Greydanus et al. 2019.
    """
    rng = np.random.default_rng(seed)
    begin, mass = _pairs(rng, trials * systems) if bodies == 2 else _triplets(rng, trials * systems)
    parts = range(0, len(begin), MANY)
    moved = np.concatenate([_move(begin[k : k + MANY], mass[k : k + MANY], SAMPLES[bodies]) for k in parts])
    first = rng.integers(0, SAMPLES[bodies] - SHOWN[bodies], len(moved))
    shown = moved[np.arange(len(moved))[:, None], :, first[:, None] + np.arange(SHOWN[bodies])]  # system time body xy
    return shown.transpose(0, 2, 1, 3).reshape(trials, systems * bodies, SHOWN[bodies], 2).astype(np.float32)


def orders(systems: int = 2, bodies: int = 2) -> NDArray[np.int64]:
    """(order, body) every order in which the bodies can be shown."""
    return np.array(list(permutations(range(systems * bodies))))


def answers(question: Question, systems: int = 2, bodies: int = 2) -> NDArray[np.int64]:
    """(order,) number of the class of each of `orders`.

    Parameters
    ----------
    question : "connection", which belong together (two pairs: 3 classes, two triplets: 10); "type", where the first,
        second and third ones are (6, 90); "both" (12, 360)
    """
    shown = orders(systems, bodies)
    together, kind = _ranked(shown // bodies), shown % bodies
    asked = {"connection": (together,), "type": (kind,), "both": (together, kind)}[question]
    return np.unique(np.concatenate(asked, 1), axis=0, return_inverse=True)[1].ravel()


def partners(order: NDArray[np.int64], bodies: int = 2) -> NDArray[np.bool_]:
    """(body, body) True where two that are shown in this order belong together and are not the same."""
    system = order // bodies
    same_system: NDArray[np.bool_] = (system[:, None] == system) & ~np.eye(len(order), dtype=bool)
    return same_system


def _ranked(system: NDArray[np.int64]) -> NDArray[np.int64]:
    """(order, body) systems named in the order in which they come: which one is called first means nothing."""
    first = np.argmax(system[:, :, None] == np.arange(system.max() + 1), 1)  # (order, system) where each comes first
    return np.take_along_axis(first.argsort(1).argsort(1), system, 1)


def _pairs(rng: np.random.Generator, count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Begin (system, body, place and speed x y) and masses (system, body) of pairs on opposite sides of the origin."""
    place = rng.uniform(*PLACE, (count, 2))
    radius = np.linalg.norm(place, axis=1, keepdims=True)
    speed = place[:, ::-1] * [-1, 1] / (2 * radius**1.5) * (1 + 0.05 * rng.standard_normal((count, 1)))
    one = np.concatenate([place, speed], 1)
    mass = np.stack([rng.uniform(*LIGHT, count), rng.uniform(*HEAVY, count)], 1)
    return np.stack([one, -one], 1), mass


def _triplets(rng: np.random.Generator, count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """As `_pairs`: three bodies of mass 1 at the corners of a triangle, each off its circle's speed by up to 10 %."""
    turn = rng.uniform(*RADIUS, (count, 2))
    radius = rng.uniform(*RADIUS, (count, 1, 1))
    angle = np.arctan2(turn[:, 1], turn[:, 0])[:, None] + 2 * np.pi / 3 * np.arange(3)
    out = np.stack([np.cos(angle), np.sin(angle)], -1)  # (system, body, xy)
    circle = np.sqrt(np.sin(np.pi / 3) / (2 * np.cos(np.pi / 6) ** 2) / radius)
    speed = out[..., ::-1] * [-1, 1] * circle * rng.uniform(0.9, 1.1, (count, 3, 2))
    return np.concatenate([out * radius, speed], -1), np.ones((count, 3))


def _move(begin: NDArray[np.float64], mass: NDArray[np.float64], samples: int) -> NDArray[np.float64]:
    """(system, body, time, xy) of systems at once; none of them feels another."""

    def change(_: float, flat: NDArray[np.float64]) -> NDArray[np.float64]:
        state = flat.reshape(begin.shape)
        apart = state[:, None, :, :2] - state[:, :, None, :2]  # (system, pulled, pulling, xy)
        cube = (apart**2).sum(-1) ** 1.5
        cube[:, np.arange(mass.shape[1]), np.arange(mass.shape[1])] = np.inf
        pull = ((mass[:, None] / cube)[..., None] * apart).sum(2)
        return np.concatenate([state[..., 2:], pull], -1).ravel()

    times = np.linspace(0, SPAN, samples)
    solution = solve_ivp(change, (0, SPAN), begin.ravel(), "DOP853", times, rtol=EXACT, atol=EXACT)
    return solution.y.reshape(*begin.shape, samples)[:, :, :2].swapaxes(2, 3)
