"""Ids lead back to the recording and the thing in it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofm.data import ids


@given(st.lists(st.tuples(st.integers(0, 2**19 - 1), st.integers(0, 2**44 - 1)), min_size=1, max_size=20))
def test_packed_ids_unpack(pairs):
    recording, local = np.array(pairs).T
    packed = ids.pack(recording, local)
    for unpacked, truth in zip(ids.unpack(packed), (recording, local)):
        np.testing.assert_array_equal(unpacked, truth)
    assert len(np.unique(packed)) == len(set(pairs))
    assert (packed >= 0).all()


@pytest.mark.parametrize(("recording", "first"), [(0, 0), (1, 1 << 44), (3, 3 << 44)])
def test_rows_count_on_from_where_their_recording_begins(recording, first):
    np.testing.assert_array_equal(ids.pack(recording, [0, 5]), [first, first + 5])  # plain rows in the first


@given(start=st.floats(0, 1e6), after=st.lists(st.floats(0, 1e6), max_size=10))
def test_moments_lead_back_to_within_a_microsecond(start, after):
    times = start + np.array(after)
    np.testing.assert_allclose(ids.seconds(ids.moments(times, start), start), times, rtol=0, atol=6e-7)
