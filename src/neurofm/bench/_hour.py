"""A process of its own: opens a recording, picks units, asks every view for its scene, and tells its peak memory."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from neurofm import io, registry
from neurofm.app.pictures.scene import Viewport
from neurofm.app.session import Session
from neurofm.process import peak_mb

VIEWS = ("raster", "trace", "table", "tuning", "latent")


def main(path: str, seed: int, times: int) -> None:
    """Write sizes in MB as JSON."""
    here, view = Session([io.read_recording(path)]), Viewport(width=600, height=400)
    specs, rng = {name: registry.get("neurofm.app.views", name) for name in VIEWS}, np.random.default_rng(seed)
    units = len(here.table("unit"))
    for _ in range(times):
        here.selection.pick("unit", rng.choice(units, 50, replace=False))
        for name, spec in specs.items():
            spec.scene(here.view(name), here, view)
    sys.stdout.write(json.dumps({"file_mb": Path(path).stat().st_size / 1e6, "peak_mb": peak_mb()}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
