"""What was worked out once is there again, for as long as what it is about, and no more of it than is used."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

from neurofm.app.memory import MOST, Same, remember


class Owner:
    """Something that things are worked out of."""


@pytest.fixture
def counted():
    """`counted(owner, key)` remembers how often it had to be worked out."""
    keys = []

    def ask(owner, key):
        return remember(owner, key, lambda: keys.append(key) or len(keys))

    ask.keys = keys
    return ask


def test_it_is_worked_out_once_for_each_owner_and_key(counted):
    one, other = Owner(), Owner()
    assert [counted(*asked) for asked in [(one, "a"), (one, "b"), (one, "a"), (other, "a"), (other, "a")]] == [
        1,
        2,
        1,
        3,
        3,
    ]


def test_only_what_was_used_last_stays(counted):
    owner = Owner()
    for key in range(MOST):
        counted(owner, key)
    counted(owner, 0)  # used again, so it outlives 1
    counted(owner, "one more")
    counted.keys.clear()
    for key in (0, *range(2, MOST), "one more"):
        counted(owner, key)
    assert counted.keys == []
    counted(owner, 1)
    assert counted.keys == [1]


def test_it_goes_with_its_owner():
    owner = Owner()
    left = weakref.ref(remember(owner, "a", Owner))
    gc.collect()
    assert left() is remember(owner, "a", Owner)
    del owner
    gc.collect()
    assert left() is None


def test_what_fails_is_tried_again(counted):
    owner = Owner()
    with pytest.raises(ZeroDivisionError):
        remember(owner, "a", lambda: 1 / 0)
    assert counted(owner, "a") == 1


def test_none_is_remembered_too():
    owner, asked = Owner(), []
    assert [remember(owner, "a", lambda: asked.append(1)) for _ in range(2)] == [None, None]
    assert asked == [1]


def test_keys_are_the_same_for_the_very_same_array_only():
    array = np.arange(3)
    assert Same(array) == Same(array)
    assert hash(Same(array)) == hash(Same(array))
    assert Same(array) != Same(array.copy())
    assert Same(array) != array.tolist()
