"""Export: what is known goes to files, and the script writes it again in the end."""

from __future__ import annotations

import pandas as pd
import pytest

from neurofm import io
from neurofm.errors import DataError


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.parametrize(("what", "rows"), [("unit", 5), ("trial", 4), ("session", 1), ("a unit", 5), ("a time", 40)])
def test_a_table_or_an_embedding_is_written_whole_and_logged(session, tmp_path, what, rows):
    path = session.export(what, tmp_path / "a.csv")
    assert len(pd.read_csv(path)) == rows
    assert (session.actions[-1].kind, session.actions[-1].name) == ("export", what)
    assert session.actions[-1].options == {"path": str(path)}


@pytest.mark.parametrize("what", ["cells", "time", ""])
def test_what_is_neither_a_table_nor_an_embedding_is_refused(session, tmp_path, what):
    before = list(session.actions)
    with pytest.raises(LookupError, match=f"no table, embedding or source '{what}'; there are a time, a unit, rat"):
        session.export(what, tmp_path / "a.csv")
    assert session.actions == before
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("what", "made", "code"),
    [
        ("unit", [], ["session.export('unit', 'tables/a.csv')"]),
        ("a time", ["a time"], ["session.export('a time', 'tables/a.csv')"]),
        ("a time", [], []),  # no run of ours made it
    ],
)
def test_the_script_writes_beside_itself_what_it_made(lines, what, made, code):
    assert lines("export", what, *made, path="/home/ada/a.csv") == code


def test_the_script_writes_what_the_table_holds_in_the_end(session, tmp_path, monkeypatch):
    session.export("unit", tmp_path / "units.csv")
    session.selection.pick("unit", [1, 2])
    session.group("mine")
    monkeypatch.chdir(tmp_path)
    exec(compile(session.script(), "script", "exec"), {})
    assert pd.read_csv("tables/units.csv")["group"].fillna("").tolist() == ["", "mine", "mine", "", ""]


def test_what_may_hold_a_source_that_is_closed_is_not_in_the_script(session, make, tmp_path):
    session.add(make.recording("b"))
    session.export("unit", tmp_path / "before.csv")
    session.close("b")
    session.export("unit", tmp_path / "after.csv")
    lines = [line for line in session.recipe if "export" in line]
    assert lines == ["session.export('unit', 'tables/after.csv')"]


def test_a_source_is_written_in_a_format_of_its_kind_and_the_script_does_it_too(session, tmp_path):
    path = session.export("rat", tmp_path / "rat.h5")
    assert len(io.read_recording(path).units) == 5
    assert session.actions[-1].options == {"path": str(path), "source": True}
    assert "session.export('rat', 'tables/rat.h5')" in session.script()
    with pytest.raises(DataError, match=r"is neither \.h5 nor \.nwb"):
        session.export("rat", tmp_path / "rat.csv")
