"""Tracks as we keep them: HDF5 with an array for each of their parts, and what is no array as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd

from neurofm.data.placed import SURE, Placed
from neurofm.data.plausible import Finding
from neurofm.data.tracks import Tracks
from neurofm.errors import DataError
from neurofm.io._hdf5 import array, storable, text, written
from neurofm.io._rows import row_table
from neurofm.specs import ReaderSpec

OBJECT, ABOUT = "neurofm tracks", "about"
WORDS = ("session", "subject", "unit", "video", "timeline")
NAMES = ("keypoints", "individuals", "feature_names")


def accepts(path: Path) -> bool:
    """Whether the root says that these are tracks."""
    if not h5py.is_hdf5(path):
        return False
    with h5py.File(path) as file:
        return text(file.attrs.get("object", "")) == OBJECT


def read(path: Path) -> Tracks:
    """The tracks that `write` wrote."""
    with h5py.File(path) as file:
        about = _about(path, file)
        arrays: dict[str, Any] = {
            key: array(path, file[key]) for key in ("times", "points", "confidence", "features") if key in file
        }
        labels = {name: array(path, file[f"label {k}"]) for k, name in enumerate(about["labels"])}
        trials = _trials(path, file, about["trials"])
    names: dict[str, Any] = {key: tuple(about[key]) for key in NAMES}
    skeleton = tuple((a, b) for a, b in about["skeleton"])
    words = {key: about[key] for key in WORDS}
    more: dict[str, Any] = {"notes": tuple(map(str, about.get("notes", ()))), "zero": float(about.get("zero", 0.0))}
    more["doubts"] = tuple(Finding(**one) for one in about.get("doubts", ()))
    more |= {"labels": labels, "skeleton": skeleton, "trials": trials, "paths": (str(path),)}
    return Tracks(**words, **names, **arrays, **more)


def _about(path: Path, file: Any) -> dict[str, Any]:
    try:
        about = json.loads(text(file[ABOUT]))
        missing = {*WORDS, *NAMES, "skeleton", "labels", "trials"} - set(about)
    except (KeyError, ValueError, TypeError) as error:
        raise DataError(path, ABOUT, f"cannot be read ({error}); the file is damaged, write it again") from error
    if missing:
        raise DataError(path, ABOUT, f"says nothing of {min(missing)}; the file is damaged, write it again")
    return dict(about)


def _trials(path: Path, file: Any, columns: list[str] | None) -> pd.DataFrame | None:
    if columns is None:
        return None
    arrays = {name: array(path, file[f"trials {k}"]) for k, name in enumerate(columns)}
    return row_table(arrays, len(arrays["start"]), "trials")[0]


def write(tracks: Tracks, path: str | os.PathLike[str]) -> Path:
    """Write tracks; `read` gives them back equal."""
    return written(path, partial(_write, tracks))


def amend(path: Path, before: Tracks, placed: Sequence[Placed]) -> None:
    """Put points where they are."""
    with h5py.File(path, "r+") as file:
        for one in placed:
            file["points"][one[:3]] = one.place or np.nan
            if before.confidence is not None:
                file["confidence"][one[:3]] = SURE if one.place else 0.0


def _write(tracks: Tracks, file: Any) -> None:
    file.attrs["object"] = OBJECT
    trials = tracks.trials
    about = {key: getattr(tracks, key) for key in (*WORDS, *NAMES, "skeleton", "zero", "notes")}
    about["doubts"] = [vars(one) for one in tracks.doubts]
    about |= {"labels": list(tracks.labels), "trials": None if trials is None else list(map(str, trials))}
    file[ABOUT] = json.dumps(about)
    for key in ("times", "points", "confidence", "features"):
        if getattr(tracks, key) is not None:
            file[key] = getattr(tracks, key)
    for k, values in enumerate(tracks.labels.values()):
        file.create_dataset(f"label {k}", data=storable(values))
    for k, column in enumerate([] if trials is None else trials):
        file.create_dataset(f"trials {k}", data=storable(trials[column].to_numpy()))  # type: ignore[index]


SPEC = ReaderSpec(
    title="Tracks",
    patterns=("*.tracks.h5",),
    accepts=accepts,
    read=read,
    kind="tracks",
    write=write,
    native=".h5",
    amend=amend,
)
