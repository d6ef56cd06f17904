"""Pieces of time are sorted by the place in which they were spent."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from neurofm.analysis.conditions import together
from neurofm.analysis.places import NAMES, SIDE, by_place, named
from neurofm.data import Recording, Series, Spikes
from neurofm.errors import DataError


def walk(name="a", *, size=1.0, seconds=600.0, units=20, seed=0, fields=1):
    """An animal that wanders in a square of some size; each unit fires near a place of its own, by `fields`."""
    rng = np.random.default_rng(seed)
    times = np.arange(0, seconds, 0.1)
    path = np.abs((np.cumsum(rng.normal(0, 0.08, (len(times), 2)), 0)) % 2 - 1)
    middle = np.random.default_rng(fields).random((units, 2))
    rates = 20 * np.exp(-((path[:, None] - middle) ** 2).sum(-1) / 2 / 0.15**2)
    row, unit = np.nonzero(rng.poisson(rates * 0.1))
    return Recording(
        session=name, spikes=Spikes(times[row] + 0.05, unit.astype(np.int32)),
        units=pd.DataFrame({"label": [f"unit {k}" for k in range(units)]}),
        series={"position": Series(times, size * path, ("x", "y"), "cm")}, domain=[[0.0, seconds]],
    )  # fmt: skip


def test_each_piece_is_of_the_place_where_it_was_spent():
    recording = walk()
    trials, place = by_place(recording, "position")
    assert trials.seen.shape == (1200, 1)
    where = np.stack([recording.series["position"].values[5 * k : 5 * k + 5].mean(0) for k in range(1200)])
    share = np.clip((where - where.min(0)) / np.ptp(where, axis=0), 0, 0.999)
    right = (SIDE * share).astype(int)
    got = np.stack([place % SIDE, place // SIDE], 1)
    assert np.abs(got - right).max() == 1  # the outermost 0.1 % apart
    assert (got == right).mean() > 0.8
    assert NAMES[SIDE + 2] == "place 3, 2"


def test_the_size_of_the_room_does_not_count():
    np.testing.assert_array_equal(by_place(walk(), "position")[1], by_place(walk(size=300.0), "position")[1])


def test_place_cells_with_the_same_fields_are_alike():
    from neurofm.analysis.animals import Animal
    from neurofm.analysis.correspond import correspond

    one, other = walk("a", seed=1), walk("b", seed=2, size=80.0)
    matches = correspond([Animal(r.session, r, r.unit_names) for r in (one, other)], by="rates")
    assert (matches.distances[0, 1].argmin(1) == np.arange(20)).mean() > 0.8
    assert "conditions are places, in pieces of 0.5 s" in matches.notes
    assert all(name.startswith("place ") for name in matches.conditions)


def test_places_are_conditions_where_all_have_positions_and_no_trials():
    one, other = walk("a"), walk("b", seed=1)
    assert named([one, other]) == ["position", "position"]
    assert named([one, replace(other, series={})]) == []
    trials = pd.DataFrame({"start": np.arange(20.0), "stop": np.arange(20.0) + 1, "target": np.arange(20) % 2})
    assert named([one, replace(other, intervals={"trials": trials})]) == []
    with pytest.raises(DataError, match="are missing"):
        together([one, replace(other, series={})])


def test_animals_that_were_never_long_at_the_same_place_are_told_what_else_to_do():
    one, still = walk("a", seconds=60.0), walk("b", seed=1)
    path = still.series["position"]
    ends = np.where(np.arange(len(path.times)) < 10, 0.0, 1.0)[:, None] * np.ones(2)
    still = replace(still, series={"position": Series(path.times, ends, ("x", "y"))})
    one = replace(one, series={"position": Series(one.series["position"].times, np.full((600, 2), 0.0), ("x", "y"))})
    with pytest.raises(DataError, match="position: is at no place for 4 pieces of time in each; match by transport"):
        together([one, still])


def test_an_animal_that_is_nowhere_is_refused():
    lost = walk()
    nowhere = np.full(lost.series["position"].values.shape, np.nan)
    with pytest.raises(DataError, match="known in no piece of time"):
        by_place(
            replace(lost, series={"position": Series(lost.series["position"].times, nowhere, ("x", "y"))}), "position"
        )
