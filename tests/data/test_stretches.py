"""Tracks as models see them: where frames follow each other, what is given and what is done."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from neurofm.data import Tracks, pose_features
from neurofm.data.stretches import check_alike, cut, mean_ahead, merge, moving
from neurofm.errors import DataError
from neurofm.synthetic.triplets import triplets


def line(times, features=None, names=("speed",), **more):
    """Tracks of one animal with one feature, which counts the frames."""
    times = np.asarray(times, float)
    given = np.arange(len(times), dtype=np.float32)[:, None, None] if features is None else features
    return Tracks(session="a", times=times, individuals=("mouse",), features=given, feature_names=names, **more)


@pytest.mark.parametrize(
    ("times", "rows"),
    [
        (np.arange(6) / 10, [[0, 6]]),
        ([0, 0.1, 0.2, 0.5, 0.6, 0.7], [[0, 3], [3, 6]]),  # two frames were lost
        ([0, 0.11, 0.19, 0.3, 0.41], [[0, 5]]),  # uneven, but none is missing
    ],
    ids=["whole", "a gap", "uneven"],
)
def test_stretches_end_where_frames_are_missing(times, rows):
    assert cut(line(times)).rows.tolist() == rows


@pytest.mark.parametrize(
    ("starts", "stops", "rows"),
    [
        ([0, 2, 4], [2, 4, 6], [[0, 20], [20, 40], [40, 60]]),  # back to back
        ([0, 2.5, 4], [2, 4, 6], [[0, 20], [25, 40], [40, 60]]),
        ([0, 1.5], [2, 6], [[0, 15], [15, 60]]),  # the second begins within the first
        ([0], [6], [[0, 60]]),
    ],
)
def test_no_stretch_and_no_change_goes_on_from_one_trial_to_the_next(starts, stops, rows):
    trials = pd.DataFrame({"start": np.array(starts, float), "stop": np.array(stops, float)}) - 1e-6
    every = cut(line(np.arange(60) / 10, trials=trials))
    assert every.rows.tolist() == rows
    for first, _ in rows:
        assert np.isnan(every.seen(first, first + 2)[1][:, 0, 0]).tolist() == [True, False]


@pytest.mark.parametrize(
    ("most", "rows"),
    [(9000, [[0, 1000], [1000, 2000], [2000, 2500]]), (1500, [[0, 1000]]), (2000, [[0, 1000], [2000, 2500]])],
)
def test_few_of_them_are_spread_from_the_first_to_the_last(most, rows):
    assert cut(line(np.arange(2500) / 10)).thinned(most).rows.tolist() == rows


def test_stretches_end_with_trials(tracks):
    every = cut(tracks)
    assert every.rows.tolist() == [[0, 3], [3, 6]]
    assert every.within([[0.4, 3.1]]).rows.tolist() == [[1, 3], [3, 5]]
    assert every.take([1]).lengths.tolist() == [3]


def test_key_points_are_given_from_the_middle_of_their_animal(tracks):
    every = cut(tracks)
    given = np.concatenate([every.given(0, 3), every.given(3, 6)])
    points = ("nose x", "nose y", "back x", "back y", "tail x", "tail y")
    assert every.names == ("angle", *points, "forward", "sideways", "turning")
    np.testing.assert_allclose(given[:, 0, 1:3], [[10, 0]] * 6, atol=1e-5)  # ada's nose, wherever ada is
    np.testing.assert_allclose(given[:3, 1, [1, 3]], [[5, -5]] * 3)  # bo's middle is of what is seen
    np.testing.assert_allclose(given[1:3, 0, 7], -6)  # the nose is at the left, and ada goes right
    assert np.isnan(given[[0, 3], :, 7:]).all()
    assert np.isnan(given[:, 1, 5:7]).all()
    assert np.isnan(given[4, 1, 1:]).all()
    np.testing.assert_array_equal(every.given(2, 3), given[2:3])


def test_moves_are_done_and_the_rest_as_it_changes(tracks):
    every = cut(tracks)
    assert every.does[:5] == ("change of angle", "forward", "sideways", "turning", "change of nose x")
    done = every.seen(0, 3)[1]
    np.testing.assert_allclose(done[1:, 0, [0, 1, 4]], [[4, -6, 0]] * 2, atol=1e-4)
    fast = cut(replace(tracks, feature_names=("velocity",)))
    assert fast.does == ("velocity", "forward", "sideways", "turning")


def test_what_is_done_is_velocity_where_there_is_one_else_change():
    x = np.arange(8, dtype=np.float32).reshape(4, 1, 2) ** 2
    fast = cut(line(np.arange(4) / 2, x, ("hip position", "hip Velocity")))
    assert fast.does == ("hip Velocity",)
    np.testing.assert_array_equal(fast.seen(0, 4)[1], x[..., 1:])
    still = cut(line(np.arange(4) / 2, x, ("hip", "knee")))
    assert still.does == ("change of hip", "change of knee")
    np.testing.assert_allclose(still.seen(0, 4)[1][1:], np.diff(x, axis=0) * 2)  # a second
    assert np.isnan(still.seen(0, 4)[1][0]).all()


@pytest.mark.parametrize(
    ("tracks", "words"),
    [
        (line([0.0]), "no two frames that follow each other"),
        (line([0.0, 1.0], np.zeros((2, 1, 0), np.float32), ()), "no key points and no features"),
        (Tracks(session="a", times=np.arange(3.0)), "no key points and no features"),
    ],
    ids=["one frame", "nothing measured", "no animal"],
)
def test_what_nothing_can_be_learned_from_is_refused(tracks, words):
    with pytest.raises(DataError, match=words):
        cut(tracks)


@pytest.mark.parametrize(
    ("names", "rate", "words"),
    [
        (("speed", "angle"), 10.0, "has 1 features where the model knows 2"),
        (("angle",), 10.0, r"\(first that differs: speed\)"),
        (("speed", "angle"), 10.0, r"\(first that differs: angle is missing\)"),
        (("speed",), 30.0, "has 10 frames a second where the model knows 30"),
    ],
)
def test_other_features_and_another_rate_are_refused(names, rate, words):
    with pytest.raises(DataError, match=words):
        check_alike(line(np.arange(5) / 10), names, rate)
    check_alike(line(np.arange(5) / 10), ("speed",), 10.3)


def test_means_ahead_leave_out_the_frame_and_what_is_missing():
    x = np.array([[1.0], [2.0], [np.nan], [4.0], [5.0], [6.0]], np.float32)
    np.testing.assert_allclose(mean_ahead(x, 2)[:, 0], [2.0, 4.0, 4.5, 5.5, 6.0, np.nan])
    assert np.isnan(mean_ahead(x, 4)[4, 0])  # less than half is known


def test_moving_mean_and_spread_are_of_the_past():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(30, 1, 2)).astype(np.float32)
    x[7, 0, 1] = np.nan
    said = moving(x, 5)
    for t in (0, 3, 9, 29):
        seen = x[max(t - 4, 0) : t + 1, 0]
        np.testing.assert_allclose(said[t, 0], [*np.nanmean(seen, 0), *np.nanstd(seen, 0)], atol=1e-5)


def test_nothing_is_filled_in(tracks):
    blind = replace(tracks, points=np.full_like(tracks.points, np.nan))
    assert np.isnan(cut(blind).given(0, 6)[..., 1:]).all()
    mice = triplets(1, np.random.default_rng(0), frames=40)
    away = mice.points.copy()
    away[10:20, 1] = np.nan
    given = cut(replace(mice, points=away)).given(0, 40)
    assert np.argwhere(np.isnan(given).all(-1)).tolist() == [[k, 1] for k in range(10, 20)]


def test_mice_are_measured_as_usual_in_whatever_order_their_points_come():
    mice = triplets(2, np.random.default_rng(0), frames=40)
    every = cut(mice)
    assert (len(every.names), len(every.does)) == (67, 9)
    given, done = every.seen(40, 80)
    inputs, actions = pose_features.mouse(mice.points[40:80].astype(float), np.arange(40) == 0)
    np.testing.assert_allclose(given, np.stack([*inputs.values()], -1), atol=1e-4)
    np.testing.assert_allclose(done, np.stack([*actions.values()], -1), atol=1e-4)
    np.testing.assert_allclose(every.given(50, 60), given[10:20], atol=1e-5)
    order = np.random.default_rng(0).permutation(12)
    names = tuple(np.array(mice.keypoints)[order].tolist())
    other = cut(replace(mice, points=mice.points[:, :, order], keypoints=names, skeleton=()))
    np.testing.assert_array_equal(other.given(40, 80), given)


def test_merge_is_the_mean_and_the_span_of_those_that_are_seen():
    latent = np.array([[[1.0], [5.0], [3.0]], [[1.0], [5.0], [3.0]], [[1.0], [5.0], [3.0]]])
    seen = np.array([[True, True, True], [True, False, True], [False, False, False]])
    np.testing.assert_array_equal(merge(latent, seen), [[3, 4], [2, 2], [np.nan, np.nan]])
    np.testing.assert_array_equal(merge(latent[:, :1], seen[:, :1]), [[1], [1], [np.nan]])
