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


def test_rows_find_their_things_whatever_their_order(session):
    table = pd.DataFrame({"label": ["rat/u3", "rat/u0", "rat/u9"], "mood": ["calm", "wild", "lost"]})
    added = session.join(table, name="moods")
    assert (added.space, added.key, added.name) == ("unit", ("label",), "moods")
    moods = session.table("unit")["mood"]
    assert moods[[0, 3]].tolist() == ["wild", "calm"]
    assert moods[[1, 2, 4]].isna().all()
    assert "mood" in session.columns("unit")
    session.unjoin("moods")
    assert "mood" not in session.columns("unit")
    session.undo()
    assert "mood" in session.columns("unit")


def test_a_csv_is_joined_and_columns_that_are_known_stay(session, tmp_path):
    (tmp_path / "more.csv").write_text("label,region,score\nrat/u1,XX,5\nrat/u2,YY,6\n")
    session.join(tmp_path / "more.csv")
    table = session.table("unit")
    assert table.loc[[1, 2], "score"].tolist() == [5, 6]
    assert table["region"].tolist()[:2] == ["CA1", "CA3"]
    assert list(session.user_tables) == ["more"]


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


def test_a_session_column_tells_equal_labels_apart():
    tables = {"unit": pd.DataFrame({"label": ["u0", "u0"], "session": ["a", "b"]}, index=[1, 2])}
    with pytest.raises(DataError, match="is shared by several units"):
        user_tables.join("t", pd.DataFrame({"label": ["u0"], "x": [1]}), tables, space="unit", on="label")
    table = pd.DataFrame({"session": ["b", "a"], "label": ["u0", "u0"], "x": [1, 2]})
    added = user_tables.join("t", table, tables, space="unit", on="label")
    assert added.key == ("session", "label")
    assert added.added_to(tables["unit"])["x"].tolist() == [2, 1]


def test_sessions_are_joined_by_name(make):
    session = Session([make.recording("a"), make.recording("b")])
    session.join(pd.DataFrame({"session": ["b", "a"], "drug": ["x", "y"]}))
    assert session.table("session")["drug"].tolist() == ["y", "x"]


@pytest.mark.parametrize(
    ("table", "options", "says"),
    [
        (units(label=["nobody"], x=[1]), {}, "shares no value of any column"),
        (units(name=["rat/u1"], x=[1]), {}, "shares no value of any column"),
        (units(label=["rat/u1"], x=[1]), {"on": "mood"}, "shares no value of 'mood'"),
        (units(label=["rat/u1", "rat/u1"], x=[1, 2]), {}, "has several rows for label rat/u1; keep one"),
        (units(label=["rat/u1"], region=["CA1"]), {"on": "region"}, r"is shared by several units \(CA1\)"),
        (units(label=["rat/u1", "rat/trial 1"]), {}, "could be joined to unit by label or trial by label"),
        (units(label=["rat/u1"]), {"space": "spoon"}, "no space 'spoon'"),
        (pd.DataFrame({"label": []}), {}, "shares no value of any column"),
        (pd.DataFrame([["rat/u1", 1, 2]], columns=["label", "x", "x"]), {}, "has two columns called x"),
    ],
)
def test_a_table_that_joins_to_nothing_or_to_several_is_refused_in_one_sentence(session, table, options, says):
    with pytest.raises((DataError, LookupError), match=says) as error:
        session.join(table, name="t", **options)
    assert "\n" not in str(error.value)
    assert session.user_tables == {}


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("t.csv", b"", "cannot be read as a table"),
        ("t.csv", b"label,x\n", "holds no rows"),
        ("t.csv", b'a,b\n1,"2\n', "cannot be read as a table"),
        ("t.csv", b"\xff\xfe\x00", "cannot be read as a table"),
        ("t.parquet", b"PAR1 nothing", "cannot be read as a table"),
        ("t.xlsx", b"x", "is none of .csv, .tsv, .parquet"),
    ],
)
def test_a_bad_file_is_refused_in_one_sentence(session, tmp_path, name, content, says):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=says) as error:
        session.join(tmp_path / name)
    assert "\n" not in str(error.value)
    with pytest.raises(DataError, match="cannot be read as a table"):
        session.join(tmp_path / "nowhere.csv")
    assert session.user_tables == {}


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
