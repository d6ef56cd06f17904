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


def test_recording_stays_as_it_is(recording):
    assert io.read(recording) is recording


def test_open_nwb_file(golden, same):
    from pynwb import NWBHDF5IO

    path = golden.nwb()
    with NWBHDF5IO(str(path), mode="r", load_namespaces=True) as opened:
        same(io.read(opened.read()), io.read(path))
