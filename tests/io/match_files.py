"""Two units of one animal and one of another, as we write what is matched: made by hand."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np


def matches(folder: Path) -> Path:
    path = folder / "pair.matches.h5"
    about: dict = {"session": "s1", "subject": "", "space": "unit", "by": "tuning", "method": "nearest", "level": 0.1}
    about |= {
        "seed": 0,
        "conditions": {"left": 1},
        "features": ["left"],
        "options": {},
        "notes": [],
        "distances": [[0, 1]],
    }
    columns = {"animals": ["label", "found", "chance"], "units": ["label", "group"]}
    columns["pairs"] = ["a", "b", "distance", "rank", "margin", "q", "given"]
    words = h5py.string_dtype()
    with h5py.File(path, "w") as file:
        file.attrs.update({"object": "Matches", "about": json.dumps(about | {"columns": columns})})
        file["animals/0"], file["units/0"] = np.array(["ada", "bo"], words), np.array(["x", "y", "z"], words)
        file["animals/1"], file["animals/2"] = [0.5, 1.0], [0.5, 1.0]
        file["units/1"] = np.array(["", "", ""], words)
        for k, column in enumerate(([0], [2], [0.25], [1], [0.5], [0.05], [False])):
            file[f"pairs/{k}"] = np.array(column)
        file["animal"], file["profiles"] = np.array([0, 0, 1]), np.ones((3, 1), np.float32)
        file["distances/0 1"] = np.array([[0.25], [0.5]], np.float32)
    return path


GOLDEN = {"matches": matches}
