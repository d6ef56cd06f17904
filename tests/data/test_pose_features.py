"""Features of poses: written-out cases, what a turn or a shift must not change, and the released slips."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.data import pose_features as features

RNG = np.random.default_rng(0)
FIRST = np.r_[True, np.zeros(11, bool), True, np.zeros(7, bool)]


def mice(frames=20):
    """A mouse that walks, all of its points apart from each other."""
    body = RNG.uniform(-10, 10, (12, 2))
    walk = np.cumsum(RNG.normal(1, 0.5, (frames, 1, 1, 2)), 0)
    return walk + body + RNG.normal(0, 0.3, (frames, 1, 12, 2))


def turned(points, angle, by=0.0):
    cos, sin = np.cos(angle), np.sin(angle)
    return points @ np.array([[cos, sin], [-sin, cos]]) + by


def test_distance_bend_heading_and_centre():
    points = np.array([[0, 0], [1, 0], [1, 2], [9, 9]], float)[None, None]
    assert features.distance(points, 1, 2).tolist() == [[2.0]]
    np.testing.assert_allclose(features.bend(points, 0, 1, 2), [[-np.pi / 2]])
    np.testing.assert_allclose(features.heading(points, 1, 2), [[np.pi / 2]])
    assert features.centre(points).tolist() == [[[1.0, 1.0]]]


def test_turning_takes_the_shorter_way():
    angle = np.array([[3.0], [-3.0], [-2.5]])
    first = np.array([True, False, False])
    np.testing.assert_allclose(features.turning(angle, first).ravel(), [2 * np.pi - 6, 2 * np.pi - 6, 0.5])


@pytest.mark.parametrize(
    ("first", "changed"),
    [
        ([1, 0, 0, 0], [1, 1, 2, 3]),
        ([1, 0, 1, 0], [1, 1, 3, 3]),
        ([1, 1, 0, 1], [0, 2, 2, 0]),
    ],
)
def test_nothing_changes_from_one_stretch_to_the_next(first, changed):
    values = np.array([0.0, 1, 3, 6])
    assert features.change(values, np.array(first, bool)).tolist() == changed


def test_stretches_begin_behind_gaps():
    assert features.begins(np.r_[0.0, 0.1, 0.2, 5, 5.1]).tolist() == [True, False, False, True, False]
    assert features.begins(np.zeros(0)).tolist() == []
    assert features.begins(np.zeros(1)).tolist() == [True]


def test_short_gaps_alone_are_bridged():
    values = np.array([np.nan, 0, np.nan, 2, np.nan, np.nan, np.nan, 6, np.nan])
    points = np.stack([values, values], -1)[:, None, None]
    filled = features.filled(points, np.arange(9.0), 2.0)[:, 0, 0, 0]
    np.testing.assert_array_equal(filled, [np.nan, 0, 1, 2, np.nan, np.nan, np.nan, 6, np.nan])
    np.testing.assert_array_equal(points[:, 0, 0, 0], values)


def test_mice_have_67_inputs_and_9_actions():
    inputs, actions = features.mouse(mice(), FIRST)
    assert (len(inputs), len(actions)) == (67, 9)
    assert all(value.shape == (20, 1) for value in (*inputs.values(), *actions.values()))
    assert all(np.isfinite(value).all() for value in (*inputs.values(), *actions.values()))
    assert sum(name.endswith((" cos", " sin")) for name in inputs) == 48


def test_head_moves_in_both_directions():
    points = mice()
    points[:, 0, features.NECK] = np.stack([np.zeros(20), 2.0 * np.arange(20)], 1)
    inputs, actions = features.mouse(points, FIRST)
    np.testing.assert_allclose(actions["head speed"], 2.0)
    np.testing.assert_allclose(actions["head direction"], np.pi / 2)
    np.testing.assert_allclose(inputs["head direction sin"], 1.0)


def test_right_forepaw_is_not_the_left_one():
    points = mice()
    neck = points[:, 0, features.NECK]
    points[:, 0, features.LEFT_FORE] = neck + np.array([1.0, 0])
    points[:, 0, features.RIGHT_FORE] = neck + np.stack([np.arange(20.0), np.zeros(20)], 1)
    inputs, _ = features.mouse(points, FIRST)
    np.testing.assert_allclose(inputs["left forepaw r change"], 0, atol=1e-12)
    np.testing.assert_allclose(inputs["right forepaw r change"], 1)


def test_missing_points_are_flagged_and_a_place_at_zero_is_none():
    points = mice()
    points[5, 0, 2, 0], points[11, 0, 3] = 0.0, np.nan
    inputs, actions = features.mouse(points, FIRST)
    assert np.flatnonzero(inputs["ignore"]).tolist() == [11]  # 12 begins anew
    assert np.isnan(actions["head speed"][11]).all()
    assert np.flatnonzero(np.isnan(inputs["head x"])).tolist() == [11]
    points[3:5] = np.nan
    inputs, _ = features.mouse(points, FIRST)
    assert np.flatnonzero(np.isnan(inputs["ignore"])).tolist() == [3, 4]  # of an absent mouse nothing is known
    assert np.flatnonzero(inputs["ignore"] == 1).tolist() == [5, 11]


def test_what_hardly_moves_stands():
    _, actions = features.mouse(mice(), FIRST, slow=1e6)
    assert (actions["hind speed"] == 0).all()
    assert (actions["hind direction"] == 0).all()


def test_turning_the_arena_changes_directions_alone():
    points = mice()
    here, there = (features.mouse(p, FIRST)[1] for p in (points, turned(points, 0.7)))
    for name in ("head speed", "head turning", "hind speed", "hind turning", "spine r change"):
        np.testing.assert_allclose(here[name], there[name], atol=1e-9)
    np.testing.assert_allclose(features.wrapped(there["hind direction"] - here["hind direction"]), 0.7, atol=1e-9)
