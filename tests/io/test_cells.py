from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest

from neurofm import io
from neurofm.data.cells import Cells
from neurofm.errors import DataError

TABLE = pd.DataFrame({"number": [1, 2], "z": [0.0, 1.0], "y": 1.5, "x": [np.pi, 4.0], "region": ["a", ""],
                      "border": [True, False], "third": np.nan})  # fmt: skip
REGIONS = pd.DataFrame({"region": ["a"], "cells": [1], "vessel share": [0.25]})


def test_what_is_written_reads_back_equal(tmp_path: Path) -> None:
    boxes = np.arange(12.0).reshape(2, 2, 3)
    cells = Cells(session="ça", cells=TABLE, regions=REGIONS, boxes=boxes, volume="v.zarr", labels="cell", notes=("n",))
    again = io.read(io.write(cells, tmp_path / "a.cells.h5"))
    assert isinstance(again, Cells)
    pd.testing.assert_frame_equal(again.cells, TABLE)
    pd.testing.assert_frame_equal(again.regions, REGIONS)
    assert np.array_equal(again.boxes, boxes)
    assert (again.session, again.volume, again.labels, again.notes) == ("ça", "v.zarr", "cell", ("n",))


def test_a_file_without_boxes_is_refused(tmp_path: Path) -> None:
    path = io.write(Cells(session="a", cells=TABLE), tmp_path / "a.cells.h5")
    with h5py.File(path, "a") as file:
        del file["boxes"]
    with pytest.raises(DataError, match="boxes: is missing"):
        io.read(path)
