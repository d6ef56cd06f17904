"""Clips around moments: which, of what, and exactly which frames."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from neurofm.app import clips as module
from neurofm.app.clips import Clip, Loader, Open, around
from neurofm.data import Recording, Spikes, Tracks
from neurofm.data.embedding import Embedding
from neurofm.data.ethogram import Ethogram
from neurofm.data.ids import pack
from neurofm.data.video import Video
from neurofm.errors import DataError
from neurofm.io import _frames, read
from neurofm.io._encode import Coding, encode
from neurofm.synthetic import videos

TIMES = 5 + videos.irregular(300)


@pytest.fixture
def video() -> Video:
    """Irregular, 20 s, frames of 96 x 128 pixels, each with its number."""
    return replace(videos.numbered(300, times=TIMES), session="cam", clock="lab")


def embedded(source: Any, space: str = "frame", local: Any = None, number: int = 0) -> Embedding:
    """A latent space in which later is further."""
    local = np.arange(len(source.times)) if local is None else np.asarray(local)
    values = np.arange(len(local), dtype=float)[:, None]
    return Embedding(name="e", space=space, ids=pack(number, local), values=values, xy=np.c_[values, values])


def clips_of(embedding: Embedding, picked: Any, *sources: Any, **options: Any) -> list[Clip]:
    options = {"count": 4, "seconds": 1.5} | options
    return list(around(embedding, pack(0, picked), Open(dict(enumerate(sources))), **options))


def numbers(clip: Clip) -> list[int]:
    return [videos.number(picture) for picture in clip.pictures]


def test_a_clip_has_exactly_the_frames_around_its_moment(video: Video) -> None:
    first, *others = clips_of(embedded(video), [150], video)
    assert first.id == pack(0, [150])[0]
    assert (first.start, first.stop) == (TIMES[150] - 0.75, TIMES[150] + 0.75)
    wanted = np.arange(*np.searchsorted(TIMES, [first.start, first.stop]))
    assert numbers(first) == [wanted[0] - 1, *wanted]  # with the one that is shown as it begins
    for clip in (first, *others):
        assert numbers(clip) == video.at(clip.times).tolist()
        for seconds in (0.0, 0.4, 1.49, 1.9):  # from its end to its beginning
            assert numbers(clip)[clip.at(seconds)] == np.searchsorted(TIMES, clip.start + seconds % 1.5, "right") - 1


def test_they_are_of_different_seconds(video: Video) -> None:
    starts = [clip.start for clip in clips_of(embedded(video), [150], video, count=8)]
    assert len(starts) == 8
    assert np.diff(np.sort(starts)).min() >= 1.5


def test_they_are_of_different_bouts(video: Video) -> None:
    edges = np.r_[TIMES[0], TIMES[100], TIMES[200], TIMES[299]]
    bouts = pd.DataFrame({"start": edges[:-1], "stop": edges[1:], "behavior": list("aba")})
    ethogram = Ethogram(session="bouts", bouts=bouts, domain=[[TIMES[0], TIMES[299]]], clock="lab")
    shown = clips_of(embedded(video), [150], video, ethogram, count=9)
    assert [int(np.searchsorted([100, 200], clip.id & 0xFFFF, "right")) for clip in shown[:3]] == [1, 2, 0]
    assert len(shown) <= 4  # at the end of the last bout a frame may be in none


@pytest.mark.parametrize("group", [10, 250])
@pytest.mark.parametrize("copied", [False, True])
def test_of_a_file_the_same_frames_come_apart_from_what_is_kept(
    video: Video, group: int, copied: bool, tmp_path: Path
) -> None:
    path = encode(tmp_path / "a.mp4", video.frames, TIMES - TIMES[0], Coding(group=group, turned=180))
    filed = read(path).timed(TIMES)
    if copied:
        _frames._proxy.make(path)
    for clip, memory in zip(clips_of(embedded(video), [9], filed), clips_of(embedded(video), [9], video)):
        assert numbers(clip) == numbers(memory)
    assert filed.frames.nbytes == 0  # type: ignore[attr-defined]


def test_pictures_are_small_and_few_however_large_the_video(monkeypatch: pytest.MonkeyPatch) -> None:
    large = videos.numbered(200, rate=100.0, size=(720, 1280))
    (clip,) = clips_of(embedded(large), [50], large, count=1, seconds=1.0)
    assert max(clip.pictures.shape[1:3]) <= module.TILE
    assert len(clip.pictures) <= module.RATE + 1
    assert clip.pictures.dtype == np.uint8


def test_around_the_animals_where_they_were_tracked(video: Video, tracks: Tracks) -> None:
    points = np.full((300, 2, 3, 2), [60.0, 40.0], np.float32) + np.float32([[0, 0], [6, 0], [12, 0]])
    near = replace(
        tracks, times=TIMES, points=points, timeline="lab", trials=None, labels={}, confidence=None,
        feature_names=(), paths=(),
    )  # fmt: skip
    (clip,) = clips_of(embedded(video), [150], video, near, count=1)
    left, top, width, height = clip.box
    assert clip.tracks is near
    assert width == height < 96
    assert left < 60 < 72 < left + width
    assert top < 40 < top + height
    whole = video.frames[int(video.at(clip.times[0]))]
    rows, columns = (slice(round(a + 0.5), round(a + 0.5 + width)) for a in (top, left))
    np.testing.assert_array_equal(clip.pictures[0], whole[rows, columns])
    (unseen,) = clips_of(embedded(video), [150], video, replace(near, points=points * np.nan), count=1)
    (other,) = clips_of(embedded(video), [150], video, replace(near, unit="mm"), count=1)
    assert unseen.box[2:] == other.box[2:] == (128, 96)


def test_what_fired_meanwhile_is_below(video: Video) -> None:
    middle = float(TIMES[150])
    spikes = Spikes(np.array([middle - 9, middle - 0.7, middle, middle + 0.7]), np.array([0, 0, 1, 2], np.int32))
    units = pd.DataFrame({"label": list("abc")})
    recording = Recording(session="lab", spikes=spikes, units=units, domain=[[0.0, 40.0]])
    (clip,) = clips_of(embedded(video), [150], video, recording, count=1)
    assert clip.fired is not None
    row, column = np.nonzero(clip.fired)
    assert row.tolist() == [0, 1, 2]
    np.testing.assert_allclose((column + 0.5) / clip.fired.shape[1] * 1.5 - 0.75, [-0.7, 0, 0.7], atol=0.01)


def test_what_lasts_is_shown_as_it_begins(video: Video) -> None:
    edges = np.array([[8.0, 11.0], [14.0, 14.2]])
    bouts = pd.DataFrame({"start": edges[:, 0], "stop": edges[:, 1], "behavior": ["a", "b"]})
    ethogram = Ethogram(session="bouts", bouts=bouts, domain=[[5.0, 20.0]], clock="lab")
    shown = clips_of(embedded(None, "bout", [0, 1]), [0], ethogram, video)
    assert [clip.start for clip in shown] == [8.0, 14.0]


def test_what_was_not_filmed_has_no_clip(video: Video) -> None:
    away = replace(video, clock="field", session="other")
    assert clips_of(embedded(away), [3], away, video, seconds=1.0)[0].video is away
    recording = Recording(session="lab", spikes=Spikes(np.zeros(0), np.zeros(0, np.int32)),
                          units=pd.DataFrame({"label": []}), domain=[[0.0, 900.0]])  # fmt: skip
    late = embedded(None, "time", [int(1e6 * seconds) for seconds in (7.0, 600.0)])
    (clip,) = clips_of(late, [7_000_000], recording, video)
    assert clip.start == pytest.approx(6.25)
    assert clips_of(late, [600_000_000], recording, video) == []


@pytest.mark.parametrize("name", ["", "cam", "side"])
def test_of_two_cameras_the_chosen_one(video: Video, name: str) -> None:
    side = replace(videos.numbered(500, rate=25.0), session="side", clock="lab")
    for clip in clips_of(embedded(video), [150], video, side, name=name):
        assert clip.video.session == (name or "cam")
        assert numbers(clip) == clip.video.at(clip.times).tolist()


def test_points_are_drawn_over_the_camera_that_they_were_tracked_in(video: Video, tracks: Tracks) -> None:
    cam = replace(video, paths=("/a/cam.mp4",))
    side = replace(cam, session="side", paths=("/a/side.mp4",))
    points = np.full((300, 2, 3, 2), 50.0, np.float32)
    own = replace(
        tracks, times=TIMES, points=points, timeline="lab", trials=None, labels={}, confidence=None,
        feature_names=(), paths=("/a/side.csv", "/a/side.mp4"),
    )  # fmt: skip
    for name, drawn in (("cam", None), ("side", own)):
        (clip,) = clips_of(embedded(cam), [150], cam, side, own, count=1, name=name)
        assert clip.tracks is drawn


def some(clips: list[Any], gate: threading.Event) -> Iterator[Any]:
    yield clips[0]
    assert gate.wait(20)
    yield from clips[1:]


def test_a_loader_gives_what_is_there_and_forgets_what_is_not_wanted_any_more() -> None:
    loader, gate, asked = Loader(), threading.Event(), []
    clips: list[Any] = ["a", "b"]
    loader.ask(1, lambda: some(clips, gate))
    loader.ask(2, lambda: iter(asked.append(2) or ["never"]))  # type: ignore[func-returns-value]
    assert loader.ask(3, lambda: iter(["c", "d"])) == ()
    assert loader.busy
    gate.set()
    assert loader.wait() == ("c", "d")
    assert loader.ask(3, lambda: pytest.fail("made twice")) == ("c", "d")
    assert asked == []
    assert not loader.busy


def test_a_loader_tells_what_is_wrong_beside_what_is_there() -> None:
    def torn() -> Iterator[Any]:
        yield "a"
        raise DataError("a.mp4", "frame 3", "cannot be decoded")

    loader = Loader()
    loader.ask(1, torn)
    assert loader.wait() == ("a",)
    assert "cannot be decoded" in loader.trouble
    loader.ask(2, lambda: iter(()))
    assert (loader.wait(), loader.trouble) == ((), "")
