"""Two cells in every format."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np

CELLS = ((1, 4.0, 2.0, 3.0, 8.0, "cortex"), (3, 4.0, 6.0, 9.5, 12.0, "striatum"))


def cells(folder: Path) -> Path:
    """As we write them: made by hand."""
    path = folder / "slab.cells.h5"
    columns = ["number", "z", "y", "x", "size", "region"]
    about: dict = dict.fromkeys(("subject", "volume", "labels"), "") | {"session": "s1", "unit": "um", "notes": []}
    with h5py.File(path, "w") as file:
        about["columns"] = {"cells": columns, "regions": []}
        file.attrs.update({"object": "Cells", "about": json.dumps(about)})
        for k, values in enumerate(zip(*CELLS)):
            file[f"cells/{k}"] = np.array(values, h5py.string_dtype() if isinstance(values[0], str) else None)
        file.create_group("regions")
        file["boxes"] = np.full((2, 2, 3), np.nan)
    return path


def cells_table(folder: Path) -> Path:
    path = folder / "slab.csv"
    lines = ["number,z,y,x,size,region", *(",".join(map(str, cell)) for cell in CELLS)]
    path.write_text("\n".join(lines) + "\n")
    return path


GOLDEN = {"cells": cells, "cells_table": cells_table}
