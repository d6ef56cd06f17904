"""What is told of tracks that are not as they should be, and that nothing is told of those that are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurofm import io
from neurofm.data import Tracks

NAMES = {"keypoints": ("nose", "ear", "back", "tail"), "individuals": ("ada", "bo")}


def walking(frames=200, rate=30.0, **more):
    """Two animals of four points that walk beside each other."""
    rng = np.random.default_rng(0)
    walk = np.cumsum(rng.normal(0, 1, (frames, 2, 1, 2)), 0) + np.array([[[0, 0]], [[200, 0]]])
    body = np.array([[0, 0], [5, 3], [-8, 0], [-16, 2]])
    points = (walk + body + rng.normal(0, 0.3, (frames, 2, 4, 2))).astype(np.float32)
    return Tracks(session="box", times=np.arange(frames) / rate, points=points, **NAMES | more)


def told(tracks):
    return {one.code: str(one) for one in tracks.findings()}


@pytest.mark.parametrize("block", [64, 1 << 15])
def test_nothing_is_told_of_good_tracks(monkeypatch, block):
    monkeypatch.setattr("neurofm.data.tracks.BLOCK", block)
    assert told(walking()) == {}


def spoilt(change):
    tracks = walking()
    points = tracks.points.copy()
    change(points)
    return replace(tracks, points=points)


def unseen_point(points):
    points[:, :, 1] = np.nan


def nothing(points):
    points[:] = np.nan


def gone(points):
    points[50:110, 1] = np.nan


def away(points):
    points[70:75, 0, 3] += 400
    points[90, 1, 0] -= 300


def exchanged(points):
    points[100:150] = points[100:150, ::-1]


FOUND = {
    unseen_point: ("unseen", "points hold no place of ear; leave these key points out"),
    nothing: ("unseen", "points hold no place at all; see whether the tracking went through"),
    gone: ("gaps", "individuals 'bo' is not seen for 1 s or more 1 times, the longest 2.0 s; nothing is put in there"),
    away: ("stray", "points are far from their animal 6 times (tail 5, nose 1), first in frame 70; they are marked"),
    exchanged: (
        "switch",
        "individuals 'ada' and 'bo' change places, first in frame 100, 2 times in all; each may be",
    ),
}


@pytest.mark.parametrize("block", [64, 1 << 15])
@pytest.mark.parametrize("change", FOUND, ids=lambda change: change.__name__)
def test_what_is_wrong_is_told_and_nothing_else(monkeypatch, block, change):
    monkeypatch.setattr("neurofm.data.tracks.BLOCK", block)
    findings = told(spoilt(change))
    code, words = FOUND[change]
    assert set(findings) == {code}
    assert findings[code].startswith(words)


def test_of_many_hours_some_frames_are_looked_at(monkeypatch):
    monkeypatch.setattr("neurofm.data.tracks.BLOCK", 20)
    monkeypatch.setattr("neurofm.data.tracks.BLOCKS", 5)
    assert told(walking()) == {}
    tracks = walking()
    points = tracks.points.copy()
    points[5, 0, 3] += 400
    points[30, 0, 3] += 400
    findings = told(replace(tracks, points=points))
    assert findings["stray"].startswith(
        "points are far from their animal 1 times (tail 1), first in frame 5, in the 50 % of frames that were looked at"
    )


@pytest.mark.parametrize(
    ("rate", "words"), [(0.03, "frames are 33.33 s apart"), (30_000, "frames come 30,000 times a second"), (30, "")]
)
def test_times_that_are_no_seconds_are_told(rate, words):
    assert told(walking(rate=rate)).get("rate", "").startswith(words)
    assert ("rate" in told(walking(rate=rate))) == bool(words)


@pytest.mark.parametrize(("share", "tells"), [(0.5, True), (0.02, False)])
def test_guesses_are_told(share, tells):
    tracks = walking()
    sure = np.where(np.random.default_rng(0).uniform(size=tracks.points.shape[:3]) < share, 0.01, 0.9)
    found = told(replace(tracks, confidence=sure.astype(np.float32)))
    assert ("unsure" in found) == tells
    assert not tells or "with a confidence below 0.2; leave these out" in found["unsure"]


def test_nothing_follows_over_a_gap_between_trials():
    tracks = walking()
    points = tracks.points.copy()
    points[100:] = points[100:, ::-1]
    times = tracks.times + 5.0 * (np.arange(200) >= 100)
    assert told(replace(tracks, points=points, times=times)) == {}


@pytest.mark.real
def test_real_flies_are_seen_all_the_time(shared_data):
    findings = told(io.read(shared_data("flies") / "demo-flies13-preds.slp"))
    assert not {"unseen", "rate", "gaps"} & set(findings)
