"""Series, events and the rest of an NWB file, as programs write them in one way and in others."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

from neurofm import io

COUNT = 900
PATH = np.random.default_rng(0).normal(size=(COUNT, 2))
TIMES = np.arange(COUNT) / 10


@pytest.fixture
def nwb(tmp_path):
    """`nwb(place, kind, data=..., timestamps=...)` is what is read of a file with that one part."""

    def read(place, kind="TimeSeries", *, attributes=None, **arrays):
        with h5py.File(tmp_path / "a.nwb", "w") as file:
            file.attrs["nwb_version"] = "2.0"
            group = file.create_group(place)
            group.attrs["neurodata_type"] = kind
            for name, values in arrays.items():
                group[name] = values
            for name, value in (attributes or {}).items():
                group[name.split(".")[0]].attrs[name.split(".")[1]] = value
        recording = io.read(tmp_path / "a.nwb")
        return recording, [note for note in recording.notes if note != "the file has no units"]

    return read


@pytest.mark.parametrize(
    ("data", "timestamps", "values", "note"),
    [
        (PATH, TIMES, PATH, ""),
        (PATH.T, TIMES, PATH, "hand: is (2, 900) for 900 rows; turned"),
        (PATH.T, TIMES[:, None], PATH, "hand: is (2, 900) for 900 rows; turned"),
        (PATH, TIMES[None], PATH, ""),
        (PATH[:, :1], TIMES, PATH[:, :1], ""),
        (PATH[:, 0][None], TIMES, PATH[:, :1], ""),
        (np.tile(PATH.T, (1, 2)), np.arange(1800.0), np.tile(PATH, (2, 1)), "hand: is (2, 1800) for 1800 rows; turned"),
        (PATH[:896], TIMES, PATH[:896], "hand: 896 values for 900 times; the first 896 were kept"),
        (PATH[:300], TIMES, None, "hand: 300 values for 900 times, left out"),
        (PATH[0], TIMES, None, "hand: 2 values for 900 times, left out"),
        (1.5, TIMES, None, "hand: 1 values for 900 times, left out"),
        (1.5, 0.0, [[1.5]], ""),
        ([[1.5]], [0.0], [[1.5]], ""),
    ],
)
def test_data_have_a_sample_for_each_time_or_are_left_out_and_told(nwb, data, timestamps, values, note):
    recording, notes = nwb("processing/behavior/Position/hand", "SpatialSeries", data=data, timestamps=timestamps)
    if values is None:
        assert not recording.series
    else:
        np.testing.assert_array_equal(recording.series["hand"].values, values)
        assert recording.series["hand"].names == (("x", "y") if np.shape(values)[1] == 2 else ("hand",))
    assert notes == ([note] if note else [])


@pytest.mark.parametrize("wrap", [float, lambda x: [x], lambda x: [[x]]])
@pytest.mark.parametrize("turned", [False, True])
def test_without_times_few_samples_of_many_features_are_turned(nwb, turned, wrap):
    data = PATH.T if turned else PATH
    attributes = {"starting_time.rate": wrap(10.0), "data.conversion": wrap(2.0), "data.unit": [b"m"]}
    recording, notes = nwb("acquisition/hand", data=data, starting_time=wrap(0.0), attributes=attributes)
    np.testing.assert_array_equal(recording.series["hand"].values, PATH * 2)
    np.testing.assert_allclose(recording.series["hand"].times, TIMES)
    assert recording.series["hand"].unit == "m"
    assert notes == (["hand: is (2, 900), more features than samples; turned"] if turned else [])


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("stimulus/presentation/contrast", "contrast"),
        ("analysis/contrast", "contrast"),
        ("scratch/contrast", "contrast"),
        ("processing/a/b/c/contrast", "contrast"),
    ],
)
def test_series_are_read_wherever_they_lie(nwb, place, name):
    recording, notes = nwb(place, data=PATH, timestamps=TIMES)
    assert list(recording.series) == [name]
    assert notes == []


SPANS = {"start": [1.0, 3.0], "stop": [2.0, 4.0]}


@pytest.mark.parametrize(
    ("kind", "arrays", "table", "note"),
    [
        ("Events", {}, {"start": [1.0, 2.0], "stop": [1.0, 2.0]}, ""),
        ("AnnotationSeries", {"data": [b"a", b"b"]}, {"start": [1.0, 2.0], "stop": [1.0, 2.0], "text": ["a", "b"]}, ""),
        ("IntervalSeries", {"data": [1, -1, 2, -2], "timestamps": [1.0, 2.0, 3.0, 4.0]}, SPANS | {"value": [1, 2]}, ""),
        ("IntervalSeries", {"data": [1, 1]}, {"start": [1.0, 2.0], "stop": [1.0, 2.0], "value": [1, 1]}, "do not pair"),
        ("TimeIntervals", {"id": [0, 1], "start_time": [1.0, 3.0], "stop_time": [2.0, 4.0]}, SPANS, ""),
    ],
)
def test_what_happens_at_moments_is_a_table(nwb, kind, arrays, table, note):
    arrays = arrays if "id" in arrays else {"timestamps": [1.0, 2.0]} | arrays
    recording, notes = nwb("processing/behavior/lick", kind, **arrays)
    assert recording.intervals["lick"].to_dict("list") == table
    assert len(notes) == bool(note)
    assert note in "".join(notes)


@pytest.mark.parametrize(
    ("place", "kind", "arrays", "note"),
    [
        ("processing/ophys/cells", "DynamicTable", {"id": [0], "mask": [1.0]}, "not read: cells"),
        ("processing/ophys/summary/mean", "GrayscaleImage", {"data": np.zeros((3, 3))}, "not read: mean"),
        (
            "acquisition/movie",
            "ImageSeries",
            {"data": np.zeros((2, 3, 3)), "timestamps": [0.0, 1.0]},
            "movie: raw data",
        ),
        ("acquisition/volts", "ElectricalSeries", {"data": PATH, "timestamps": TIMES}, "volts: raw data, not read"),
        ("acquisition/wide", "TimeSeries", {"data": np.zeros((2, 2000)), "timestamps": [0.0, 1.0]}, "wide: raw data"),
        ("acquisition/slow", "TimeSeries", {"data": [1.0], "starting_time": 0.0}, "slow: its rate is 0, left out"),
        ("acquisition/stray", "TimeSeries", {"data": [1.0, 2.0]}, "stray: has neither timestamps nor"),
        (
            "stimulus/templates/picture",
            "ImageSeries",
            {"data": [1.0], "timestamps": [0.0]},
            "not read: templates.picture",
        ),
        ("scratch/notes", "ScratchData", {"text": b"a"}, "not read: notes"),
        ("elsewhere/part", "TimeSeries", {"data": [1.0], "timestamps": [0.0]}, "not read: elsewhere"),
    ],
)
def test_what_is_left_out_is_named(nwb, place, kind, arrays, note):
    recording, notes = nwb(place, kind, **arrays)
    assert not recording.series
    assert [n[: len(note)] for n in notes] == [note]


def test_equal_names_are_told_apart_by_where_they_lie(tmp_path):
    with h5py.File(tmp_path / "a.nwb", "w") as file:
        file.attrs["nwb_version"] = "2.0"
        for k, place in enumerate(("processing/a/x/eye", "processing/b/x/eye", "acquisition/x/eye", "acquisition/eye")):
            file[f"{place}/data"], file[f"{place}/timestamps"] = [float(k)], [0.0]
    series = io.read(tmp_path / "a.nwb").series
    names = {"eye": 0, "x.eye": 1, "acquisition.x.eye": 2, "acquisition.eye": 3}
    assert {name: one.values.item() for name, one in series.items()} == names


def test_links_that_lead_in_a_circle_end(tmp_path):
    with h5py.File(tmp_path / "a.nwb", "w") as file:
        file.attrs["nwb_version"] = "2.0"
        file["processing/a/eye/data"], file["processing/a/eye/timestamps"] = [1.0], [0.0]
        file["processing/a/again"] = h5py.SoftLink("/processing")
    assert "eye" in io.read(tmp_path / "a.nwb").series
