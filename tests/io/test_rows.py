"""What is said of each row has a row each, or is turned, or left out; each of it is told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofm.errors import DataError
from neurofm.io import _rows

WIDE = np.arange(1800.0).reshape(900, 2)


@pytest.mark.parametrize(
    ("values", "count", "shape", "note"),
    [
        (WIDE, 900, (900, 2), ""),
        (WIDE.T, 900, (900, 2), "x: is (2, 900) for 900 rows; turned"),
        (WIDE[:, :1], 900, (900,), ""),
        (WIDE[:, 0][None], 900, (900,), ""),
        (WIDE[:, :1][None], 900, (900,), ""),
        (7.0, 1, (1,), ""),
        ([[7.0]], 1, (1,), ""),
        ([1.0, 2.0], 1, None, "x: is (2,) for 1 rows, left out"),
        (7.0, 3, None, "x: is (1,) for 3 rows, left out"),
        (WIDE, 899, None, "x: is (900, 2) for 899 rows, left out"),
        (WIDE[:2], 2, (2, 2), "x: is (2, 2) for 2 rows, so its axes cannot be told apart; the first was taken"),
        (np.zeros((4, 3, 900)), 900, (900, 3, 4), "x: is (4, 3, 900) for 900 rows; turned"),
        (np.zeros(0), 0, (0,), ""),
        (np.zeros((0, 3)), 0, (0, 3), ""),
    ],
)
def test_rows_come_first(values, count, shape, note):
    fitting, notes = _rows.rows(values, count, "x")
    assert (None if fitting is None else fitting.shape) == shape
    assert notes == ([note] if note else [])


@given(st.integers(1, 6), st.integers(1, 6))
def test_a_matrix_is_never_raveled(count, width):
    matrix = np.arange(count * width).reshape(count, width)
    for values in (matrix, matrix.T):
        columns, _ = _rows.columns(values, count, "x")
        if count != width:
            np.testing.assert_array_equal(np.stack(list(columns.values()), 1), matrix)


@pytest.mark.parametrize(
    ("values", "names", "note"),
    [
        ([1, 2], ["x"], ""),
        ([[1, 2, 3, 4], [5, 6, 7, 8]], ["x_0", "x_1", "x_2", "x_3"], ""),
        (np.zeros((2, 13)), [], "x: is (2, 13) of float64, more than a column, left out"),
        (np.zeros((2, 3, 4)), [], "x: is (2, 3, 4) of float64, more than a column, left out"),
        (np.zeros(2, complex), [], "x: is (2,) of complex128, more than a column, left out"),
        (np.zeros(2, "f4,f4"), [], "x: is (2,) of void64, more than a column, left out"),
        (pd.Series([[1], [2, 3]]), [], "x: is (2,) of object, more than a column, left out"),
        (np.array([b"a", b"b"]), ["x"], ""),
        ([1, 2, 3], [], "x: is (3,) for 2 rows, left out"),
    ],
)
def test_columns_of_a_table(values, names, note):
    columns, notes = _rows.columns(values, 2, "x")
    assert list(columns) == names
    assert notes == ([note] if note else [])


@pytest.mark.parametrize("words", [[b"a", b"\xc3\xa4"], ["a", "ä"], np.array(["a", "ä"], object)])
def test_words_of_a_table_are_text(words):
    table, notes = _rows.row_table({"word": words, "number": [1, 2], "long": [1, 2, 3]}, 2, "units")
    assert table["word"].tolist() == ["a", "ä"]
    assert list(table) == ["word", "number"]
    assert notes == ["units.long: is (3,) for 2 rows, left out"]


@pytest.mark.parametrize(
    ("times", "values", "kept", "note"),
    [
        (np.arange(900.0), WIDE, WIDE, ""),
        (np.arange(900.0), WIDE.T, WIDE, "x: is (2, 900) for 900 rows; turned"),
        (np.arange(900.0)[:, None], WIDE, WIDE, ""),
        (np.arange(900.0)[None], WIDE.T, WIDE, "x: is (2, 900) for 900 rows; turned"),
        (np.arange(900.0), np.r_[WIDE, WIDE[:5]], WIDE, "x: 905 values for 900 times; the first 900 were kept"),
        (np.arange(901.0), WIDE, WIDE, "x: 900 values for 901 times; the first 900 were kept"),
        (np.arange(900.0), WIDE[:300], None, "x: 300 values for 900 times, left out"),
        (np.arange(900.0).reshape(450, 2), WIDE[:450], None, "x: its times are (450, 2), where one a sample is needed"),
        (np.arange(2.0), np.array(["a", "b"]), None, "x: holds no numbers, left out"),
        (3.0, 4.0, [[4.0]], ""),
    ],
)
def test_series_have_a_sample_for_each_time(times, values, kept, note):
    series, notes = _rows.timed(times, values, label="x")
    if kept is None:
        assert series is None
    else:
        np.testing.assert_array_equal(series.values, kept)
    assert len(notes) == bool(note)
    assert not note or notes[0].startswith(note)


def test_a_nearly_fitting_series_is_turned_and_cut():
    series, notes = _rows.timed(np.arange(905.0), WIDE.T, label="x")
    np.testing.assert_array_equal(series.values, WIDE)
    assert notes == ["x: is (2, 900) for 905 times; turned", "x: 900 values for 905 times; the first 900 were kept"]


@pytest.mark.parametrize("values", [[1.0, 2.0], [[1.0], [2.0]], [[1.0, 2.0]], [[[1.0]], [[2.0]]]])
def test_a_vector_may_lie_any_way(tmp_path, values):
    assert _rows.vector(tmp_path, "x", np.array(values)).tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("values", "words"), [(np.zeros((2, 3)), r"one number a row, got \(2, 3\)"), (["a"], "numbers")]
)
def test_what_is_no_vector_is_named(tmp_path, values, words):
    with pytest.raises(DataError, match=f"spikes.times: must be {words}"):
        _rows.vector(tmp_path, "spikes.times", values)


@pytest.mark.parametrize("value", [2.5, [2.5], [[2.5]], np.float32(2.5), np.array(2.5), b"2.5", "2.5"])
def test_a_number_may_be_wrapped(tmp_path, value):
    assert _rows.number(tmp_path, "rate", value) == 2.5


@pytest.mark.parametrize("value", [[1.0, 2.0], [], "fast", None])
def test_what_is_no_number_is_named(tmp_path, value):
    with pytest.raises(DataError, match="rate: must be one number, got"):
        _rows.number(tmp_path, "rate", value)


@pytest.mark.parametrize("column", ["region", "brain_area", "area_name", "AREA", "acronym", "location", "structure"])
def test_region_is_known_by_its_names(column):
    assert _rows.with_region(pd.DataFrame({column: ["CA1"], "depth": [1.0]}))["region"].tolist() == ["CA1"]


@pytest.mark.parametrize(
    "table", [{"area": [2.5]}, {"location": [3], "depth": [1]}, {"region": ["V1"], "area": ["CA1"]}]
)
def test_numbers_are_no_region_and_one_that_is_there_stays(table):
    table = pd.DataFrame(table)
    pd.testing.assert_frame_equal(_rows.with_region(table), table)


def test_events_start_and_stop_at_once():
    table, notes = _rows.events([1.0, np.nan, 2.0], "licks", {"side": ["l", "r", "l"], "stop": [1, 2, 3]})
    assert table.to_dict("list") == {"start": [1.0, 2.0], "stop": [1.0, 2.0], "side": ["l", "l"]}
    assert notes == ["licks: 1 of 3 times are NaN and were left out"]


@pytest.mark.parametrize(
    ("names", "note"),
    [
        ([], []),
        (["b", "a", "b"], ["not read: a, b"]),
        ([f"{k:02}" for k in range(32)], [f"not read: {', '.join(f'{k:02}' for k in range(30))} and 2 more"]),
    ],
)
def test_what_is_not_read_is_named_once(names, note):
    assert _rows.left_out(names) == note
