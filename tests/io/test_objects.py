"""Objects that other libraries have opened."""

from __future__ import annotations

from collections import UserDict
from types import SimpleNamespace

import numpy as np
import pandas as pd

from neurofm import io

SUPPORT = SimpleNamespace(start=np.array([0.0]), end=np.array([10.0]))


class TsGroup(UserDict):
    """What pynapple's spike trains look like from outside."""

    time_support = SUPPORT
    metadata = pd.DataFrame({"rate": [0.2, 0.1], "location": ["CA1", "DG"]}, index=[3, 7])


def test_group_of_spike_trains():
    recording = io.read(TsGroup({3: SimpleNamespace(t=np.array([1.0, 4.0])), 7: SimpleNamespace(t=np.array([2.0]))}))
    assert recording.units["label"].tolist() == ["unit 3", "unit 7"]
    assert recording.units["region"].tolist() == ["CA1", "DG"]
    np.testing.assert_array_equal(recording.spikes.unit, [0, 1, 0])
    np.testing.assert_array_equal(recording.domain, [[0.0, 10.0]])


def test_frame_of_values():
    frame = SimpleNamespace(t=np.arange(3.0), values=np.ones((3, 2)), columns=["x", "y"], time_support=SUPPORT)
    series = io.read(frame).series["series"]
    assert series.names == ("x", "y")
    np.testing.assert_array_equal(series.times, [0.0, 1.0, 2.0])


def test_moments_alone_are_events():
    moments = SimpleNamespace(t=np.array([1.0, 2.0]), time_support=SUPPORT)
    assert io.read(moments).intervals["events"]["start"].tolist() == [1.0, 2.0]


def test_what_does_not_fit_is_told():
    group = TsGroup({3: SimpleNamespace(t=np.array([1.0]))})
    group.metadata = pd.DataFrame({"area_name": ["CA1"], "shape": [[1.0, 2.0]]}, index=[3])
    recording = io.read(group)
    assert recording.units["region"].tolist() == ["CA1"]
    assert recording.notes == ("units.shape: is (1,) of object, more than a column, left out",)
    frame = SimpleNamespace(t=np.arange(9.0), values=np.ones((2, 9)), columns=["x", "y"], time_support=SUPPORT)
    recording = io.read(frame)
    assert recording.series["series"].values.shape == (9, 2)
    assert recording.notes == ("series: is (2, 9) for 9 rows; turned",)


def test_recording_stays_as_it_is(recording):
    assert io.read(recording) is recording


def test_open_nwb_file(golden, same):
    from pynwb import NWBHDF5IO

    path = golden.nwb()
    with NWBHDF5IO(str(path), mode="r", load_namespaces=True) as opened:
        same(io.read(opened.read()), io.read(path))
