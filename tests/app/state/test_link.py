"""Links go both ways and say exactly what is tied."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofm.app.state.link import Link, among, reach, tidy

ties = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=40)
some = st.sets(st.integers(0, 14)).map(sorted)


def link(pairs, a="trial", b="time"):
    pairs = np.array(pairs, np.int64).reshape(-1, 2)
    return Link(a, b, pairs[:, 0], pairs[:, 1])


@given(ties, some)
def test_across_is_what_a_loop_finds_in_both_directions(pairs, ids):
    tie, ids_ = link(pairs), np.array(ids, np.int64)
    assert tie.across("trial", ids_).tolist() == sorted({b for a, b in pairs if a in ids})
    assert tie.across("time", ids_).tolist() == sorted({a for a, b in pairs if b in ids})


@given(ties, ties, some)
def test_several_ways_into_a_space_are_united(first, second, ids):
    found = reach([link(first), link(second)], "trial", np.array(ids, np.int64))
    assert found["time"].tolist() == sorted({b for a, b in first + second if a in ids})


@given(some, some)
def test_among_is_membership(ids, known):
    found = among(np.array(ids, np.int64), np.array(known, np.int64))
    assert found.tolist() == [i in known for i in ids]


def test_tidy_sorts_and_drops_repeats():
    assert tidy([3, 1, 3, 2]).tolist() == [1, 2, 3]


def test_uneven_ties_are_refused():
    with pytest.raises(ValueError, match="ties 2 ids to 1"):
        Link("trial", "time", np.arange(2), np.arange(1))


def test_a_million_ties_answer_fast():
    tie = Link("trial", "time", np.repeat(np.arange(1000), 1000), np.arange(1_000_000))
    ids = np.arange(0, 1000, 2)
    tie.across("trial", ids)
    began = time.process_time()
    assert len(tie.across("trial", ids)) == 500_000
    assert time.process_time() - began < 0.5
