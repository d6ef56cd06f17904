"""The view of clips: the nearest moments, in step, and a click that picks one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import neurofm as nf
from neurofm.app.pictures.draw import draw
from neurofm.app.pictures.scene import Image, Line, Scene, Shape, Viewport
from neurofm.app.views import clips as view
from neurofm.data import Recording, Spikes, Tracks
from neurofm.data.embedding import Embedding
from neurofm.data.ids import pack
from neurofm.synthetic import videos

COUNT = 300


@pytest.fixture
def session() -> nf.Session:
    """A video of 10 s with a latent space of its frames in which later is further."""
    session = nf.Session([replace(videos.numbered(COUNT), session="cam", clock="lab")])
    values = np.arange(COUNT, dtype=float)[:, None]
    ids = pack(0, np.arange(COUNT))
    session.add(Embedding(name="e", space="frame", ids=ids, values=values, xy=np.c_[values, values], sessions=("cam",)))
    return session


def shown(session: nf.Session, seconds: float = 0.0, *, exact: bool = True) -> Scene:
    return draw(view.SPEC, session.view("clips"), session, Viewport(exact=exact, seconds=seconds))


def mosaic(scene: Scene) -> Image:
    (image,) = (mark for mark in scene.marks if isinstance(mark, Image))
    return image


def tiles(session: nf.Session, scene: Scene) -> list[np.ndarray]:
    """The picture of each clip, the first row above."""
    loader, image = view._loader(session.view("clips"), session), mosaic(scene)
    corners = [loader.grid.corner(k) for k in range(len(loader.clips))]
    return [image.rgba[y : y + loader.grid.high, x : x + view.TILE, :3][::-1] for x, y in corners]


def numbers(session: nf.Session, scene: Scene) -> list[int]:
    """Of the frames that are shown, in their own size."""
    grown = view.TILE // 128
    back = [
        tile[np.arange(96) * tile.shape[0] // 96 + grown // 2][:, np.arange(128) * view.TILE // 128]
        for tile in tiles(session, scene)
    ]
    return [videos.number(picture) for picture in back]


def pick(session: nf.Session, *frames: int) -> None:
    session.selection.pick("frame", pack(0, list(frames)))


def test_it_says_what_to_do_first(session: nf.Session) -> None:
    assert shown(session).action == "latent"
    bare = nf.Session([videos.numbered(3)])
    assert shown(bare).action == "train"
    assert draw(view.SPEC, view.State(), nf.Session(), Viewport()).action == "open"


def test_all_play_in_step_from_their_beginning_to_their_end(session: nf.Session) -> None:
    session.view("clips").count = 4
    pick(session, 150)
    starts = np.array(numbers(session, shown(session)))
    assert len(starts) == 4
    assert starts[0] == pytest.approx(150 - 22, abs=2)
    for seconds in (0.5, 1.0, 1.4, 3.5):  # two pictures of the video at a time
        np.testing.assert_allclose(numbers(session, shown(session, seconds)) - starts, 30 * (seconds % 1.5), atol=2.1)


def test_the_window_does_not_wait_and_is_drawn_again_until_all_are_there(session: nf.Session) -> None:
    pick(session, 150)
    scene = shown(session, exact=False)
    assert scene.moves > 0
    view._loader(session.view("clips"), session).wait()
    assert numbers(session, shown(session, exact=False)) == numbers(session, shown(session))
    assert shown(session).moves == 0  # on paper


def test_a_click_on_one_picks_its_moment(session: nf.Session) -> None:
    pick(session, 150)
    scene = shown(session)
    state = session.view("clips")
    loader = view._loader(state, session)
    for k in range(len(loader.clips)):
        at = Shape("point", np.array([loader.grid.corner(k)]) + 90.0)
        space, ids = view.SPEC.hit(state, session, at)
        assert space == "frame"
        (seconds,) = session.values("frame", "time", ids)
        begin = min(max(seconds - 0.75, 0.0), 10 - 1.5)  # within what was filmed
        assert abs(numbers(session, scene)[k] / 30 - begin) < 0.07
    beside = Shape("point", np.array([[view.TILE + view.GAP / 2, 5]]))
    assert len(view.SPEC.hit(state, session, beside)[1]) == 0
    everything = Shape("box", np.array([[-1.0, -1], [9999, 9999]]))
    assert len(view.SPEC.hit(state, session, everything)[1]) == len(loader.clips)


def test_the_first_is_that_which_was_picked_and_has_a_rim(session: nf.Session) -> None:
    pick(session, 150)
    scene = shown(session)
    (rim,) = (mark for mark in scene.marks if isinstance(mark, Line))
    assert (rim.x.min(), rim.x.max()) == (0, view.TILE)
    assert rim.y.max() == mosaic(scene).y[1]
    assert "near cam/frame 150" in scene.note


def test_other_picks_and_other_choices_give_other_clips(session: nf.Session) -> None:
    pick(session, 150)
    before = numbers(session, shown(session))
    assert numbers(session, shown(session)) == before
    pick(session, 60)
    assert numbers(session, shown(session))[0] == pytest.approx(60 - 22, abs=2)
    session.view("clips").seconds = 0.5
    assert numbers(session, shown(session))[0] == pytest.approx(60 - 7, abs=2)
    session.view("clips").count = 2
    assert len(numbers(session, shown(session))) == 2


def test_points_and_spikes_go_with_them(session: nf.Session, tracks: Tracks) -> None:
    times = session.sources["cam"].times
    points = np.full((COUNT, 2, 3, 2), 20.0, np.float32)
    points[..., 0] += np.arange(COUNT)[:, None, None] / 10 + [[0, 4, 8], [10, 14, 18]]
    points[:, 1, 2] = np.nan
    session.add(
        replace(
            tracks,
            times=times,
            points=points,
            timeline="lab",
            trials=None,
            labels={},
            confidence=None,
            feature_names=(),
        )
    )
    spikes = Spikes(np.arange(0, 10, 0.01), np.arange(1000, dtype=np.int32) % 4)
    session.add(
        Recording(session="lab", spikes=spikes, units=pd.DataFrame({"label": list("abcd")}), domain=[[0.0, 10.0]])
    )
    session.view("clips").count = 1
    pick(session, 150)
    early, late = shown(session), shown(session, 1.0)
    band = mosaic(early).rgba[: view.UNDER].any(-1).any(1)
    assert band.all()  # each unit fired
    ada, bo = (mark for mark in early.marks if isinstance(mark, Line) and mark.name in ("ada", "bo"))
    assert [name for name, _ in early.legend] == ["ada", "bo"]
    assert (np.isfinite(ada.x).sum(), np.isfinite(bo.x).sum()) == (4, 3)  # of bo the tail is never seen
    moved = next(mark for mark in late.marks if isinstance(mark, Line) and mark.name == "ada")
    assert np.nanmin(moved.x) > np.nanmin(ada.x)
    now = [next(mark.x[0] for mark in s.marks if isinstance(mark, Line) and mark.name == "now") for s in (early, late)]
    assert now == pytest.approx([0, view.TILE * 2 / 3])
    session.view("clips").pose = False
    assert not [mark for mark in shown(session).marks if isinstance(mark, Line) and mark.name == "ada"]


def test_the_latent_space_of_which_most_is_picked_is_taken_and_of_several_the_newest(session: nf.Session) -> None:
    few = session.embeddings["e"]
    session.add(replace(few, name="few", ids=few.ids[:10], values=few.values[:10], xy=few.xy[:10]))
    for frames, name in (([150], "e"), ([5], "few"), ([5, 150], "e"), ([5, 6], "few")):
        pick(session, *frames)
        assert shown(session).note.startswith(f"{name} · ")
    session.view("clips").embedding = "e"
    assert shown(session).note.startswith("e · ")
    assert view.SPEC.choices(session.view("clips"), session) == {"embedding": ("", "few", "e"), "video": ("", "cam")}
