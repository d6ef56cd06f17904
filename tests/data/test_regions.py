"""Regions are names of places; what says of no place is none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofm.data import Recording
from neurofm.data.regions import NOWHERE, neighbours, regions

NAMES = ["CA1", "CA3", "DG", *NOWHERE, None, np.nan]


def recording(names):
    labels = [f"u{k}" for k in range(len(names))]
    return Recording(session="rat", units=pd.DataFrame({"label": labels, "region": np.array(names, object)}))


@pytest.mark.parametrize("name", [*NOWHERE, None, np.nan, pd.NA])
def test_a_name_that_says_of_no_place_is_none(name):
    assert regions(recording(["CA1", name])).tolist() == ["CA1", ""]


def test_units_without_a_column_of_regions_have_none():
    assert regions(Recording(session="rat", units=pd.DataFrame({"label": ["a", "b"]}))).tolist() == ["", ""]


@given(st.lists(st.sampled_from(NAMES), min_size=2, max_size=8), st.data())
def test_neighbours_are_all_units_of_the_same_regions(names, data):
    where = [name if name in ("CA1", "CA3", "DG") else "" for name in names]
    rows = data.draw(st.lists(st.integers(0, len(names) - 1), min_size=1, max_size=3))
    chosen = {where[row] for row in rows} - {""}
    if not chosen or len(set(where) - {""}) < 2:
        with pytest.raises(ValueError, match="hide units instead"):
            neighbours(recording(names), rows)
    else:
        assert neighbours(recording(names), rows).tolist() == [name in chosen for name in where]


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["root", "CA1", "CA3"], "the region of these units of rat is not known"),
        (["CA1", "CA1", "void"], "all units of rat are of one region"),
    ],
)
def test_what_cannot_be_told_apart_is_refused_in_words(names, words):
    with pytest.raises(ValueError, match=words):
        neighbours(recording(names), [0])
