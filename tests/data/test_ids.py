"""Ids lead back to the recording and the thing in it."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from neurofm.data import ids


@given(st.lists(st.tuples(st.integers(0, 2**19 - 1), st.integers(0, 2**44 - 1)), min_size=1, max_size=20))
def test_packed_ids_unpack(pairs):
    recording, local = np.array(pairs).T
    packed = ids.pack(recording, local)
    for found, truth in zip(ids.unpack(packed), (recording, local)):
        np.testing.assert_array_equal(found, truth)
    assert len(np.unique(packed)) == len(set(pairs))
    assert (packed >= 0).all()


def test_first_recording_keeps_plain_rows():
    np.testing.assert_array_equal(ids.pack(0, [0, 5]), [0, 5])


@given(start=st.floats(0, 1e6), after=st.lists(st.floats(0, 1e6), max_size=10))
def test_moments_lead_back_to_within_a_microsecond(start, after):
    times = start + np.array(after)
    np.testing.assert_allclose(ids.seconds(ids.moments(times, start), start), times, rtol=0, atol=6e-7)
