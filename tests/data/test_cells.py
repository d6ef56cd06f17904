from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from neurofm.app.describe import describe
from neurofm.app.session import Session
from neurofm.data.cells import Cells

TABLE = pd.DataFrame(
    {"number": [4, 7, 9], "z": [1.0, 1.0, 5.0], "y": 2.0, "x": [0.0, 4.0, 8.0], "size": [10.0, 20.0, 30.0],
     "region": ["a", "a", "b"], "border": [True, False, False]}
)  # fmt: skip
REGIONS = pd.DataFrame({"region": ["a", "b"], "cells": [2, 1], "mm3": [0.1, 0.2], "density": [20.0, 5.0]})


def cells(**more: object) -> Cells:
    return Cells(**{"session": "slab", "cells": TABLE, "regions": REGIONS, **more})  # type: ignore[arg-type]


def test_a_region_picks_its_cells_and_a_cell_its_region() -> None:
    session = Session(cells())
    session.selection.pick("region", session.everything("region")[:1])
    assert session.selection.picked("cell").tolist() == session.everything("cell")[:2].tolist()
    session.selection.pick("cell", session.everything("cell")[2:])
    assert session.selection.picked("region").tolist() == session.everything("region")[1:].tolist()


def test_a_cell_and_a_region_are_told() -> None:
    session = Session(cells())
    assert describe(session, "cell", session.everything("cell")[1]) == "slab/cell 7 · a · 20 µm³"
    assert describe(session, "region", session.everything("region")[0]) == "slab/a · 2 cells · 20 per mm³"


def test_what_is_seen_at_once() -> None:
    told = cells().summary()
    assert (told["cells"], told["regions"], told["warnings"]) == (3, {"a": 2, "b": 1}, [])


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (TABLE.drop(columns="z"), "no column 'z'"),
        (TABLE.assign(x=[1, None, 2]), "'x' of slab is no number in row 2"),
        (TABLE.assign(y=["1", "2", "here"]), "'y' of slab is no number in row 3"),
        (TABLE.assign(number=[1, 1, 2]), "each there once"),
        (TABLE.assign(number=[0, 1, 2]), "from 1 on"),
        (TABLE.assign(number=[0.5, 1, 2]), "whole"),
    ],
)
def test_tables_that_are_none_are_refused(table: pd.DataFrame, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        cells(cells=table)


def test_what_does_not_follow_from_another_place_is_left_out_and_the_rest_goes_along() -> None:
    table = pd.DataFrame({"number": [1], "z": [2.0], "y": [3.0], "x": [4.0], "size": [10.0], "nearest": [5.0]})
    regions = pd.DataFrame(
        {"region": ["all"], "cells": [1], "mm3": [0.5], "density": [2.0], "cell share": [0.1], "nearest": [5.0]}
    )
    cells = Cells(session="slab", cells=table, regions=regions)
    moved = cells.placed([0, 1, 2], np.array([2.0, 1.0, 3.0]), np.zeros(3), np.ones(3), "um", flat=False)
    assert moved.places.tolist() == [[5.0, 4.0, 13.0]]
    assert moved.cells["size"].tolist() == [60.0]
    assert "nearest" not in moved.cells
    assert moved.regions.to_dict("list") == {"region": ["all"], "cells": [1], "cell share": [0.1], "mm3": [3.0]}
    assert not moved.flat
    assert "measure cells again" in moved.notes[-1]


def test_boxes_of_other_cells_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(cell, 2, 3\) for 3 cells"):
        cells(boxes=np.zeros((2, 2, 3)))


def test_none_and_cut_cells_are_warned_of() -> None:
    assert "are none" in cells(cells=TABLE.iloc[:0]).summary()["warnings"][0]
    assert "touch the border in 3 cells" in cells(cells=TABLE.assign(border=True)).summary()["warnings"][0]
