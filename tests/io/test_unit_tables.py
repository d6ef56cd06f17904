"""Rows of a table come to the units whose names they bear."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import neurofm as nf

SORTED = ([0.1, 0.2, 0.3], [7, 2, 5])
REGIONS = {"unit 2": "c", "unit 5": "f", "unit 7": "g"}
INFO = pd.DataFrame({"cluster_id": [0, 2, 4, 5, 6, 7], "region": list("xcyfzg")})


def regions(told):
    fired = told.units.iloc[np.unique(told.spikes.unit)]
    return dict(zip(fired["label"], fired["region"]))


@pytest.mark.parametrize(
    "table",
    [
        INFO,
        INFO[INFO["cluster_id"].isin([2, 5, 7])].iloc[::-1].reset_index(drop=True),
        INFO.set_index("cluster_id"),
        INFO.rename(columns={"cluster_id": "Unit_ID"}).astype({"Unit_ID": float}),
        INFO.rename(columns={"cluster_id": "unit"}).astype({"unit": str}),
        INFO.assign(label=[f"unit {k}" for k in INFO["cluster_id"]]).drop(columns="cluster_id"),
        pd.DataFrame({"region": ["c", "f", "g"]}),
    ],
)
def test_rows_are_found_by_names_in_any_column(table):
    assert regions(nf.recording(SORTED, units=table)) == REGIONS


def test_rows_of_a_default_index_are_in_the_order_of_the_spikes():
    told = nf.recording({1: [0.1], 0: [0.2]}, units=pd.DataFrame({"region": ["one", "zero"]}))
    assert regions(told) == {"unit 1": "one", "unit 0": "zero"}
    alone = nf.recording([[0.1], [0.2]], units=pd.DataFrame({"region": ["x", "y"], "label": ["a", "b"]}, index=[4, 9]))
    assert regions(alone) == {"a": "x", "b": "y"}
    turned = nf.recording([[0.1], [0.2]], units=pd.DataFrame({"region": ["y", "x"]}, index=[1, 0]))
    assert regions(turned) == {"unit 0": "x", "unit 1": "y"}


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (INFO[:4], "units has no row for unit 7: names in cluster_id are 0, 2, 4, 5; tell"),
        (
            pd.DataFrame({"region": list("xyz"), "label": list("abc")}),
            "no row for unit 2, unit 5, unit 7: names in label",
        ),
        (pd.DataFrame({"region": list("xyz")}, index=[2, 5, 8]), "no row for unit 7: names in index are 2, 5, 8"),
        (
            pd.DataFrame({"region": list("wxyz")}),
            "a row for each of 3 units with spikes, got 4 rows; a column 'unit_id'",
        ),
        (pd.concat([INFO, INFO]), "names in cluster_id repeat"),
    ],
)
def test_rows_that_are_of_others_are_refused(table, words):
    with pytest.raises(ValueError, match=words):
        nf.recording(SORTED, units=table)


def test_units_of_a_table_of_trains_are_called_by_its_names():
    table = pd.DataFrame({"cluster_id": [4, 9], "spike_times": [[0.1, 0.4], [0.2]]})
    assert nf.recording(table).units.to_dict("list") == {"label": ["unit 4", "unit 9"], "cluster_id": [4, 9]}
    with pytest.raises(ValueError, match="must have one row for each unit, but names of units repeat"):
        nf.recording(table.assign(cluster_id=4))
