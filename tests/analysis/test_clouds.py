"""Units compared whatever the condition."""

from dataclasses import replace

import numpy as np
import pytest

from neurofm.analysis import transport
from neurofm.analysis.animals import Animal
from neurofm.analysis.clouds import by_clouds, by_correlations
from neurofm.errors import DataError
from neurofm.synthetic import clones


@pytest.fixture(scope="module")
def recordings():
    return clones.pair(units=15, clones=15, trials=160, seed=0)


@pytest.fixture(scope="module")
def animals(recordings):
    return [Animal(r.session, r, r.unit_names) for r in recordings]


def same(animals):
    a, b = (animal.source.units["clone"].to_numpy() for animal in animals)
    return a[:, None] == b


@pytest.mark.parametrize("options", [{}, {"successive": 3}, {"successive": 2, "cost": "gaussian"}])
def test_clones_are_nearer_than_others(animals, options):
    prepared = by_clouds(animals, **options)
    away, own = prepared.whole(0, 1), same(animals)
    assert np.median(away[own]) < 0.2 * np.median(away[~own])
    assert (np.diag(prepared.halves(0, 0)) < np.median(prepared.halves(0, 0), 1)).all()
    assert prepared.profile(0).shape == (15, 0)


def test_clouds_have_no_conditions_but_the_bins_of_trials(animals):
    prepared = by_clouds(animals)
    cloud = prepared._cloud(0)
    counts = prepared.trials[0].counts
    assert cloud.shape == (15, counts.shape[0] * counts.shape[1], 1)
    np.testing.assert_allclose(np.sort(cloud[3, :, 0]), np.sort(np.sqrt(counts[:, :, 3].ravel())), rtol=1e-6)


def test_samples_of_bins_that_were_not_seen_are_left_out(animals, recordings):
    trials = recordings[0].intervals["trials"].copy()
    trials.loc[::2, "stop"] = trials.loc[::2, "start"] + 0.5
    short = Animal("short", replace(recordings[0], intervals={"trials": trials}), animals[0].names)
    prepared = by_clouds([short, animals[1]], successive=2, bins=10)
    assert prepared._cloud(0).shape == (15, 80 * 9 + 80 * 4, 2)


def test_recordings_without_trials_are_cut_in_pieces(recordings):
    bare = [replace(r, intervals={}) for r in recordings]
    prepared = by_clouds([Animal(r.session, r, r.unit_names) for r in bare])
    own = same([Animal("", r, []) for r in recordings])
    away = prepared.whole(0, 1)
    assert np.median(away[own]) < 0.5 * np.median(away[~own])


def test_correlations_need_no_condition_and_find_more_than_chance(animals):
    pytest.importorskip("ot", reason="POT is not installed")
    prepared = by_correlations(animals)
    away, own = prepared.whole(0, 1), same(animals)
    assert (own[np.arange(15), away.argmin(1)]).mean() > 0.3  # chance is 0.07
    assert np.isfinite(away).all()


def test_what_cannot_be_done_is_said(animals, recordings, monkeypatch):
    few = replace(recordings[0], intervals={"trials": recordings[0].intervals["trials"].iloc[:5]})
    with pytest.raises(DataError, match="are 5, where 8 are needed to be split in halves"):
        by_clouds([Animal("few", few, animals[0].names), animals[1]])
    with pytest.raises(DataError, match="fewer than 30 successive"):
        by_clouds(animals, successive=30)
    with pytest.raises(ValueError, match="1 bin or more"):
        by_clouds(animals, successive=0)
    with pytest.raises(LookupError, match="no cost 'cheap'; there are exact, gaussian, sliced"):
        by_clouds(animals, cost="cheap")

    def missing():
        raise ImportError("needs POT")

    monkeypatch.setattr(transport, "pot", missing)
    with pytest.raises(DataError, match="needs POT"):
        by_correlations(animals)
