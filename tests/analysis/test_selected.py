"""Units that are left out, and those that were sorted twice."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from neurofm.analysis.animals import Animal, animals
from neurofm.analysis.correspond import correspond
from neurofm.analysis.selected import merged, without
from neurofm.data.graph import Graph
from tests.app import matched


@pytest.fixture
def pair():
    return animals(matched.pair())


def test_units_that_are_left_out_are_in_no_pair(pair):
    told = correspond(pair, by="rates", left_out=["ada/unit 0", "bo/unit 1"])
    ends = {told.units["label"][row] for row in told.pairs[["a", "b"]].to_numpy().ravel()}
    assert ends == {f"{name}/unit {k}" for name in ("ada", "bo") for k in range(4)} - {"ada/unit 0", "bo/unit 1"}
    assert np.isnan(told.distances[0, 1][0]).all()
    assert any("ada" in note and "cannot be judged" in note for note in told.notes)


def test_without_names_nothing_changes(pair):
    prepared = object()
    assert without(prepared, pair, []) is prepared


def test_a_cell_that_was_sorted_twice_becomes_one(pair):
    one = pair[0].source
    mended, across, notes = merged(pair, [("ada/unit 0", "ada/unit 3"), ("ada/unit 1", "bo/unit 2")])
    assert across == [("ada/unit 1", "bo/unit 2")]
    assert notes == ["ada/unit 3 was taken together with ada/unit 0"]
    count, before = (np.bincount(source.spikes.unit, minlength=4) for source in (mended[0].source, one))
    assert count.tolist() == [before[0] + before[3], before[1], before[2], 0]
    assert mended[1] is pair[1]
    assert np.bincount(one.spikes.unit, minlength=4).tolist() == before.tolist()  # what is open stays as it was
    told = correspond(pair, by="rates", known=[("ada/unit 0", "ada/unit 3")])
    assert not told.pairs["given"].any()
    assert 3 not in told.pairs["a"].to_numpy()
    assert "ada/unit 3 was taken together with ada/unit 0" in told.notes


def test_nodes_of_one_graph_are_not_taken_together():
    worm = Graph(session="w", nodes=pd.DataFrame({"label": ["a", "b"]}), edges=[[0], [1]])
    with pytest.raises(ValueError, match="are of one animal"):
        merged([Animal("w", worm, ["w/a", "w/b"])], [("w/a", "w/b")])
