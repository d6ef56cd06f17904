"""The view of a pose: points and lines of the one time, over what was filmed, and the animal that is touched."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import neurofm as nf
from neurofm.app.pictures.draw import draw
from neurofm.app.pictures.scene import Image, Line, Points, Scene, Shape, Viewport
from neurofm.app.views import pose as view
from neurofm.data import Tracks
from neurofm.synthetic import videos

WIDE = Viewport(width=800, height=600)


@pytest.fixture
def session(tracks: Tracks) -> nf.Session:
    return nf.Session([replace(tracks, trials=None)])


def shown(session: nf.Session) -> Scene:
    return draw(view.SPEC, session.view("pose"), session, WIDE)


def lines(scene: Scene) -> list[Line]:
    return [mark for mark in scene.marks if isinstance(mark, Line)]


def middles(scene: Scene) -> np.ndarray:
    return np.concatenate([mark.xy for mark in scene.marks if isinstance(mark, Points)])


def test_each_animal_has_its_lines_points_and_colour(session: nf.Session) -> None:
    scene = shown(session)
    assert [line.name for line in lines(scene)] == ["ada", "ada", "bo", "bo"]
    assert [name for name, _ in scene.legend] == ["ada", "bo"]
    assert (lines(scene)[0].color == scene.legend[0][1]).all()
    assert np.isfinite(lines(scene)[0].x).sum() == 4  # two lines of two ends
    assert np.isfinite(lines(scene)[2].x).sum() == 3  # the tail is never seen
    assert "frame 0 of 6 · 0.000 s · 5 of 6 points" in scene.note
    assert scene.equal


def test_it_follows_the_one_time(session: nf.Session) -> None:
    for frame, seconds in ((1, 0.5), (1, 0.7), (4, 3.0)):
        session.time = seconds
        assert f"frame {frame} of 6" in shown(session).note
        assert middles(shown(session))[0, 0] == 3 * frame + 10
    assert len(middles(shown(session))) == 1  # of bo nothing is seen
    session.time = 90.0
    assert "no frame is near this time" in shown(session).note


def test_points_that_are_not_sure_enough_are_left_out(session: nf.Session) -> None:
    session.view("pose").confidence = 0.6
    assert "0 of 6 points" in shown(session).note
    assert not [mark for mark in shown(session).marks if isinstance(mark, Points)]


def test_skeleton_can_be_left_out(session: nf.Session) -> None:
    session.view("pose").skeleton = False
    assert [line.name for line in lines(shown(session))] == ["ada", "bo"]


def test_what_was_filmed_lies_below_and_its_pixels_are_those_of_points(tracks: Tracks) -> None:
    film = replace(videos.numbered(6, times=tracks.times), clock="cam")
    session = nf.Session([replace(tracks, timeline="cam"), film])
    scene = shown(session)
    assert isinstance(scene.marks[0], Image)
    assert (scene.x.range, scene.y.range) == ((-0.5, 127.5), (-0.5, 95.5))
    np.testing.assert_allclose(middles(scene), [[10, 95], [55, 45]])  # y 0 and 50 from above
    far = nf.Session([replace(tracks, timeline="cam", unit="mm"), film])
    assert not any(isinstance(mark, Image) for mark in shown(far).marks)
    assert shown(far).x.unit == "mm"
    assert "in mm, so not over the video" in shown(far).note
    other = nf.Session([tracks, film])
    assert not any(isinstance(mark, Image) for mark in shown(other).marks)
    assert "none of the videos says that it is theirs" in shown(other).note
    missing = nf.Session([replace(tracks, timeline="/films/box.mp4"), film])
    assert "their video box.mp4 is not open" in shown(missing).note


@pytest.mark.parametrize(
    ("more", "frames", "words"),
    [
        ({}, 6, ""),
        ({"points": 9}, 6, "px, and frames are 128 x 96: is numbers their video?"),
        ({}, 3, "tracks go on for 2 s after the last frame: is numbers their video?"),
    ],
)
def test_what_says_that_a_video_is_of_other_animals_is_told(
    tracks: Tracks, more: dict[str, int], frames: int, words: str
) -> None:
    film = replace(videos.numbered(frames, times=tracks.times[:frames]), clock="cam", session="numbers")
    own = replace(tracks, timeline="cam", points=tracks.points * more.get("points", 1))
    assert shown(nf.Session([own, film])).warning.endswith(words)
    assert bool(shown(nf.Session([own, film])).warning) is bool(words)


@pytest.mark.parametrize(
    ("kind", "corners", "names"),
    [
        ("point", [(0, 0)], ["ada"]),
        ("point", [(40, 0)], ["bo"]),
        ("point", [(900, 0)], []),
        ("box", [(-50, -20), (10, 20)], ["ada"]),
        ("lasso", [(-50, -20), (-50, 200), (300, 200), (300, -200)], ["ada", "bo"]),
    ],
)
def test_animals_are_picked(
    session: nf.Session, kind: str, corners: list[tuple[float, float]], names: list[str]
) -> None:
    ada = middles(shown(session))[0]
    shape = Shape(kind, np.array(corners, float) + ada, (2.0, 2.0))
    if kind == "point" and names == ["bo"]:
        shape = Shape(kind, middles(shown(session))[1:], (2.0, 2.0))
    space, ids = view.hit(session.view("pose"), session, shape)
    assert [session.label(space, int(id)) for id in ids] == [f"box/{name}" for name in names]
    session.selection.pick(space, ids)
    assert [line.width for line in lines(shown(session))] == [
        3.0 if line.name in names else 1.5 for line in lines(shown(session))
    ]


def test_point_far_from_its_animal_stands_out() -> None:
    points = np.zeros((30, 1, 4, 2), np.float32) + np.array([[0, 0], [3, 0], [0, 3], [3, 3]])
    points[10, 0, 2] += 100
    tracks = Tracks(session="box", times=np.arange(30) / 30, points=points, keypoints=tuple("abcd"), individuals=("x",))
    session = nf.Session([tracks])
    session.time = 10 / 30
    assert "x, far" in [line.name for line in lines(shown(session))]
    assert "1 far from their animal" in shown(session).note
    session.time = 11 / 30
    assert "x, far" not in [line.name for line in lines(shown(session))]


def test_tracks_without_points_say_so() -> None:
    session = nf.Session([Tracks(session="angles", times=np.arange(3.0))])
    assert "no key points" in shown(session).message
    assert view.hit(session.view("pose"), session, Shape("point", np.zeros((1, 2))))[1].tolist() == []
    assert "Open tracks" in draw(view.SPEC, nf.Session().view("pose"), nf.Session(), WIDE).message


@pytest.mark.real
def test_real_flies_lie_on_their_film(shared_data) -> None:
    folder = shared_data("flies")
    session = nf.Session()
    for name in ("mp4", "slp"):
        session.open(folder / f"demo-flies13-preds.{name}")
    session.time = 30.0
    scene = draw(view.SPEC, session.view("pose"), session, replace(WIDE, exact=True))  # decoded before it is shown
    assert isinstance(scene.marks[0], Image)
    assert "frame 750 of 1,350" in scene.note
    assert not scene.warning


def test_a_point_that_is_dragged_lies_there_in_its_own_frame(session: nf.Session) -> None:
    state = session.view("pose")
    session.time = 0.5
    assert shown(session).grips is None
    state.drag = True
    grips = shown(session).grips
    assert len(grips.xy) == 5  # those that are seen
    session.time = 1.0  # it plays on while one is dragged
    key = tuple(grips.keys[2].tolist())
    top, _ = view._frame(session.sources["box"], None)
    view.drag(state, session, key, 30.5, top - 40.25)
    tracks = session.sources["box"]
    assert tracks.points[key[1:]].tolist() == [30.5, 40.25]
    assert key[1] == 1
    session.undo()
    session.close("box")
    with pytest.raises(LookupError, match="not open any more"):
        view.drag(state, session, key, 1.0, 1.0)


def test_points_of_a_video_are_dragged_over_it(tracks: Tracks) -> None:
    film = videos.numbered(12, rate=2.0)
    session = nf.Session([film, replace(tracks, trials=None, timeline=film.clock)])
    state = session.view("pose")
    state.drag = True
    grips = shown(session).grips
    view.drag(state, session, tuple(grips.keys[0].tolist()), *(grips.xy[0] + [1.0, 2.0]))
    moved = session.sources["box"].points[0, 0, 0] - tracks.points[0, 0, 0]
    np.testing.assert_allclose(moved, [1.0, -2.0], atol=1e-5)
