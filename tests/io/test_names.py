"""Whatever people call things, a recording is written and read back equal: nothing is overwritten, nothing lost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurofm import io
from neurofm.data import Recording, Series, Spikes
from neurofm.io._names import plain

ODD = (
    "end", "start_time", "stop_time", "id", "index", "timestamps", "domain", "domain.start", "values",
    "a.values", "units",
    "spikes", "session", "subject", "trials", "position", "position.end", "a/b", "/", ".", "..", "a.", ".a", " ", "",
    "column 0", "series 0", "brain_area", "timekeys", "_index", "größe", "a.b.c", "tags", "object",
)  # fmt: skip


def recording(series="position", intervals="trials", column="choice", unit_column="depth"):
    times = np.arange(10.0)
    trials = pd.DataFrame({"start": times[:4], "stop": times[:4] + 0.5, column: [3.0, 1.0, 4.0, 1.0]})
    return Recording(
        session="rat", subject="a", spikes=Spikes(times, np.arange(10, dtype=np.int32) % 2),
        units=pd.DataFrame({"label": ["u0", "u1"], unit_column: [5.0, 9.0]}),
        series={series: Series(times, np.stack([times, times**2], 1), ("x", "y"), "cm"),
                "speed": Series(times, times[:, None], ("speed",))},
        intervals={intervals: trials}, domain=np.array([[0.0, 20.0]]),
    )  # fmt: skip


def check_equal(back, told):
    assert set(back.series) == set(told.series)
    for name, one in told.series.items():
        np.testing.assert_array_equal(back.series[name].values, one.values)
        np.testing.assert_array_equal(back.series[name].times, one.times)
    assert set(back.intervals) == set(told.intervals)
    for name, rows in told.intervals.items():
        pd.testing.assert_frame_equal(back.intervals[name], rows, check_like=True)
    pd.testing.assert_frame_equal(back.units, told.units, check_like=True)
    np.testing.assert_array_equal(back.domain, told.domain)


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("place", ["series", "intervals", "column", "unit_column"])
def test_an_odd_name_is_written_and_read_back(tmp_path, place, name):
    told = recording(**{place: name})
    check_equal(io.read(io.write(told, tmp_path / "a.h5")), told)


NAME = st.sampled_from(ODD) | st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=6)


@settings(max_examples=20)
@given(
    st.lists(NAME, min_size=4, max_size=4, unique=True).filter(lambda names: not {"start", "stop", "label"} & {*names})
)
def test_any_names_are_written_and_read_back(tmp_path_factory, names):
    told = recording(*names)
    if "speed" not in names:
        check_equal(io.read(io.write(told, tmp_path_factory.mktemp("odd") / "a.h5")), told)


def test_what_has_plain_names_is_written_as_ever():
    safe, names = plain(recording())
    assert names == {}
    assert (list(safe.series), list(safe.intervals), list(safe.units)) == (
        ["position", "speed"], ["trials"], ["label", "depth"]
    )  # fmt: skip


def test_numbers_that_may_be_missing_stay_numbers(tmp_path):
    told = recording()
    trials = told.intervals["trials"].assign(choice=pd.array([1, None, 3, 4], "Int64"))
    back = io.read(io.write(replace(told, intervals={"trials": trials}), tmp_path / "a.h5"))
    np.testing.assert_array_equal(back.intervals["trials"]["choice"], [1.0, np.nan, 3.0, 4.0])


@pytest.mark.parametrize("name", ["end", "start_time", "a/b", "id"])
def test_temporaldata_opens_what_has_odd_names(tmp_path, name):
    import h5py
    from temporaldata import Data

    path = io.write(recording(column=name, series=f"{name}.x"), tmp_path / "a.h5")
    with h5py.File(path) as file:
        data = Data.from_hdf5(file, lazy=False)
    assert len(data.trials) == 4
    np.testing.assert_array_equal(data.trials.end, np.arange(4) + 0.5)
