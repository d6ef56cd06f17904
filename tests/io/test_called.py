"""Names of arrays tell what is in them, with their unit behind and the struct that they lie in before."""

from __future__ import annotations

import pytest

from neurofm.io._called import TIME, named, says_rows, says_spikes, unit_of_time

TIMED = [
    ("a.time (ms)", "ms"), ("t_us", "us"), ("time (µs)", "us"), ("time_microseconds", "us"), ("time [min]", "min"),
    ("t_h", "h"), ("t_ns", "ns"), ("ticks", "samples"), ("frame", "samples"), ("time", ""),
]  # fmt: skip


@pytest.mark.parametrize("name", ["time", "Time (ms)", "time (µs)", "t_min", "spikes.times", "t_s", "timestamps"])
def test_times_are_known_in_many_ways(name):
    assert named(["speed", name], TIME) == name


def test_what_numbers_rows_and_what_is_of_spikes_is_known():
    assert all(map(says_rows, ("trial", "Lap", "info.bin", "frame", "index")))
    assert not any(map(says_rows, ("time", "speed", "unit", "sample")))
    assert says_spikes("Spike_Times")
    assert not says_spikes("times")


@pytest.mark.parametrize(("name", "unit"), TIMED)
def test_a_unit_at_the_end_of_a_name_is_known(name, unit):
    assert unit_of_time(name) == unit
