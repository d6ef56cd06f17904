"""A process of its own: opens tracks of very many hours, browses them, embeds hours of them, and tells its memory.

``python -m neurofm.bench._long_tracks write FILE HOURS SEED`` or ``browse FILE RUN TIMES SEED``; prints a JSON object.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm import io, registry
from neurofm.app.pictures.scene import Viewport
from neurofm.app.session import Session
from neurofm.bench._peak import Peak
from neurofm.data.ids import pack
from neurofm.data.tracks import FRAME, Tracks
from neurofm.process import peak_mb

RATE, HOUR = 30.0, 108_000  # frames a second, and in an hour
KEYPOINTS = (
    "nose", "left ear", "right ear", "neck", "left forepaw", "right forepaw", "back", "left hindpaw", "right hindpaw",
    "tail base", "tail middle", "tail tip",
)  # fmt: skip
VIEWS = ("pose", "table")
SHOWN = 60.0  # seconds of a trace
Floats = NDArray[np.float32]


def walking(frames: int, rng: np.random.Generator, first: NDArray[np.float64] | None = None) -> Floats:
    """(frame, 1, keypoint, 2) places of an animal that wanders about and swings its limbs."""
    way = np.cumsum(rng.normal(0, 0.15, frames))
    middle = np.cumsum(np.stack([np.cos(way), np.sin(way)], -1) * rng.uniform(0, 2, (frames, 1)), 0)
    k = np.arange(len(KEYPOINTS))
    along, aside = 30 - 5 * k, 8 * np.sin(k + np.arange(frames)[:, None] * 0.6)
    turn = np.stack([np.cos(way), np.sin(way)], -1)
    own = along[None, :, None] * turn[:, None] + aside[..., None] * turn[:, None, ::-1] * [-1, 1]
    places = (middle + (300 if first is None else first))[:, None] + own + rng.normal(0, 0.5, (frames, len(k), 2))
    return places[:, None].astype(np.float32)


def session(frames: int, seed: int) -> Tracks:
    """Such tracks of one animal in memory."""
    points, times = walking(frames, np.random.default_rng(seed)), np.arange(frames) / RATE
    return Tracks(session="a while", times=times, points=points, keypoints=KEYPOINTS, individuals=("mouse",))


def write(path: Path, hours: int, seed: int) -> dict[str, Any]:
    """Tracks of so many hours in a file, simulated hour by hour."""
    frames, rng = hours * HOUR, np.random.default_rng(seed)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder, Peak() as peak:
        points = np.memmap(Path(folder) / "points", np.float32, "w+", shape=(frames, 1, len(KEYPOINTS), 2))
        sure = np.memmap(Path(folder) / "sure", np.float32, "w+", shape=points.shape[:3])
        for k in range(hours):
            part = slice(k * HOUR, (k + 1) * HOUR)
            points[part] = walking(HOUR, rng)
            sure[part] = rng.uniform(0.8, 1, sure[part].shape)
        about: dict[str, Any] = {"points": points, "confidence": sure, "keypoints": KEYPOINTS}
        tracks = Tracks(session="hours", times=np.arange(frames) / RATE, individuals=("mouse",), **about)
        io.write(tracks, path)
    return {"frames": frames, "mb": path.stat().st_size / 1e6, "private_mb": peak.most}


def browse(path: Path, run: str, times: int, seed: int) -> dict[str, Any]:
    """Seconds and memory of opening it, of pictures of any moment, and of two hours that are embedded one by one."""
    from neurofm import training

    rng, seconds = np.random.default_rng(seed), dict[str, list[float]]()
    trained = training.load(run)
    with Peak() as peak:
        began = time.perf_counter()
        tracks: Any = io.read(path)
        session = Session([tracks])
        seconds["open"] = [time.perf_counter() - began]
        tracks.findings()
        for _ in range(times):
            session.time = float(rng.uniform(0, tracks.domain[-1, 1] - SHOWN))
            for view in VIEWS:
                _timed(seconds, view, lambda view=view: _drawn(session, view))
            _timed(seconds, "trace", lambda: _trace(session, tracks))
        browsed = peak.most
        for k in rng.integers(0, max(len(tracks.times) // HOUR, 1), 2):
            hour = tracks.between(3600.0 * k, 3600.0 * (k + 1))
            _timed(seconds, "embed an hour", lambda hour=hour: trained.embed(hour, FRAME))
    return {"seconds": seconds, "browsed_mb": browsed, "private_mb": peak.most, "peak_mb": peak_mb()}


def _timed(seconds: dict[str, list[float]], what: str, do: Any) -> None:
    began = time.perf_counter()
    do()
    seconds.setdefault(what, []).append(time.perf_counter() - began)


def _drawn(session: Session, view: str) -> Any:
    spec = registry.get("neurofm.app.views", view)
    return spec.scene(session.view(view), session, Viewport(width=800, height=600))


def _trace(session: Session, tracks: Tracks) -> NDArray[Any]:
    """How fast it was in the minute to come."""
    first, last = np.searchsorted(tracks.times, [session.time, session.time + SHOWN])
    ids = pack(session.number(tracks.session), np.arange(first, last))
    return session.values(FRAME, "speed", ids)


def main(what: str, path: str, *words: str) -> None:
    """Do one of both and print what came of it."""
    did = write(Path(path), *map(int, words)) if what == "write" else browse(Path(path), words[0], *map(int, words[1:]))
    sys.stdout.write(json.dumps(did) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
