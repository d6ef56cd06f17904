"""A video in the window: on the canvas and in its dock, following the slider, the keys and the pick."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from neurofm.app.pictures.scene import Image
from neurofm.data import Embedding
from neurofm.data.ids import pack
from neurofm.io import read, write
from neurofm.io._encode import Coding, encode
from neurofm.synthetic import videos

pytestmark = pytest.mark.gui
COUNT = 90
NUMBERS = (89, 88, 0, 1, 57, 31, 30, 29)  # last, first, random and stepped back


@pytest.fixture
def filmed(desk: Any, tmp_path: Path) -> Any:
    """A desk with an irregular video of one long group."""
    path = tmp_path / "cam.mp4"
    desk.session.open(encode(path, videos.numbered(COUNT).frames, videos.irregular(COUNT), Coding(group=250)))
    return desk


def on_canvas(desk: Any, layer: int = 0) -> np.ndarray:
    return np.asarray(desk.viewer.layers[layer]._slice.image.view)


def images(plot: Any) -> list[np.ndarray]:
    return [mark.rgba for mark in plot.scene.marks if isinstance(mark, Image)]


def in_dock(plot: Any) -> np.ndarray:
    (image,) = images(plot)
    return image[::-1]


def test_canvas_and_dock_show_the_frame_of_the_one_time(filmed: Any, qtbot: Any) -> None:
    filmed.arrange()
    filmed.show("video")
    plot = filmed.widget("video")
    for k in NUMBERS:
        filmed.session.time = filmed.session.sources["cam"].times[k]
        qtbot.waitUntil(lambda k=k: videos.number(on_canvas(filmed)) == k)
        qtbot.waitUntil(lambda k=k: f"frame {k} of 90" in plot.scene.note and "until" not in plot.scene.note)


def test_the_slider_moves_the_one_time_to_the_frame_it_shows(filmed: Any, qtbot: Any) -> None:
    video, (layer,) = filmed.session.sources["cam"], filmed.viewer.layers
    for k in NUMBERS:
        position = round((video.times[k] - video.times[0]) / layer.scale[0])
        filmed.viewer.dims.set_current_step(0, position)
        assert video.at(filmed.session.time) == k
        qtbot.waitUntil(lambda k=k: videos.number(on_canvas(filmed)) == k)


def test_keys_step_from_frame_to_frame_and_play_what_is_picked(filmed: Any, qtbot: Any) -> None:
    session, video = filmed.session, filmed.session.sources["cam"]
    right, left, space = (filmed.player.keys[key, key] for key in ("Right", "Left", "Space"))
    right(), right(), left()
    assert session.time == video.times[1]
    session.selection.pick("frame", pack(session.number("cam"), [40, 69, 70]))
    seen: set[int] = set()
    session.time_changed.connect(lambda seconds: seen.add(int(video.at(seconds))))
    space()
    qtbot.waitUntil(lambda: {40, 69, 70} <= seen)
    space()
    assert seen - {1} == {40, 69, 70}
    assert not filmed.player.timer.isActive()


def test_closing_it_takes_its_layer(filmed: Any) -> None:
    filmed.session.close("cam")
    assert len(filmed.viewer.layers) == 0


def test_what_asks_napari_s_reader_without_a_window_gets_exact_frames(tmp_path: Path) -> None:
    from neurofm.app.pictures.layers import layers

    ((data, _, kind),) = layers(read(write(videos.numbered(20), tmp_path / "a.mp4")))
    assert kind == "image"
    assert [videos.number(np.asarray(data[k])) for k in (19, 0, 18, 7)] == [19, 0, 18, 7]


def test_two_cameras_show_each_its_own_frame_on_the_canvas_and_side_by_side_in_the_dock(
    desk: Any, qtbot: Any, tmp_path: Path
) -> None:
    for name, times in (("top", videos.irregular(COUNT)), ("side", np.arange(40) / 25)):
        desk.session.open(
            encode(tmp_path / f"{name}.mp4", videos.numbered(len(times)).frames, times, Coding(group=250))
        )
    desk.session.share_clock("side", "top", zero=0.5)
    desk.arrange()
    desk.show("video")
    plot = desk.widget("video")
    sources = desk.session.sources
    for seconds in (1.9, 0.7, 1.31):
        desk.session.time = seconds
        wanted = [int(sources[name].at(seconds)) for name in ("top", "side")]
        qtbot.waitUntil(lambda wanted=wanted: [videos.number(on_canvas(desk, k)) for k in (0, 1)] == wanted)
        here = wanted[::-1]  # what was opened last is current, and first
        qtbot.waitUntil(lambda here=here: [videos.number(tile[::-1]) for tile in images(plot)] == here)


def test_clips_move_by_themselves_in_their_dock(desk: Any, qtbot: Any) -> None:
    desk.session.add(videos.numbered(300))
    values, ids = np.arange(300.0)[:, None], pack(0, np.arange(300))
    desk.session.add(
        Embedding(name="e", space="frame", ids=ids, values=values, xy=np.c_[values, values], sessions=("numbered",))
    )
    desk.arrange()
    desk.show("clips")
    plot = desk.widget("clips")
    desk.session.selection.pick("frame", ids[[150]])
    qtbot.waitUntil(lambda: bool(plot.scene.moves) and "so far" not in plot.scene.note, timeout=20_000)
    seen: set[int] = set()
    qtbot.waitUntil(lambda: seen.add(hash(in_dock(plot).tobytes())) or len(seen) > 3, timeout=20_000)


@pytest.mark.real
def test_a_real_pair_agrees_in_the_window(desk: Any, qtbot: Any, shared_data: Callable[[str], Path]) -> None:
    folder = shared_data("flies")
    desk.session.open(folder / "demo-flies13-preds.mp4")
    with h5py.File(folder / "demo-flies13-preds.slp") as file:
        points = file["points"][:].reshape(1350, -1)
    video = next(iter(desk.session.sources.values()))
    bright: dict[int, list[float]] = {-1: [], 0: [], 1: []}
    for k in (1348, 1347, 1346, 1, 2, 703, 702, 701, 405, 1100, 88):
        for off, values in bright.items():
            desk.session.time = video.times[k + off]
            exact = video.frames[k + off]
            qtbot.waitUntil(lambda exact=exact: np.array_equal(on_canvas(desk)[..., :3], exact))
            y, x = (np.rint(points[k][axis][np.isfinite(points[k]["x"])]).astype(int) for axis in "yx")
            values.append(float(on_canvas(desk)[y, x, 0].mean()))
    before, now, after = (np.mean(values) for values in bright.values())
    assert now > max(before, after) + 2
