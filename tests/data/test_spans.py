"""Spans behave like sets of instants: checked against sets of whole seconds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofm.data import spans

SECONDS = np.arange(20)
some_spans = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=6).map(
    lambda pairs: np.array(pairs, float).reshape(-1, 2)
)


def seconds(of):
    """Which whole seconds lie in any of the spans, found one by one."""
    return np.array([any(a <= t < b for a, b in of) for t in SECONDS], bool)


@given(some_spans)
def test_tidy_keeps_the_time_and_sorts_it_apart(one):
    tidy = spans.tidy(one)
    np.testing.assert_array_equal(seconds(tidy), seconds(one))
    assert (tidy[:, 1] > tidy[:, 0]).all()
    assert (tidy[1:, 0] > tidy[:-1, 1]).all()
    np.testing.assert_array_equal(spans.tidy(tidy), tidy)


@pytest.mark.parametrize(
    ("operation", "truth"),
    [
        (spans.union, lambda a, b: a | b),
        (spans.intersect, lambda a, b: a & b),
        (spans.subtract, lambda a, b: a & ~b),
        (lambda one, other: spans.complement(one), lambda a, b: ~a),
    ],
    ids=["union", "intersect", "subtract", "complement"],
)
@given(some_spans, some_spans)
def test_set_operations(operation, truth, one, other):
    np.testing.assert_array_equal(seconds(operation(one, other)), truth(seconds(one), seconds(other)))


@given(some_spans)
def test_inside_and_duration(one):
    np.testing.assert_array_equal(spans.inside(SECONDS, one), seconds(one))
    assert spans.duration(one) == seconds(one).sum()


@given(some_spans)
def test_widened_spans_reach_every_instant_near_them(one):
    near = [any(a - 1 <= t < b + 1 for a, b in spans.tidy(one)) for t in SECONDS]
    np.testing.assert_array_equal(seconds(spans.widen(spans.tidy(one), 1.0)), near)


@pytest.mark.parametrize("odd", [[np.nan, 1.0], [2.0, np.nan], [5.0, 5.0], [6.0, 5.0]])
def test_nan_and_empty_spans_are_dropped(odd):
    assert spans.tidy([odd, [3.0, 4.0]]).tolist() == [[3.0, 4.0]]


@pytest.mark.parametrize("gap", [0.0, 3.0])
def test_runs_of_chosen_times_end_where_they_do_and_at_gaps(gap):
    times = np.arange(10) * 0.1 + gap * (np.arange(10) >= 5)
    chosen = np.array([1, 1, 0, 0, 1, 1, 1, 0, 0, 1], bool)
    runs = spans.stretches(times, chosen)
    wanted = [[-0.05, 0.15], [0.35, 0.45], [0.45, 0.65], [0.85, 0.95]]
    wanted = [[a + gap * (k > 1), b + gap * (k > 1)] for k, (a, b) in enumerate(wanted)]
    wanted = wanted if gap else [wanted[0], [0.35, 0.65], wanted[3]]
    np.testing.assert_allclose(runs, wanted)
    np.testing.assert_array_equal(spans.inside(times, runs), chosen)
    assert spans.stretches(times, ~chosen & chosen).shape == spans.stretches(times[:0], chosen[:0]).shape == (0, 2)
