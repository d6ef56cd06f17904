"""Features of poses for learning: where an animal's points are as itself sees them, and how that changes.

Points are (frame, individual, keypoint, axis) with x and y first; angles are in radians, from x towards y. `first`
marks frames that follow no other, as those that begin a trial: nothing changes from one trial to the next.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurofm.data.pose import LATE, median, turned

Array = NDArray[np.floating]

MOUSE = (  # the points that features of a mouse are made of, in this order
    "nose", "left ear", "right ear", "neck", "left forepaw", "right forepaw", "back", "left hindpaw", "right hindpaw",
    "tail base", "tail middle", "tail tip",
)  # fmt: skip
NOSE, _, _, NECK, LEFT_FORE, RIGHT_FORE, BACK, LEFT_HIND, RIGHT_HIND, TAIL, MIDDLE, TIP = range(12)


def begins(times: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(frame,) those that follow no other: the first, and those behind a gap."""
    step = np.diff(times)
    usual = float(np.median(step)) if len(step) else 0.0
    return np.r_[True, step > LATE * usual][: len(times)]


def centre(points: Array) -> Array:
    """(frame, individual, axis) where each animal is: the median of its points."""
    return median(points, 2)


def heading(points: Array, back: int, front: int) -> Array:
    """(frame, individual) angle of the line from one point to another."""
    return _angle(points[..., front, :] - points[..., back, :])


def wrapped(angle: ArrayLike) -> Array:
    """Angles in [-pi, pi)."""
    return (np.asarray(angle) + np.pi) % (2 * np.pi) - np.pi


def change(values: Array, first: NDArray[np.bool_]) -> Array:
    """What changed since the frame before; in a frame that follows none, what changes until the next."""
    changed = np.diff(values, axis=0, prepend=values[:1])
    after = np.r_[changed[1:], changed[-1:]] if len(changed) else changed
    lonely = np.r_[first[1:], True]
    changed[first] = np.where(lonely[first].reshape(-1, *[1] * (values.ndim - 1)), 0, after[first])
    return changed


def turning(angle: Array, first: NDArray[np.bool_]) -> Array:
    """By how much an angle changed, the shorter way round."""
    return wrapped(change(angle, first))


def distance(points: Array, a: int, b: int) -> Array:
    """(frame, individual) between two points."""
    return np.linalg.norm(points[..., a, :] - points[..., b, :], axis=-1)


def bend(points: Array, a: int, b: int, c: int) -> Array:
    """(frame, individual) angle at `b` between the lines to `a` and to `c`."""
    one, other = (_angle(points[..., k, :] - points[..., b, :]) for k in (a, c))
    return wrapped(other - one)


def filled(points: Array, times: NDArray[np.float64], longest: float) -> Array:
    """Points with gaps of up to `longest` seconds bridged by lines; longer ones, and the ends, stay as they are."""
    whole = points.reshape(len(points), -1).copy()
    for column in whole.T:
        seen = np.flatnonzero(np.isfinite(column))
        if len(seen) > 1:
            inside = np.searchsorted(seen, np.arange(len(column)))
            left, right = seen[np.clip(inside - 1, 0, None)], seen[np.clip(inside, None, len(seen) - 1)]
            short = (times[right] - times[left] <= longest) & (left < right) & ~np.isfinite(column)
            column[short] = np.interp(times[short], times[seen], column[seen])
    return whole.reshape(points.shape)


def mouse(points: Array, first: NDArray[np.bool_], slow: float = 0.0) -> tuple[dict[str, Array], dict[str, Array]]:
    """Features of mice by name, (frame, individual) each: 67 to learn from and 9 actions to predict.

    Parameters
    ----------
    points : of the points `MOUSE`
    slow : distance a frame below which an animal is taken to stand, so that it moves in no direction

    References
    ----------
    Azabou et al. 2023. Their code takes the change of x for that of y where the head moves, and the left forepaw's
    for the right one's; a point counts as missing where its x is exactly 0. Here each is what its name says, and a
    point is missing where it is NaN: then inputs and actions are NaN, and `ignore` is 1, or NaN of a mouse of which
    no point was seen.
    """
    state = _mouse_state(points)
    moves = {name: change(value, first) for name, value in state.items() if name.endswith(" r")}
    turns = {name: turning(value, first) for name, value in state.items() if name.endswith((" angle", " way"))}
    head = _motion(points[..., NECK, :], first, slow)
    hind = _motion(points[..., BACK, :], first, slow)
    missing: NDArray[np.bool_] = np.isnan(points[..., :2]).any((-1, -2))  # type: ignore[assignment]
    ignore = missing | (np.r_[missing[:1], missing[:-1]] & ~first[:, None])
    inputs = _as_inputs(state) | _prefixed("head", _motion_inputs(head)) | _prefixed("hind", _motion_inputs(hind))
    inputs |= {f"{name} change": value for name, value in moves.items()} | _circled(turns)
    actions = {
        "head speed": head["speed"], "head direction": head["way"], "head veering": head["veering"],
        "head turning": turns["head way"], "hind speed": hind["speed"], "hind direction": hind["way"],
        "hind veering": hind["veering"], "hind turning": turns["hind way"], "spine r change": moves["spine r"],
    }  # fmt: skip
    given, done = ({n: np.where(ignore, np.nan, x) for n, x in named.items()} for named in (inputs, actions))
    away = np.isnan(points[..., :2]).any(-1).all(-1)
    return given | {"ignore": np.where(away, np.nan, ignore).astype(points.dtype)}, done


def _mouse_state(points: Array) -> dict[str, Array]:
    """Places, lengths (" r") and angles (" angle", " way") that say how a mouse is held."""
    neck, back = points[..., NECK, :], points[..., BACK, :]
    hind_way = heading(points, TAIL, BACK)
    own = turned(points - points[..., BACK : BACK + 1, :], -hind_way[..., None])
    fore = {"left": points[..., LEFT_FORE, :] - neck, "right": points[..., RIGHT_FORE, :] - neck}
    state = {"head x": neck[..., 0], "head y": neck[..., 1], "head way": heading(points, NECK, NOSE)}
    for side, place in fore.items():
        state |= {f"{side} forepaw r": _length(place), f"{side} forepaw angle": _angle(place)}
    state["forepaws angle"] = wrapped(state["right forepaw angle"] - state["left forepaw angle"])
    state |= {"hind x": back[..., 0], "hind y": back[..., 1], "hind way": hind_way}
    for side, k in (("left", LEFT_HIND), ("right", RIGHT_HIND)):
        state |= {f"{side} hindpaw r": _length(own[..., k, :]), f"{side} hindpaw angle": _angle(own[..., k, :])}
    state["tail r"] = _length(own[..., TAIL, :])
    state["tail base angle"] = _angle(own[..., MIDDLE, :] - own[..., TAIL, :])
    state["tail tip angle"] = _angle(own[..., TIP, :] - own[..., MIDDLE, :])
    return state | {"spine r": _length(back - neck), "spine angle": _angle(back - neck)}


def _motion(place: Array, first: NDArray[np.bool_], slow: float) -> dict[str, Array]:
    """How far a place moves in a frame, in which direction, and how that changes."""
    step = change(place, first)
    speed, way = _length(step), _angle(step)
    stands: NDArray[np.bool_] = speed <= slow
    speed, way = np.where(stands, 0, speed), np.where(stands, 0, way)
    return {"speed": speed, "way": way, "veering": turning(way, first)}


def _motion_inputs(motion: Mapping[str, Array]) -> dict[str, Array]:
    return {"speed": motion["speed"]} | _circle("direction", motion["way"]) | _circle("veering", motion["veering"])


def _as_inputs(state: Mapping[str, Array]) -> dict[str, Array]:
    """Angles as cosine and sine, all else as it is."""
    inputs: dict[str, Array] = {}
    for name, value in state.items():
        inputs |= _circle(name, value) if name.endswith((" angle", " way")) else {name: value}
    return inputs


def _circled(turns: Mapping[str, Array]) -> dict[str, Array]:
    inputs: dict[str, Array] = {}
    for name, value in turns.items():
        inputs |= _circle(f"{name} change", value)
    return inputs


def _circle(name: str, angle: Array) -> dict[str, Array]:
    return {f"{name} cos": np.cos(angle), f"{name} sin": np.sin(angle)}


def _prefixed(prefix: str, inputs: Mapping[str, Array]) -> dict[str, Array]:
    return {f"{prefix} {name}": value for name, value in inputs.items()}


def _angle(place: Array) -> Array:
    return np.arctan2(place[..., 1], place[..., 0])


def _length(place: Array) -> Array:
    return np.hypot(place[..., 0], place[..., 1])
