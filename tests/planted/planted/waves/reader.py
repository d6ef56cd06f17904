"""Files of waves: arrays in a zip."""

from __future__ import annotations

import numpy as np
import pandas as pd

from neurofm.specs import ReaderSpec
from planted.waves import Wave


def accepts(path):
    with np.load(path, allow_pickle=False) as arrays:
        return "heights" in arrays


def read(path):
    with np.load(path, allow_pickle=False) as arrays:
        frames = {name: arrays[name] for name in ("times", "heights", "wind")}
        words = {name: str(arrays[name]) for name in ("session", "subject", "clock")}
        bouts = pd.DataFrame({name: arrays[name] for name in ("start", "stop", "weather")})
    return Wave(**frames, **words, bouts=bouts.astype({"weather": object}), paths=(str(path),))


def write(wave, path):
    frames = {name: getattr(wave, name) for name in ("session", "subject", "clock", "times", "heights", "wind")}
    bouts = {name: wave.bouts[name].to_numpy(float) for name in ("start", "stop")}
    with path.open("wb") as file:
        np.savez(file, **frames, **bouts, weather=wave.bouts["weather"].to_numpy(str))
    return path


SPEC = ReaderSpec(
    title="Waves", patterns=("*.wave",), accepts=accepts, read=read, kind="wave", write=write, native=".wave"
)
