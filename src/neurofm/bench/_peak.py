"""One short training whose memory is watched.

``python -m neurofm.bench._peak write FILE SECONDS SEED`` or ``train FILE STEPS SEED``; prints one JSON object.
"""

from __future__ import annotations

import json
import sys
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

import pandas as pd

from neurofm import io
from neurofm.process import peak_mb, private_mb
from neurofm.synthetic import reaching

LOOK = 0.005  # seconds between two looks


class Peak:
    """The most private memory (MB) this process ever had while it was watched."""

    def __init__(self) -> None:
        self.most, self._over = 0.0, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Peak:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(LOOK):
            self.most = max(self.most, private_mb())


def write(path: Path, seconds: int, seed: int) -> dict[str, object]:
    """A simulated recording of eighty units, as a file; two minutes are held out, however long it is."""
    (recording,) = reaching.sessions(1, 80, seconds, seed=seed)
    edges = {"valid_domain": (0, 60), "test_domain": (60, 120), "train_domain": (121, seconds)}
    parts = {name: pd.DataFrame({"start": [float(a)], "stop": [float(b)]}) for name, (a, b) in edges.items()}
    io.write(replace(recording, intervals=parts), path)
    return {"path": str(path), "spikes": len(recording.spikes), "mb": path.stat().st_size / 1e6}


def train(path: Path, steps: int, seed: int) -> dict[str, object]:
    """Peaks of a training on the file."""
    from neurofm import training

    with tempfile.TemporaryDirectory() as folder, Peak() as peak:
        training.train("poyo", [path], f"{folder}/run", seed=seed, device="cpu", settings={"steps": steps})
    return {"private_mb": peak.most, "peak_mb": peak_mb()}


def main(what: str, path: str, number: str, seed: str) -> None:
    """Do one of both and print what came of it."""
    do = {"write": write, "train": train}[what]
    sys.stdout.write(json.dumps(do(Path(path), int(number), int(seed))) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
