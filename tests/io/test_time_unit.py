"""Times tell their unit by how often units would fire, and samples by their even steps."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.data.clock import unit_words
from neurofm.io._time_unit import goes_on, likeliest, rising, steady

RANDOM = np.cumsum(0.002 + np.random.default_rng(0).exponential(0.2, 300))


def test_steps_of_samples_are_even_though_some_are_lost():
    frames = np.arange(300) / 30
    assert steady(frames)
    assert steady(np.delete(frames, [9, 50, 51]))
    assert not steady(RANDOM)
    assert not steady(frames[:3])
    assert not steady(np.zeros(9))


@pytest.mark.parametrize(("factor", "rate", "unit", "sure"), [(1, 0, "s", True), (1e3, 0, "ms", True)])
def test_fractions_tell_their_unit(factor, rate, unit, sure):
    told = likeliest([RANDOM * factor], rate, spikes=True)
    assert (told[0], told[2]) == (unit, sure)
    assert unit_words(unit) in ("seconds", "milliseconds")


def test_whole_numbers_are_samples_where_units_then_fire_as_units_do():
    samples, milliseconds = np.floor(RANDOM * 30_000), np.floor(RANDOM * 1_000)
    assert likeliest([samples], 30_000, spikes=True)[::2] == ("samples", True)
    assert likeliest([milliseconds], 30_000, spikes=True)[::2] == ("ms", False)
    assert likeliest([milliseconds], 0, spikes=True)[::2] == ("ms", False)


def test_numbers_that_rise_and_those_that_go_on_evenly():
    assert rising(RANDOM)
    assert not rising(RANDOM[::-1])
    assert not rising(np.zeros(3))
    assert goes_on(np.arange(4) * 0.1)
    assert not goes_on(RANDOM)
