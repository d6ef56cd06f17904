"""Series and spikes: ugly times are mended and told, nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofm.data.series import Series, clean_series, clean_spikes, gaps

ugly = st.lists(st.one_of(st.just(float("nan")), st.integers(-5, 5).map(float)), max_size=30)


@given(ugly)
def test_cleaned_series_ascends_and_keeps_the_first_of_each_time(times):
    values = np.arange(len(times), dtype=float)
    series, notes = clean_series(times, values)
    first: dict[float, float] = {}
    for time, value in zip(times, values):
        if time == time:
            first.setdefault(time, value)
    np.testing.assert_array_equal(series.times, sorted(first))
    np.testing.assert_array_equal(series.values[:, 0], [first[t] for t in sorted(first)])
    assert bool(notes) == (len(first) < len(times) or sorted(times) != times)


@given(ugly)
def test_cleaned_spikes_keep_each_spike_with_its_unit(times):
    unit = np.arange(len(times))
    spikes, notes = clean_spikes(times, unit)
    assert sorted(zip(spikes.times, spikes.unit)) == sorted((t, u) for t, u in zip(times, unit) if t == t)
    assert (np.diff(spikes.times) >= 0).all()
    assert bool(notes) == any(t != t for t in times)


def test_missing_values_are_told():
    _, notes = clean_series([0.0, 1.0], [[1.0, np.nan], [2.0, 3.0]], label="pupil")
    assert notes == ["pupil: 1 of 2 values are NaN and are skipped in training"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (np.uint8, np.float64), (bool, np.float64), (np.float32, np.float32), (np.float64, np.float64),
        (np.float16, np.float32), (np.longdouble, np.float64), (">f8", np.float64), (">f4", np.float32),
    ],
)  # fmt: skip
def test_values_become_floats_that_can_be_summed_on_this_machine(given, kept):
    values = clean_series([0.0], np.array([[3]], given))[0].values
    assert values.dtype == kept
    assert values.dtype.isnative


@pytest.mark.parametrize(
    ("times", "values"),
    [(np.arange(9.0), np.zeros((2, 9))), (np.zeros((9, 1)), np.zeros(9)), (0.0, 1.0), ([0.0, 1.0], [1.0])],
)
def test_samples_without_a_time_each_are_refused(times, values):
    with pytest.raises(ValueError, match="must have a sample for each time"):
        clean_series(times, values)


def test_complex_samples_are_refused():
    with pytest.raises(ValueError, match="holds complex numbers"):
        clean_series([0.0], [1j])


@pytest.mark.parametrize(
    ("times", "unit", "problem"),
    [
        ([0.0, 1.0], [0], "must have a unit each"),
        ([[0.0, 1.0]], [[0, 1]], "must have a unit each"),
        ([0.0, 1.0], [0.0, 1.7], "must be whole numbers"),
        ([0.0, 1.0], [0.0, np.nan], "must be whole numbers"),
    ],
)
def test_spikes_without_a_unit_each_are_refused(times, unit, problem):
    with pytest.raises(ValueError, match=problem):
        clean_spikes(times, unit)


@given(st.floats(0, 10), st.floats(0, 10))
def test_between_is_half_open(start, stop):
    times = np.arange(0, 10, 0.5)
    part = Series(times, times[:, None], ("t",)).between(start, max(start, stop))
    np.testing.assert_array_equal(part.times, times[(times >= start) & (times < max(start, stop))])


def test_interpolation_is_linear_inside_and_nan_outside():
    series = Series(np.array([0.0, 2.0]), np.array([[0.0, 10.0], [4.0, 20.0]]), ("x", "y"))
    np.testing.assert_allclose(series.at([1.0, 2.0]), [[2.0, 15.0], [4.0, 20.0]])
    assert np.isnan(series.at([-1.0, 3.0])).all()
    empty = Series(np.zeros(0), np.zeros((0, 2)), ("x", "y"))
    assert np.isnan(empty.at([0.0, 1.0, 2.0])).all()
    assert empty.at([0.0, 1.0, 2.0]).shape == (3, 2)


@pytest.mark.parametrize(
    ("times", "missing"),
    [
        (np.r_[np.arange(0, 1, 0.01), np.arange(3, 4, 0.01)], [[0.99, 3.0]]),
        (np.arange(0, 1, 0.01), np.zeros((0, 2))),
        (np.array([0.0, 5.0]), np.zeros((0, 2))),
    ],
    ids=["a gap", "none", "too few to tell"],
)
def test_gaps_are_where_samples_are_missing(times, missing):
    np.testing.assert_allclose(gaps(times), missing)


@pytest.mark.parametrize(
    ("times", "values", "names", "problem"),
    [
        (np.zeros(2), np.zeros(2), ("x",), r"must be \(time, feature\), got shape \(2,\)"),
        (np.zeros(3), np.zeros((2, 1)), ("x",), "times for 2 values"),
        (np.zeros(2), np.zeros((2, 2)), ("x",), "1 names for 2 features"),
    ],
)
def test_series_that_does_not_fit_together_is_refused(times, values, names, problem):
    with pytest.raises(ValueError, match=problem):
        Series(times, values, names)
