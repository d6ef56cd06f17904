"""One pass over the files that hold a number for each spike, in parts of any size."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.errors import DataError
from neurofm.io import _per_spike
from neurofm.io._per_spike import Means, Most, distinct, finder, gather, line, of_each


@pytest.fixture(params=[3, 1000])
def block(request, monkeypatch):
    """Parts that divide the spikes unevenly, and one that holds all."""
    monkeypatch.setattr(_per_spike, "BLOCK", request.param)


@pytest.fixture
def put(tmp_path):
    def write(name, values):
        np.save(tmp_path / f"{name}.npy", values)
        return line(tmp_path / f"{name}.npy")

    return write


IDS = {
    "few": [0, 3, 9], "merged": [1, 2, 4_000_000], "huge": [5, 1 << 40, (1 << 40) + 1], "below 0": [-1, 0, 7],
}  # fmt: skip


@pytest.mark.parametrize("ids", IDS.values(), ids=IDS)
@pytest.mark.parametrize("left", [None, 0, 2])
def test_spikes_are_those_of_a_plain_loop(block, put, ids, left):
    rng = np.random.default_rng(0)
    times, of = np.sort(rng.integers(0, 1000, 50)), rng.integers(0, 3, 50)
    sizes, kinds = rng.normal(size=50), rng.integers(0, 4, 50)
    clusters = put("clusters", np.array(ids)[of])
    whole, kept = distinct(clusters), np.arange(3) != left
    asked = np.array([False, True, True])[kept]
    means, most = Means(put("sizes", sizes), kept.sum()), Most(put("kinds", kinds), asked, 4)
    spikes, notes = gather(put("times", times), clusters, finder(whole, kept), kept.sum(), 10.0, [means, most])
    rows = [k for k in range(3) if k != left]
    inside = np.isin(of, rows)
    np.testing.assert_array_equal(whole, ids)
    np.testing.assert_array_equal(spikes.times, times[inside] / 10)
    np.testing.assert_array_equal(spikes.unit, [rows.index(k) for k in of[inside]])
    np.testing.assert_allclose(means.value(), [sizes[of == k].mean() for k in rows])
    expected = [np.bincount(kinds[of == k]).argmax() if wanted else -1 for k, wanted in zip(rows, asked)]
    np.testing.assert_array_equal(most.value(), expected)
    assert notes == []


def test_disorder_between_parts_is_seen(block, put):
    times, clusters = np.array([1, 2, 3, 0, 4, 5]), np.array([0, 0, 0, 1, 1, 1])
    find = finder(np.array([0, 1]), np.ones(2, bool))
    spikes, notes = gather(put("times", times), put("clusters", clusters), find, 2, 1.0, [])
    np.testing.assert_array_equal(spikes.times, [0, 1, 2, 3, 4, 5])
    np.testing.assert_array_equal(spikes.unit, [1, 0, 0, 0, 1, 1])
    assert notes == ["times.npy: is not in order; sorted"]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [0, 2, 5])
def test_times_that_are_no_numbers_are_left_out_and_told(block, put, bad, place):
    times = np.arange(6.0)
    times[place] = bad
    find = finder(np.array([0]), np.ones(1, bool))
    spikes, notes = gather(put("times", times), put("clusters", np.zeros(6, int)), find, 1, 1.0, [])
    np.testing.assert_array_equal(spikes.times, np.delete(np.arange(6.0), place))
    assert notes[0] == "spikes: 1 of 6 times are NaN and were left out"


def test_a_template_that_does_not_exist_counts_for_none(block, put):
    most = Most(put("kinds", np.array([-1, 9, 9, 2])), np.ones(2, bool), 3)
    most.add(0, 4, np.array([0, 0, 0, 1]))
    np.testing.assert_array_equal(most.value(), [-1, 2])


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        (np.zeros(3), "has 3 entries for 4 spike times"),
        (np.zeros((2, 2)), r"cannot be read \(is \(2, 2\), where one number a row is needed\)"),
        (np.array(["a"] * 4), r"cannot be read \(holds str.*, where numbers are needed\)"),
    ],
)
def test_a_file_that_does_not_fit_is_named(tmp_path, values, problem):
    np.save(tmp_path / "a.npy", values)
    with pytest.raises(DataError, match=rf"a\.npy: {problem}"):
        of_each(tmp_path / "a.npy", 4)
