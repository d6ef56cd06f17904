"""Tracks on napari's canvas: the way of each animal, where they are at the one time, and their points and skeletons."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.app.colors import named
from neurofm.data import pose
from neurofm.data.pose_features import centre
from neurofm.data.tracks import Tracks

Layer = tuple[Any, dict[str, Any], str]  # data, options, kind

POSITIONS = 100_000  # of the slider at most
CORNERS = 3_000  # of the line that shows the way of an animal
FAINT = 0.25  # opacity of a point that is surely a guess
AROUND = 2.0  # seconds on each side by which it is judged whether a point is far from its animal
STRAY = (1.0, 1.0, 1.0, 1.0)  # rim of such a point


def layers(tracks: Tracks) -> list[Layer]:
    """Ways as faint lines, centres (time, y, x) that give the slider its range, points and skeleton of one moment.

    What shows one moment says in its metadata `at`: seconds -> attributes of the layer.
    """
    if not len(tracks.times) or not tracks.keypoints:
        return []
    size = _size(tracks)
    rgba = named(tracks.individuals, tracks.individuals).rgba / 255
    frames = _frames(tracks)
    ways = centre(np.asarray(tracks.points[frames]))[..., 1::-1]  # y, x
    shown = [*_ways(tracks, ways, size, rgba), *_centres(tracks, frames, ways, size, rgba)]
    begin = float(tracks.times[0])
    points = partial(_points, tracks, rgba)
    held = points(begin)
    features = {"individual": np.repeat(tracks.individuals, len(tracks.keypoints))}
    features["keypoint"] = np.tile(tracks.keypoints, len(tracks.individuals))
    options = {
        "name": f"{tracks.session} points", "size": 0.22 * size, "border_width": 0.2, "features": features,
        "metadata": {"at": points},
    }  # fmt: skip
    shown.append((held.pop("data"), options | held, "points"))
    if tracks.skeleton:
        bones = partial(_bones, tracks, rgba)
        held = bones(begin)
        options = {"name": f"{tracks.session} skeleton", "vector_style": "line", "edge_width": 0.06 * size}
        shown.append((held.pop("data"), options | held | {"metadata": {"at": bones}}, "vectors"))
    return shown


def _frames(tracks: Tracks) -> NDArray[np.intp]:
    """Frames for which there is a position of the slider."""
    count = len(tracks.times)
    return np.linspace(0, count - 1, min(count, POSITIONS // max(len(tracks.individuals), 1))).round().astype(np.intp)


def _size(tracks: Tracks) -> float:
    """About how wide an animal is, in the unit of its points."""
    some = np.asarray(tracks.points[np.linspace(0, len(tracks.times) - 1, 200).astype(int)][..., :2])
    wide = np.linalg.norm(some - pose.median(some, 2)[:, :, None], axis=-1)
    usual = float(pose.median(wide.reshape(1, -1), 1)[0])
    spread = float(np.nanmax(some, initial=0) - np.nanmin(some, initial=0))
    return usual if np.isfinite(usual) and usual > 0 else max(0.03 * spread, 1e-6)


def _ways(tracks: Tracks, ways: NDArray[Any], size: float, rgba: NDArray[Any]) -> list[Layer]:
    """A line for each animal, where it was seen at all."""
    every = max(-(-len(ways) // CORNERS), 1)
    lines = [way[np.isfinite(way).all(1)][::every] for way in ways.transpose(1, 0, 2)]
    kept = [k for k, line in enumerate(lines) if len(line) > 1]
    if not kept:
        return []
    options = {
        "name": f"{tracks.session} ways", "shape_type": "path", "edge_color": rgba[kept], "opacity": 0.3,
        "face_color": "transparent", "edge_width": 0.05 * size,
    }  # fmt: skip
    return [([lines[k] for k in kept], options, "shapes")]


def _centres(
    tracks: Tracks, frames: NDArray[np.intp], ways: NDArray[Any], size: float, rgba: NDArray[Any]
) -> list[Layer]:
    """Centres (position, y, x) of all animals, on a grid of seconds, as napari's slider wants them."""
    times = tracks.times[frames]
    step = float(np.median(np.diff(times))) if len(times) > 1 else 1.0
    position = np.round((times - times[0]) / step)
    frame, animal = np.nonzero(np.isfinite(ways).all(-1))
    if not len(frame):
        return []
    places = np.c_[position[frame], ways[frame, animal]]
    options = {
        "name": f"{tracks.session} centres", "scale": (step, 1.0, 1.0), "translate": (float(times[0]), 0.0, 0.0),
        "size": 0.5 * size, "face_color": "transparent", "border_color": rgba[animal], "border_width": 0.15,
    }  # fmt: skip
    return [(places, options, "points")]


def _at(tracks: Tracks, seconds: float) -> tuple[NDArray[Any], NDArray[Any]]:
    """Places (individual, keypoint, 2) as y and x at a time, and how sure each is; NaN where no frame is near."""
    k = int(np.clip(np.searchsorted(tracks.times, seconds + 0.5 * tracks.step, "right") - 1, 0, len(tracks.times) - 1))
    places = np.asarray(tracks.points[k])[..., 1::-1].astype(float)
    if abs(tracks.times[k] - seconds) > pose.LATE * max(tracks.step, 1e-9):
        places = np.full_like(places, np.nan)
    confidence = tracks.confidence
    sure = np.ones(places.shape[:2]) if confidence is None else np.asarray(confidence[k], float)
    return places, sure


def _points(tracks: Tracks, rgba: NDArray[Any], seconds: float) -> dict[str, Any]:
    """All points at a time: fainter the less sure, with a rim where one is far from its animal."""
    places, sure = _at(tracks, seconds)
    first, last = np.searchsorted(tracks.times, [seconds - AROUND, seconds + AROUND])
    near = np.asarray(tracks.points[first:last])
    now = int(np.searchsorted(tracks.times[first:last], seconds + 0.5 * tracks.step, "right")) - 1
    far = pose.strays(near)[max(now, 0)] if len(near) else np.zeros(sure.shape, bool)
    seen = np.isfinite(places).all(-1)
    color = np.repeat(rgba, sure.shape[1], 0)
    color[:, 3] = (FAINT + (1 - FAINT) * sure).ravel()
    rim = np.where(far.reshape(-1, 1), STRAY, color)
    flat = np.where(seen[..., None], places, 0.0).reshape(-1, 2)
    return {"data": flat, "shown": seen.ravel(), "face_color": color, "border_color": rim}


def _bones(tracks: Tracks, rgba: NDArray[Any], seconds: float) -> dict[str, Any]:
    """Lines (line, 2, 2) between the joined points that were seen: where each begins, and where to."""
    places, _ = _at(tracks, seconds)
    ends = places[:, np.array(tracks.skeleton, int)]  # (individual, line, 2, 2)
    lines = np.stack([ends[:, :, 0], ends[:, :, 1] - ends[:, :, 0]], 2)
    seen = np.isfinite(lines).all((-1, -2))
    color = np.repeat(rgba[:, None], lines.shape[1], 1)
    return {"data": lines[seen], "edge_color": color[seen]}


SPEC = layers
