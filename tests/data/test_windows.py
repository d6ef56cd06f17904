"""Windows: they cover what they should and see only what they may."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofm.data.windows import Window, jittered, tile

lengths = st.floats(0.1, 5.0)
domains = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)), min_size=1, max_size=3).map(
    lambda pairs: np.array([[k * 100 + a, k * 100 + a + b] for k, (a, b) in enumerate(pairs)], float)
)


@given(domains, lengths, st.floats(0.2, 1.0))
def test_tiles_cover_every_span_and_stay_in_it(domain, length, part):
    starts = tile(domain, length, part * length)
    for a, b in domain:
        own = starts[(starts >= a) & (starts < b)]
        assert own[0] == a
        assert own[-1] + length == pytest.approx(max(b, a + length))
        assert (np.diff(own) <= part * length + 1e-6).all()
    assert len(starts) == sum(((starts >= a) & (starts < b)).sum() for a, b in domain)


@given(domains, lengths, st.integers(0, 100))
def test_jittered_windows_lie_inside_and_never_overlap(domain, length, seed):
    starts = np.sort(jittered(domain, length, np.random.default_rng(seed)))
    assert all(any(a <= s and s + length <= b + 1e-6 for a, b in domain) for s in starts)
    assert (np.diff(starts) >= length - 1e-6).all()
    assert len(starts) >= sum(max(int((b - a) / length) - 1, 0) for a, b in domain)


@pytest.mark.parametrize(
    ("allowed", "times", "unit", "clock"),
    [
        ({}, [0.25, 1.25, 2.25], [2, 0, 1], [2.0, 2.5, 3.0, 3.5, 4.0, 4.5]),
        ({"units": np.array([0, 2]), "labels": np.array([[3.0, 4.0]])}, [0.25, 1.25], [2, 0], [3.0, 3.5]),
    ],
    ids=["all", "some"],
)
def test_a_window_counts_time_from_its_start_and_shows_only_what_it_may(clockwork, allowed, times, unit, clock):
    window = Window(clockwork, 2.0, 5.0, **allowed)
    np.testing.assert_allclose(window.spikes.times, times)
    np.testing.assert_array_equal(window.spikes.unit, unit)
    np.testing.assert_allclose(window.series("x").values[:, 0], clock)
    np.testing.assert_allclose(window.series("x").times + 2.0, clock)
