"""Links go both ways and say exactly what is tied."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofm.app.state.link import Link, among, ranges, reach, tidy, union

ties = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=40)
some = st.sets(st.integers(0, 14)).map(sorted)


def link(pairs, a="trial", b="time"):
    pairs = np.array(pairs, np.int64).reshape(-1, 2)
    return Link(a, b, pairs[:, 0], pairs[:, 1])


@pytest.mark.parametrize(("space", "here", "there"), [("trial", 0, 1), ("time", 1, 0)])
@given(ties, some)
def test_across_is_what_a_loop_finds_in_both_directions(space, here, there, pairs, ids):
    tie = link(pairs)
    assert tie.across(space, np.array(ids, np.int64)).tolist() == sorted({p[there] for p in pairs if p[here] in ids})


@pytest.mark.parametrize(("space", "other"), [("trial", "time"), ("time", "trial"), ("unit", "")])
def test_the_other_end_is_told(space, other):
    assert link([]).other(space) == other
    assert list(reach([link([(1, 2)])], space, np.array([1, 2]))) == ([other] if other else [])


@given(ties, ties, some)
def test_several_ways_into_a_space_are_united(first, second, ids):
    tied = reach([link(first), link(second)], "trial", np.array(ids, np.int64))
    assert tied["time"].tolist() == sorted({b for a, b in first + second if a in ids})


@given(some, some)
def test_among_is_membership(ids, others):
    assert among(np.array(ids, np.int64), np.array(others, np.int64)).tolist() == [i in others for i in ids]


@given(st.lists(st.lists(st.integers(-9, 9)), max_size=4))
def test_tidy_and_union_are_those_of_sets(several):
    tidied = [tidy(ids) for ids in several]
    assert [ids.tolist() for ids in tidied] == [sorted(set(ids)) for ids in several]
    assert union(*tidied).tolist() == sorted(set().union(*several))


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4)), max_size=6))
def test_ranges_are_those_of_a_loop(pieces):
    first = np.array([a for a, _ in pieces], np.intp)
    last = first + np.array([n for _, n in pieces], np.intp)
    assert ranges(first, last).tolist() == [k for a, n in pieces for k in range(a, a + n)]


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
