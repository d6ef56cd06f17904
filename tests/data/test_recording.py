"""A recording checks itself, tells what is wrong with it, and is joined from parts."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from neurofm import io
from neurofm.data import Recording, Series, Spikes, merge


def make(session="s", times=(1.0, 2.0), unit=(0, 1), labels=("a", "b"), **more):
    spikes = Spikes(np.array(times, float), np.array(unit, np.int32))
    return Recording(session=session, spikes=spikes, units=pd.DataFrame({"label": list(labels)}), **more)


def series(*times):
    return Series(np.array(times, float), np.zeros((len(times), 1)), ("x",))


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"times": (2.0, 1.0)}, "not sorted; use clean_spikes"),
        ({"unit": (0, 2)}, "name unit 2 of 2"),
        ({"unit": (0, -1)}, "name unit"),
        ({"labels": ("a", "a")}, "share the label 'a'"),
        ({"intervals": {"trials": pd.DataFrame({"start": [0.0]})}}, "'trials' of s need start and stop"),
    ],
)
def test_wrong_recording_is_refused(wrong, problem):
    with pytest.raises(ValueError, match=problem):
        make(**wrong)
    with pytest.raises(ValueError, match="need a column 'label'"):
        Recording(session="s", units=pd.DataFrame({"name": ["a"]}))


def test_unsorted_spikes_are_found_across_the_blocks(monkeypatch):
    monkeypatch.setattr("neurofm.data.recording.BLOCK", 2)
    with pytest.raises(ValueError, match="not sorted"):
        make(times=(1.0, 2.0, 1.5, 3.0), unit=(0, 0, 0, 0))


TRIALS = pd.DataFrame({"start": [0.0, np.nan], "stop": [5.0, np.nan]})


@pytest.mark.parametrize(
    ("given", "domain"),
    [
        ({"series": {"x": series(-1.0, 3.0)}, "intervals": {"trials": TRIALS}}, [[-1.0, 5.000001]]),
        ({"domain": np.array([[2.0, 4.0], [0.0, 2.0]])}, [[0.0, 4.0]]),
        ({"times": (), "unit": (), "intervals": {"trials": TRIALS[1:]}}, []),
    ],
    ids=["everything", "given", "nothing"],
)
def test_domain_covers_everything_unless_given(given, domain):
    recording = make(**given)
    assert recording.domain.tolist() == domain
    assert [recording.start, recording.stop] == (domain[0] if domain else [0.0, 0.0])


def test_rates_and_names():
    recording = make(times=(0.0, 1.0, 2.0), unit=(0, 0, 1), domain=np.array([[0.0, 4.0]]))
    np.testing.assert_allclose(recording.rates(), [0.5, 0.25])
    assert recording.unit_names == ["s/a", "s/b"]


def test_warnings_tell_silent_units_gaps_and_short_behaviour():
    walk = series(*np.arange(0, 1, 0.1), *np.arange(5, 6, 0.1))
    recording = make(times=(0.0, 20.0), unit=(0, 0), series={"x": walk}, notes=("mended",))
    assert recording.warnings() == [
        "mended",
        "1 of 2 units never fire",
        "x: 1 gaps, the longest 4.1 s",
        "x ends 14.1 s before the last spike",
    ]
    apart = make(series={"x": walk}, domain=np.array([[0.0, 0.95], [5.0, 6.0]]))
    assert len(apart.gaps("x")) == 0  # nothing was recorded in between


def test_merged_probes_keep_every_spike_with_its_unit():
    parts = [make("p0", (1.0, 3.0)), make("p1", (0.5, 2.0, 3.0), (1, 0, 1), series={"x": series(0.0, 9.0)})]
    whole = merge(parts, "day")
    assert whole.session == "day"
    assert whole.units["label"].tolist() == ["p0/a", "p0/b", "p1/a", "p1/b"]
    merged = sorted(zip(whole.spikes.times, whole.units["label"].iloc[whole.spikes.unit]))
    truth = [(t, f"{p.session}/{p.units['label'][u]}") for p in parts for t, u in zip(p.spikes.times, p.spikes.unit)]
    assert merged == sorted(truth)
    assert whole.domain[0, 0] == 0.0


def test_merged_units_keep_labels_that_differ_and_columns_of_either():
    other = Recording(session="o", units=pd.DataFrame({"label": ["c"], "region": ["CA1"]}))
    units = merge([make(), other]).units
    assert units["label"].tolist() == ["a", "b", "c"]
    assert units["region"].fillna("").tolist() == ["", "", "CA1"]


def test_same_series_in_two_parts_keeps_the_first_and_says_so():
    parts = [make("p0", series={"x": series(0.0)}), Recording(session="t", series={"y": series(1.0), "x": series(2.0)})]
    whole = merge(parts)
    assert whole.series["x"].times.tolist() == [0.0]
    assert list(whole.series) == ["x", "y"]
    assert "x is in more than one file; the first was kept" in whole.notes


def test_summary_is_plain_and_counts():
    recording = make(series={"x": series(*np.arange(0, 1, 0.1))}, paths=("a", "b"))
    told = recording.summary()
    assert json.loads(json.dumps(told)) == told
    assert (told["path"], told["units"], told["spikes"]) == ("a+b", 2, 2)
    assert told["series"]["x"]["rate_hz"] == pytest.approx(10.0)
    assert Recording(session="empty").summary()["duration_s"] == 0.0


def test_a_copy_in_the_cache_goes_by_the_name_of_the_recording(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    ada = make("ada")
    assert ada.origin == "ada"
    assert io.read(io.save_cached(ada)).origin == "ada"
    io.write(ada, tmp_path / "ada.h5")
    assert io.read(tmp_path / "ada.h5").origin == str(tmp_path / "ada.h5")


def test_spikes_are_counted_in_parts_and_rates_are_the_callers_own(monkeypatch):
    rng = np.random.default_rng(0)
    times, unit = np.sort(rng.uniform(0, 10, 100)), rng.integers(0, 3, 100).astype(np.int32)
    recording = Recording(
        session="s", spikes=Spikes(times, unit), units=pd.DataFrame({"label": list("abc")}), domain=[[0, 4], [6, 10]]
    )
    monkeypatch.setattr("neurofm.data.recording.BLOCK", 7)
    inside = (times < 4) | (times >= 6)
    expected = np.bincount(unit[inside], minlength=3) / 8
    rates = recording.rates()
    np.testing.assert_allclose(rates, expected)
    rates[:] = 0
    np.testing.assert_allclose(recording.rates(), expected)


def test_units_without_any_spike_have_no_rate():
    units = pd.DataFrame({"label": ["a", "b"]})
    recording = Recording(session="s", units=units, series={"x": Series(np.arange(9.0), np.ones((9, 1)), ("x",))})
    assert np.isnan(recording.rates()).all()
    assert recording.warnings() == ["no spikes are known of its 2 units"]
    assert recording.summary()["rate_hz"] == {}
