"""
Train a decoder and look at its units
=====================================

POYO learns from the demo's two animals, and its vectors of units know each unit's true preferred direction. Run it
with ``python examples/train_poyo.py [FOLDER]``; it takes less than a minute on two cores.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import torch

import neurofm as nf
from neurofm.synthetic.demo import demo


def direction_error(values: np.ndarray, preferred: np.ndarray) -> float:
    """Median error, in degrees, of directions read linearly from the embeddings of units left out one by one."""
    target = np.stack([np.cos(preferred), np.sin(preferred)], 1)
    centred = values - values.mean(0)
    gram = centred @ centred.T
    hat = gram @ np.linalg.inv(gram + 0.1 * np.trace(gram) / len(gram) * np.eye(len(gram)))
    read = target - (target - hat @ target) / (1 - np.diag(hat))[:, None]  # ridge without the unit itself
    error = np.angle(np.exp(1j * (np.arctan2(read[:, 1], read[:, 0]) - preferred)))
    return float(np.degrees(np.median(np.abs(error))))


def main(folder: Path) -> None:
    """Train, decode, embed."""
    torch.set_num_threads(1)  # so small a model learns no quicker on more
    recordings = demo(seed=0)
    settings = {"target": "velocity", "steps": 300, "dim": 32, "depth": 1, "window": 0.5}
    run = nf.train("poyo", recordings, folder / "run", settings=settings, step=lambda f, text, *_, **__: tell(f, text))

    decoded = run.predict(recordings[0])
    tell(1, f"velocity of {decoded.session}, held out: R2 {decoded.metrics['r2']:.2f}")
    assert decoded.metrics["r2"] > 0.7

    space = run.embed(recordings, of="unit")
    preferred = np.concatenate([r.units["preferred"] for r in recordings])
    tuned = np.isfinite(preferred)
    error = direction_error(space.values[tuned], preferred[tuned])
    tell(1, f"{tuned.sum()} direction units: their embeddings tell the preferred direction within {error:.0f} degrees")
    assert error < 30  # chance is 90

    session = nf.Session(recordings)
    for result in (run, space, decoded):
        session.add(result)
    session.view("latent").color_by = "preferred"
    session.figure("latent", folder / "latent.png")
    session.figure("trace", folder / "trace.png")


def tell(fraction: float, text: str) -> None:
    """A line of progress."""
    sys.stderr.write(f"{fraction:4.0%} {text}\n")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as folder:
            main(Path(folder))
