"""What becomes of a recording in another library is the same recording when it comes back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import neurofm as nf
from neurofm.data import Embedding, Prediction
from neurofm.data.ids import moments
from neurofm.data.trials import cut

TIMES = np.arange(0, 10, 0.1)
LABELS = ["a", "b", "silent"]


@pytest.fixture(scope="module")
def told():
    rng = np.random.default_rng(0)
    spikes = {
        "a": np.sort(rng.uniform(0, 10, 30)).round(6),
        "b": np.sort(rng.uniform(0, 10, 20)).round(6),
        "silent": [],
    }
    trials = {"start": [0.0, 2.0, 5.0], "stop": [1.0, 4.0, 9.0], "side": ["left", "right", ""], "reward": [1, 0, 1]}
    return nf.recording(
        spikes, units=pd.DataFrame({"region": ["CA1", "CA3", "CA1"], "depth": [0.5, 1.5, 2.5]}, LABELS),
        behaviour={"place": pd.DataFrame({"x": np.sin(TIMES), "y": TIMES}, TIMES), "speed": (TIMES, TIMES**2)},
        trials=pd.DataFrame(trials), intervals={"sleep": [[1.0, 2.0], [3.0, 4.0]]}, session="monday", subject="rat 3",
    )  # fmt: skip


def equal(a, b):
    np.testing.assert_array_equal(a.spikes.times, b.spikes.times)
    np.testing.assert_array_equal(a.spikes.unit, b.spikes.unit)
    pd.testing.assert_frame_equal(a.units, b.units, check_like=True, check_dtype=False)
    assert (a.session, a.subject, list(a.series)) == (b.session, b.subject, list(b.series))
    for name, one in a.series.items():
        assert one.names == b.series[name].names
        np.testing.assert_array_equal(one.times, b.series[name].times)
        np.testing.assert_array_equal(one.values, b.series[name].values)
    assert set(a.intervals) == set(b.intervals)
    for name, table in a.intervals.items():
        pd.testing.assert_frame_equal(table, b.intervals[name], check_like=True, check_dtype=False)


def test_pandas(told):
    frame = told.to_frame()
    assert list(frame) == ["time", "unit"]
    behaviour = {name: one.to_frame() for name, one in told.series.items()}
    about = {"session": told.session, "subject": told.subject, "intervals": {"sleep": told.intervals["sleep"]}}
    equal(told, nf.recording(frame, units=told.units, behaviour=behaviour, trials=told.trials, **about))
    counts = told.to_frame(dt=0.5)
    assert (list(counts), counts.index[1], counts.to_numpy().sum()) == (LABELS, 0.5 + told.start, len(told.spikes))
    pd.testing.assert_frame_equal(nf.recording(counts=counts).to_frame(dt=0.5), counts, check_dtype=False)
    for dt in ("20 ms", float("nan")):
        with pytest.raises(ValueError, match="dt must be the seconds of a bin, got"):
            told.to_frame(dt=dt)
    with pytest.raises(ValueError, match="dt must be the seconds of a bin, got 0"):
        told.to_frame(dt=0)


def test_xarray(told):
    pytest.importorskip("xarray")
    whole = told.to_xarray()
    equal(told, nf.recording(whole))
    np.testing.assert_array_equal(nf.read(whole).domain, told.domain)
    counted = told.to_xarray(dt=0.5)
    assert counted["counts"].dims == ("time", "unit")
    again = nf.recording(counted).to_xarray(dt=0.5)
    np.testing.assert_array_equal(again["counts"], counted["counts"])
    np.testing.assert_array_equal(nf.recording(counts=counted["counts"]).to_frame(dt=0.5), counted["counts"])


def test_gaps_and_counts_of_its_own(told):
    pytest.importorskip("xarray")
    times = np.array([0.0, 0.1, 0.2, 0.7, 0.8])
    counts = pd.DataFrame(np.arange(10).reshape(5, 2), times, ["a", "b"])
    first = nf.recording(counts=counts)
    again, counted = nf.recording(first.to_xarray()), nf.recording(first.to_xarray(dt=0.1))
    for one in (again, counted):
        np.testing.assert_array_equal(one.series["counts"].values, counts)
        np.testing.assert_allclose(one.domain, first.domain)
        np.testing.assert_array_equal(one.to_frame(dt=0.1), counts)


def test_pynapple(told):
    pytest.importorskip("pynapple")
    equal(told, nf.recording(**told.to_pynapple()))
    crossed = nf.recording({"a": [0.5]}, intervals={"odd": [[0, 2], [1, 3]]})
    assert crossed.to_pynapple()["intervals"]["odd"] is crossed.intervals["odd"]


def test_names_that_other_parts_have_and_what_lasts_no_time_come_back():
    pytest.importorskip("xarray")
    pytest.importorskip("pynapple")
    names = ("unit", "domain", "spike_time", "spike", "counts", "unit_depth", "time", "a", "a_time")
    given = nf.recording(
        {"a": [0.5, 1.0], "b": [0.7]}, units=pd.DataFrame({"rate": [5.0, 6.0], "depth": [1.0, 2.0]}),
        behaviour={name: (TIMES, TIMES + k) for k, name in enumerate(names)},
        trials=pd.DataFrame({"start": [0.0, 1.0], "stop": [1.5, np.nan], "stim.contrast": [0.1, 0.2]}),
        intervals={"licks.left": pd.DataFrame({"start": [0.3, 0.1], "stop": [0.3, 0.1], "row": [1, 2]})},
    )  # fmt: skip
    equal(given, nf.recording(given.to_xarray()))
    equal(given, nf.recording(**given.to_pynapple()))
    counted = nf.recording(given.to_xarray(dt=0.5))
    assert set(counted.series) == set(given.series)
    assert counted.series["time"].values[:, 0].tolist() == (TIMES + 6).tolist()


def test_nwb_in_memory_and_in_a_file(told, tmp_path):
    pynwb = pytest.importorskip("pynwb")
    file = told.to_nwb()
    equal(told, nf.read(file))
    equal(told, nf.recording(file))
    assert file.container_source is None  # it can still be written anywhere
    equal(told, nf.read(told.to_nwb(tmp_path / "a.nwb")))
    with pynwb.NWBHDF5IO(str(tmp_path / "a.nwb"), "r") as opened:
        changed = opened.read()
        changed.processing["behavior"].add(pynwb.TimeSeries(name="new", data=TIMES, timestamps=TIMES, unit="s"))
        assert list(nf.read(changed).series) == ["new", "place", "speed"]


def test_trials(told):
    trials = cut(told, 0.5)
    frame, array = trials.to_frame(), trials.to_xarray()
    assert list(frame) == LABELS
    assert frame.loc[1].to_numpy().tolist() == trials.counts[1][trials.seen[1]].tolist()
    assert array.sel(unit="b").to_numpy().tolist() == trials.counts[:, :, 1].tolist()


def test_latents_and_decoded_behaviour(told, tmp_path):
    pytest.importorskip("pynapple")
    pytest.importorskip("pynwb")
    values = np.random.default_rng(0).normal(size=(100, 3))
    about = {"name": "run time", "space": "time", "sessions": (told.session,)}
    space = Embedding(ids=moments(TIMES, told.start), values=values, xy=values[:, :2], **about)
    columns = ["session", "xy_0", "xy_1", "values_0", "values_1", "values_2"]
    assert list(space.to_frame()) == ["ids", *columns]
    assert space.to_frame()["session"].unique().tolist() == ["monday"]
    assert list(space.to_frame(told)) == ["ids", "time", *columns]
    np.testing.assert_allclose(space.to_frame(told)["time"], TIMES, atol=1e-6)
    bare = replace(space, sessions=())
    np.testing.assert_allclose(bare.to_frame(told)["time"], TIMES, atol=1e-6)
    other = replace(space, sessions=("tuesday",))
    assert other.to_frame(told)["time"].isna().all()
    assert space.to_xarray()["session"].to_numpy().tolist() == ["monday"] * 100
    latents = space.to_pynapple(told)
    np.testing.assert_allclose(latents.t, TIMES, atol=1e-6)
    np.testing.assert_array_equal(latents.values, values)
    units = Embedding(
        name="u", space="unit", ids=np.arange(3), values=values[:3], xy=values[:3, :2], labels=tuple(LABELS)
    )
    assert units.to_frame()["label"].tolist() == LABELS
    assert units.to_frame(told)["time"].isna().all()  # a unit is at no time
    starts = told.trials["start"].to_numpy(float)
    trials = Embedding(name="t", space="trial", ids=np.arange(len(starts)), values=values[: len(starts)],
                       xy=values[: len(starts), :2])  # fmt: skip
    np.testing.assert_array_equal(trials.to_frame(told)["time"], starts)
    with pytest.raises(ValueError, match="rows of u are each a unit, which has no time"):
        units.to_pynapple(told)
    said = Prediction(
        session="monday", target="v", times=TIMES, ids=space.ids, values=values, truth=values + 1,
        held_out=TIMES > 5, names=("x", "y", "z"), unit="cm/s",
    )  # fmt: skip
    assert said.to_frame()["truth_y"].tolist() == (values[:, 1] + 1).tolist()
    assert said.to_xarray()["values"].attrs["unit"] == "cm/s"
    np.testing.assert_array_equal(said.to_pynapple()["y"].values, values[:, 1])
    back = nf.read(said.to_nwb(tmp_path / "said.nwb"))
    np.testing.assert_array_equal(back.series["v_decoded"].values, values)
