from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from neurofm import io
from neurofm.data.cells import Cells
from neurofm.errors import DataError


def test_a_table_goes_round(tmp_path: Path) -> None:
    table = pd.DataFrame({"number": [3, 5], "z": 0.0, "y": [1.25, 2.0], "x": 1.0, "region": ["1", ""],
                          "border": [True, False], "third": [0.1, None]})  # fmt: skip
    again = io.read(io.write(Cells(session="a", cells=table), tmp_path / "a.csv"))
    assert isinstance(again, Cells)
    pd.testing.assert_frame_equal(again.cells, table)


def test_cells_without_numbers_are_counted_and_this_is_told(tmp_path: Path) -> None:
    path = tmp_path / "imaris.tsv"
    path.write_text("x\ty\tz\tsize\n1\t2\t3\t9\n4\t5\t6\t9\n")
    read = io.read(path)
    assert read.numbers.tolist() == [1, 2]
    assert read.places[1].tolist() == [6, 5, 4]
    assert "numbered in the order" in read.notes[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("number,z,y,x\n1,0,0,\n", "'x'.* is no number in row 1"),
        ("number,z,y,x\n1,0,0,1\n1,0,0,2\n", "each there once"),
        ("number,z,y,x\n1,0,0,1\n2,0,0,left\n", "row 2"),
        ("number,z,y,x\n1,0,0,1\n2,0", "cut off"),
    ],
)
def test_tables_that_are_none_are_refused_in_a_sentence(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(DataError, match=words):
        io.read(tmp_path / "a.csv")
