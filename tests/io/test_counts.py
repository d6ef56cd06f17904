"""From counts in bins to spikes and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurofm.io._counts import spread


@settings(deadline=None, max_examples=50)
@given(counts=st.lists(st.tuples(*[st.integers(0, 5)] * 3), min_size=1, max_size=20), width=st.floats(0.01, 1.0))
def test_spreading_keeps_every_count(counts, width):
    counts = np.array(counts)
    start = np.arange(len(counts)) * width * 2
    times, unit = spread(counts, start, width)
    again = np.zeros_like(counts)
    np.add.at(again, (np.searchsorted(start, times, "right") - 1, unit), 1)
    np.testing.assert_array_equal(again, counts)


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32])
def test_spikes_of_a_bin_lie_evenly_in_it(dtype):
    counts, start = np.array([[0, 3], [1, 2]], dtype), np.array([1.0, 5.0])
    spikes = [
        (start[row] + (k + 0.5) / counts[row, unit] * 0.6, unit)
        for row in range(2)
        for unit in range(2)
        for k in range(int(counts[row, unit]))
    ]
    times, unit = spread(counts, start, 0.6)
    np.testing.assert_allclose(times, [time for time, _ in spikes])
    np.testing.assert_array_equal(unit, [unit for _, unit in spikes])
