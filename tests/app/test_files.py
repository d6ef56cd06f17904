"""What is read and written once the user has said where."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from neurofm.app import commands
from neurofm.app.session import Session


@pytest.mark.parametrize(
    ("command", "paths", "opened"),
    [
        ("open_files", ["a.h5"], Path("a.h5")),
        ("open_files", ["a.mat", "b.mat"], [Path("a.mat"), Path("b.mat")]),
        ("open", ["a.h5"], Path("a.h5")),
        ("open_session", ["a.neurofm"], Path("a.neurofm")),
    ],
)
def test_what_was_chosen_is_opened(host, command, paths, opened):
    host.paths = [Path(path) for path in paths]
    commands.do(command, host)
    question, source = host.asked
    assert source == opened
    assert bool(question.kinds) == (command != "open_session")
    assert question.several == (command != "open_session")


def test_nothing_happens_where_the_user_thinks_better_of_it(host, tmp_path):
    for command in ("open_files", "open_session", "save", "export_script", "join"):
        commands.do(command, host)
    assert len(host.asked) == 5
    assert (host.told, host.refused) == ([], [])


@pytest.mark.parametrize(("given", "wanted"), [("a", "a.neurofm"), ("a.neurofm", "a.neurofm"), ("a.zip", "a.zip")])
def test_a_session_is_saved_under_a_name_that_says_what_it_is(host, tmp_path, monkeypatch, given, wanted):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    host.paths = [tmp_path / given]
    commands.do("save", host)
    assert (tmp_path / wanted).exists()
    assert host.told == [f"Saved {tmp_path / wanted}"]


def test_where_another_saved_meanwhile_it_is_said_where_this_one_went(host, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    host.paths = [tmp_path / "a.neurofm"]
    commands.do("save", host)
    other = Session.restore(tmp_path / "a.neurofm")
    other.time += 1
    other.save(tmp_path / "a.neurofm")
    commands.do("save", host)
    assert host.told[1].startswith("a.neurofm holds what another session saved at ")
    assert host.told[1].endswith("; so that neither is lost, this one was saved beside it, as a (2).neurofm")


def test_a_script_is_written_or_it_is_said_why_not(host, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    host.session.selection.pick("unit", [1, 2])
    for place in ("a.py", "nowhere/a.py"):
        host.paths = [tmp_path / place]
        commands.do("export_script", host)
    assert "pick('unit', [1, 2]" in (tmp_path / "a.py").read_text()
    assert host.told == [f"Wrote {tmp_path / 'a.py'}"]
    assert "cannot be written" in host.refused[0]


@pytest.mark.parametrize("suffix", [".csv", ".npz"])
def test_an_embedding_is_written(host, tmp_path, suffix):
    host.paths = [tmp_path / f"a{suffix}"]
    commands.do("export_embedding", host, kind="embedding", name="a unit")
    assert (tmp_path / f"a{suffix}").exists()
    assert host.asked[0].name == "a unit.h5ad"


def test_a_table_is_written_as_it_is_sorted_and_filtered(host, tmp_path):
    state = host.session.view("table")
    state.filter, state.sort_by, state.descending = 'region == "CA1"', "rate", True
    host.paths = [tmp_path / "units.csv"]
    commands.do("export_view", host, kind="view", name="table")
    table = host.session.table("unit")
    wanted = table[table["region"] == "CA1"].sort_values("rate", ascending=False)
    assert pd.read_csv(tmp_path / "units.csv")["label"].tolist() == wanted["label"].tolist()


def test_of_any_other_view_the_front_asks_for_the_size_of_a_figure(host):
    commands.do("export_view", host, kind="view", name="latent 2")
    assert host.asked == ["latent 2"]


def test_columns_of_a_table_are_added_and_told(host, tmp_path):
    path = tmp_path / "ages.csv"
    path.write_text("label,age\n" + "".join(f"rat/u{k},{k}\n" for k in range(5)))
    host.paths = [path]
    commands.do("join", host)
    assert host.told == ["ages: 1 columns for each unit, to colour by and to filter"]
    assert "age" in host.session.columns("unit")


def test_a_typed_address_is_opened_as_it_is(host):
    host.name = " precomputed://https://bucket.org/a+b/image "
    commands.do("open_path", host)
    assert host.asked[-1] == host.name.strip()


@pytest.mark.parametrize(("text", "parts"), [("{0}/a+b.h5", 1), ("{0}/a.mat + {0}/b.mat ", 2), (" {0}/a+b.h5 ", 1)])
def test_a_typed_path_may_have_parts(host, tmp_path, text, parts):
    (tmp_path / "a+b.h5").touch()
    host.name = text.format(tmp_path)
    commands.do("open_path", host)
    source = host.asked[-1]
    paths = source if isinstance(source, list) else [source]
    assert (len(paths), {path.parent for path in paths}) == (parts, {tmp_path})
