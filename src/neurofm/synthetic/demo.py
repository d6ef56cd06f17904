"""The demo: two animals that fetch rewards in an open arena, with units whose tuning is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data import Recording, Series
from neurofm.synthetic.process import draw_spikes, smooth_noise

DT = 0.02  # seconds a sample
ARENA = (100.0, 80.0)  # cm
CRUISE = 15.0  # cm/s along each axis: the velocity that counts as one in the units' tuning
DEPTHS_UM = {"CA1": (1400, 1650), "M1": (600, 1300), "PFC": (2200, 2900)}  # below the surface


@dataclass(frozen=True)
class _Walk:
    """Where an animal was, how fast, and what it was after."""

    times: NDArray[np.float64]  # (time,) seconds
    position: NDArray[np.float64]  # (time, 2) cm
    velocity: NDArray[np.float64]  # (time, 2) cm/s
    trials: pd.DataFrame


def demo(seed: int = 0, duration: float = 300.0) -> list[Recording]:
    """Recordings "ada" and "bo", `duration` seconds each, of about fifty units in three regions.

    Place units of CA1 fire in a field, M1 units for a direction of movement, PFC units 0.2 s after a trial starts
    or for nothing. The units table holds this truth: `kind` (place, direction, cue, noise), `field_x` and `field_y`
    in cm, `preferred` in radians; and where each lies: `region`, `x_um`, `y_um` on the probe, `depth_um`.
    """
    counts = {"ada": (22, 18, 4, 4), "bo": (26, 20, 5, 5)}
    return [
        _recording(name, n, duration, np.random.default_rng([seed, k])) for k, (name, n) in enumerate(counts.items())
    ]


def _recording(name: str, counts: tuple[int, ...], duration: float, rng: np.random.Generator) -> Recording:
    walk = _walk(rng, round(duration / DT))
    units = _units(rng, counts)
    return Recording(
        session=name,
        subject=name.capitalize(),
        spikes=draw_spikes(rng, _rates(rng, units, walk), DT),
        units=units,
        series={
            "position": Series(walk.times, walk.position, ("x", "y"), "cm"),
            "velocity": Series(walk.times, walk.velocity, ("vx", "vy"), "cm/s"),
        },
        intervals={"trials": walk.trials},
        domain=np.array([[0.0, len(walk.times) * DT]]),
        notes=("simulated: the units table holds each unit's true tuning",),
    )


def _walk(rng: np.random.Generator, samples: int) -> _Walk:
    """An animal that goes from one of twelve wells to the next, in curves, and stays at each for a moment."""
    wells = np.array([x + 1j * y for y in (12, 40, 68) for x in (12, 37, 63, 88)])
    names = np.array([f"{row}{column}" for row in "ABC" for column in range(1, 5)])
    mood = smooth_noise(rng, samples, 2, dt=DT, tau=1.0, sigma=0.2)
    bends, hurry = np.exp(0.7j * mood[:, 0]), np.exp(0.25 * mood[:, 1])
    place, going, target, leave, start = complex(50, 40), 0j, int(rng.integers(12)), 0, 0
    path, trials = np.empty(samples, complex), []
    for k in range(samples):
        path[k] = place
        way = wells[target] - place
        near = abs(way)
        if k >= leave and near < 4:
            trials.append((start * DT, k * DT, names[target], bool(rng.random() < 0.8)))
            leave = start = k + int(rng.uniform(0.6, 1.2) / DT)
            target = int((target + rng.integers(1, 12)) % 12)
        bend = bends[k] ** min(near / 25, 1.0)  # straight on when nearly there
        wanted = 0j if k < leave else way / near * bend * hurry[k] * min(5 + 2 * near, 32.0)
        going += (wanted - going) * DT / 0.2
        place = complex(*np.clip([(place + going * DT).real, (place + going * DT).imag], 1, np.array(ARENA) - 1))
    position = np.stack([path.real, path.imag], 1)
    table = pd.DataFrame(trials, columns=["start", "stop", "target", "rewarded"])
    return _Walk(np.arange(0.5, samples) * DT, position, np.gradient(position, DT, axis=0), table)


def _units(rng: np.random.Generator, counts: tuple[int, ...]) -> pd.DataFrame:
    """A row per unit, with only the truth that its kind has."""
    kind = np.repeat(["place", "direction", "cue", "noise"], counts)
    region = np.select([kind == "place", kind == "direction"], ["CA1", "M1"], "PFC")
    shallow, deep = np.array([DEPTHS_UM[r] for r in region], float).T
    depth = rng.uniform(shallow, deep)
    count = len(kind)
    field = np.where((kind == "place")[:, None], rng.uniform(8, np.array(ARENA) - 8, (count, 2)), np.nan)
    return pd.DataFrame(
        {
            "label": [f"unit {k}" for k in range(count)],
            "region": region,
            "kind": kind,
            "x_um": 32.0 * rng.integers(0, 2, count),
            "y_um": deep + 100 - depth,  # from the tip of the probe
            "depth_um": depth,
            "field_x": field[:, 0],
            "field_y": field[:, 1],
            "preferred": np.where(kind == "direction", rng.uniform(-np.pi, np.pi, count), np.nan),
        }
    )


def _rates(rng: np.random.Generator, units: pd.DataFrame, walk: _Walk) -> NDArray[np.float64]:
    """(time, unit) Hz."""
    kind = units["kind"].to_numpy()
    rates = np.tile(rng.uniform(2, 8, len(units)), (len(walk.times), 1))
    place, direction, cue = (np.flatnonzero(kind == k) for k in ("place", "direction", "cue"))
    away = walk.position[:, None] - units.loc[place, ["field_x", "field_y"]].to_numpy()
    width = rng.uniform(9, 14, len(place))
    rates[:, place] = 0.2 + rng.uniform(15, 30, len(place)) * np.exp(-(away**2).sum(2) / (2 * width**2))
    preferred = units.loc[direction, "preferred"].to_numpy()
    along = walk.velocity / CRUISE @ np.stack([np.cos(preferred), np.sin(preferred)])
    rates[:, direction] *= np.exp(rng.uniform(0.6, 1.0, len(direction)) * along)
    starts = walk.trials["start"].to_numpy()
    since = walk.times - starts[np.maximum(np.searchsorted(starts, walk.times, "right") - 1, 0)]
    rates[:, cue] += 30 * np.exp(-0.5 * ((since - 0.2) / 0.07) ** 2)[:, None]
    return rates
