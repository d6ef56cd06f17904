"""The selection rule: a pick replaces everything, reaches one hop, and echoes die out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurofm.app.state.link import Link
from neurofm.app.state.selection import Selection
from neurofm.data.ids import pack

A, B = np.array([0, 0, 1, 1, 2]), np.array([10, 11, 12, 13, 14])
LINKS = (Link("trial", "time", A, B), Link("session", "trial", np.array([7, 7, 8]), np.array([0, 1, 2])))

steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("pick"),
            st.sampled_from(["trial", "time", "session", "unit"]),
            st.lists(st.integers(0, 14), max_size=5),
            st.sampled_from(["replace", "add", "remove"]),
        ),
        st.sampled_from([("clear",), ("undo",), ("redo",)]),
    ),
    max_size=12,
)


def linked():
    selection = Selection()
    selection.relink(LINKS)
    return selection


def state(selection):
    return {space: selection.picked(space).tolist() for space in selection.spaces()}


def do(selection, step):
    getattr(selection, step[0])(*step[1:])


@pytest.mark.parametrize("ids", [[5, 3, 5], np.array([3.0, 5.0]), (3, 5), range(3, 6, 2)])
def test_a_pick_is_sorted_and_each_id_stands_once(ids):
    selection = Selection()
    selection.pick("unit", ids)
    assert selection.picked("unit").tolist() == [3, 5]
    assert selection.picked("unit").dtype == np.int64


@pytest.mark.parametrize(
    ("picks", "picked"),
    [
        ([("time", [10])], {"time": [10], "trial": [0]}),
        ([("time", [10]), ("trial", [1])], {"session": [7], "time": [12, 13], "trial": [1]}),
        ([("trial", [0]), ("unit", [1])], {"unit": [1]}),
        (
            [("unit", [1]), ("time", [14], "add"), ("unit", [2], "add")],
            {"unit": [1, 2], "time": [14], "trial": [2]},
        ),
        ([("time", [10, 11, 12]), ("time", [10], "remove")], {"time": [11, 12], "trial": [0, 1]}),
        ([("time", [10, 11, 12]), ("time", [10], "remove"), ("time", [11], "remove")], {"time": [12], "trial": [1]}),
    ],
    ids=["one hop up", "one hop both ways", "replaced elsewhere", "added", "a moment stays", "the last moment goes"],
)
def test_picks_reach_one_hop_and_replace_add_or_remove(picks, picked):
    selection = linked()
    for pick in picks:
        selection.pick(*pick)
    assert state(selection) == picked


def test_equal_picks_tell_nothing_and_leave_no_step(heard):
    selection = linked()
    selection.pick("time", [10, 11])
    said = heard(selection.changed)
    selection.pick("time", [11, 10])
    selection.pick("time", [10], "add")
    selection.pick("unit", [3], "remove")
    assert said == []
    selection.undo()
    assert state(selection) == {}


def test_echoes_die_out():
    selection = linked()
    calls = []

    def echo(space, ids):
        calls.append(space)
        selection.pick("time", selection.picked("time"))

    selection.changed.connect(echo)
    selection.pick("time", [10])
    assert sorted(calls) == ["time", "trial"]


def test_only_spaces_that_changed_are_told(heard):
    selection = linked()
    selection.pick("time", [10])
    said = heard(selection.changed)
    selection.pick("time", [11])  # of the same trial
    assert [(space, ids.tolist()) for space, ids in said] == [("time", [11])]


def test_a_listener_sees_all_spaces_as_they_are_after_the_pick():
    selection, seen = linked(), []
    selection.changed.connect(lambda *_: seen.append(state(selection)))
    selection.pick("trial", [2])
    assert seen == [{"session": [8], "time": [14], "trial": [2]}] * 3


@settings(deadline=None)
@given(steps)
def test_undo_goes_back_through_all_that_was_and_redo_forward_again(story):
    selection, states = linked(), [{}]
    for step in story:
        do(selection, step)
        if step[0] == "undo":
            states = states[: max(len(states) - 1, 1)] if states[-1] != state(selection) else states
        elif state(selection) != states[-1]:
            states.append(state(selection))
    length = len(states)
    back = []
    for _ in range(length - 1):
        selection.undo()
        back.append(state(selection))
    assert back == states[-2::-1]
    forward = []
    for _ in range(length - 1):
        selection.redo()
        forward.append(state(selection))
    assert forward == states[1:]


@settings(deadline=None)
@given(steps)
def test_the_steps_lead_to_what_is_picked(story):
    selection, again = linked(), linked()
    for step in story:
        do(selection, step)
    for step in selection.steps():
        again.pick(*step)
    assert state(again) == state(selection)


def test_new_links_carry_what_is_picked():
    selection = Selection()
    selection.pick("trial", [1])
    selection.relink(LINKS)
    assert selection.picked("time").tolist() == [12, 13]
    selection.relink(())
    assert state(selection) == {"trial": [1]}


def test_a_closed_recording_leaves_no_pick_behind():
    selection = Selection()
    selection.pick("unit", pack([0, 1], [3, 4]))
    selection.pick("unit", pack([1], [5]))
    assert selection.last == "unit"
    selection.forget(1)
    assert state(selection) == {}
    assert selection.last == ""
    selection.undo()
    assert state(selection) == {"unit": [3]}


@pytest.mark.parametrize(("space", "mode"), [("neuron", "replace"), ("unit", "toggle")])
def test_unknown_spaces_and_modes_are_refused_by_name(space, mode):
    with pytest.raises(LookupError, match="there are"):
        Selection().pick(space, [1], mode)


def test_observers_are_told_until_they_end_it():
    selection, heard = Selection(), []
    end = selection.observe(lambda space, ids: heard.append((space, ids.tolist())), "unit")
    every = selection.observe(lambda space, ids: heard.append(space))
    selection.pick("unit", [1, 2])
    selection.pick("unit", [1, 2])
    selection.pick("trial", [0])
    end()
    end()
    selection.pick("unit", [3])
    every()
    selection.clear()
    assert heard == [("unit", [1, 2]), "unit", "trial", ("unit", []), "unit", "trial", "unit"]
    with pytest.raises(LookupError, match=r"no space 'units'; .* did you mean 'unit'"):
        selection.observe(print, "units")
