"""Files of our own give back what was written."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from neurofm import io
from neurofm.errors import DataError
from neurofm.synthetic import bandits


@pytest.fixture
def choices():
    made = bandits.population(5, trials=4, seed=1)
    outcomes = np.column_stack([made.outcomes, np.where(made.place == 2, np.nan, -1.0)])
    columns = made.columns.assign(**{"a/b": ["ä", ""] * 10, "fast": made.place > 1})
    return replace(made, outcomes=outcomes, outcome_names=("gain", "loss"), columns=columns, notes=("turned",))


def test_round_trip_is_equal(choices, tmp_path):
    back = io.read(io.write(choices, tmp_path / "copy.h5"))
    for name in ("session", "subject", "outcome_names", "arms", "notes"):
        assert getattr(back, name) == getattr(choices, name)
    for name in ("of", "action", "outcomes", "number"):
        np.testing.assert_array_equal(getattr(back, name), getattr(choices, name))
    for name in ("subjects", "columns"):
        pd.testing.assert_frame_equal(getattr(back, name), getattr(choices, name))


def test_nothing_but_choices_comes_back_from_no_trials(choices, tmp_path):
    none = replace(choices, of=[], action=[], outcomes=np.zeros((0, 2)), number=[], columns=choices.columns[:0])
    assert len(io.read(io.write(none, tmp_path / "none.h5")).action) == 0


def test_damage_is_told(choices, tmp_path):
    import h5py

    path = io.write(choices, tmp_path / "copy.h5")
    with h5py.File(path, "r+") as file:
        del file["action"]
    with pytest.raises(DataError, match=r"action: is missing"):
        io.read(path)


def test_choices_are_not_written_as_recordings(choices, tmp_path):
    with pytest.raises(DataError, match="is neither"):
        io.write(choices, tmp_path / "copy.nwb")
