"""Moments are those that are shown, and last as long as they are apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofm.app.session import Session
from neurofm.app.state import moments
from neurofm.data.ids import moments as moment_ids
from neurofm.data.ids import pack, unpack
from neurofm.data.source import Space
from tests.app.state.conftest import Told


def test_spans_are_as_long_as_the_moments_are_apart(session):
    ids = session.embeddings["a time"].ids
    assert np.allclose(session.spans_of(ids[[3]]), [[101.5, 102.0]], atol=1e-3)
    assert np.allclose(session.spans_of(ids[2:6]), [[101.0, 103.0]], atol=1e-3)
    assert np.allclose(session.spans_of(ids[[2, 9]]), [[101.0, 101.5], [104.5, 105.0]], atol=1e-3)
    sample = session.predictions["a rat"].ids[[7]]
    assert np.allclose(session.spans_of(sample), [[100.65, 100.75]], atol=1e-3)
    assert session.spans_of(pack([5], [0])).shape == (0, 2)


def test_moments_are_those_shown_else_the_samples_of_behaviour(make):
    a = make.recording("a")
    session = Session([a])
    assert session.moments("a", 101.05, 101.45).tolist() == [1_100_000, 1_200_000, 1_300_000, 1_400_000]
    session.add(make.moments(a))
    assert session.moments("a", 101, 102).tolist() == [1_250_000, 1_750_000]
    assert session.moment("a", 101.3, 0.2).tolist() == [1_250_000]
    assert session.moment("a", 101.5, 0.2).tolist() == []
    assert session.moments("a", 50, 60).tolist() == []


@pytest.fixture
def plain():
    """Number 2 among the sources, with samples each 4 s."""
    return Told("rat", {"time": Space(samples=lambda: [np.array([8, 0, 4, 4]) * 1_000_000])})


def test_what_is_shown_is_united_and_then_each_of_its_own(make):
    a, b = make.recording("a"), make.recording("b")
    session = Session([a, b])
    first, second = make.moments(a), replace(make.moments(a, spacing=4.0), name="other")
    session.add(first)
    session.add(second)
    together, *each, samples = moments.shown(0, a, "time", session.embeddings.values(), [])
    assert [ids.tolist() for ids in each] == [first.ids.tolist(), second.ids.tolist()]
    assert together.tolist() == sorted({*first.ids, *second.ids})
    assert samples.tolist() == moment_ids(a.series["position"].times, 100.0).tolist()
    assert moments.shown(1, b, "time", session.embeddings.values(), [])[0].tolist() == [
        int(pack(1, s)) for s in samples
    ]


def test_where_nothing_is_shown_samples_stand_in_sorted_and_once(plain):
    assert moments.shown(2, plain, "time", [], [])[0].tolist() == pack(2, [0, 4_000_000, 8_000_000]).tolist()
    assert moments.shown(2, plain, "frame", [], [])[0].tolist() == []


@given(st.sets(st.integers(0, 10_000_000)), st.floats(90, 120), st.floats(90, 120))
def test_between_keeps_those_from_start_to_before_stop(local, begin, end):
    ids, source = pack(2, sorted(local)), Told("rat")
    first, last = (max(0, round((t - 100) * 1e6)) for t in (begin, end))
    wanted = [k for k in sorted(local) if first <= k < last]
    if local:
        assert unpack(moments.between(2, source, ids, (begin, end)))[1].tolist() == wanted


def test_where_no_moment_is_known_there_is_one_each_tenth_of_a_second():
    ids = moments.between(2, Told("rat"), np.array([], np.int64), (101.0, 102.0))
    assert np.allclose(unpack(ids)[1] / 1e6, np.arange(1, 2, 0.1))
    assert set(unpack(ids)[0]) == {2}


@pytest.mark.parametrize("sets", [[], [pack(2, [5_000_000])]])
def test_a_moment_on_its_own_lasts_a_tenth_of_a_second(sets):
    ids = pack([2, 3], 5_000_000)  # the second is of another source
    assert np.allclose(moments.around(2, Told("rat"), sets, ids), [[104.95, 105.05]])
