"""Behaviours are named, merged and split; picks and groups of bouts go along, and all of it can be undone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from neurofm import io
from neurofm.app.session import Session
from neurofm.data.ethogram import Ethogram
from neurofm.data.ids import pack

ROWS = [(100, 102, "a"), (102, 104, "b"), (104, 106, "c"), (106, 110, "a"), (112, 113, "b")]


@pytest.fixture
def scored(session) -> Session:
    table = pd.DataFrame(ROWS, columns=["start", "stop", "behavior"])
    session.add(Ethogram(session="rat bouts", clock="rat", bouts=table))
    return session


def told(session, name="rat bouts"):
    return list(session.sources[name].bouts[["start", "stop", "behavior"]].itertuples(index=False, name=None))


def labels(session, space="bout"):
    return session.table(space)["label"].loc[session.selection.picked(space)].tolist()


def test_a_behavior_is_renamed_with_its_picks_and_colours(scored, heard):
    scored.selection.pick("bout", scored.where("bout", "behavior", "a"))
    before = scored.selection.picked("bout")
    changes = heard(scored.changed)
    assert scored.relabel("walk", of="a") == ["rat bouts"]
    assert [row[2] for row in told(scored)] == ["walk", "b", "c", "walk", "b"]
    assert ("source", "rat bouts") in changes
    np.testing.assert_array_equal(scored.selection.picked("bout"), before)
    assert scored.undo()
    assert told(scored) == ROWS
    assert scored.redo()
    assert told(scored)[0][2] == "walk"


def test_a_merge_moves_picks_and_groups_along_in_one_step(scored):
    scored.group("late", "bout", ["rat bouts/bout 3", "rat bouts/bout 4"])
    scored.selection.pick("bout", ["rat bouts/bout 1", "rat bouts/bout 4"])
    scored.relabel("a", of="b")
    assert told(scored) == [(100, 104, "a"), (104, 106, "c"), (106, 110, "a"), (112, 113, "a")]
    number = scored.number("rat bouts")
    assert scored.selection.picked("bout").tolist() == pack(number, [0, 3]).tolist()
    assert scored.groups["late"].ids.tolist() == pack(number, [2, 3]).tolist()
    assert scored.undo()
    assert told(scored) == ROWS
    assert labels(scored) == ["rat bouts/bout 1", "rat bouts/bout 4"]
    assert scored.groups["late"].ids.tolist() == pack(number, [3, 4]).tolist()
    assert scored.redo()
    assert labels(scored) == ["rat bouts/bout 0", "rat bouts/bout 3"]


def test_the_picked_bouts_alone_are_named(scored):
    scored.selection.pick("bout", ["rat bouts/bout 3"])
    scored.relabel("run")
    assert [row[2] for row in told(scored)] == ["a", "b", "c", "run", "b"]


def test_a_behavior_is_split_in_time(scored):
    scored.relabel("a late", of="a", start=107.0)
    assert told(scored)[3:5] == [(106, 107, "a"), (107, 110, "a late")]


def test_all_ethograms_are_meant_unless_one_is_named(scored):
    table = pd.DataFrame(ROWS, columns=["start", "stop", "behavior"])
    scored.add(Ethogram(session="other", bouts=table))
    assert scored.relabel("x", of="b") == ["rat bouts", "other"]
    assert scored.relabel("y", of="x", ethogram="other") == ["other"]
    assert scored.undo()
    assert told(scored, "other")[1][2] == "x"
    assert scored.undo()  # both at once
    assert (told(scored), told(scored, "other")) == (ROWS, ROWS)


def test_a_name_that_it_has_already_changes_nothing(scored):
    assert scored.relabel("a", of="a") == []
    assert not scored.undo() or told(scored) == ROWS


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"to": " ", "of": "a"}, "a behaviour needs a name"),
        ({"to": "x", "of": "nothing"}, "no bout is called 'nothing'; there are a, b, c"),
        ({"to": "x"}, "no bout is picked; pick the bouts"),
        ({"to": "x", "of": "a", "start": 5, "stop": 5}, "start must come before stop"),
        ({"to": "x", "of": "a", "ethogram": "rat"}, "no ethogram 'rat'"),
    ],
)
def test_what_cannot_be_is_refused(scored, arguments, error):
    with pytest.raises((ValueError, LookupError), match=error):
        scored.relabel(**arguments)
    assert told(scored) == ROWS


def test_an_edited_file_is_opened_and_edited_again_by_the_script(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    table = pd.DataFrame(ROWS, columns=["start", "stop", "behavior"])
    path = io.write(Ethogram(session="rat", bouts=table), tmp_path / "rat.tsv")
    session = Session([path])
    session.relabel("walk", of="a")
    session.selection.pick("bout", ["rat/bout 1"])
    session.relabel("walk", start=103.0)
    session.relabel("gone", of="c")
    session.undo()
    script = session.script()
    assert f"nf.read({str(path)!r})" in script
    assert "session.relabel('walk', of=['a'], ethogram='rat')" in script
    assert "gone" not in script
    names: dict = {}
    exec(compile(script, "script", "exec"), names)
    assert told(names["session"], "rat") == told(session, "rat")
    again = Session.restore(session.save(tmp_path / "kept.neurofm"))
    assert told(again, "rat") == told(session, "rat")
    assert again.script() == script


def test_what_was_made_in_python_is_kept_as_it_stands(scored, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    scored.relabel("walk", of="a")
    script = scored.script()
    assert "relabel" not in script
    names: dict = {}
    exec(compile(script, "script", "exec"), names)
    assert told(names["session"]) == told(scored)


def test_what_was_closed_stays_closed_when_its_edit_is_undone(scored):
    scored.relabel("walk", of="a")
    scored.close("rat bouts")
    scored.undo()
    assert "rat bouts" not in scored.sources


def test_bouts_of_one_subject_are_named_and_those_of_others_stay(session, tmp_path):
    rows = {
        "start": [0.0, 1, 0, 1],
        "stop": [1.0, 2, 1, 2],
        "behavior": ["a", "b"] * 2,
        "subject": ["x"] * 2 + ["y"] * 2,
    }
    session.add(Ethogram(session="scored", bouts=pd.DataFrame(rows)))
    session.relabel("run", of=["a", "b"], subject="x")
    told = session.sources["scored"].bouts[["subject", "behavior"]].to_numpy().tolist()
    assert sorted(told) == [["x", "run"], ["y", "a"], ["y", "b"]]
    session.undo()
    assert len(session.sources["scored"].bouts) == 4
    with pytest.raises(ValueError, match="no bout is of a subject 'z'; there are x, y"):
        session.relabel("run", of="a", subject="z")
