"""What readers of poses share: marks for not seen, confidences, numbers of frames, and whose clock they are on."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from neurofm import io
from neurofm.errors import DataError
from neurofm.io import _poses, _readers
from neurofm.io._poses import Poses, tracks


def poses(points, **more):
    points = np.asarray(points, float)
    names = tuple("abcdef"[: points.shape[2]])
    return Poses(keypoints=names, individuals=tuple("ABCD"[: points.shape[1]]), points=points, **more)


def walk(frames=20, keypoints=2):
    return np.random.default_rng(0).uniform(50, 60, (frames, 1, keypoints, 2))


@pytest.mark.parametrize("mark", [0.0, -1.0, -999.0])
def test_marks_for_not_seen_are_no_places(tmp_path, mark):
    points = walk()
    points[3:8, 0, 1] = mark
    read = tracks(tmp_path / "a.csv", poses(points))
    assert np.isnan(read.points[3:8, 0, 1]).all()
    assert np.isfinite(read.points[:, 0, 0]).all()
    assert f"5 places are ({mark:g}, {mark:g}), which stands for not seen: b" in read.notes


def test_origin_of_aligned_points_and_a_place_on_the_edge_stay(tmp_path):
    points = walk()
    points[:, 0, 1] = 0
    points[3:6, 0, 0, 0] = 0
    read = tracks(tmp_path / "a.csv", poses(points))
    np.testing.assert_array_equal(read.points, points.astype(np.float32))


def test_half_a_place_and_one_that_is_infinite_are_none(tmp_path):
    points = walk()
    points[0, 0, 0, 1], points[1, 0, 0, 0] = np.nan, np.inf
    assert np.isnan(tracks(tmp_path / "a.csv", poses(points)).points[:2, 0, 0]).all()


@pytest.mark.parametrize(
    ("sure", "kept", "told"),
    [
        ([0.2, 1.0], [0.2, 1.0], ""),
        ([0.2, 1.1], [0.2, 1.0], ""),
        ([20.0, 90.0], [0.2, 0.9], "confidences reach to 90 and were taken as percent"),
        ([-1.0, 0.9], [0.0, 0.9], "confidences reach from -1 to 0.9, no share of 1"),
        ([np.nan, 0.9], [0.0, 0.9], ""),
    ],
)
def test_confidence_is_a_share_of_one(tmp_path, sure, kept, told):
    read = tracks(tmp_path / "a.csv", poses(walk(2, 1), confidence=np.reshape(sure, (2, 1, 1))))
    np.testing.assert_allclose(read.confidence.ravel(), kept, rtol=1e-6)
    assert any(note.startswith(told) for note in read.notes if told) == bool(told)


def test_rows_go_to_the_numbers_of_their_frames_and_the_first_of_two_is_kept(tmp_path):
    points = walk(4, 1)
    read = tracks(tmp_path / "a.csv", poses(points, frames=np.array([4, 1, 4, 0])))
    np.testing.assert_array_equal(read.points[[4, 1, 0]], points[[0, 1, 3]].astype(np.float32))
    assert np.isnan(read.points[2:4]).all()


class Clock:
    """A reader of videos, with the times of one."""

    def __init__(self, monkeypatch, times):
        self.times = times
        monkeypatch.setattr(_readers, "by_name", lambda path: ["film"] if path.suffix == ".mp4" else [])
        monkeypatch.setattr(_readers, "kind", lambda name: "video")
        monkeypatch.setattr(_readers, "parse", self.parse)

    def parse(self, name, path):
        if isinstance(self.times, Exception):
            raise self.times
        return SimpleNamespace(times=np.asarray(self.times, float), clock=str(path), paths=(str(path),), session="film")


@pytest.mark.parametrize(
    ("stem", "video", "named"),
    [
        ("box", "box.mp4", ""),
        ("boxDLC_resnet50_x", "box.mp4", ""),
        ("box.predictions", "box.mp4", ""),
        ("bo_2DLC_resnet50_x", "bo_2.mp4", ""),
        ("bo.2", "bo.2.mp4", ""),
        ("poses", "box.mp4", "box.mp4"),
        ("poses", "box.mp4", "/nowhere/box.mp4"),
        ("poses", "box.mp4", "C:\\films\\box.mp4"),
    ],
)
def test_times_and_clock_are_those_of_the_video_beside(tmp_path, monkeypatch, stem, video, named):
    (tmp_path / video).touch()
    (tmp_path / "bo.mp4").touch()
    Clock(monkeypatch, np.arange(20) / 25 + 0.04)
    read = tracks(tmp_path / f"{stem}.slp", poses(walk(), video=named))
    np.testing.assert_allclose(read.times, np.arange(20) / 25 + 0.04)
    assert read.clock == str(tmp_path / video)
    assert read.paths == (str(tmp_path / f"{stem}.slp"), str(tmp_path / video))
    assert not any("assumed" in note for note in read.notes)


@pytest.mark.parametrize(
    ("frames", "told"), [(23, "its video film has 3 more"), (17, "its video film has 3 fewer"), (20, "")]
)
def test_video_of_another_length_is_told(tmp_path, monkeypatch, frames, told):
    (tmp_path / "box.mp4").touch()
    Clock(monkeypatch, np.arange(frames) / 10)
    read = tracks(tmp_path / "box.slp", poses(walk()))
    np.testing.assert_allclose(read.times, np.arange(20) / 10)
    assert any(told in note for note in read.notes if told) == bool(told)


@pytest.mark.parametrize(
    ("rate", "times", "told"), [(10.1, 0.1, ""), (20.0, 0.05, "says 20 frames a second, its video film has 10")]
)
def test_a_rate_that_the_file_tells_keeps_the_clock_of_the_video(tmp_path, monkeypatch, rate, times, told):
    (tmp_path / "box.mp4").touch()
    Clock(monkeypatch, np.arange(20) / 10 + 1)
    read = tracks(tmp_path / "box.slp", poses(walk(), rate=rate))
    assert read.clock == str(tmp_path / "box.mp4")
    np.testing.assert_allclose(read.times, 1 + np.arange(20) * times)
    assert any(told in note for note in read.notes if told) == bool(told)


@pytest.mark.parametrize(
    ("frames", "told"),
    [(40, "half as many a second"), (41, "half"), (10, "2 times as many"), (61, "1/3 as many"), (30, "")],
)
def test_poses_of_another_rate_than_their_video_are_told_with_what_to_do(tmp_path, monkeypatch, frames, told):
    (tmp_path / "box.mp4").touch()
    Clock(monkeypatch, np.arange(frames) / 10)
    notes = tracks(tmp_path / "box.slp", poses(walk())).notes
    assert any(told in note for note in notes if told) == bool(told)
    assert any("box.times.txt" in note for note in notes)
    assert bool(told) == any("were they tracked" in note for note in notes)


def test_video_that_cannot_be_read_is_told(tmp_path, monkeypatch):
    (tmp_path / "box.mp4").touch()
    Clock(monkeypatch, DataError("box.mp4", "", "has no index"))
    read = tracks(tmp_path / "box.slp", poses(walk()))
    assert any("times of its frames cannot be taken from box.mp4: " in note for note in read.notes)
    assert [one.code for one in read.doubts] == ["assumed"]


@pytest.mark.parametrize(
    ("text", "times"), [("25\n", np.arange(20) / 25), ("\n".join(map(str, range(20))), np.arange(20.0))]
)
def test_times_are_those_of_a_text_file_beside(tmp_path, text, times):
    (tmp_path / "box.times.txt").write_text(text)
    read = tracks(tmp_path / "box.slp", poses(walk()))
    np.testing.assert_allclose(read.times, times)
    assert read.paths[1].endswith("box.times.txt")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a\nb", "holds no numbers"),
        ("1\n2\n3", "must hold 20 rising times, one for each frame, got 3"),
        ("\n".join(map(str, range(20, 0, -1))), "must hold 20 rising times"),
        ("0", "must hold 20 rising times"),
    ],
)
def test_bad_text_file_beside_is_refused(tmp_path, text, problem):
    (tmp_path / "box.times.txt").write_text(text)
    with pytest.raises(DataError, match=problem):
        tracks(tmp_path / "box.slp", poses(walk()))


def test_assumed_rate_is_told_with_what_to_do(tmp_path):
    (doubt,) = tracks(tmp_path / "box.slp", poses(walk())).findings()
    assert "so that 30 a second are assumed; put the video beside it, or a file box.times.txt" in str(doubt)


@pytest.mark.real
def test_tracks_of_a_real_video_are_on_its_clock(shared_data):
    folder = shared_data("flies")
    read = io.read(folder / "demo-flies13-preds.slp")
    np.testing.assert_allclose(np.diff(read.times), 0.04, atol=1e-6)
    assert read.clock == str(folder / "demo-flies13-preds.mp4")
    assert _poses.VIDEO in io.kinds()


@pytest.mark.real
def test_real_points_lie_on_the_flies_of_their_frame(shared_data):
    folder = shared_data("flies")
    read, film = (io.read(folder / f"demo-flies13-preds.{suffix}") for suffix in ("slp", "mp4"))
    np.testing.assert_array_equal(film.at(read.times), np.arange(1350))
    greys = {-1: [], 0: [], 1: []}
    for k in range(1, 1349, 45):
        places = read.points[k].reshape(-1, 2)
        x, y = places[np.isfinite(places).all(1)].round().astype(int).T
        for off, each in greys.items():
            each.append(film.frames[k + off][y, x].mean())
    means = {off: np.mean(each) for off, each in greys.items()}
    assert means[0] > max(means[-1], means[1]) + 1
