"""The ethogram: bars where bouts are, in their colours, and picks by what is drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from neurofm.app.pane import Pane
from neurofm.app.pictures.draw import draw
from neurofm.app.pictures.scene import Image, Shape, Viewport
from neurofm.app.session import Session
from neurofm.app.views import ethogram as view
from neurofm.data.ethogram import Ethogram

ROWS = [(100, 104, "walk", "ada"), (104, 110, "rear", "bo"), (110, 110, "lick", "ada"), (112, 120, "walk", "bo")]
VIEW = Viewport(width=200, height=150)


@pytest.fixture
def scored(session) -> Session:
    table = pd.DataFrame(ROWS, columns=["start", "stop", "behavior", "subject"])
    session.add(Ethogram(session="rat bouts", clock="rat", bouts=table))
    return session


def drawn(session, viewport=VIEW, **state):
    return draw(view.SPEC, view.State(**state), session, viewport)


def at(scene, time, row):
    """The colour of a pixel, by time and by the row from the top."""
    (image,) = (mark for mark in scene.marks if isinstance(mark, Image))
    height, width = image.rgba.shape[:2]
    column = int((time - image.x[0]) / (image.x[1] - image.x[0]) * width)
    rows = round(image.y[1])
    return image.rgba[int((rows - row - 0.5) / rows * height), column]


def test_each_behavior_has_a_row_in_its_colour(scored):
    scene = drawn(scored)
    assert scene.title == "Ethogram · rat bouts"
    assert [name for _, name in scene.y.ticks] == ["walk", "rear", "lick"]  # from the bottom up
    colour = dict(scene.legend)
    for start, stop, name, _ in ROWS:
        row = ["lick", "rear", "walk"].index(name)
        assert at(scene, (start + stop) / 2, row).tolist() == colour[name].tolist()
    assert at(scene, 111, 2)[3] == 0
    assert scene.colored == ("bout", "behavior")
    assert scene.cursor == scored.time
    assert "4 bouts of 3 behaviours" in scene.note


def test_the_key_is_of_what_is_shown(scored):
    table = pd.DataFrame({"start": [100.0, 101.0], "stop": [101.0, 102.0], "behavior": ["walk", "freeze"]})
    scored.add(Ethogram(session="other bouts", clock="rat", bouts=table))
    pane = Pane(view.SPEC, scored, scored.view("ethogram"))
    scored.view("ethogram").ethogram = "rat bouts"
    scene = pane.scene(VIEW)
    assert [name for name, _ in scene.legend] == ["lick", "rear", "walk"]
    pane.pick_named("walk")
    assert np.array_equal(scored.selection.picked("bout"), scored.ids(["rat bouts/bout 0", "rat bouts/bout 3"], "bout"))
    scored.view("ethogram").filter = "duration > 5"
    pane.scene(VIEW)
    pane.pick_named("walk")
    assert np.array_equal(scored.selection.picked("bout"), scored.ids(["rat bouts/bout 3"], "bout"))


def test_each_animal_has_a_row(scored):
    scene = drawn(scored, rows="subject")
    assert [name for _, name in scene.y.ticks] == ["bo", "ada"]
    colour = dict(scene.legend)
    assert at(scene, 107, 1).tolist() == colour["rear"].tolist()
    assert at(scene, 107, 0)[3] == 0


def test_what_lasts_no_time_is_a_pixel_wide(scored):
    scene = drawn(scored)
    assert at(scene, 110, 0)[3] == 255


def test_picked_bouts_stand_out(scored):
    scored.selection.pick("bout", ["rat bouts/bout 1"])
    scene = drawn(scored)
    assert at(scene, 107, 1)[3] == 255
    assert at(scene, 102, 2)[3] < 100
    assert scene.note == "1 of 4 bouts picked; 6 s"


@pytest.mark.parametrize(
    ("shape", "rows"),
    [
        (Shape("box", np.array([[101.0, 0.0], [106.0, 3.0]])), [0, 1]),
        (Shape("box", np.array([[101.0, 0.1], [119.0, 0.9]])), [0, 3]),
        (Shape("point", np.array([[103.0, 0.5]])), [0]),
        (Shape("point", np.array([[109.9, 2.5]]), (0.5, 0.1)), [2]),
        (Shape("point", np.array([[111.0, 0.5]])), []),
    ],
)
def test_what_is_touched_is_picked(scored, shape, rows):
    space, ids = view.hit(view.State(), scored, shape)
    assert space == "bout"
    assert (ids - (scored.number("rat bouts") << 44)).tolist() == rows


def test_a_filter_leaves_bouts_out_of_the_picture_and_of_picks(scored):
    scene = drawn(scored, filter="duration > 5")
    assert at(scene, 102, 2)[3] == 0
    whole = Shape("box", np.array([[0.0, 0.0], [999.0, 9.0]]))
    assert len(view.hit(view.State(filter="duration > 5"), scored, whole)[1]) == 2
    assert drawn(scored, filter="durat >").warning


def test_clusters_are_in_the_order_of_their_numbers(session):
    names = [f"cluster {k}" for k in (10, 2, 1)]
    table = pd.DataFrame({"start": [1, 2, 3], "stop": [2, 3, 4], "behavior": names})
    session.add(Ethogram(session="x", bouts=table))
    assert [name for _, name in drawn(session).y.ticks] == ["cluster 10", "cluster 2", "cluster 1"]


def test_many_bouts_are_no_more_than_the_pixels_and_names_are_legible(session):
    rng = np.random.default_rng(0)
    start = np.sort(rng.uniform(0, 1e5, 50_000))
    names = rng.integers(0, 40, 50_000).astype(str)
    session.add(Ethogram(session="x", bouts=pd.DataFrame({"start": start, "stop": start + 1, "behavior": names})))
    scene = drawn(session)
    (image,) = scene.marks
    assert image.rgba.shape[0] <= VIEW.height
    assert image.rgba.shape[1] == VIEW.width
    assert 5 <= len(scene.y.ticks) <= 11


def test_without_bouts_it_offers_to_find_them(session):
    assert drawn(session).action == "bouts"
    assert drawn(Session()).action == "open"
    bare = Session([session.recordings["rat"]])
    assert drawn(bare).action == "train"
