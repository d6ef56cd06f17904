"""What is open has numbers, names, columns, colours and one time; every change is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurofm.app.session import Session
from neurofm.app.state.groups import Group
from neurofm.data.ids import pack
from tests.app.state.conftest import Told


def test_recordings_are_numbered_in_the_order_of_opening_and_numbers_are_not_used_twice(make):
    session = Session([make.recording("a"), make.recording("b")])
    session.close("a")
    session.add(make.recording("c"))
    session.add(make.recording("a"))
    assert [session.number(n) for n in ("b", "c", "a")] == [1, 2, 3]


def test_there_is_one_time_and_equal_times_tell_nothing(session, heard):
    assert session.time == 100.0
    said = heard(session.time_changed)
    session.time = 103.5
    session.set_time(103.5)
    assert session.time == 103.5
    assert said == [(103.5,)]


def test_things_have_names_a_user_knows(session):
    assert session.label("unit", 2) == "rat/u2"
    assert session.label("trial", 1) == "rat/trial 1"
    assert session.label("time", 2_500_000) == "rat 102.500 s"
    assert session.label("unit", int(pack(9, 1))) == ""


def test_a_region_has_one_colour_whichever_units_are_shown(session):
    every = session.colors("region", "unit", np.arange(5))
    assert np.array_equal(session.colors("region", "unit", np.array([2, 4])).rgba, every.rgba[[2, 4]])
    assert [words for words, _ in every.legend] == ["CA1", "CA3", "none"]
    assert np.array_equal(every.rgba[0], every.rgba[2])
    assert not np.array_equal(every.rgba[0], every.rgba[1])


def test_an_unknown_column_is_ink_not_an_error(session):
    coloring = session.colors("mood", "unit", np.arange(5), dark=True)
    assert (coloring.rgba == 255).all()
    assert coloring.legend == ()


def test_previews_do_not_make_the_tables_anew(session, make, recording):
    before = session.table("unit")
    session.add(make.units(recording))
    assert session.table("unit") is before
    session.add(make.recording("another"))
    assert len(session.table("unit")) == 10


@pytest.mark.parametrize(
    ("space", "column"), [("unit", "region"), ("unit", "session"), ("trial", "session"), ("unit", "group")]
)
def test_the_entries_of_a_legend_divide_all_things(session, space, column):
    session.group("good", "unit", [1, 3])
    every = session.everything(space)
    entries = [words for words, _ in session.colors(column, space, every).legend]
    pieces = [session.where(space, column, words) for words in entries]
    assert all(len(piece) for piece in pieces)
    assert np.sort(np.concatenate(pieces)).tolist() == every.tolist()


@pytest.mark.parametrize(
    ("text", "passing"),
    [
        ("", [0, 1, 2, 3, 4]),
        ("  ", [0, 1, 2, 3, 4]),
        ("depth_um >= 20", [0, 1, 2]),
        ('region == "CA3"', [1, 4]),
        ('label == "rat/u2"', [2]),
    ],
)
def test_a_filter_asks_for_columns_and_names(session, text, passing):
    assert np.flatnonzero(session.passing(text, "unit", np.arange(5))).tolist() == passing


def test_what_is_unknown_is_refused_with_what_there_is(session):
    with pytest.raises(LookupError, match="no source 'cat'"):
        session.number("cat")
    with pytest.raises(LookupError, match=r"no column of unit 'mood'; there are .*region"):
        session.values("unit", "mood", np.arange(2))
    with pytest.raises(LookupError, match="no table 'spoon'"):
        session.table("spoon")
    with pytest.raises(LookupError, match="no source 'cat'"):
        session.files(["cat"])


def test_a_view_is_made_once_and_told_and_another_state_is_taken_value_by_value(session, heard):
    said = heard(session.changed)
    held = session.view("latent 2")
    assert session.view("latent 2") is held
    assert said == [("view", "latent 2")]
    session.set_view("latent 2", replace(held, filter="rate > 1"))
    assert session.view("latent 2") is held
    assert held.filter == "rate > 1"


def test_an_edit_is_told_undone_and_done_again(session, heard):
    said = heard(session.changed)
    session.edit("group", "groups", "g", {"g": Group("g", "unit", np.array([1]))})
    version = session.version
    assert "group" in session.columns("unit")
    assert session.undo()
    assert session.groups == {}
    assert "group" not in session.columns("unit")
    assert session.redo()
    assert list(session.groups) == ["g"]
    assert said == [("group", "g")] * 3
    assert session.version > version


def test_a_time_in_place_of_another_is_told_even_if_it_is_the_same(session, heard):
    said = heard(session.time_changed)
    session.retime(100.0)
    session.retime(None)
    assert said == [(100.0,)]
    assert session.time_or_none is None
    session.begin_time(7.0)
    session.begin_time(8.0)
    assert session.time == 7.0


def test_a_run_goes_where_none_is_and_none_is_meant_to_be(tmp_path):
    session = Session(folder=tmp_path)
    assert session.free_folder("poyo") == tmp_path / "poyo-1"
    session.actions.add("train", "poyo-2")  # whose folder is gone
    assert session.free_folder("poyo") == tmp_path / "poyo-3"
    assert Session(folder=tmp_path).free_folder("poyo") == tmp_path / "poyo-2"


@pytest.mark.usefixtures("fake_jobs")
@pytest.mark.parametrize(("state", "left"), [("failed", False), ("stopped", False), ("done", True)])
def test_a_folder_that_was_claimed_for_nothing_goes_again(make, tmp_path, state, left):
    session = Session([make.recording()], folder=tmp_path / "runs")
    job = session.train("poyo")
    assert (tmp_path / "runs" / "poyo-1").is_dir()
    if state == "done":
        make.run(tmp_path / "runs" / "poyo-1", "rat")
    session.jobs.end(job, state, run=job.arguments["out"])
    assert (tmp_path / "runs" / "poyo-1").is_dir() == left


def test_a_run_suits_sources_of_its_kind_only(session, make, tmp_path):
    session.add(Told("web"))
    session.add(make.run(tmp_path / "poyo-1", "rat"))
    assert session.suiting("poyo-1") == ["rat"]
    assert session.recording("web") is session.recordings["rat"]
    assert Session([Told("web")]).recording() is None
