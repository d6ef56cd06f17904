"""Units compared by features of a small EIT, against loops."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.analysis.animals import Animal
from neurofm.analysis.confidence import gauge
from neurofm.analysis.learned import by_learned
from neurofm.errors import DataError, UnknownUnits
from neurofm.training import train
from tests.animals import BINS, TARGETS, recordings

DIM = 4


@pytest.fixture(scope="module")
def sources():
    return recordings(units=10, trials=64)


@pytest.fixture(scope="module")
def animals(sources):
    return [Animal(r.session, r, r.unit_names) for r in sources]


@pytest.fixture(scope="module")
def run(sources, tmp_path_factory):
    settings = {"target": "target", "dim": DIM, "individual_heads": 1, "interaction_heads": 1, "steps": 2}
    return train("eit", sources, tmp_path_factory.mktemp("runs") / "eit", device="cpu", settings=settings)


@pytest.fixture(scope="module")
def prepared(animals, run):
    return by_learned(animals, run=run.path)


def test_profiles_are_means_over_trials_of_a_condition(prepared, run):
    import torch

    from neurofm.training.trials import all_trials

    animal = prepared.shared.animals[0]
    with torch.inference_mode():
        alone = run.model.alone(all_trials(run, animal.trials.recording)).numpy()
    profile = prepared.profile(0).reshape(10, TARGETS, BINS, DIM)
    for target, bin_, unit in ((0, 0, 0), (3, 2, 7), (7, 4, 9)):
        mean = alone[animal.condition == target, bin_, unit].mean(0)
        np.testing.assert_allclose(profile[unit, target, bin_], mean, rtol=1e-3, atol=1e-5)


def test_features_are_named_and_belong_to_conditions(prepared):
    assert prepared.features[:2] == ("target 0, 0 ms, feature 0", "target 0, 0 ms, feature 1")
    assert len(prepared.features) == TARGETS * BINS * DIM == sum(prepared.conditions.values())


def test_it_tells_by_which_run_and_conditions(prepared, run):
    assert prepared.told == {"run": str(run.path), "conditions": "target"}


def test_order_of_animals_changes_nothing(prepared, animals, run):
    turned = by_learned(animals[::-1], run=run)
    np.testing.assert_allclose(prepared.whole(0, 1), turned.whole(1, 0), rtol=1e-3, atol=1e-6)
    np.testing.assert_array_equal(prepared.halves(0, 4), turned.halves(1, 4))
    assert not np.array_equal(prepared.halves(0, 4), prepared.halves(0, 5))


def test_units_are_found_again_by_the_gauge(prepared):
    judged = gauge(prepared, 0)
    assert judged.found > 2 * judged.chance


def test_without_a_run_it_says_which_is_needed(animals):
    with pytest.raises(DataError, match="name one that has learned of units one by one"):
        by_learned(animals)


def test_a_run_that_says_nothing_of_single_units_is_refused(animals, sources, tmp_path):
    small = {"target": "target", "steps": 1, "dim": 8, "depth": 1}
    other = train("poyo", sources, tmp_path / "poyo", device="cpu", settings=small)
    with pytest.raises(DataError, match="says nothing of single units"):
        by_learned(animals, run=other)


def test_a_run_of_other_animals_is_refused(animals, sources, tmp_path):
    settings = {"target": "target", "dim": DIM, "individual_heads": 1, "interaction_heads": 1, "steps": 1}
    alone = train("eit", sources[0], tmp_path / "alone", device="cpu", settings=settings)
    with pytest.raises(UnknownUnits, match="bob"):
        by_learned(animals, run=alone)
