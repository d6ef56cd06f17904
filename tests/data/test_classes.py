"""Columns that name a few classes are found by what is in them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofm.data.classes import MOST, class_names, in_order, word, words

TWO = [0, 1] * 4


@pytest.mark.parametrize(
    "values",
    [TWO, ["left", "right"] * 4, [True, False] * 4, [1.0, 2.0] * 4, ["a", "b", "a", "b", None, None, None, None],
     [1.0, 2.0, 1.0, 2.0, np.nan, np.nan, np.nan, np.nan], pd.Categorical(["a", "b"] * 4), [1, "a"] * 4],
)  # fmt: skip
def test_a_few_values_with_several_rows_each_are_classes(values):
    assert class_names(pd.DataFrame({"target": values})) == ["target"]


@pytest.mark.parametrize(
    "values",
    [[0.5, 1.5] * 4, range(8), ["a"] * 8, [np.nan] * 8, [None] * 8, [[1], [2]] * 4, [np.inf, 0.0] * 4, [{}, {}] * 4,
     ["a", "b", "c", "d", "e", "a", "b", "c"]],
)  # fmt: skip
def test_measures_numbers_of_rows_and_odd_things_are_none(values):
    assert class_names(pd.DataFrame({"target": values})) == []


@pytest.mark.parametrize("name", ["start", "stop", "trial", "ID", "index", "Number", "go_time", "TimeOfDay"])
def test_columns_that_count_rows_or_tell_times_are_none(name):
    assert class_names(pd.DataFrame({name: TWO, "target": TWO})) == ["target"]


@given(st.integers(2, 60), st.integers(1, 4))
def test_classes_are_few_and_have_two_rows_each_on_average(classes, rows):
    table = pd.DataFrame({"target": np.tile(np.arange(classes), rows)})
    assert bool(class_names(table)) == (classes <= MOST and rows >= 2)


@given(st.permutations(["left", "left", "right", "right", "up", "up"]))
def test_the_order_of_rows_changes_nothing(values):
    assert class_names(pd.DataFrame({"target": values, 3: values})) == ["target", "3"]


@pytest.mark.parametrize("table", [None, pd.DataFrame(), pd.DataFrame({"target": []})])
def test_where_there_is_nothing_there_are_none(table):
    assert class_names(table) == []


@pytest.mark.parametrize("values", [[1, 2, 1, 2], [1.0, 2.0, 1.0, 2.0], ["1", "2", "1.0", " 2"], [1, "2", 1.0, "2.0"]])
def test_a_class_is_one_as_a_number_and_as_a_word(values):
    table = pd.DataFrame({"target": pd.Series(values, dtype=object)})
    assert words(table["target"]).tolist() == ["1", "2", "1", "2"]
    assert class_names(table) == ["target"]


@pytest.mark.parametrize(("value", "said"), [("007", "007"), (1.5, "1.5"), ("-3.", "-3"), (True, "True")])
def test_what_is_no_whole_number_stays(value, said):
    assert word(value) == said


def test_names_stand_in_the_order_of_their_numbers():
    assert in_order(["10", "2", "2"]) == ["2", "10"]
    assert in_order(["b", "10", "2"]) == ["10", "2", "b"]
    assert words([None, np.nan, "x"]).tolist() == ["", "", "x"]
