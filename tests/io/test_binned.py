"""Counts in equal bins, when these are, and how long."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from neurofm.io._arrays import recording
from neurofm.io._binned import Bins

COUNTS = np.array([[1, 0], [0, 2], [3, 0]])


@pytest.mark.parametrize(
    ("dt", "start"),
    [
        (0.5, 10.0),
        (pd.Timedelta(500, "ms"), 10),
        (np.float32(0.5), np.int64(10)),
        (0.5, pd.Timestamp("2024-05-01 0:00:10")),
    ],
)
def test_length_and_begin(dt, start):
    bins = Bins(COUNTS, dt, start, pd.Timestamp("2024-05-01"), {})
    assert (bins.width, bins.begin[0], bins.domain.tolist()) == (0.5, 10.0, [[10.0, 11.5]])
    assert bins.times.tolist() == [10.25, 10.75, 11.25]


def test_bins_of_many_seconds_may_be_meant_in_milliseconds():
    (note,) = Bins(COUNTS, 20, None, None, {}).notes
    assert note == "counts: a bin lasts 20 s; if that is in milliseconds, give dt=0.02"
    assert "notes counts: a bin lasts 20 s; if that is" in repr(recording(counts=COUNTS, dt=20))
    assert not Bins(COUNTS, 1, None, None, {}).notes
    assert not Bins(COUNTS, pd.Timedelta(20, "s"), None, None, {}).notes


def test_sparse_counts_are_counts():
    for kind in (sparse.csr_matrix, sparse.coo_array):
        assert Bins(kind(COUNTS), 1, None, None, {}).counts.tolist() == COUNTS.tolist()


def test_quantities_of_time():
    ms = pytest.importorskip("quantities").ms
    assert Bins(COUNTS, 20 * ms, 100 * ms, None, {}).domain.tolist() == [[0.1, 0.1 + 3 * 0.02]]


def test_times_that_are_rounded_are_equal_bins():
    rounded = pd.DataFrame(np.ones((100, 1)), (np.arange(100) / 30).round(4))
    assert Bins(rounded, None, None, None, {}).width == pytest.approx(1 / 30, abs=1e-6)


def test_spikes_lie_in_their_bins():
    spikes = Bins(COUNTS, 0.5, None, None, {}).spikes()
    assert spikes.unit.tolist() == [0, 1, 1, 0, 0, 0]
    assert np.floor(spikes.times / 0.5).tolist() == [0, 1, 1, 2, 2, 2]


def test_bins_that_are_left_out_are_gaps():
    times = [0.0, 0.1, 0.2, 0.7, 0.8]
    bins = Bins(pd.DataFrame(np.ones((5, 1)), times), None, None, None, {})
    np.testing.assert_allclose(bins.domain, [[0.0, 0.3], [0.7, 0.9]])
    np.testing.assert_allclose(bins.times, np.add(times, 0.05))


def test_counts_are_not_copied_into_wider_numbers():
    many = (np.random.default_rng(0).random((20_000, 200)) < 0.01).astype(np.uint8)
    tracemalloc.start()
    bins = Bins(many, 0.001, None, None, {})
    series, spikes = bins.series(), bins.spikes()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 7 * many.nbytes  # 4 are those of the series
    assert (series.values.dtype, len(spikes)) == (np.float32, many.sum())
