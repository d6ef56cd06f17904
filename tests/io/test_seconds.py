"""Times in any form are seconds."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from neurofm.io._seconds import first_date, magnitude, seconds, unit_of

DATES = pd.date_range("2024-05-01", periods=3, freq="s")


@pytest.mark.parametrize(
    "given",
    [
        [0, 1, 2],
        np.arange(3),
        np.arange(3).astype("m8[s]"),
        pd.to_timedelta([0, 1, 2], "s"),
        [timedelta(seconds=k) for k in range(3)],
        DATES,
        DATES.tz_localize("UTC"),
        pd.Series(DATES),
        pd.Series(DATES.tz_localize("Europe/Oslo")),
        DATES.to_numpy(),
        [datetime(2024, 5, 1, 0, 0, k) for k in range(3)],
    ],
    ids=lambda given: type(given).__name__,
)
def test_numbers_dates_and_durations(given):
    assert seconds("times", given, first_date(given)).tolist() == [0.0, 1.0, 2.0]


@pytest.mark.parametrize("library", ["quantities", "pint"])
def test_quantities(library):
    module = pytest.importorskip(library)
    unit = module if library == "quantities" else module.UnitRegistry()
    times = np.array([1.0, 250.0]) * unit.ms
    assert seconds("times", times).tolist() == [0.001, 0.25]
    assert seconds("times", [times[0], times[1]]).tolist() == [0.001, 0.25]
    assert magnitude(times).tolist() == [1.0, 250.0]
    assert unit_of(times) in ("ms", "millisecond")
    with pytest.raises(ValueError, match="times must be a time, got"):
        seconds("times", np.ones(2) * unit.volt)


def test_first_date_is_of_all_that_was_given():
    table = pd.DataFrame({"start": DATES[1:], "x": [1, 2]})
    assert first_date({"a": [1.0]}, (np.arange(2), np.ones(2)), 3, "a", None) is None
    assert first_date(table, {"a": (DATES[:1].to_numpy(), 3)}, [DATES[1]]) == DATES[0]
    with pytest.raises(ValueError, match="some dates have a time zone and others none"):
        first_date(DATES, DATES.tz_localize("UTC"))
