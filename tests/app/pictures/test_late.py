"""What takes long is read once, the last wish first, and told of."""

from __future__ import annotations

import threading

import numpy as np

from neurofm.app.pictures.late import WAITING, Late, renew


def told(late, count):
    """Keys in the order in which they were ready."""
    keys, done = [], threading.Event()

    def tell(key):
        keys.append(key)
        if len(keys) == count:
            done.set()

    late.ready.connect(tell)
    return keys, done


def test_a_picture_is_read_once_and_told_of():
    late, reads = Late(), []
    keys, done = told(late, 1)

    def picture():
        return reads.append(1) or np.ones(3)

    assert late.get("a", picture) is None
    assert done.wait(10)
    np.testing.assert_array_equal(late.get("a", picture), np.ones(3))
    assert (keys, reads) == (["a"], [1])


def test_what_has_grown_is_shown_as_it_was_until_it_is_read_once_more():
    grown = np.zeros(2)  # arrays take weak references
    late, other = Late(grown), Late(np.ones(1))
    values, seen = iter([1, 2]), []
    keys, done = told(late, 3)  # read, grown, read again
    others, _ = told(other, 1)

    def shown():
        return late.get("a", lambda: np.full(1, next(values)))

    assert shown() is None
    late.ready.connect(lambda key: seen.append(int(shown()[0])))
    late.ready.connect(lambda key: len(keys) == 1 and renew(grown))
    assert done.wait(10)
    assert (seen[-1], int(shown()[0]), others) == (2, 2, [])
    assert 1 in seen


def test_the_last_wish_comes_first_and_old_ones_are_dropped():
    late, gate, begun = Late(), threading.Event(), threading.Event()
    keys, done = told(late, 1 + WAITING)
    late.get("first", lambda: (begun.set(), gate.wait(10), np.zeros(1))[2])
    assert begun.wait(10)
    for number in range(WAITING + 3):
        late.get(number, lambda: np.zeros(1))
    gate.set()
    assert done.wait(10)
    assert keys == ["first", *range(WAITING + 2, 2, -1)]


def test_what_fails_says_why_and_can_be_tried_again():
    late = Late()
    _, done = told(late, 1)

    def broken():
        raise OSError("the disk is gone")

    late.get("a", broken)
    assert done.wait(10)
    assert late.get("a", broken) is None
    assert late.failed == {"a": "the disk is gone"}
    late.again()
    assert late.failed == {}


def test_what_is_being_read_is_not_read_again():
    late, begun, go, count = Late(), threading.Event(), threading.Event(), []
    keys, done = told(late, 2)

    def slow():
        count.append(1)
        begun.set()
        assert go.wait(10)
        return np.zeros(3)

    late.get("a", slow)
    assert begun.wait(10)
    assert late.get("a", slow) is None
    late.get("b", lambda: np.zeros(3))
    go.set()
    assert done.wait(10)
    assert (keys, len(count)) == (["a", "b"], 1)


def test_one_who_shows_it_badly_stops_no_other_picture():
    late, first = Late(), threading.Event()

    def bad(key):
        if key == "a":
            first.set()
            raise ValueError("no window")

    late.ready.connect(bad)
    keys, done = told(late, 1)
    late.get("a", lambda: np.zeros(3))
    assert first.wait(10)
    while late.get("b", lambda: np.ones(3)) is None:
        assert done.wait(10)
    assert keys[-1] == "b"


def test_what_failed_is_tried_again_by_itself_after_a_while(monkeypatch):
    late = Late()
    keys, done = told(late, 2)

    def broken():
        raise OSError("the network is gone")

    late.get("a", broken)
    monkeypatch.setattr("neurofm.app.pictures.late.RETRIED", 0.0)
    while not late.failed:
        threading.Event().wait(0.001)
    late.get("a", lambda: np.ones(1))
    assert done.wait(10)
    assert (keys, late.failed) == (["a", "a"], {})


def test_all_that_is_kept_can_be_read_anew():
    late, reads = Late(), []
    _, done = told(late, 1)
    late.get("a", lambda: reads.append(1) or np.ones(1))
    assert done.wait(10)
    assert late.again() == 0
    assert late.again(anew=True) == 1
    assert late.get("a", lambda: np.ones(1)) is None
