"""Ridge on smoothed counts: decodes what is there, and nothing of what is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from neurofm.baseline import ridge, smoothed_counts
from neurofm.data import Recording, Spikes
from neurofm.synthetic import reaching


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
