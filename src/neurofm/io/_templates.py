"""Templates of Kilosort and phy: the channel on which each is largest, where that lies, and how long the spike lasts.

Kilosort's templates are of whitened data; where the inverse of that is beside, they are turned back, as phy does.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.errors import DataError
from neurofm.io._optional import optional

SHAPES = "templates.npy"
CHANNELS = ("templates_ind.npy", "template_ind.npy")  # of Kilosort, of SpikeInterface
WHITE, PLACES, SHANKS = "whitening_mat_inv.npy", "channel_positions.npy", "channel_shanks.npy"
READ = (SHAPES, *CHANNELS, WHITE, PLACES, SHANKS)
TOGETHER = 64  # templates looked at in one go

Arrays = dict[str, NDArray[Any]]


def templates(home: Path, rate: float) -> tuple[pd.DataFrame, list[str]]:
    """A row per template: `channel`, `x` and `depth` of it, `shank`, `trough_to_peak_ms`; what could not be read.

    Parameters
    ----------
    home : the folder
    rate : samples a second; 1 where that is not known
    """
    arrays, notes = _arrays(home)
    shapes = arrays.get(SHAPES)
    if shapes is None:
        return pd.DataFrame(), notes
    if shapes.ndim != 3 or not shapes.size:
        return pd.DataFrame(), [*notes, f"{SHAPES}: is {shapes.shape}, not (template, sample, channel), left out"]
    listed, told = _listed(arrays, shapes)
    back, more = _back(arrays, shapes) if listed is None else (None, [])
    peak, lasts = _peaks(shapes, back)
    channel = peak if listed is None else listed[np.arange(len(peak)), peak]
    table = pd.DataFrame({"channel": channel})
    table = table if rate == 1 else table.assign(trough_to_peak_ms=lasts / rate * 1000)
    places, further = _places(arrays, channel)
    return table.join(places), [*notes, *told, *more, *further]


def _arrays(home: Path) -> tuple[Arrays, list[str]]:
    """What is there and can be read, by its name."""
    arrays: Arrays = {}
    notes: list[str] = []
    for name in (name for name in READ if (home / name).is_file()):
        with optional(notes, name):
            values = np.load(home / name, allow_pickle=False)
            if values.dtype.kind not in "fiu":
                raise DataError(home / name, "", "holds no numbers")
            arrays[name] = values
    return arrays, notes


def _listed(arrays: Arrays, shapes: NDArray[Any]) -> tuple[NDArray[np.int64] | None, list[str]]:
    """(template, channel) which channels those of each template are; None where they are all, in order."""
    name = next((name for name in CHANNELS if name in arrays), "")
    if not name:
        return None, []
    listed = arrays[name]
    if listed.shape != (len(shapes), shapes.shape[2]):
        return None, [f"{name}: is {listed.shape} for templates {shapes.shape}, left out"]
    return None if (listed == np.arange(shapes.shape[2])).all() else listed.astype(np.int64), []


def _back(arrays: Arrays, shapes: NDArray[Any]) -> tuple[NDArray[np.float32] | None, list[str]]:
    """(channel, channel) what undoes the whitening; None where nothing is known of it."""
    back = arrays.get(WHITE)
    if back is None or back.shape == (shapes.shape[2], shapes.shape[2]):
        return None if back is None else back.astype(np.float32), []
    return None, [f"{WHITE}: is {back.shape} for templates {shapes.shape}, left out"]


def _peaks(shapes: NDArray[Any], back: NDArray[np.float32] | None) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(template,) along which of its channels each is largest, and the samples from trough to peak there."""
    peak, lasts = np.zeros(len(shapes), np.int64), np.full(len(shapes), np.nan)
    for a in range(0, len(shapes), TOGETHER):
        some = np.ascontiguousarray(shapes[a : a + TOGETHER], np.float32)
        some = some if back is None else some @ back
        rows = slice(a, a + len(some))
        peak[rows] = (some.max(1) - some.min(1)).argmax(1)
        wave = some[np.arange(len(some)), :, peak[rows]]
        trough = wave.argmin(1)
        after = np.where(np.arange(wave.shape[1]) > trough[:, None], wave, -np.inf)
        lasts[rows] = np.where(trough < wave.shape[1] - 1, after.argmax(1) - trough, np.nan)
    return peak, lasts


def _places(arrays: Arrays, channel: NDArray[np.int64]) -> tuple[pd.DataFrame, list[str]]:
    """Where each channel lies, and on which shank."""
    columns: Arrays = {}
    notes: list[str] = []
    for name, told in ((PLACES, ("x", "depth")), (SHANKS, ("shank",))):
        values = arrays.get(name)
        if values is None:
            continue
        table = values.reshape(-1, 1) if name == SHANKS else values
        if table.ndim == 2 and table.shape[1] >= len(told) and channel.min() >= 0 and channel.max() < len(table):
            columns |= {column: table[channel, k] for k, column in enumerate(told)}
        else:
            notes.append(f"{name}: is {values.shape} for channels from {channel.min()} to {channel.max()}, left out")
    return pd.DataFrame(columns, range(len(channel))), notes
