"""Bins, folds and controls of the position table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from neurofm.bench import ca1
from neurofm.data import Recording, Series, Spikes
from neurofm.errors import DataError
from neurofm.synthetic.process import draw_spikes, smooth_noise


@pytest.fixture(scope="module")
def recording():
    """A rat that runs to and fro for five minutes; four units that fire with its place."""
    rng, dt = np.random.default_rng(0), 0.02
    times = np.arange(0, 300, dt)
    xy = 150 + 60 * smooth_noise(rng, len(times), 2, dt=dt, tau=1.0, sigma=0.2)
    rates = np.maximum(np.c_[xy, 300 - xy], 0) / 5
    units = pd.DataFrame({"label": list("abcd")})
    series = {"position": Series(times, xy, ("x", "y"), "px")}
    return Recording(
        session="rat", spikes=draw_spikes(rng, rates, dt), units=units, series=series, domain=[[0.0, 300.0]]
    )


def test_counts_are_those_of_a_loop_over_bins_with_their_neighbours(recording):
    data, spikes = ca1.binned(recording), recording.spikes
    assert data.context.shape == (len(data.centre), 4 * (2 * ca1.CONTEXT + 1))
    for row in (0, 40, len(data.centre) - 1):
        for back in range(-ca1.CONTEXT, ca1.CONTEXT + 1):
            place = row + back
            seen = data.context[row].reshape(-1, 4)[back + ca1.CONTEXT]
            if not 0 <= place < len(data.centre):
                assert not seen.any()
                continue
            start = data.centre[place] - ca1.BIN / 2
            inside = (spikes.times >= start) & (spikes.times < start + ca1.BIN)
            np.testing.assert_allclose(seen**2, np.bincount(spikes.unit[inside], minlength=4))


def test_training_bins_are_running_ones_away_from_those_that_are_tested(recording):
    data = ca1.binned(recording)
    numbers, tested = [], []
    for number, train, test in ca1.folds(data):
        numbers.append(number)
        tested.append(test)
        assert (data.speed[np.r_[train, test]] > ca1.SPEED).all()
        assert np.abs(data.centre[train][:, None] - data.centre[test]).min() > 1.0
    assert tuple(numbers) == ca1.TESTED
    assert len(np.unique(np.concatenate(tested))) == sum(map(len, tested))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # of an MLP after its 200 passes
def test_baselines_read_the_place_and_nothing_from_spikes_of_another_time(recording):
    apart = {}
    for name, given in (("true", recording), ("shifted", ca1._shifted(recording, 100.0))):
        data = ca1.binned(given)
        _, train, test = next(ca1.folds(data))
        apart[name] = ca1.baselines(data, train, test)
    for name in ("ridge", "MLP"):
        assert apart["true"][name].mean() > 0.5
        assert apart["shifted"][name].mean() < 0.2


@pytest.mark.parametrize("by", [0.0, 100.0, 300.0, 450.0])
def test_shifted_spikes_go_round_and_keep_their_rates(recording, by):
    moved = ca1._shifted(recording, by)
    np.testing.assert_array_equal(moved.rates(), recording.rates())
    wanted = np.sort((recording.spikes.times + by) % 300.0)
    np.testing.assert_allclose(moved.spikes.times, wanted, atol=1e-9)


@pytest.mark.parametrize(
    ("paths", "change", "words"),
    [
        ([], {}, "needs the recording"),
        (["a"], {"series": {}}, "needs units and a 'position' series"),
        (
            ["a", "b"],
            {"units": pd.DataFrame({"label": []}), "spikes": Spikes(np.zeros(0), np.zeros(0, np.int32))},
            "needs",
        ),
    ],
)
def test_what_is_no_recording_of_places_is_refused(recording, monkeypatch, paths, change, words):
    from dataclasses import replace

    monkeypatch.setattr(ca1, "read_recording", lambda path: replace(recording, **change))
    with pytest.raises(DataError, match=words):
        ca1._recording(paths)
