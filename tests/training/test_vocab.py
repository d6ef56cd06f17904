"""What a run knows of the units of its sessions, also where an earlier version wrote it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from neurofm.training import vocab


def recording(session, *units):
    return SimpleNamespace(session=session, units=units, unit_names=[f"{session}/{u}" for u in units])


A, B = recording("a", 0, 1), recording("b", 0)


@pytest.mark.parametrize(
    ("known", "wanted"),
    [
        (
            {"sessions": ["a", "b"], "units": ["a/0", "a/1", "b/0"], "sizes": [2, 1]},
            {"a": ["a/0", "a/1"], "b": ["b/0"]},
        ),
        ({"sessions": ["a", "b"], "units": ["a/0", "b/0", "a/1"], "sizes": [2, 1]}, {"a": ["", ""], "b": [""]}),
        ({"sessions": ["a"], "units": ["a/0", "a/1", "a/2", "a/3"], "sizes": [2]}, {"a": ["", ""]}),
        ({"sessions": ["a"], "units": ["a/0"]}, {}),
    ],
    ids=["sound", "a unit of a came later", "replaced", "without sizes"],
)
def test_units_are_those_of_each_session_and_unknown_where_they_were_mixed_up(known, wanted):
    assert vocab.units(known) == wanted


@pytest.mark.parametrize(
    ("before", "now", "differ"),
    [
        (["", ""], ["a/0", "a/1"], False),
        (["", ""], ["a/0"], True),
        (["a/0", "a/1"], ["a/1", "a/0"], True),
        (["a/0", ""], ["a/0", "a/9"], False),
    ],
)
def test_units_whose_names_are_not_known_are_taken_as_they_are(before, now, differ):
    assert vocab.differ(before, now) == differ


def test_names_that_a_model_has_vectors_for_stay():
    before = vocab.begin([A])
    assert vocab.grow_names(before, [recording("a", 1, 2), B]) == {
        "units": ["a/0", "a/1", "a/2", "b/0"], "sessions": ["a", "b"], "sizes": [2, 1],
    }  # fmt: skip


def test_sessions_with_other_units_are_made_anew():
    before = vocab.begin([A, B])
    assert vocab.grow_sessions(before, [recording("a", 1, 2, 3)]) == {
        "units": ["a/1", "a/2", "a/3", "b/0"], "sessions": ["a", "b"], "sizes": [3, 1], "fresh": ["a"],
    }  # fmt: skip
    assert vocab.grow_sessions(before, [A])["fresh"] == []
