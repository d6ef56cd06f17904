"""A graph of a few nodes in every format."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np

EDGES = ((0, 1), (1, 0), (1, 2), (2, 2))
CLASSES = ("a", "b", "a")


def graph(folder: Path) -> Path:
    """As we write them: made by hand."""
    path = folder / "worm.graph.h5"
    about: dict = dict.fromkeys(("subject", "stands_for", "volume", "labels"), "") | {"session": "s1", "unit": "um"}
    about |= {"named": True, "features": ["size"], "things": [], "notes": [], "splits": ["public"]}
    about["columns"] = {"nodes": ["label", "class"], "links": ["weight"], "subjects": ["label"]}
    words = h5py.string_dtype()
    with h5py.File(path, "w") as file:
        file.attrs.update({"object": "Graph", "about": json.dumps(about)})
        file["nodes/0"] = np.array(["AVAL", "AVAR", "RIML"], words)
        file["nodes/1"] = np.array(CLASSES, words)
        file["links/0"] = [1.0, 2.0, 3.0, 4.0]
        file["subjects/0"] = np.array(["s1"], words)
        file["edges"], file["x"], file["of"] = np.array(EDGES).T, np.ones((3, 1), np.float32), np.zeros(3, np.int64)
        file["boxes"], file["numbers"] = np.zeros((0, 2, 3)), np.zeros(0, np.int64)
        file["splits/0"] = np.array([0, 1, 2], np.int8)
    return path


GOLDEN = {"graph": graph}
