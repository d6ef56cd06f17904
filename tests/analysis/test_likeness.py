"""Ways are found by what they take, and each keeps what is promised of all."""

from dataclasses import replace

import numpy as np
import pytest

from neurofm.analysis.likeness import WAYS, Animal, way_of, ways_of
from neurofm.data import Recording
from neurofm.synthetic import clones

OF_RECORDINGS = [name for name, way in WAYS.items() if way.takes is Recording]


@pytest.fixture(scope="module")
def animals():
    return [Animal(r.session, r, r.unit_names) for r in clones.pair(units=10, clones=6, trials=64, seed=0)]


def test_ways_are_of_what_is_open(animals):
    assert set(ways_of(animals)) <= set(OF_RECORDINGS)
    assert next(iter(ways_of(animals))) == "rates"


@pytest.mark.parametrize(
    "name", ["rates", "denoised rates", "rate shape", "transport", "correlations", "rates + transport"]
)
def test_what_is_promised_of_all(animals, name):
    if name == "correlations":
        pytest.importorskip("ot", reason="POT is not installed")
    way = way_of(name, animals)
    prepared = way.prepare(animals, seed=0, step=lambda fraction, text: None, **way.options)
    for k in (0, 1):
        assert prepared.profile(k).shape == (10, len(prepared.features))
        assert prepared.used(k).dtype == bool
        assert prepared.halves(k, 0).shape == (10, 10)
        np.testing.assert_array_equal(prepared.halves(k, 0), prepared.halves(k, 0))
    assert prepared.whole(0, 1).shape == (10, 10)
    assert prepared.whole(0, 1).dtype == np.float32
    np.testing.assert_allclose(prepared.whole(0, 1), prepared.whole(1, 0).T, rtol=1e-3, atol=1e-5)
    assert sum(prepared.conditions.values()) in (0, len(prepared.features))
    again = way.prepare(animals, **prepared.told)  # what is told can be asked for
    np.testing.assert_allclose(again.whole(0, 1), prepared.whole(0, 1), rtol=1e-4, atol=1e-6)


def test_ways_together_are_scaled_by_their_noise(animals):
    both = way_of("rates+rate shape", animals)
    parts = [WAYS[name].prepare(animals) for name in ("rates", "rate shape")]
    noise = [np.median([np.diag(part.halves(k, s)) for k in (0, 1) for s in range(3)]) for part in parts]
    away = [part.whole(0, 1) / scale for part, scale in zip(parts, noise)]
    np.testing.assert_allclose(both.prepare(animals).whole(0, 1), (away[0] + away[1]) / 2, rtol=1e-4)
    weighted = both.prepare(animals, weights=[3, 1])
    np.testing.assert_allclose(weighted.whole(0, 1), (3 * away[0] + away[1]) / 4, rtol=1e-4)
    assert weighted.conditions == parts[0].conditions
    np.testing.assert_array_equal(weighted.profile(1), parts[0].profile(1))


@pytest.mark.parametrize("weights", [[1], [1, -1], [0, 0], [1, np.nan], [1, "2"]])
def test_weights_are_one_for_each_way(animals, weights):
    with pytest.raises(ValueError, match="weights must be"):
        way_of("rates + transport", animals).prepare(animals, weights=weights)


def test_what_does_not_change_between_halves_is_scaled_by_its_median():
    recordings = clones.pair(units=10, clones=10, trials=64, seed=1)
    place = np.random.default_rng(0).uniform(0, 3000, 10)  # by clone
    placed = []
    for r in recordings:
        units = r.units.assign(depth=place[r.units["clone"].to_numpy()])
        placed.append(Animal(r.session, replace(r, units=units), r.unit_names))
    both = way_of("rates + position", placed).prepare(placed)
    assert both.halves(0, 0).shape == (10, 10)
    a, b = (r.units["clone"].to_numpy() for r in recordings)
    assert (a == b[both.whole(0, 1).argmin(1)]).all()
    assert way_of("position + waveform", placed).splits == WAYS["position"].splits


def test_ways_that_are_not_there_are_named(animals):
    with pytest.raises(LookupError, match=r"no way 'looks'; there are .*rates"):
        way_of("rates + looks", animals)
