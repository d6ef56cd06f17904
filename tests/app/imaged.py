"""A folder of suite2p with a few cells that fluoresce, as small as can be shown."""

from __future__ import annotations

from pathlib import Path

import numpy as np

SHAPE, FRAMES = (40, 60), 50
CELLS = ((8, 10, 4), (8, 40, 5), (28, 20, 6), (30, 48, 3))  # y, x and radius


def folder(home: Path) -> Path:
    """Four round cells that do not touch, in a picture of 40 x 60 pixels."""
    rng = np.random.default_rng(0)
    plane = home / "mouse" / "suite2p" / "plane0"
    plane.mkdir(parents=True)
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    mean, stats = rng.normal(100, 5, SHAPE).astype(np.float32), []
    for row, column, radius in CELLS:
        inside = (y - row) ** 2 + (x - column) ** 2 <= radius**2
        mean[inside] += 60
        ypix, xpix = np.nonzero(inside)
        stats.append({"ypix": ypix, "xpix": xpix, "med": [row, column], "npix": len(ypix), "skew": float(radius)})
    traces = rng.normal(100, 3, (len(CELLS), FRAMES)).astype(np.float32)
    arrays = {"F": traces, "spks": np.clip(traces - 104, 0, None), "stat": np.array(stats, object)}
    options = {"fs": 10.0, "meanImg": mean, "Ly": SHAPE[0], "Lx": SHAPE[1]}
    arrays |= {"ops": np.array(options, object), "iscell": np.array([[1, 0.9], [1, 0.8], [0, 0.1], [1, 0.7]])}
    for name, values in arrays.items():
        np.save(plane / f"{name}.npy", values, allow_pickle=values.dtype == object)
    return home / "mouse"
