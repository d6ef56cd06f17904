"""The demo is what it says: plausible behaviour, and units whose tuning is in the table."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from neurofm.analysis.tuning import direction_curve, kind, place_field, psth
from neurofm.synthetic.demo import ARENA, demo

pytestmark = pytest.mark.parametrize("recording", demo(), ids=lambda r: r.session)


def rows(recording, kind):
    return np.flatnonzero(recording.units["kind"] == kind)


def test_behaviour_is_smooth_and_inside_the_arena(recording):
    position, velocity = recording.series["position"], recording.series["velocity"]
    assert ((position.values >= 0) & (position.values <= ARENA)).all()
    step = np.diff(position.values, axis=0)
    assert np.hypot(*step.T).max() < 2  # cm in 20 ms
    centred = (position.values[2:] - position.values[:-2]) / (position.times[2:] - position.times[:-2])[:, None]
    assert np.allclose(velocity.values[1:-1], centred)
    occupied, _, _ = np.histogram2d(*position.values.T, bins=8, range=[[0, ARENA[0]], [0, ARENA[1]]])
    assert (occupied > 0).mean() > 0.9


def test_trials_end_at_the_well_they_name(recording):
    trials = recording.intervals["trials"]
    assert len(trials) > 50
    assert (trials["stop"] > trials["start"]).all()
    assert (trials["start"].to_numpy()[1:] >= trials["stop"].to_numpy()[:-1]).all()
    ends = recording.series["position"].at(trials["stop"])
    for _, group in trials.groupby("target"):
        assert np.ptp(ends[group.index], axis=0).max() < 9  # cm: within 4 of the well
    assert 0.6 < trials["rewarded"].mean() < 0.95


def test_place_units_fire_in_their_field(recording):
    units = rows(recording, "place")
    rates, x, y = place_field(recording, units)
    truth = recording.units.loc[units, ["field_x", "field_y"]].to_numpy()
    peaks = [np.unravel_index(np.nanargmax(r), r.shape) for r in rates]
    centres = np.array([[x[column] + x[column + 1], y[row] + y[row + 1]] for row, column in peaks]) / 2
    assert np.median(np.linalg.norm(centres - truth, axis=1)) < 6  # cm


def test_direction_units_prefer_their_direction(recording):
    units = rows(recording, "direction")
    rates, centres = direction_curve(recording, units)
    preferred = np.angle((rates * np.exp(1j * centres)).sum(1))
    error = np.angle(np.exp(1j * (preferred - recording.units.loc[units, "preferred"])))
    assert np.degrees(np.abs(error)).max() < 15


@pytest.mark.parametrize(("name", "answers"), [("cue", True), ("noise", False)])
def test_cue_units_answer_the_start_of_a_trial_and_noise_units_do_not(recording, name, answers):
    starts = recording.intervals["trials"]["start"]
    rates, centres = psth(recording, rows(recording, name), starts, bin=0.1)
    rise = rates[:, (centres > 0.1) & (centres < 0.3)].mean(1) / rates[:, centres > 0.5].mean(1)
    assert ((rise > 2) == answers).all()


@pytest.mark.parametrize("name", ["position", "velocity"])
def test_a_linear_readout_decodes_behaviour(recording, name):
    times = recording.series["position"].times
    bins = np.minimum((recording.spikes.times / 0.02).astype(int), len(times) - 1)
    counts = np.zeros((len(times), len(recording.units)))
    np.add.at(counts, (bins, recording.spikes.unit), 1)
    design = np.c_[np.sqrt(gaussian_filter1d(counts, 5, axis=0)), np.ones(len(times))]
    train = times < 200
    truth = recording.series[name].values
    readout = np.linalg.lstsq(design[train], truth[train], rcond=None)[0]
    left = (truth - design @ readout)[~train]
    assert 1 - left.var(0).sum() / truth[~train].var(0).sum() > 0.6


def test_truth_and_place_are_in_the_units_table(recording):
    units = recording.units
    assert set(units["region"]) == {"CA1", "M1", "PFC"}
    assert units["field_x"].notna().tolist() == (units["kind"] == "place").tolist()
    assert units["preferred"].notna().tolist() == (units["kind"] == "direction").tolist()
    assert units[["x_um", "y_um", "depth_um"]].notna().all(axis=None)
    assert 40 <= len(units) <= 60
    assert kind(recording) == {"place": "position", "direction": "velocity", "psth": "trials"}
    assert recording.rates().min() > 0.1


def test_the_same_seed_gives_the_same_recording(recording):
    again = next(r for r in demo() if r.session == recording.session)
    other = next(r for r in demo(seed=1) if r.session == recording.session)
    assert np.array_equal(again.spikes.times, recording.spikes.times)
    assert not np.array_equal(other.spikes.times, recording.spikes.times)
