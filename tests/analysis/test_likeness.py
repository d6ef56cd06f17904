"""Ways are found by what they take, and each keeps what is promised of all."""

import numpy as np
import pytest

from neurofm.analysis.likeness import WAYS, Animal, ways_of
from neurofm.data import Recording
from neurofm.synthetic import clones

OF_RECORDINGS = [name for name, way in WAYS.items() if way.takes is Recording]


@pytest.fixture(scope="module")
def animals():
    return [Animal(r.session, r, r.unit_names) for r in clones.pair(units=10, clones=6, trials=64, seed=0)]


def test_ways_are_of_what_is_open(animals):
    assert set(ways_of(animals)) <= set(OF_RECORDINGS)
    assert next(iter(ways_of(animals))) == "rates"


@pytest.mark.parametrize("name", ["rates", "rate shape"])
def test_what_is_promised_of_all(animals, name):
    way = WAYS[name]
    prepared = way.prepare(animals, seed=0, step=lambda fraction, text: None, **way.options)
    for k in (0, 1):
        assert prepared.profile(k).shape == (10, len(prepared.features))
        assert prepared.used(k).dtype == bool
        assert prepared.halves(k, 0).shape == (10, 10)
        np.testing.assert_array_equal(prepared.halves(k, 0), prepared.halves(k, 0))
    assert prepared.whole(0, 1).shape == (10, 10)
    assert prepared.whole(0, 1).dtype == np.float32
    np.testing.assert_allclose(prepared.whole(0, 1), prepared.whole(1, 0).T, rtol=1e-4, atol=1e-6)
    assert sum(prepared.conditions.values()) in (0, len(prepared.features))
