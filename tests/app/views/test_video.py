"""The view of a video: the frame of the one time, upright, and what is told of it."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import neurofm as nf
from neurofm.app.pictures.draw import draw
from neurofm.app.pictures.scene import Image, Line, Scene, Shape, Viewport
from neurofm.app.views import video as view
from neurofm.data.ids import pack
from neurofm.io import write
from neurofm.synthetic import videos

COUNT = 40
WIDE = Viewport(width=800, height=600)


@pytest.fixture
def session() -> nf.Session:
    return nf.Session([videos.numbered(COUNT, times=5 + videos.irregular(COUNT))])


def shown(session: nf.Session, viewport: Viewport = WIDE) -> Scene:
    return draw(view.SPEC, session.view("video"), session, viewport)


def number(scene: Scene) -> int:
    (image,) = (mark for mark in scene.marks if isinstance(mark, Image))
    return videos.number(image.rgba[::-1, :, :3])


def test_it_shows_the_frame_of_the_one_time(session: nf.Session) -> None:
    for k in (0, COUNT - 1, COUNT - 2, 17, 18):
        session.time = session.sources["numbered"].times[k]
        assert number(shown(session)) == k
        assert f"frame {k} of 40" in shown(session).note
    assert shown(session).equal
    (image,) = shown(session).marks
    assert (image.x, image.y) == ((-0.5, 127.5), (-0.5, 95.5))


@pytest.mark.parametrize(("deep", "grey"), [(True, True), (True, False), (False, True)])
def test_other_pixels_are_shown_in_eight_bits(deep: bool, grey: bool) -> None:
    session = nf.Session([videos.numbered(3, deep=deep, grey=grey)])
    session.time = 1.0
    (image,) = shown(session).marks
    assert image.rgba.dtype == np.uint8
    assert image.rgba.shape == (96, 128, 4)
    assert image.rgba[..., 3].min() == image.rgba[..., :3].max() == 255


def test_only_what_is_in_sight_is_drawn_and_no_finer_than_pixels() -> None:
    session = nf.Session([videos.numbered(3, size=(400, 600), grey=True)])
    whole = session.sources["numbered"].frames[0]
    (image,) = shown(session, Viewport((99.5, 299.5), (49.5, 149.5), 100, 50)).marks
    assert image.rgba.shape[:2] == (50, 100)
    assert (image.x, image.y) == ((99.5, 299.5), (49.5, 149.5))
    np.testing.assert_array_equal(image.rgba[::-1, :, 0], whole[250:350:2, 100:300:2])
    (image,) = shown(session, Viewport((900.0, 1000.0), (-80.0, -50.0), 100, 50)).marks
    assert image.rgba.shape[:2] == (1, 1)


def test_a_frame_that_is_picked_has_a_rim(session: nf.Session) -> None:
    spec, state = view.SPEC, session.view("video")
    space, ids = spec.hit(state, session, Shape("point", np.zeros((1, 2))))
    session.selection.pick(space, ids)
    assert (space, len(shown(session).marks)) == ("frame", 2)
    session.time = session.sources["numbered"].times[5]
    assert len(shown(session).marks) == 1
    assert spec.describe(state, session, space, int(ids[0])) == "numbered/frame 0"


def test_of_two_videos_one_is_chosen(session: nf.Session) -> None:
    session.add(videos.numbered(3, size=(32, 64)))
    assert view.SPEC.choices(session.view("video"), session)["video"] == ("", *session.sources)
    session.view("video").video = list(session.sources)[1]
    assert shown(session).x.range == (-0.5, 63.5)


@pytest.fixture
def filmed(tmp_path: Path) -> nf.Session:
    """Of a file, of which nothing is decoded yet."""
    return nf.Session([write(videos.numbered(COUNT), tmp_path / "a.mp4")])


def awaited(session: nf.Session) -> Scene:
    """The picture that is drawn once the frame is there, or cannot be."""
    there = threading.Event()
    session.time_changed.connect(lambda _: there.set())
    shown(session)
    assert there.wait(20)
    return shown(session)


def test_while_nothing_is_decoded_nothing_is_shown_and_nobody_waits(
    filmed: nf.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = filmed.sources["a"].frames
    monkeypatch.setattr(film, "picture", lambda number: pytest.fail("decoded where a user waits"))
    with film._reading:  # as long as a group takes
        scene = shown(filmed)
    assert scene.marks == ()
    assert "nothing until it is decoded" in scene.note
    assert number(awaited(filmed)) == 0


def test_a_figure_has_the_exact_frame(filmed: nf.Session, tmp_path: Path) -> None:
    filmed.sources["a"].frames[3]
    for k in (30, 20):
        filmed.time = filmed.sources["a"].times[k]
        scene = view.SPEC.scene(filmed.view("video"), filmed, Viewport(exact=True))
        assert number(scene) == k
        assert "until" not in scene.note


def test_a_file_that_is_gone_is_told_where_the_picture_would_be(filmed: nf.Session, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").unlink()
    scene = awaited(filmed)
    assert scene.marks == ()
    assert str(tmp_path / "a.mp4") in scene.warning


def test_a_damaged_frame_is_told_beside_the_nearest_and_not_asked_for_again(filmed: nf.Session, tmp_path: Path) -> None:
    film = filmed.sources["a"].frames
    film[3]
    (tmp_path / "a.mp4").unlink()
    film._reader._file = None
    filmed.time = filmed.sources["a"].times[35]
    scene = awaited(filmed)
    assert number(scene) == 3
    assert str(tmp_path / "a.mp4") in scene.warning
    assert film._wanted is None
    filmed.time = filmed.sources["a"].times[3]
    assert shown(filmed).warning == ""


def test_a_frame_that_is_ready_is_told_as_the_one_time(tmp_path: Path) -> None:
    session = nf.Session([write(videos.numbered(COUNT), tmp_path / "a.mp4")])
    told: list[float] = []
    session.time_changed.connect(told.append)
    shown(session), shown(session)
    session.sources["a"].frames.ready.emit(3)
    assert told == [session.time]


@pytest.fixture
def cameras() -> nf.Session:
    """Two of one clock: one hesitates, the other is half as high and runs at 25/s; and a third on another clock."""
    top = replace(videos.numbered(COUNT, times=5 + videos.irregular(COUNT)), session="top", clock="lab")
    side = replace(videos.numbered(80, size=(48, 100), rate=25.0), session="side", clock="lab").on_clock("lab", 5.5)
    return nf.Session([top, side, replace(videos.numbered(9), session="other")])


def images(scene: Scene) -> list[Image]:
    return [mark for mark in scene.marks if isinstance(mark, Image)]


def test_cameras_of_one_clock_stand_side_by_side_each_at_its_own_frame_of_the_one_time(cameras: nf.Session) -> None:
    for seconds in (5.0, 5.61, 6.0, 6.33, 7.1):
        cameras.time = seconds
        scene = shown(cameras)
        wanted = [int(cameras.sources[name].at(seconds)) for name in ("top", "side")]
        assert [videos.number(image.rgba[::-1, :, :3]) for image in images(scene)] == wanted
        assert scene.note.startswith(f"top · frame {wanted[0]} of 40")
        assert f" | side · frame {wanted[1]} of 80" in scene.note
    first, second = images(scene)
    assert first.x == (-0.5, 127.5)
    assert second.x[0] > first.x[1]
    assert second.x[1] - second.x[0] == pytest.approx(200)  # twice as large, so that both are as high
    assert first.y == second.y == (-0.5, 95.5)


def test_a_camera_that_is_chosen_stands_alone(cameras: nf.Session) -> None:
    cameras.view("video").video = "side"
    (image,) = images(shown(cameras))
    assert image.x == (-0.5, 99.5)
    cameras.view("video 2").video = "top"
    assert draw(view.SPEC, cameras.view("video 2"), cameras, WIDE).x.range == (-0.5, 127.5)


def test_of_cameras_only_those_in_sight_are_drawn(cameras: nf.Session) -> None:
    whole = images(shown(cameras))[1]
    (image,) = images(shown(cameras, Viewport((whole.x[0], whole.x[1]), (-0.5, 95.5), 800, 600)))
    assert image.x == pytest.approx(whole.x)
    np.testing.assert_array_equal(image.rgba, whole.rgba)
    (left,) = images(shown(cameras, Viewport((0.0, 20.0), (0.0, 20.0), 800, 600)))
    assert left.x[1] <= 21


def test_a_touch_picks_the_frame_of_the_camera_that_is_touched_and_that_of_the_other_with_it(
    cameras: nf.Session,
) -> None:
    cameras.time = 6.33
    scene, state = shown(cameras), cameras.view("video")
    for image, name in zip(images(scene), ("top", "side")):
        space, ids = view.SPEC.hit(state, cameras, Shape("point", np.array([[np.mean(image.x), 40.0]])))
        assert ids.tolist() == pack(cameras.number(name), [int(cameras.sources[name].at(6.33))]).tolist()
        cameras.selection.pick(space, ids)
        rims = [mark for mark in shown(cameras).marks if isinstance(mark, Line)]
        assert len(rims) == 2
    both = Shape("box", np.array([[0.0, 0.0], [400.0, 50.0]]))
    assert len(view.SPEC.hit(state, cameras, both)[1]) == 2
