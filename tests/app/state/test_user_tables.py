"""Tables of the user's own find what they are about, or say in one sentence why not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from neurofm.app.session import Session
from neurofm.app.state import user_tables
from neurofm.errors import DataError


def units(**columns) -> pd.DataFrame:
    return pd.DataFrame(columns)


@pytest.mark.parametrize("suffix", [".tsv", ".parquet"])
def test_other_kinds_of_tables_read_the_same(tmp_path, suffix):
    table, path = pd.DataFrame({"label": ["a", "b"], "n": [1, 2]}), tmp_path / f"t{suffix}"
    table.to_parquet(path) if suffix == ".parquet" else table.to_csv(path, sep="\t", index=False)
    pd.testing.assert_frame_equal(user_tables.read(path), table)


@pytest.mark.parametrize("key", [[100.0, 200.0], [100, 200], ["100", "200"], [100, "200"]])
def test_keys_match_as_numbers_or_words(key):
    tables = {"unit": pd.DataFrame({"label": ["a", "b", "c"], "cell": [200, 100, 300]}, index=[5, 6, 7])}
    table = pd.DataFrame({"cell": key, "x": [1.0, 2.0]})
    added = user_tables.join("t", table, tables, space="unit", on="cell")
    assert added.added_to(tables["unit"])["x"].tolist()[:2] == [2.0, 1.0]


@pytest.mark.parametrize(
    ("name", "columns", "shown"),
    [
        ("atlas", {"region": ["CA3"]}, {"region": "CA1", "region_atlas": "CA3"}),
        ("my atlas, v2", {"region": ["CA3"]}, {"region": "CA1", "region_my_atlas_v2": "CA3"}),
        ("atlas", {"region": ["CA3"], "depth": [3]}, {"region": "CA1", "region_atlas": "CA3", "depth": 3}),
    ],
)
def test_a_column_whose_name_is_taken_is_seen_beside_the_other(name, columns, shown):
    tables = {"unit": pd.DataFrame({"label": ["a"], "region": ["CA1"]}, index=[1])}
    added = user_tables.join(name, pd.DataFrame({"label": ["a"], **columns}), tables, space="unit", on="label")
    assert added.added_to(tables["unit"]).loc[1].drop("label").to_dict() == shown


def test_a_session_column_tells_equal_labels_apart():
    tables = {"unit": pd.DataFrame({"label": ["u0", "u0"], "session": ["a", "b"]}, index=[1, 2])}
    with pytest.raises(DataError, match="is shared by several units"):
        user_tables.join("t", pd.DataFrame({"label": ["u0"], "x": [1]}), tables, space="unit", on="label")
    table = pd.DataFrame({"session": ["b", "a"], "label": ["u0", "u0"], "x": [1, 2]})
    added = user_tables.join("t", table, tables, space="unit", on="label")
    assert added.key == ("session", "label")
    assert added.added_to(tables["unit"])["x"].tolist() == [2, 1]


def test_rows_without_a_key_belong_to_nothing():
    tables = {"unit": pd.DataFrame({"label": ["a", "nan", "b"], "cell": [1.0, np.nan, 2.0]}, index=[1, 2, 3])}
    table = pd.DataFrame({"cell": [1.0, np.nan, np.nan], "x": [1.0, 2.0, 3.0]})
    added = user_tables.join("t", table, tables, space="unit", on="cell")
    assert added.added_to(tables["unit"])["x"].fillna(-1).tolist() == [1.0, -1.0, -1.0]


def test_numbers_that_are_not_whole_or_not_finite_are_keys_too():
    tables = {"unit": pd.DataFrame({"label": list("abc"), "depth": [0.5, np.inf, 3]}, index=[1, 2, 3])}
    added = user_tables.join(
        "t", pd.DataFrame({"depth": [3, np.inf, 0.5], "x": [1, 2, 3]}), tables, space="unit", on="depth"
    )
    assert added.added_to(tables["unit"])["x"].tolist() == [3, 2, 1]


def test_a_table_whose_key_is_no_column_any_more_adds_nothing(make):
    from dataclasses import replace

    a = make.recording("a")
    session = Session([replace(a, units=a.units.assign(cell=range(5)))])
    session.join(pd.DataFrame({"cell": [1, 2], "x": [5.0, 6.0]}))
    session.add(make.recording("b"))
    assert session.table("unit")["x"].dropna().tolist() == [5.0, 6.0]
    session.close("a")
    assert session.table("unit")["x"].isna().all()


SEEN = {
    "unit": pd.DataFrame({
        "label": ["rat/12", "rat/7", "mouse/12"], "session": ["rat", "rat", "mouse"],
        "cluster": [12, 7, 12], "depth": [5.0, 9.0, 6.0],
    }, index=[1, 2, 3]),
}  # fmt: skip


@pytest.mark.parametrize(
    ("written", "quality"),
    [
        ("cluster_id\tdepth\tlabel\tx\n7\t5.0\tgood\t1.5\n", ["", "good", ""]),
        ("cluster_id;label;x\n7;good;1,5\n", ["", "good", ""]),
        ("label;x\n7;1,5\n", None),
        ("label,x\nrat/7,1.5\n", None),
        ("session\tunit_id\tx\nrat\t7\t1.5\n", None),
    ],
)
def test_rows_are_joined_by_the_label_that_people_see(tmp_path, written, quality):
    path = tmp_path / "cluster_info.tsv"
    path.write_text(written)
    read = user_tables.read(path)
    for on in ("", "label"):  # as a script says it again
        added = user_tables.join("info", read, SEEN, on=on).added_to(SEEN["unit"])
        assert added["x"].fillna(0).tolist() == [0, 1.5, 0]
        assert added["depth"].tolist() == [5.0, 9.0, 6.0]
        assert quality is None or added["quality"].fillna("").tolist() == quality


def test_a_label_that_several_units_have_is_none_of_them():
    table = pd.DataFrame({"cluster_id": [12, 7], "x": [1.0, 2.0]})
    assert user_tables.join("t", table, SEEN).added_to(SEEN["unit"])["x"].fillna(0).tolist() == [0, 2.0, 0]
    table = table.assign(session="rat")
    assert user_tables.join("t", table, SEEN).added_to(SEEN["unit"])["x"].fillna(0).tolist() == [1.0, 2.0, 0]


def test_a_probe_stands_before_the_number_that_sorters_know():
    seen = {"unit": SEEN["unit"].assign(label=["rat/probe0 12", "rat/probe0 7", "mouse/probe0 12"])}
    table = pd.DataFrame({"cluster_id": [7], "x": [2.0]})
    assert user_tables.join("t", table, seen).added_to(seen["unit"])["x"].fillna(0).tolist() == [0, 2.0, 0]
