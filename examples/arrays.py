"""From arrays to a decoder and back to tables: a recording, cross-validation in scikit-learn, latents as a frame.

Run it with ``python examples/arrays.py [LATENTS.csv]``; it takes half a minute.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import KFold, cross_val_score

import neurofm as nf

DT, BINS, UNITS = 0.02, 3000, 30  # seconds a bin


def simulate() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Counts of units that are tuned to a velocity, and the velocity; both indexed by seconds."""
    rng, times = np.random.default_rng(0), DT * np.arange(BINS)
    velocity = np.stack([np.sin(times / 0.7), np.cos(times / 1.1)], 1)
    rates = np.exp(velocity @ rng.normal(size=(2, UNITS)) - 1.5)
    names = [f"unit {k}" for k in range(UNITS)]
    return pd.DataFrame(rng.poisson(rates), times, names), pd.DataFrame(velocity, times, ["x", "y"])


def main(path: Path) -> None:
    """Decode the velocity three times over, train once more on all of it, and write the latents."""
    counts, velocity = simulate()
    ridge = cross_val_score(nf.NeuroFMDecoder("ridge"), counts, velocity, cv=KFold(3))
    settings = {"dim": 32, "depth": 1, "steps": 100}
    ours = cross_val_score(nf.NeuroFMDecoder("poyo", dt=DT, settings=settings), counts, velocity, cv=KFold(3))
    said = [
        f"R² of {name}: {scores.mean():.2f} ± {scores.std():.2f}" for name, scores in (("ridge", ridge), ("POYO", ours))
    ]

    recording = nf.recording(counts=counts, behaviour={"velocity": velocity}, session="simulated")
    run = nf.train("poyo", recording, path.with_name("run of arrays"), settings=settings, exist_ok=True)
    run.embed(recording, of="time").to_frame().to_csv(path, index=False)
    again = nf.recording(recording.to_nwb())  # through NWB, in memory
    said += [repr(recording), f"the same after NWB: {np.array_equal(again.spikes.times, recording.spikes.times)}"]
    sys.stdout.write("\n".join(said) + "\n")
    assert ridge.mean() > 0.5, ridge
    assert ours.mean() > 0.3, ours


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp()) / "latents.csv")
