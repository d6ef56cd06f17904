"""Files as pynapple saves its objects."""

from __future__ import annotations

import os

import numpy as np
import pytest

from neurofm import io
from neurofm.errors import DataError

T = np.arange(6.0)
SUPPORT = {"start": np.array([0.0, 4.0]), "end": np.array([2.5, 6.0])}


@pytest.fixture
def saved(tmp_path):
    def save(name="hand", **arrays):
        np.savez(tmp_path / f"{name}.npz", **(SUPPORT | {key: v for key, v in arrays.items() if v is not None}))
        return tmp_path / f"{name}.npz"

    return save


def test_a_group_is_spikes_of_units_with_their_metadata(golden):
    recording = io.read(golden.tsd())
    assert recording.units["label"].tolist() == ["unit 3", "unit 7"]
    assert recording.units["region"].tolist() == ["CA1", "DG"]
    assert recording.units["depth"].tolist() == [1.5, 2.0]
    np.testing.assert_array_equal(recording.spikes.times, [0.5, 1.0, 2.25, 2.5, 3.0])
    np.testing.assert_array_equal(recording.spikes.unit, [1, 0, 0, 0, 1])
    np.testing.assert_array_equal(recording.domain, [[0.0, 4.0]])
    assert recording.notes == ()


def test_metadata_that_lie_beside_as_once_they_did_are_read_and_silent_units_kept(saved):
    path = saved(t=T[:3], index=[2, 2, 0], keys=[0, 1, 2], group=np.array([5, 6, 7]))
    recording = io.read(path)
    assert recording.units["group"].tolist() == [5, 6, 7]
    np.testing.assert_array_equal(recording.spikes.unit, [2, 2, 0])


@pytest.mark.parametrize("kind", [None, np.array(["TsdFrame"])])
def test_a_frame_is_a_series_called_as_its_file(saved, kind):
    columns = np.array(["x", "y"], object)
    path = saved(t=T, d=np.c_[T, T * 2], columns=columns, type=kind, _metadata={"q": np.array([1, 2])})
    recording = io.read(path)
    assert (recording.session, list(recording.series)) == ("hand", ["hand"])
    assert recording.series["hand"].names == ("x", "y")
    np.testing.assert_array_equal(recording.series["hand"].values, np.c_[T, T * 2])
    np.testing.assert_array_equal(recording.domain, [[0.0, 2.5], [4.0, 6.0]])
    assert recording.notes == ("not read: q",)


def test_numbers_of_each_time_are_a_series_of_one(saved):
    series = io.read(saved(t=T, d=T, type=np.array(["Tsd"]))).series["hand"]
    assert (series.names, series.values.shape) == (("hand",), (6, 1))


def test_moments_are_a_table(saved):
    table = io.read(saved("licks", t=T, type=np.array(["Ts"]))).intervals["licks"]
    assert table["start"].tolist() == table["stop"].tolist() == T.tolist()


def test_intervals_are_a_table_and_those_called_trials_are_trials(saved):
    path = saved("trials", type=np.array(["IntervalSet"]), _metadata={"side": np.array(["l", "r"])})
    trials = io.read(path).trials
    assert trials.to_dict("list") == {"start": [0.0, 4.0], "stop": [2.5, 6.0], "side": ["l", "r"]}


def test_several_files_are_one_recording(golden, saved):
    whole = io.read([golden.tsd(), saved(t=T, d=T), saved("trials", type=np.array(["IntervalSet"]))])
    assert (len(whole.units), list(whole.series), list(whole.intervals)) == (2, ["hand"], ["trials"])


class Harm:
    def __reduce__(self):
        return os._exit, (3,)


def test_what_is_pickled_is_never_run_and_the_rest_is_read(saved):
    recording = io.read(saved(t=T, d=T, _metadata={"q": Harm()}))
    assert list(recording.series) == ["hand"]
    (note,) = recording.notes
    assert note.startswith("_metadata: asks for ")
    assert note.endswith("nothing of it was run, left out")


@pytest.mark.parametrize(
    ("arrays", "problem"),
    [
        ({"t": T, "index": [0, 1]}, "index: has 2 entries for 6 times"),
        ({"t": T, "index": [0] * 6, "keys": [1]}, "keys: do not name once each"),
        ({"t": T, "index": [0] * 6, "keys": [0, 0]}, "keys: do not name once each"),
        ({"t": T, "d": np.zeros(3)}, "d: 3 values for 6 times"),
        ({"t": T, "type": np.array(["Tsd"])}, "d: is missing"),
        ({"d": T, "type": np.array(["Tsd"])}, "t: is missing"),
        ({"t": T, "start": np.zeros(1)}, "end: has 2 entries for 1 starts"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_name(saved, arrays, problem):
    with pytest.raises(DataError, match=problem):
        io.read(saved(**arrays))
