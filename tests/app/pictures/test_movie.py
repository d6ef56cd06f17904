"""Films: exactly the frames of stretches, with points over them and what views show along time below."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import neurofm as nf
from neurofm.app.pictures import movie
from neurofm.app.pictures.scene import Axis, Image, Line, Points, Scene
from neurofm.data import Recording, Spikes, Tracks
from neurofm.errors import DataError
from neurofm.io import read
from neurofm.synthetic import videos

COUNT = 60
TIMES = 5 + videos.irregular(COUNT)


@pytest.fixture
def session() -> nf.Session:
    """An irregular video, and what fired meanwhile."""
    spikes = Spikes(np.arange(5, 9, 0.01), np.arange(400, dtype=np.int32) % 3)
    units = pd.DataFrame({"label": list("abc")})
    return nf.Session(
        [
            replace(videos.numbered(COUNT, times=TIMES), session="cam", clock="lab"),
            Recording(session="lab", spikes=spikes, units=units, domain=[[5.0, 9.0]]),
        ]
    )


def numbers(path: Path, wide: int = movie.WIDE) -> list[int]:
    """Of the frames, as they are read back from the middle of the film."""
    left = (wide - 128) // 2
    return [videos.number(frame[:96, left : left + 128]) for frame in read(path).frames]


@pytest.mark.parametrize("below", [(), ("raster",)])
def test_a_film_has_exactly_the_frames_of_its_stretches_each_as_long_as_it_was_shown(
    session: nf.Session, below: tuple[str, ...], tmp_path: Path
) -> None:
    spans = [(TIMES[3], TIMES[20]), (TIMES[40] - 1e-6, TIMES[41]), (TIMES[57], 99.0)]
    path = movie.film(session, tmp_path / "new" / "a.mp4", spans, below=below)
    wanted = [*range(3, 20), 40, 57, 58, 59]
    assert numbers(path) == wanted
    shown = np.diff(read(path).times)
    inside = np.diff(wanted) == 1
    np.testing.assert_allclose(shown[inside], np.diff(TIMES[wanted])[inside], atol=1e-4)
    assert [p.name for p in path.parent.iterdir()] == ["a.mp4"]
    high = 96 + (movie.HIGH if below else 0)
    assert read(path).size == (high, movie.WIDE)


def test_a_stretch_between_two_frames_has_the_one_that_is_shown(session: nf.Session, tmp_path: Path) -> None:
    wide = int(np.diff(TIMES).argmax())
    between = TIMES[wide] + np.array([0.2, 0.3]) * np.diff(TIMES)[wide]
    assert numbers(movie.film(session, tmp_path / "a.mp4", [between])) == [wide]


def test_the_line_below_runs_along_the_axis_of_its_view(session: nf.Session) -> None:
    strip = movie._strip(session, "raster", (5.0, 9.0), movie.WIDE, dark=True)
    assert strip is not None
    assert strip.pixels.shape == (movie.HIGH, movie.WIDE, 3)
    bright = np.flatnonzero((strip.pixels[20:120].min(2) > 200).sum(0) > 10)  # where spikes are
    for share in (0.0, 0.25, 1.0):
        column = np.flatnonzero((strip.at(share) != strip.pixels).any((0, 2)))
        assert len(column) in (1, 2)
        assert abs(column.mean() - (strip.left + share * (strip.right - strip.left))) < 1.5
    assert strip.left - 2 <= bright.min() < bright.max() <= strip.right + 2
    assert bright.max() - bright.min() > 0.9 * (strip.right - strip.left)
    assert movie._strip(session, "trace", (5.0, 9.0), movie.WIDE, dark=True) is None  # no behaviour was recorded


def test_points_are_drawn_where_they_were_tracked(session: nf.Session, tracks: Tracks, tmp_path: Path) -> None:
    points = np.full((COUNT, 2, 3, 2), [70.0, 60.0], np.float32) + np.float32([[0, 0], [15, 0], [30, 0]])
    points[:, 1] = np.nan
    plain = {"trials": None, "labels": {}, "confidence": None, "feature_names": ()}
    session.add(replace(tracks, times=TIMES, points=points, timeline="lab", **plain))
    span = [(TIMES[0], TIMES[2])]
    bare, posed = (
        read(movie.film(session, tmp_path / f"{view}.mp4", span, view=view)).frames[0].astype(int)
        for view in ("video", "pose")
    )
    left = (movie.WIDE - 128) // 2
    changed = np.abs(bare - posed).sum(2)[:96, left : left + 128] > 90
    row, column = np.nonzero(changed)
    assert changed.sum() > 30
    assert abs(row.mean() - 60) < 3
    assert 60 < column.min() < column.max() < 110


def test_a_page_has_at_most_so_many_seconds_and_no_frame_is_lost_between_two(monkeypatch: Any) -> None:
    video = videos.numbered(300)
    monkeypatch.setattr(movie, "PAGE", 3.0)
    pages = movie._pages(video, np.array([[0.0, 10.0]]))
    assert [len(numbers) for _, numbers in pages] == [75, 75, 75, 75]
    assert np.concatenate([numbers for _, numbers in pages]).tolist() == list(range(300))


@pytest.mark.parametrize(
    ("how", "error", "words"),
    [
        ({"path": "a.avi"}, DataError, "is not .mp4"),
        ({"spans": [(90.0, 91.0)]}, ValueError, "no frame of cam begins within"),
        ({"video": "side"}, LookupError, "no video 'side'"),
        ({"below": ["video"]}, ValueError, "'video' is no view along time"),
    ],
)
def test_what_makes_no_film_is_told_and_nothing_is_written(
    session: nf.Session, how: dict[str, Any], error: type[Exception], words: str, tmp_path: Path
) -> None:
    how = {"path": "a.mp4", "spans": [(5.0, 6.0)]} | how
    with pytest.raises(error, match=words):
        movie.film(session, tmp_path / how.pop("path"), how.pop("spans"), **how)
    assert list(tmp_path.iterdir()) == []


def test_who_stops_a_film_leaves_nothing(session: nf.Session, tmp_path: Path) -> None:
    def stop(done: float, text: str) -> None:
        if done > 0.5:
            raise KeyboardInterrupt

    (tmp_path / "a.mp4").write_bytes(b"before")
    with pytest.raises(KeyboardInterrupt):
        movie.film(session, tmp_path / "a.mp4", [(5.0, 9.0)], step=stop)
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a.mp4", b"before")]


def test_marks_are_painted_where_they_lie() -> None:
    rgba = np.zeros((2, 3, 4), np.uint8)
    rgba[0, 0] = 255  # at the bottom left
    red, green = np.array([255, 0, 0, 255], np.uint8), np.array([0, 255, 0, 255], np.uint8)
    marks = (
        Image(rgba, (-0.5, 5.5), (-0.5, 3.5)),
        Line(np.array([2.0, 2, np.nan, 9, 99]), np.array([0.0, 3, np.nan, 9, 99]), red, 1.0),
        Points("unit", np.array([1]), np.array([[5.0, 3.0]]), green, 1.0),
    )
    painted = movie.paint(Scene("", marks, Axis(), Axis()), (4, 6))
    assert np.argwhere((painted == 255).all(2)).tolist() == [[2, 0], [2, 1], [3, 0], [3, 1]]
    assert np.argwhere((painted == [255, 0, 0]).all(2)).tolist() == [[0, 2], [1, 2], [2, 2], [3, 2]]
    assert np.argwhere((painted == [0, 255, 0]).all(2)).tolist() == [[0, 5]]
