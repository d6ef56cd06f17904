import numpy as np
import pandas as pd
import pytest
from scipy.stats import chisquare

from neurofm.data import Recording, Spikes
from neurofm.data.windows import Window
from neurofm.transforms.unit_dropout import UnitDropout


def window(units):
    times, unit = np.linspace(0, 0.99, 5 * units), np.tile(np.arange(units, dtype=np.int32), 5)
    table = pd.DataFrame({"label": [str(k) for k in range(units)]})
    return Window(Recording(session="s", spikes=Spikes(times, unit), units=table), 0.0, 1.0)


def test_numbers_follow_the_documented_density():
    drop, rng, full = UnitDropout(3, 5, 9), np.random.default_rng(0), window(20)
    counts = np.bincount([len(drop(full, rng).units) for _ in range(4000)], minlength=10)[3:]
    wanted = np.array([1, 2.5, 4, 3.25, 2.5, 1.75, 1])
    assert chisquare(counts, wanted / wanted.sum() * 4000).pvalue > 0.01


@pytest.mark.parametrize("units", [1, 20, 30])
def test_few_units_are_all_kept(units):
    assert len(UnitDropout(30, 100, 300)(window(units), np.random.default_rng(0)).units) == units


def test_spikes_of_dropped_units_vanish_and_the_others_stay():
    full = window(20)
    part = UnitDropout(3, 5, 9)(full, np.random.default_rng(1))
    kept = np.isin(full.spikes.unit, part.units)
    np.testing.assert_array_equal(part.spikes.unit, full.spikes.unit[kept])
    np.testing.assert_array_equal(part.spikes.times, full.spikes.times[kept])


@pytest.mark.parametrize("limits", [(5, 3, 9), (3, 9, 5), (9, 5, 3)])
def test_limits_out_of_order_are_refused(limits):
    with pytest.raises(ValueError, match="least <= mode <= most"):
        UnitDropout(*limits)
