"""Clocks that are no seconds of the spikes' are known by where they run; those that start again by what comes twice."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.data.clock import carried, misfit, one_stretch, restarts, unit_of, unit_seconds, unit_words
from neurofm.data.series import clean_series, clean_spikes

RNG = np.random.default_rng(0)
MINUTE = np.arange(0, 60, 0.02)


@pytest.mark.parametrize(
    ("part", "spikes", "more", "looks"),
    [
        ((0, 6e4), (0, 60), {}, "milliseconds"),
        ((1e5, 1.6e5), (100, 160), {}, "milliseconds"),
        ((0, 6e7), (0, 60), {}, "microseconds"),
        ((0, 6e10), (0, 60), {}, "nanoseconds"),
        ((0, 1.8e6), (0, 60), {}, "samples"),
        ((0, 3_599), (0, 120), {"numbered": True}, "frames"),
        ((1.7e9, 1.7e9 + 60), (0, 60), {}, "Unix"),
        ((500, 560), (0, 60), {}, "another zero"),
        ((0, 60), (0, 6e4), {"sparse": True}, "milliseconds"),
        ((0, 60), (0, 1.8e6), {"sparse": True}, "samples"),
        ((0, 60), (1.7e9, 1.7e9 + 60), {}, "Unix"),
        ((0, 60), (0, 60), {}, ""),
        ((0, 10), (0, 3_600), {}, ""),  # behaviour of a few seconds
        ((0, 3.6), (0, 3_600), {}, ""),  # and of as many as there are thousands
        ((0, 3_600), (1_000, 1_010), {}, ""),  # spikes of a few seconds
        ((50, 110), (0, 60), {}, ""),  # not begun together
    ],
)
def test_a_clock_is_known_by_where_it_runs(part, spikes, more, looks):
    wrong = misfit(part, spikes, **more)
    assert (wrong is None) == (not looks)
    assert wrong is None or looks in wrong.looks
    assert wrong is None or wrong.spikes == (max(spikes) > max(part))


RESTARTED = {
    "twice the same": ([MINUTE, MINUTE], 0),
    "longer the second time": ([MINUTE[:1000], MINUTE], 1),
    "a little longer the second time": ([MINUTE[:2900], MINUTE], 0),
    "three times": ([MINUTE[:900], MINUTE, MINUTE[:1200]], 1),
    "from another zero": ([MINUTE + 20, MINUTE[:2000]], 0),
}


@pytest.mark.parametrize(("runs", "longest"), RESTARTED.values(), ids=RESTARTED)
def test_a_clock_that_starts_again_is_not_sorted_together(runs, longest):
    values = np.concatenate([np.full(len(run), float(k)) for k, run in enumerate(runs)])
    series, notes = clean_series(np.concatenate(runs), values, label="position")
    np.testing.assert_array_equal(series.times, runs[longest])
    assert set(series.values.ravel()) == {float(longest)}  # never flips
    (told,) = notes
    left = sum(map(len, runs)) - len(runs[longest])
    assert f"the clock starts again at {runs[1][0]:,.2f} s" in told
    assert f"{left:,} of {sum(map(len, runs)):,} samples were left out" in told


@pytest.mark.parametrize(("runs", "longest"), RESTARTED.values(), ids=RESTARTED)
@pytest.mark.parametrize("by_unit", [False, True], ids=["by time", "by unit"])
def test_spikes_of_a_clock_that_starts_again_are_not_sorted_together(runs, longest, by_unit):
    times = np.concatenate([np.sort(RNG.uniform(run[0], run[-1], 600)) for run in runs])
    unit, run = RNG.integers(0, 4, len(times)), np.repeat(np.arange(len(runs)), 600)
    order = np.argsort(unit, kind="stable") if by_unit else np.arange(len(times))
    spikes, (told,) = clean_spikes(times[order], unit[order])
    np.testing.assert_array_equal(spikes.times, times[run == longest])
    assert "their clock starts again" in told


def shuffled():
    return RNG.permutation(MINUTE)


def swapped():
    times = MINUTE.copy()
    times[[100, 101]], times[[2000, 2003]] = times[[101, 100]], times[[2003, 2000]]
    return times


@pytest.mark.parametrize(
    "times",
    [
        MINUTE,
        shuffled(),
        swapped(),
        np.r_[MINUTE + 60, MINUTE],
        MINUTE[::-1],
        MINUTE + RNG.normal(0, 0.03, len(MINUTE)),
    ],
    ids=["in order", "shuffled", "a few swapped", "files in the wrong order", "backwards", "jittered"],
)
def test_times_in_disorder_are_sorted_and_all_kept(times):
    assert len(restarts(times)) == 0
    series, _ = clean_series(times, times)
    np.testing.assert_array_equal(series.times, np.sort(times))


def test_two_clusters_merged_into_one_unit_are_no_clock_that_starts_again():
    times = np.r_[MINUTE, MINUTE + 0.001, MINUTE, MINUTE]
    unit = np.repeat([0, 0, 1, 2], len(MINUTE))
    assert one_stretch(times, unit).all()
    assert one_stretch(np.zeros(0), np.zeros(0, int)).all()


def test_seconds_are_carried_along_with_frames_and_beyond_them() -> None:
    before, after = np.arange(5) / 2, 10.0 + np.arange(5)  # half as fast, and later
    np.testing.assert_allclose(carried([-1, 0, 0.25, 2, 3], before, after), [8, 10, 10.5, 14, 16])
    np.testing.assert_allclose(carried([1, 2], before[:1], after[:1]), [11, 12])
    assert carried([1.0], before[:0], after[:0]).tolist() == [1.0]


@pytest.mark.parametrize(
    ("word", "lasts"), [("s", 1.0), ("Milliseconds", 1e-3), ("µs", 1e-6), ("h", 3600.0), ("m", None)]
)
def test_units_of_time(word, lasts):
    assert unit_seconds(word) == lasts


@pytest.mark.parametrize(
    ("words", "unit", "several"),
    [
        (("s", "sec", "Seconds"), "s", "seconds"),
        (("ms", "msec", "milliseconds"), "ms", "milliseconds"),
        (("us", "µs", "μs", "usec", "microseconds"), "us", "microseconds"),
        (("ns", "nanosecond"), "ns", "nanoseconds"),
        (("min", "Minutes"), "min", "minutes"),
        (("h", "hours"), "h", "hours"),
        (("samples", "ticks", "frame", "idx"), "samples", "samples"),
    ],
)
def test_every_word_for_a_unit_of_time_is_in_one_table(words, unit, several):
    assert {unit_of(word) for word in words} == {unit}
    assert unit_words(unit) == several
    assert unit_of("metres") == ""
