"""What is open has numbers, names, columns, colours and one time; every change is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurofm.app.session import Session
from neurofm.app.state.groups import Group
from neurofm.data import Embedding
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


def _embed(session, space, ids):
    count = np.size(ids)
    rows = np.zeros((count, 2))
    session.add(Embedding(name="mine", space=space, ids=ids, values=rows, xy=rows))


DOORS = {
    "pick": lambda session, space, ids: session.selection.pick(space, ids),
    "add to what is picked": lambda session, space, ids: session.selection.pick(space, ids, "add"),
    "group": lambda session, space, ids: session.group("mine", space, ids),
    "embedding": _embed,
    "prediction": lambda session, space, ids: session.add(
        replace(session.predictions["a rat"], space=space, run="mine", **_rows(np.size(ids)), ids=ids)
    ),
}
BAD = {
    "an id of nothing": ("unit", [0, 99999], LookupError, "no unit has the id 99999; there are 0 to 4"),
    "of a source that is not open": ("unit", [int(pack(3, 0))], LookupError, "no unit has the id 52776558133248"),
    "below zero": ("trial", [-1], LookupError, "no trial has the id -1; (there are 0 to 3|ids begin)"),
    "half an id": ("unit", [1.7], ValueError, "whole numbers.*, got 1.7"),
    "words": ("session", ["nobody"], (LookupError, ValueError), "nobody"),
    "a mask too short": ("unit", [True, False, True], ValueError, "True|3"),
    "not a number": ("unit", [float("nan")], ValueError, "got nan"),
    "two dimensions": ("unit", [[0, 1], [1, 2]], ValueError, "one list"),
    "a space that nothing has": ("bout", [1], LookupError, "no bout has the id 1; nothing that is open has bouts"),
    "a moment after the end": (
        "time",
        [60_000_000],
        LookupError,
        r"no moment has the id 60000000; there are 0 to 20000000 \(rat\)",
    ),
    "a moment of nothing": (
        "time",
        [int(pack(1, 0))],
        LookupError,
        "no moment has the id 17592186044416; there are 0 to",
    ),
    "a moment before time": ("time", [-5], LookupError, "no moment has the id -5"),
}


def _rows(count):
    names = ("times", "values", "truth", "held_out")
    return dict(zip(names, (np.zeros(count), np.zeros((count, 2)), np.zeros((count, 2)), np.zeros(count, bool))))


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("door", DOORS)
def test_what_is_no_thing_comes_in_at_no_door(session, door, case):
    if door == "prediction" and case in ("of a source that is not open", "a moment of nothing"):
        pytest.skip("a prediction names its source")
    space, ids, error, words = BAD[case]
    before = (dict(session.groups), dict(session.embeddings), dict(session.predictions))
    with pytest.raises(error, match=words):
        DOORS[door](session, space, ids)
    assert (session.groups, session.embeddings, session.predictions) == before
    assert session.selection.spaces() == []


@pytest.mark.parametrize("door", list(DOORS)[:3])
@pytest.mark.parametrize(
    ("space", "given", "ids"),
    [
        ("unit", [True, False, True, False, False], [0, 2]),
        ("unit", ["rat/u3", "u1"], [1, 3]),
        ("unit", "rat/u3", [3]),
        ("trial", ["rat/trial 2"], [2]),
        ("session", "rat", [0]),
        ("time", [1_250_000], [1_250_000]),
    ],
)
def test_things_are_known_by_what_people_call_them(session, door, space, given, ids):
    DOORS[door](session, space, given)
    got = session.groups["mine"].ids if door == "group" else session.selection.picked(space)
    assert got.tolist() == ids


def test_a_mask_of_a_table_is_of_its_rows(make):
    session = Session([make.recording("rat"), make.recording("bo")])
    table = session.table("unit")
    session.selection.pick("unit", table["region"] == "CA3")
    assert set(table.loc[session.selection.picked("unit"), "label"]) == {"rat/u1", "rat/u4", "bo/u1", "bo/u4"}
    session.selection.pick("unit", table[table["session"] == "bo"])
    assert session.selection.picked("unit").tolist() == pack(1, range(5)).tolist()
    session.selection.pick("unit", session.recordings["rat"].unit_names[:2])
    assert session.selection.picked("unit").tolist() == [0, 1]


@pytest.mark.parametrize("field", ["values", "xy"])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_an_embedding_without_a_place_for_a_row_is_refused(session, make, field, bad):
    mine = replace(make.units(*session.recordings.values()), name="mine")
    getattr(mine, field)[3, 1] = bad
    with pytest.raises(ValueError, match=r"embedding 'mine' has 1 of 5 rows that are not finite .* the first is row 3"):
        session.add(mine)
    assert "mine" not in session.embeddings


@pytest.mark.parametrize("bad", ["12", None, True, float("nan"), float("inf"), [1, 2], b"1", 1j, "noon"])
@pytest.mark.parametrize("set_it", [lambda s, t: setattr(s, "time", t), lambda s, t: s.set_time(t)])
def test_a_time_that_is_none_is_refused(session, heard, set_it, bad):
    said = heard(session.time_changed)
    with pytest.raises(ValueError, match="time must be a number of seconds, got "):
        set_it(session, bad)
    assert (session.time, said) == (100.0, [])


@pytest.mark.parametrize("good", [103, 103.0, np.float32(103), np.int64(103), np.array(103.0)])
def test_a_time_is_any_number(session, good):
    session.time = good
    assert session.time == 103.0
    assert type(session.time) is float
