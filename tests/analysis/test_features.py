"""What is said of units: known for simulated ones, nothing where the data say nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from neurofm.analysis.features import isi_cv, unit_features
from neurofm.data import Recording, Spikes
from neurofm.synthetic.demo import demo


@pytest.fixture(scope="module")
def recording() -> Recording:
    return demo(duration=300)[0]


def test_units_are_tuned_to_what_they_were_made_for(recording):
    features = unit_features(recording).assign(kind=recording.units["kind"])
    middle = features.groupby("kind").median()
    assert middle["spatial_information"].idxmax() == "place"
    assert middle["movement_tuning"].idxmax() == "direction"
    assert middle["trial_response"].idxmax() == "cue"
    assert middle.loc["noise", "spatial_information"] == pytest.approx(0, abs=0.05)


def test_preferred_directions_are_the_true_ones(recording):
    features, units = unit_features(recording), recording.units
    off = np.exp(1j * (features["preferred_direction"] - units["preferred"]))[units["kind"] == "direction"]
    assert np.abs(np.angle(off)).max() < 0.25


def test_spikes_by_chance_have_a_cv_of_one_and_a_clock_none():
    rng = np.random.default_rng(0)
    times = [np.sort(rng.uniform(0, 1000, 20_000)), np.arange(0, 1000, 0.1), np.array([1.0, 2.0])]
    unit = np.repeat([0, 1, 2], [len(t) for t in times]).astype(np.int32)
    order = np.argsort(np.concatenate(times), kind="stable")
    spikes = Spikes(np.concatenate(times)[order], unit[order])
    recording = Recording(session="a", units=pd.DataFrame({"label": list("abcd")}), spikes=spikes)
    assert isi_cv(recording)[:2] == pytest.approx([1, 0], abs=0.03)
    assert np.isnan(isi_cv(recording)[2:]).all()


def test_a_pause_of_the_recording_is_no_interval():
    times = np.r_[np.arange(0, 10, 0.1), np.arange(500, 510, 0.1)]
    recording = Recording(
        session="a",
        units=pd.DataFrame({"label": ["a"]}),
        spikes=Spikes(times, np.zeros(len(times), np.int32)),
        domain=np.array([[0.0, 10.0], [500.0, 510.0]]),
    )
    assert isi_cv(recording)[0] == pytest.approx(0, abs=1e-6)


SILENT = {"spikes": Spikes(np.zeros(0), np.zeros(0, np.int32))}


@pytest.mark.parametrize(("parts", "regular"), [({"series": {}, "intervals": {}}, True), (SILENT, False)])
def test_only_what_the_data_allow_is_told(recording, parts, regular):
    features = unit_features(replace(recording, **parts))
    assert list(features) == ["rate", "isi_cv"]
    assert features["isi_cv"].notna().all() if regular else features["isi_cv"].isna().all()


def test_a_recording_without_units_has_no_features():
    assert not len(unit_features(Recording(session="empty")))


def test_units_that_hardly_fire_are_not_judged(recording):
    first = np.flatnonzero(recording.spikes.unit == 0)[:5]
    rows = np.r_[first, np.flatnonzero(recording.spikes.unit != 0)]
    rows.sort()
    few = replace(recording, spikes=Spikes(recording.spikes.times[rows], recording.spikes.unit[rows]))
    features = unit_features(few)
    assert features.drop(columns="rate").iloc[0].isna().all()
    assert features.iloc[1:].notna().all().all()
