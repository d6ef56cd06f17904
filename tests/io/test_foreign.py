"""What other libraries hold becomes a recording in one line, by its own names and units."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import neurofm as nf

TIMES = np.arange(0, 2, 0.5)
COUNTS = np.array([[1, 0], [0, 2], [3, 0], [0, 1]])
XY = np.stack([TIMES, -TIMES], 1)


def is_counted(told, start=0.0, labels=("a", "b")):
    assert told.units["label"].tolist() == list(labels)
    assert told.domain.tolist() == [[start, start + 2.0]]
    assert np.array_equal(told.to_frame(dt=0.5).to_numpy(), COUNTS)


def test_table_of_counts_brings_its_times_and_units():
    frame = pd.DataFrame(COUNTS, TIMES + 3, columns=["a", "b"])
    is_counted(nf.recording(counts=frame), 3.0)
    is_counted(nf.recording(counts=frame.rename_axis("time").reset_index()), 3.0)
    is_counted(nf.recording(counts=frame.set_index(pd.to_timedelta(TIMES, "s"))))
    dated = frame.set_index(pd.Timestamp("2024-05-01 12:00", tz="Europe/Oslo") + pd.to_timedelta(TIMES, "s"))
    told = nf.recording(counts=dated, behaviour={"v": (dated.index.tz_convert("UTC"), XY)})
    is_counted(told)
    assert told.series["v"].times.tolist() == TIMES.tolist()
    assert told.notes == ("second 0 is 2024-05-01 12:00:00+02:00",)


def test_data_arrays_in_any_order_of_dimensions():
    xr = pytest.importorskip("xarray")
    coords = {"time": TIMES, "unit": ["a", "b"], "region": ("unit", ["CA1", "CA3"])}
    counts = xr.DataArray(COUNTS, coords, ("time", "unit"))
    place = xr.DataArray(XY, {"time": TIMES, "axis": ["x", "y"]}, ("time", "axis"), name="place", attrs={"units": "cm"})
    for given, moved in ((counts, place), (counts.T, place.T)):
        told = nf.recording(counts=given, behaviour=moved)
        is_counted(told)
        assert told.units["region"].tolist() == ["CA1", "CA3"]
        assert (told.series["place"].names, told.series["place"].unit) == (("x", "y"), "cm")
        assert np.array_equal(told.series["place"].values, XY)
    both = xr.Dataset({"place": place, "speed": ("time", TIMES)})
    assert list(nf.recording(counts=counts, behaviour=both).series) == ["counts", "place", "speed"]
    with pytest.raises(ValueError, match="counts of bins are given as counts="):
        nf.recording(counts)


def test_pynapple_keeps_its_names():
    nap = pytest.importorskip("pynapple")
    told = {"label": ["a", "b"], "region": ["CA1", "CA3"]}
    whole = nap.IntervalSet(0, 2)
    lone = nap.Ts([0.3], time_support=whole)
    group = nap.TsGroup({4: nap.Ts([0.1, 0.6]), 9: lone}, whole, metadata=told)
    tensor = nap.TsdTensor(TIMES, np.ones((4, 2, 2)))
    frame = nap.TsdFrame(TIMES, XY, columns=["x", "y"])
    behaviour = {"place": frame, "image": tensor, "speed": nap.Tsd(TIMES, TIMES)}
    trials = nap.IntervalSet([0, 1], [0.5, 1.5], metadata={"side": ["l", "r"]})
    one = nf.recording(group, behaviour=behaviour, trials=trials)
    assert one.units.to_dict("list") == told
    assert {name: s.names for name, s in one.series.items()} == {
        "place": ("x", "y"), "image": tuple(f"image_{k}" for k in range(4)), "speed": ("speed",),
    }  # fmt: skip
    assert one.trials.to_dict("list") == {"start": [0, 1], "stop": [0.5, 1.5], "side": ["l", "r"]}
    counted = nf.recording(counts=group.count(0.5))
    assert counted.units.to_dict("list") == told
    assert counted.to_frame(dt=0.5).to_numpy().tolist() == [[1, 1], [1, 0], [0, 0], [0, 0]]
    assert nf.recording(spikes={"q": lone}).units["label"].tolist() == ["q"]
    both = nf.read([group, group])
    assert both.units["label"].tolist() == ["recording/a", "recording/b", "recording 2/a", "recording 2/b"]
    assert list(nf.read([frame, tensor]).series) == ["series", "series 2"]


def test_anndata_of_bins():
    anndata = pytest.importorskip("anndata")
    obs = pd.DataFrame({"time": TIMES, "speed": TIMES, "who": list("abab")}, index=list("0123"))
    var = pd.DataFrame({"region": ["CA1", "CA3"]}, index=["a", "b"])
    told = nf.recording(counts=anndata.AnnData(COUNTS.astype(float), obs, var))
    is_counted(told)
    assert told.units["region"].tolist() == ["CA1", "CA3"]
    assert told.series["speed"].values[:, 0].tolist() == TIMES.tolist()


def test_table_with_the_times_of_a_unit_in_a_cell():
    table = pd.DataFrame({"spike_times": [[0.1, 0.4], [0.2]], "region": ["CA1", "CA3"]}, index=["a", "b"])
    told = nf.recording(table)
    assert told.units.to_dict("list") == {"label": ["a", "b"], "region": ["CA1", "CA3"]}
    assert told.spikes.unit.tolist() == [0, 1, 0]


def test_coordinates_are_in_the_unit_that_they_state():
    xr = pytest.importorskip("xarray")
    counts = xr.DataArray(
        COUNTS, {"time": ("time", TIMES * 1000, {"units": "ms"}), "unit": ["a", "b"]}, ("time", "unit")
    )
    place = xr.DataArray(XY, {"t": ("t", TIMES / 60, {"unit": "minutes"})}, ("t", "axis"))
    told = nf.recording(counts=counts, behaviour={"place": place})
    is_counted(told)
    np.testing.assert_allclose(told.series["place"].times, TIMES)
    with pytest.raises(ValueError, match="times 'time' are in 'samples', which is no unit of time; give seconds"):
        nf.recording(counts=counts.assign_coords(time=("time", TIMES, {"units": "samples"})))
