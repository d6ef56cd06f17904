"""Bins: a spike on an edge lies in the bin that it begins, whoever counts it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from neurofm.analysis import tuning
from neurofm.app.pictures.layers.recording import grid
from neurofm.app.pictures.scene import Viewport
from neurofm.app.session import Session
from neurofm.app.views import raster
from neurofm.bench import ca1
from neurofm.data import Recording, Series, Spikes
from neurofm.data.bins import bounds, edges, placed, whole
from neurofm.data.trials import cut
from neurofm.data.windows import Window
from neurofm.io._counts import spread

COUNT = 60
WIDTHS = {"0.1": 0.1, "0.02": 0.02, "1/30": 1 / 30, "0.005": 0.005}
STARTS = {"from 0": 0.0, "from 0.3": 0.3, "from 1e5": 1e5, "Unix time": 1_700_000_000.0}
ROUNDED = {
    "computed": lambda start, k, width: start + k * width,
    "in ms": lambda start, k, width: np.round((start + k * width) * 1000, 6) / 1000,
    "added up": lambda start, k, width: start + np.cumsum(np.r_[0.0, np.full(len(k) - 1, width)]),
    "less a second": lambda start, k, width: (start + 1.0 + k * width) - 1.0,
}


def of(times, start, width):
    trials = pd.DataFrame({"start": [start], "stop": [start + COUNT * width]})
    everywhere = np.array([[start - 1.0, start + COUNT * width + 1.0]])
    spikes = Spikes(np.asarray(times, float), np.zeros(len(times), np.int32))
    units = pd.DataFrame({"label": ["a"]})
    return Recording(session="s", spikes=spikes, units=units, intervals={"trials": trials}, domain=everywhere)


def by_trials(recording, start, width):
    return cut(recording, width, bins=COUNT).counts[0, :, 0]


def by_events(recording, start, width):
    rates, _ = tuning.psth(recording, [0], [start], (0.0, COUNT * width), width)
    return np.round(rates[0] * width)


def by_windows(recording, start, width):
    return [len(Window(recording, start + k * width, start + k * width + width).spikes) for k in range(COUNT)]


def by_pixels(recording, start, width):
    session = Session([recording])
    x = (start, start + COUNT * width)
    scene = raster.scene(raster.State(trials=False), session, Viewport(width=COUNT, height=40, x=x))
    (image,) = [mark for mark in scene.marks if type(mark).__name__ == "Image"]
    return (image.rgba[0, :, 3] > 0).astype(int)


def by_bench(recording, start, width):
    return ca1._counts(recording, edges(start, width, COUNT))[:, 0]


def by_place(recording, start, width):
    return np.bincount(placed(recording.spikes, start, width, COUNT)[0], minlength=COUNT)


DOORS = (by_trials, by_events, by_windows, by_pixels, by_bench, by_place)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
@pytest.mark.parametrize("rounded", ROUNDED.values(), ids=ROUNDED)
def test_a_spike_on_each_edge_lies_in_the_bin_that_it_begins(door, width, start, rounded):
    times = rounded(start, np.arange(COUNT + 1), width)
    np.testing.assert_array_equal(door(of(times, start, width), start, width), np.ones(COUNT))


@pytest.mark.parametrize("door", DOORS[:3])
def test_a_spike_inside_stays_in_its_bin_and_none_is_lost(door):
    times = np.sort(np.random.default_rng(0).uniform(7.0, 7.0 + COUNT * 0.02, 500))
    counts = door(of(times, 7.0, 0.02), 7.0, 0.02)
    np.testing.assert_array_equal(counts, np.histogram(times, 7.0 + np.arange(COUNT + 1) * 0.02)[0])


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_counts_that_were_spread_come_back(width):
    counts = np.random.default_rng(0).poisson(3.0, (COUNT, 1)) + np.eye(COUNT, 1, dtype=int) * 250
    times, _ = spread(counts, 1e5 + np.arange(COUNT) * width, width)
    np.testing.assert_array_equal(by_trials(of(np.sort(times), 1e5, width), 1e5, width), counts[:, 0])


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_a_length_of_whole_bins_has_them_all(width, start):
    for count in (1, 3, 7, 29, 100, 1000):
        assert whole((start + count * width) - start, width) == count
        assert whole((start + (count + 0.9) * width) - start, width) == count


def test_bounds_share_the_times_out_among_the_bins():
    times = np.sort(np.random.default_rng(1).uniform(-1.0, 2.0, 1000))
    ends = bounds(times, edges(0.0, 0.1, 10))
    assert ends[-1] - ends[0] == ((times >= 0) & (times < 1)).sum()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("width", [0.1, 0.3, 1 / 3])
def test_a_value_on_an_edge_lies_in_the_bin_that_it_begins(dtype, width):
    place = tuning._bin((np.arange(21) * width).astype(dtype), np.linspace(0.0, 20 * width, 21))
    np.testing.assert_array_equal(place, [*range(20), 19])


def test_a_grid_ends_with_the_last_sample():
    times = np.arange(4) * 0.1  # 0.30000000000000004 / 0.1 is 3.0000000000000004, and 0.3 / 0.1 is less than 3
    for last in (0.3, times[3]):
        assert len(grid(Series(np.r_[times[:3], last], np.zeros((4, 1)), ("x",)))[0]) == 4
