"""Join: a user's table adds columns to the things that its rows are about, or is refused in one sentence."""

from __future__ import annotations

import pandas as pd
import pytest

from neurofm.app.session import Session
from neurofm.errors import DataError


def units(**columns) -> pd.DataFrame:
    return pd.DataFrame(columns)


def test_rows_find_their_things_whatever_their_order(session):
    table = pd.DataFrame({"label": ["rat/u3", "rat/u0", "rat/u9"], "mood": ["calm", "wild", "lost"]})
    found = session.join(table, name="moods")
    assert (found.space, found.key, found.name) == ("unit", ("label",), "moods")
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


def test_tables_without_a_name_are_numbered_and_none_takes_the_place_of_another(session):
    first, second = (session.join(units(label=["rat/u1"], **{column: [1]})).name for column in ("a", "b"))
    session.unjoin(first)
    third = session.join(units(label=["rat/u1"], c=[1])).name
    assert second != third
    assert {"b", "c"} <= set(session.columns("unit"))


def test_what_is_not_joined_cannot_be_taken_away(session):
    with pytest.raises(LookupError, match="no joined table 'x'"):
        session.unjoin("x")


def test_a_table_joined_again_is_matched_with_what_is_open_not_with_itself(session):
    session.join(units(label=["rat/u1"], cell=[7]), name="t")
    session.join(units(label=["rat/u2"], cell=[7]), name="t")
    assert session.table("unit")["cell"].dropna().to_dict() == {2: 7}
    with pytest.raises(DataError, match="shares no value"):
        session.join(units(cell=[7], mood=["calm"]), name="other")


@pytest.mark.usefixtures("fake_jobs")
@pytest.mark.parametrize("place", ["file", "memory", "lost file"])
def test_the_script_joins_the_tables_that_stand(session, tmp_path, monkeypatch, place):
    monkeypatch.chdir(tmp_path)
    path, table = tmp_path / "moods.csv", units(label=["rat/u1"], mood=["calm"])
    table.to_csv(path, index=False)
    session.join(table if place == "memory" else "moods.csv", name="moods")
    session.join(units(label=["rat/u2"], lost=[1]), name="lost")
    session.unjoin("lost")
    if place == "lost file":
        path.unlink()
    (line,) = [line for line in session.recipe if "session.join(" in line]
    assert (repr(str(path)) in line) == (place == "file")
    assert line.endswith("name='moods', on='label', space='unit')")
    monkeypatch.chdir("/")
    names: dict = {}
    exec(compile(session.script(), "script", "exec"), names)
    assert names["session"].table("unit")["mood"].dropna().to_dict() == {1: "calm"}
