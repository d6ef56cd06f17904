"""Tracks check themselves, and say what is known of each frame, animal and trial."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from neurofm.data import Tracks
from neurofm.data.source import Source, when


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"times": np.array([0.0, 2.0, 1.0, 3.0, 4.0, 5.0])}, "ascending times"),
        ({"times": np.array([0.0, 1.0, 1.0, 3.0, 4.0, 5.0])}, "ascending times"),
        ({"times": np.array([0.0, np.nan, 1.0, 3.0, 4.0, 5.0])}, "ascending times"),
        ({"points": np.zeros((6, 2, 3))}, r"points must be \(frame, individual, keypoint, axis\)"),
        ({"points": np.zeros((5, 2, 3, 2))}, r"points of box .* got \(5, 2, 3, 2\)"),
        ({"points": np.zeros((6, 2, 3, 4))}, "got .6, 2, 3, 4"),
        ({"confidence": np.zeros((6, 2))}, "confidence of box must"),
        ({"features": np.zeros((6, 2, 3))}, "features of box must"),
        ({"labels": {"act": np.zeros((6, 3))}}, "label 'act' of box must"),
        ({"individuals": ("ada", "ada")}, "two individuals of box are called 'ada'"),
        ({"keypoints": ("nose", "nose", "tail")}, "two keypoints of box are called 'nose'"),
        ({"skeleton": ((0, 3),)}, "joins key point 3 of 3"),
        ({"trials": pd.DataFrame({"start": [0.0]})}, "need start and stop"),
    ],
)
def test_wrong_tracks_are_refused(tracks, wrong, problem):
    with pytest.raises(ValueError, match=problem):
        replace(tracks, **wrong)


def test_tracks_are_a_source(tracks):
    assert isinstance(tracks, Source)
    assert set(tracks.spaces()) == {"frame", "subject", "trial"}
    assert set(replace(tracks, trials=None).spaces()) == {"frame", "subject"}
    assert repr(tracks).startswith("<Tracks box, subject cage 1, frames 6, individuals ada, bo,")
    (tie,) = tracks.ties()
    assert (tie.a, tie.b, tie.ids_b.tolist()) == ("session", "subject", [0, 1])


def test_clock_is_its_own_unless_it_shares_one(tracks):
    assert tracks.clock == "box"
    assert replace(tracks, session="renamed").clock == "renamed"
    assert replace(tracks, timeline="video").clock == "video"


@pytest.mark.parametrize(
    ("times", "domain"),
    [
        (np.arange(10) / 10, [[0.0, 1.0]]),
        (np.r_[np.arange(10) / 10, 5 + np.arange(10) / 10], [[0.0, 1.0], [5.0, 6.0]]),
        (np.zeros(0), []),
        (np.array([2.0]), [[2.0, 2.0]]),
    ],
)
def test_domain_is_where_frames_are(times, domain):
    np.testing.assert_allclose(Tracks(session="s", times=times).domain, np.reshape(domain, (-1, 2)))


def test_domain_of_trials_is_theirs(tracks):
    assert tracks.domain.tolist() == [[0.0, 1.5], [2.5, 4.0]]


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("time", [0.0, 2.5, 3.0]),
        ("trial", [0, 1, 1]),
        ("light", [False, True, True]),
        ("ada.act", ["rest"] * 3),
        ("bo.act", ["ruñ"] * 3),
        ("ada.speed", [np.nan, np.nan, 6.0]),
        ("bo.speed", [np.nan] * 3),
        ("speed", [np.nan, np.nan, 6.0]),
        ("bo.confidence", [1 / 3, 1 / 3, 0.0]),
        ("bo.angle", [1.0, 7.0, 9.0]),
    ],
)
def test_columns_of_frames(tracks, column, values):
    frames = tracks.spaces()["frame"]
    assert column in frames.columns
    told = frames.at(column, np.array([0, 3, 4]))
    if told.dtype.kind == "f":
        np.testing.assert_allclose(told, values, rtol=1e-6)
    else:
        assert told.tolist() == values


def test_one_animal_alone_needs_no_name(tracks):
    alone = replace(
        tracks, individuals=("ada",), points=tracks.points[:, :1], confidence=None, features=tracks.features[:, :1],
        labels={},
    )  # fmt: skip
    moves = ("forward", "sideways", "turning", "heading")
    assert alone.spaces()["frame"].columns == ("time", "trial", "speed", *moves, "angle")
    assert alone.spaces()["frame"].curves[:4] == ("nose.x", "nose.y", "nose.ahead", "nose.aside")
    with pytest.raises(LookupError, match="no 'colour'; they have time, trial"):
        alone.spaces()["frame"].at("colour", np.array([0]))


def test_frames_are_numbered_by_their_row_and_have_times(tracks):
    frames = tracks.spaces()["frame"]
    assert frames.count == 6
    assert frames.label(4) == "box/frame 4"
    assert when(tracks, "frame", np.array([4])).tolist() == [3.0]
    assert [ids.tolist() for ids in frames.samples()] == [[0, 1, 2, 3, 4, 5]]


@pytest.mark.parametrize("block", [2, 5, 1 << 15])
def test_table_of_animals_is_the_same_in_any_blocks(tracks, monkeypatch, block):
    monkeypatch.setattr("neurofm.data.tracks.BLOCK", block)
    table = tracks.spaces()["subject"].table()
    assert table["label"].tolist() == ["box/ada", "box/bo"]
    np.testing.assert_allclose(table["seen"], [1, 5 / 6])
    np.testing.assert_allclose(table["speed"], [6, 0], rtol=1e-6)
    np.testing.assert_allclose(table["confidence"], [0.5, 5 / 18], rtol=1e-6)


def test_of_an_animal_without_key_points_its_features_are_seen(tracks):
    features = np.ones((6, 2, 1), np.float32)
    features[:3, 1] = np.nan
    bare = Tracks(
        session="box", times=tracks.times, individuals=tracks.individuals, features=features, feature_names=("angle",)
    )
    assert bare.summary()["seen_share"] == {"ada": 1.0, "bo": 0.5}


def test_table_of_trials(tracks):
    table = tracks.spaces()["trial"].table()
    assert table[["label", "strain", "duration"]].to_numpy().tolist() == [
        ["box/trial 0", "a/j", 1.5], ["box/trial 1", "b6", 1.5],
    ]  # fmt: skip


def test_summary_is_plain(tracks):
    summary = json.loads(json.dumps(tracks.summary()))
    assert (summary["frames"], summary["rate_hz"], summary["trials"]) == (6, 2.0, 2)
    assert summary["seen_share"] == {"ada": 1.0, "bo": 5 / 6}


def test_features_alone_and_nothing_at_all():
    angles = np.zeros((4, 1, 2), np.float32)
    legs = Tracks(
        session="dog", times=np.arange(4.0), individuals=("a",), features=angles, feature_names=("hip", "knee")
    )
    assert legs.points.shape == (4, 1, 0, 2)
    assert legs.spaces()["frame"].columns == ("time", "hip", "knee")
    empty = Tracks(session="none", times=np.zeros(0))
    assert (empty.summary()["frames"], empty.spaces()["subject"].table().shape[0]) == (0, 0)


def test_missing_words_are_empty_ones():
    one = Tracks(session="s", times=np.arange(3.0), labels={"act": np.array(["a", None, np.nan], object)})
    assert one.labels["act"].tolist() == ["a", "", ""]


def test_other_times_and_clock(tracks):
    timed = tracks.timed(np.arange(6.0) + 100, clock="spikes")
    assert (timed.times[0], timed.clock, tracks.clock) == (100.0, "spikes", "box")
    assert tracks.follows().tolist() == [False, True, True, False, True, True]
    with pytest.raises(ValueError, match="has 6 frames but 5 times were given"):
        tracks.timed(np.arange(5.0))


def test_a_stretch_of_time_is_cut_out_uncopied(tracks):
    piece = tracks.between(*tracks.times[[1, 4]])
    np.testing.assert_array_equal(piece.times, tracks.times[1:4])
    np.testing.assert_array_equal(piece.points, tracks.points[1:4])
    assert np.shares_memory(piece.points, tracks.points)
    assert (piece.clock, piece.paths) == (tracks.clock, ())  # no file holds just this
    assert {len(values) for values in piece.labels.values()} == {3}
    edges = piece.trials[["start", "stop"]].to_numpy()
    assert ((edges >= tracks.times[1]) & (edges <= tracks.times[4])).all()
    with pytest.raises(ValueError, match="box has no frame from 90 to 99 s"):
        tracks.between(90, 99)


@pytest.mark.parametrize(
    ("seconds", "frame"), [(0, 0), (0.4, 1), (0.7, 1), (3.4, 5), (3.5, 5), (90, None), (-90, None)]
)
def test_frame_at_a_time(tracks, seconds, frame):
    assert tracks.frame_at(seconds) == frame


def test_no_frame_is_near_where_there_is_none():
    assert Tracks(session="s", times=np.zeros(0)).frame_at(0.0) is None


def test_strays_of_a_frame_are_told_by_the_seconds_around_it():
    points = np.zeros((300, 1, 4, 2), np.float32) + np.array([[0, 0], [3, 0], [0, 3], [3, 3]])
    points[200, 0, 1] += 90
    tracks = Tracks(session="s", times=np.arange(300) / 30, points=points, keypoints=tuple("abcd"), individuals=("x",))
    assert tracks.strays_at(200).tolist() == [[False, True, False, False]]
    assert not tracks.strays_at(199).any()


def test_one_animal_of_several_is_what_it_was_among_them(tracks):
    bo = tracks.only("bo")
    assert (bo.individuals, bo.session, len(bo.times)) == (("bo",), tracks.session, 6)
    np.testing.assert_array_equal(bo.points, tracks.points[:, 1:])
    np.testing.assert_array_equal(bo.labels["act"][:, 0], tracks.labels["act"][:, 1])
    np.testing.assert_array_equal(bo.labels["light"], tracks.labels["light"])
    with pytest.raises(LookupError, match="no individual 'eve'"):
        tracks.only("eve")
