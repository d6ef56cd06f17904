"""Simple decoders on smoothed counts: they decode what is there, and nothing of what is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from sklearn.linear_model import Ridge

from neurofm import baseline
from neurofm.baseline import answers, fit, measured, ridge, smoothed_counts
from neurofm.data import Recording, Series, Spikes
from neurofm.metrics import accuracy, r2
from neurofm.synthetic import reaching
from neurofm.synthetic.process import draw_spikes, smooth_noise


def test_counts_are_sums_of_gaussians():
    spikes = Spikes(np.array([0.1, 0.12, 0.5]), np.array([0, 1, 0], np.int32))
    recording = Recording(session="s", spikes=spikes, units=pd.DataFrame({"label": ["a", "b"]}))
    got = smoothed_counts(recording, np.array([0.11, 0.5]))
    wanted = [[norm.pdf(0.01, 0, 0.05), norm.pdf(0.01, 0, 0.05)], [norm.pdf(0, 0, 0.05), 0]]
    np.testing.assert_allclose(got, wanted, atol=1e-12)


@pytest.mark.parametrize(("moved", "low", "high"), [(0, 0.6, 1.0), (20, -9.0, 0.1)], ids=["in time", "shuffled"])
def test_tuned_units_are_decoded_and_shuffled_ones_are_not(moved, low, high):
    recording = reaching.sessions(1, units=30, duration=60.0, seed=0)[0]
    times = (recording.spikes.times + moved) % 60
    order = np.argsort(times, kind="stable")
    turned = replace(recording, spikes=Spikes(times[order], recording.spikes.unit[order]))
    assert low < ridge(turned, "velocity", [[0, 45]], [[45, 60]]).mean() < high


@pytest.mark.parametrize(
    ("train", "test", "words"),
    [
        ([[0, 5]], [[100, 110]], "500 times in the training and 0 in the test"),
        ([[20, 30]], [[0, 5]], "0 times in the training and 500 in the test"),
        ([], [], "0 times in the training and 0 in the test"),
    ],
)
def test_an_empty_span_is_refused(train, test, words):
    recording = reaching.sessions(1, units=3, duration=10.0)[0]
    with pytest.raises(ValueError, match=words):
        ridge(recording, "velocity", train, test)


def test_seconds_of_labels_are_not_learned_by_heart():
    recording = reaching.sessions(1, duration=60.0, seed=0, **reaching.ARRAY)[0]
    assert ridge(recording, "velocity", [[0, 10]], [[20, 60]]).mean() > 0.75  # 0.67 if single times are left out


def spoken(tau, shift=0.0):
    """Thirty units whose rates follow one number that varies within `tau` seconds, `shift` seconds before it."""
    rng = np.random.default_rng(3)
    dt, ahead = 0.01, round(shift / 0.01)
    drive = smooth_noise(rng, 8000 + abs(ahead), 1, dt=dt, tau=tau, sigma=tau / 2)
    felt, told = drive[max(ahead, 0) :][:8000], drive[max(-ahead, 0) :][:8000]
    gain = rng.choice([-0.7, 0.7], 30)
    spikes = draw_spikes(rng, 8 * np.exp(felt * gain), dt)
    series = Series((np.arange(8000) + 0.5) * dt, told, ("x",))
    return Recording(
        session="s", spikes=spikes, units=pd.DataFrame({"label": [f"u{k}" for k in range(30)]}), series={"x": series},
        domain=np.array([[0.0, 80.0]]),
    )  # fmt: skip


@pytest.mark.parametrize(("tau", "least", "most"), [(0.05, 0.025, 0.15), (0.4, 0.1, 0.5), (2.0, 0.2, 1.25)])
def test_how_far_around_is_seen_follows_how_quickly_behaviour_changes(tau, least, most):
    recording = spoken(tau)
    chosen = fit(recording, "x", measured(recording, "x", [[0, 40]]))
    assert least <= chosen.sigma + max(chosen.lags) <= most


def test_many_times_around_are_seen_only_of_few_units(monkeypatch):
    recording = spoken(0.2, 0.2)
    rows = measured(recording, "x", [[0, 40]])
    monkeypatch.setattr(baseline, "WIDE", ((0.05, tuple(range(-8, 9, 2))),))
    assert len(fit(recording, "x", rows).lags) == 9
    monkeypatch.setattr(baseline, "MOST_SEEN", 9 * len(recording.units) - 1)
    assert len(fit(recording, "x", rows).lags) <= 3


@pytest.mark.parametrize("shift", [-0.2, 0.2])
def test_lags_are_taken_where_spikes_come_earlier_or_later(shift):
    recording = spoken(0.2, shift)
    rows, judged = (measured(recording, "x", within) for within in ([[0, 40]], [[42, 80]]))
    chosen = fit(recording, "x", rows)
    assert len(chosen.lags) > 1
    truth = recording.series["x"].values[judged]
    here = replace(chosen, lags=(0.0,))
    x = here.seen(recording, recording.series["x"].times)
    weight = np.linalg.lstsq(np.c_[x[rows], np.ones(len(rows))], recording.series["x"].values[rows], rcond=None)[0]
    alone = r2(truth, np.c_[x[judged], np.ones(len(judged))] @ weight)
    assert r2(truth, chosen(recording, recording.series["x"].times[judged])) > alone + 0.05


def test_the_penalty_path_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    for count, wide in ((40, 6), (10, 25)):
        x, y, asked = rng.normal(size=(count, wide)), rng.normal(size=(count, 2)), rng.normal(size=(3, wide))
        for penalty, answer in zip((0.01, 1.0), baseline.ridge_path(x, y, asked, np.array([0.01, 1.0]))):
            wanted = Ridge(alpha=penalty * count, fit_intercept=False).fit(x, y).predict(asked)
            np.testing.assert_allclose(answer, wanted, atol=1e-8)


@pytest.mark.parametrize("silent", [0.0, 0.3])
def test_a_unit_that_wakes_up_later_does_not_carry_the_answer_away(silent):
    recording = reaching.sessions(1, units=20, duration=40.0, seed=0)[0]
    asleep = (recording.spikes.unit < 20 * silent) & (recording.spikes.times < 30)
    spikes = Spikes(recording.spikes.times[~asleep], recording.spikes.unit[~asleep])
    truth, said = answers(replace(recording, spikes=spikes), "velocity", [[0, 25]], [[30, 40]])
    for name in ("ridge", "mlp"):
        assert r2(truth, said[name]).mean() > 0.4, name


def test_the_network_is_the_same_every_time_and_sees_what_is_not_linear():
    recording = spoken(0.4)
    x = recording.series["x"]
    bent = replace(recording, series={"x": Series(x.times, np.abs(x.values), ("x",))})
    truth, said = answers(bent, "x", [[0, 60]], [[62, 80]])
    np.testing.assert_array_equal(said["mlp"], answers(bent, "x", [[0, 60]], [[62, 80]])[1]["mlp"])
    assert r2(truth, said["mlp"])[0] > r2(truth, said["ridge"])[0] + 0.1


def test_classes_get_probabilities_and_one_that_was_never_seen_gets_none():
    recording = spoken(0.4)
    x = recording.series["x"]
    named = np.eye(3)[(x.values[:, 0] > 0).astype(int)]
    truth, said = answers(
        replace(recording, series={"x": Series(x.times, named, ("low", "high", "no"))}), "x", [[0, 40]], [[42, 80]],
        classes=True,
    )  # fmt: skip
    np.testing.assert_allclose(said["mlp"].sum(1), 1)
    assert not said["mlp"][:, 2].any()
    assert min(accuracy(truth, said[name]) for name in said) > 0.75
