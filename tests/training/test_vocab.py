"""What a run knows of the units of its sessions, also where an earlier version wrote it."""

from __future__ import annotations

from neurofm.training import vocab


def test_units_are_those_of_each_session_and_unknown_where_they_were_mixed_up():
    sound = {"sessions": ["a", "b"], "units": ["a/0", "a/1", "b/0"], "sizes": [2, 1]}
    assert vocab.units(sound) == {"a": ["a/0", "a/1"], "b": ["b/0"]}
    grown = {"sessions": ["a", "b"], "units": ["a/0", "b/0", "a/1"], "sizes": [2, 1]}  # a unit of a came later
    assert vocab.units(grown) == {"a": ["", ""], "b": [""]}
    replaced = {"sessions": ["a"], "units": ["a/0", "a/1", "a/2", "a/3"], "sizes": [2]}
    assert vocab.units(replaced) == {"a": ["", ""]}
    assert vocab.units({"sessions": ["a"], "units": ["a/0"]}) == {}


def test_units_whose_names_are_not_known_are_taken_as_they_are():
    assert not vocab.differ(["", ""], ["a/0", "a/1"])
    assert vocab.differ(["", ""], ["a/0"])
    assert vocab.differ(["a/0", "a/1"], ["a/1", "a/0"])
