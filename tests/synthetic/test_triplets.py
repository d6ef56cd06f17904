"""Three simulated mice do what their labels say, and each trait shows in how they move."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.data.pose_features import centre, distance
from neurofm.synthetic.triplets import BOX, triplets


@pytest.fixture(scope="module")
def mice():
    return triplets(60, np.random.default_rng(0))


def test_same_generator_same_mice():
    one, other = (triplets(2, np.random.default_rng(3), frames=50) for _ in range(2))
    np.testing.assert_array_equal(one.points, other.points)
    assert one.trials.equals(other.trials)
    assert not np.array_equal(triplets(2, np.random.default_rng(4), frames=50).points, one.points)


def test_sequences_are_trials_a_second_apart(mice):
    assert (mice.points.shape, len(mice.trials)) == ((36_000, 3, 12, 2), 60)
    np.testing.assert_allclose(mice.domain[:2], [[0, 20], [21, 41]])
    assert np.isfinite(mice.points).all()
    assert (np.abs(centre(mice.points) - BOX / 2) <= BOX / 2 + 30).all()
    assert [one.code for one in mice.findings()] == []


def apart(points):
    places = centre(points)
    return np.stack([np.linalg.norm(places[:, a] - places[:, b], axis=-1) for a, b in ((0, 1), (0, 2), (1, 2))], 1)


def test_they_do_what_labels_say(mice):
    speed, far = mice.speed(np.arange(len(mice.times))), apart(mice.points)
    chases, huddles, role = mice.labels["chases"], mice.labels["huddles"], mice.labels["role"]
    alone = ~chases & ~huddles
    assert 0.08 < chases.mean() < 0.4
    assert 0.15 < huddles.mean() < 0.5
    assert np.nanmean(speed[role == "chaser"]) > 2 * np.nanmean(speed[alone])
    assert ((role == "chaser").sum(1) == chases).all()
    assert np.median(far[huddles].max(1)) < 0.5 * np.median(far[alone].max(1))
    assert mice.labels["contact"][huddles].mean() > 2 * mice.labels["contact"][alone].mean()


def by_sequence(values):
    return np.nanmean(np.asarray(values, float).reshape(60, -1), 1)


@pytest.mark.parametrize(
    ("trait", "shows"),
    [
        ("strain", lambda mice: by_sequence(distance(mice.points, 0, 9))),
        ("lights", lambda mice: by_sequence(mice.speed(np.arange(len(mice.times))) > 40)),
        ("company", lambda mice: by_sequence(mice.labels["chases"] | mice.labels["huddles"])),
    ],
)
def test_traits_show(mice, trait, shows):
    classes, values = mice.trials[trait].to_numpy(), shows(mice)
    first, second = (values[classes == name] for name in sorted(set(classes)))
    effect = abs(first.mean() - second.mean()) / np.sqrt((first.var() + second.var()) / 2)
    assert effect > 0.8


def test_share_of_places_is_not_seen():
    mice = triplets(2, np.random.default_rng(0), frames=300, gaps=0.1)
    assert abs(np.isnan(mice.points).mean() - 0.1) < 0.01
