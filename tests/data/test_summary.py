"""The parts of what is told of a recording: plain values, honest about what there is none of."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofm.data import Series
from neurofm.data.summary import MOST_NAMES, about, counts, spread


@pytest.mark.parametrize(
    ("column", "told"), [("region", [("CA1", 2), ("CA3", 1)]), ("layer", [("2", 3)]), ("depth", [])]
)
def test_rows_are_counted_by_what_they_say_the_commonest_first(column, told):
    table = pd.DataFrame({"region": ["CA3", "CA1", None, "CA1"], "layer": [2, 2, 2, None]}).convert_dtypes()
    assert list(counts(table, column).items()) == told


@given(st.lists(st.floats(0, 1e3), max_size=30))
def test_rates_are_told_by_the_least_the_middle_and_the_largest(rates):
    told = spread(np.array(rates))
    assert told == ({"min": min(rates), "median": pytest.approx(np.median(rates)), "max": max(rates)} if rates else {})


@pytest.mark.parametrize(
    ("samples", "rate", "stop"), [(11, 10.0, 3.0), (2, 10.0, 2.1), (1, None, 2.0), (0, None, None)]
)
def test_a_series_is_told_by_how_much_and_how_densely(samples, rate, stop):
    times = 2.0 + np.arange(samples) / 10
    told = about(Series(times, np.zeros((samples, 2)), ("x", "y"), "cm"))
    assert json.loads(json.dumps(told)) == told
    assert (told["samples"], told["features"], told["names"], told["unit"]) == (samples, 2, ["x", "y"], "cm")
    assert told["rate_hz"] == (rate and pytest.approx(rate))
    assert told["start_s"] == (2.0 if samples else None)
    assert told["stop_s"] == (stop and pytest.approx(stop))


def test_of_many_features_some_are_named():
    told = about(Series(np.arange(2.0), np.zeros((2, 50)), tuple(f"f{k}" for k in range(50))))
    assert (told["features"], told["names"]) == (50, [f"f{k}" for k in range(MOST_NAMES)])
