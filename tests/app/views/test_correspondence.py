"""The matrix of distances: like beside like, matches ringed, picks marked."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from neurofm.app.pictures.scene import Image, Line, Points, Shape, Spans, Viewport
from neurofm.app.session import Session
from neurofm.app.views import correspondence as view
from neurofm.data.ids import unpack
from neurofm.data.matches import Matches
from tests.app import matched

VIEW = Viewport(width=400, height=300)


def of(kind, told):
    return [mark for mark in told.marks if isinstance(mark, kind)]


def test_matches_are_ringed_and_lie_along_the_diagonal():
    told = view.scene(view.State(), matched.session(), VIEW)
    (image,), (rings,) = of(Image, told), of(Points, told)
    assert image.rgba.shape[:2] == (4, 4)
    assert (rings.space, len(rings.ids)) == ("match", 3)
    column, row = rings.xy.astype(int).T
    nearest = image.rgba[row, column].astype(int).sum(1)
    assert (nearest == image.rgba.astype(int).sum(2).max()).all()  # the brightest
    assert np.corrcoef(column, row)[0, 1] < -0.9  # from the top left
    assert "3 matches at a false-discovery rate of 10%" in told.note
    assert "ada finds 100% of its own units again" in told.note


def test_a_cell_picks_both_units_and_says_how_far_they_are():
    session = matched.session()
    told = view.scene(view.State(), session, VIEW)
    (rings,) = of(Points, told)
    shape = Shape("point", rings.xy[:1], (0.1, 0.1))
    space, ids = view.hit(view.State(), session, shape)
    assert (space, unpack(ids)[0].tolist()) == ("unit", [0, 1])
    assert view.under(view.State(), session, shape) == "ada/unit 0 and bo/unit 1: distance 0, 1 of 4"
    assert view.under(view.State(), session, Shape("point", np.array([[9.0, 0.5]]))) == ""
    assert not len(view.hit(view.State(), session, Shape("point", np.array([[9.0, 0.5]]), (0.1, 0.1)))[1])
    session.selection.pick(space, ids)
    told = view.scene(view.State(), session, VIEW)
    (spans,) = of(Spans, told)
    assert spans.ranges.tolist() == [[rings.xy[0, 0] - 0.5, rings.xy[0, 0] + 0.5]]
    assert rings.xy[0, 1] in of(Line, told)[0].y


def test_units_that_cannot_be_judged_are_left_out():
    distance = matched.matches().distances[0, 1].copy()
    distance[3], distance[:, 0] = np.nan, np.nan
    session = matched.session(distances={(0, 1): distance})
    told = view.scene(view.State(), session, VIEW)
    (image,) = of(Image, told)
    assert image.rgba.shape[:2] == (3, 3)
    assert sorted(name for _, name in told.y.ticks) == ["unit 0", "unit 1", "unit 2"]
    rings = of(Points, told)[0].xy
    space, ids = view.hit(view.State(), session, Shape("point", rings[:1], (0.1, 0.1)))
    assert [session.label(space, id) for id in ids] == ["ada/unit 0", "bo/unit 1"]


def test_animals_can_be_turned_around():
    session = matched.session()
    told = view.scene(view.State(one="bo"), session, VIEW)
    assert (told.x.label, told.y.label) == ("ada", "bo")
    assert len(of(Points, told)[0].ids) == 3
    assert view.choices(view.State(), session)["one"] == ("", "ada", "bo")


def test_names_stand_beside_where_there_is_room():
    session = matched.session()
    told = view.scene(view.State(), session, VIEW)
    assert sorted(name for _, name in told.x.ticks) == [f"unit {k}" for k in range(4)]
    assert view.scene(view.State(), session, Viewport(width=30, height=30)).x.ticks == ()


def test_nothing_better_than_chance_is_said():
    told = view.scene(view.State(), matched.session(pairs=matched.matches().pairs.assign(q=0.8)), VIEW)
    assert "No pair is better than chance" in told.warning
    assert "none can be told to be better than chance" in told.note
    assert not of(Points, told)


def test_more_units_than_pixels_keep_the_nearest():
    count = 500
    rng = np.random.default_rng(0)
    distance = rng.random((count, count)) + 1
    distance[np.arange(count), np.arange(count)] = 0
    units = pd.DataFrame({"label": [f"{k}" for k in range(2 * count)], "group": ""})
    pairs = matched.matches().pairs.iloc[:0]
    animals = matched.matches().animals
    many = Matches(
        session="m", space="unit", animals=animals, units=units, animal=np.repeat([0, 1], count), pairs=pairs,
        distances={(0, 1): distance},
    )  # fmt: skip
    told = view.scene(view.State(), Session([many]), Viewport(width=100, height=100))
    (image,) = of(Image, told)
    assert image.rgba.shape[:2] == (250, 250)  # in fours, of which the nearest is seen
    nearest = (image.rgba[..., :3] == view.colors.VIRIDIS[-1]).all(2)
    assert 200 < nearest.sum() <= count  # those of the same number, wherever they came to lie
    assert (image.x, image.y) == ((0.0, 500.0), (0.0, 500.0))
    close = view.scene(view.State(), Session([many]), Viewport((10.5, 30.0), (0.0, 20.0), 100, 100))
    assert of(Image, close)[0].rgba.shape[:2] == (20, 20)
    assert of(Image, close)[0].x == (10.0, 30.0)


def test_units_are_joined_where_they_are():
    session = matched.session()
    assert view.choices(view.State(), session)["place"] == ("", "depth")
    told = view.scene(view.State(place="depth"), session, VIEW)
    ada, bo = of(Points, told)
    assert (ada.xy[:, 0].tolist(), ada.xy[:, 1].tolist()) == ([0] * 4, [0, 20, 40, 60])
    assert len(of(Line, told)[0].x) == 9
    space, ids = view.hit(view.State(place="depth"), session, Shape("point", np.array([[1.0, 20.0]]), (0.1, 5.0)))
    assert (space, ids.tolist()) == ("unit", bo.ids[[1]].tolist())
    session.selection.pick("unit", ids)
    told = view.scene(view.State(place="depth"), session, VIEW)
    assert len(of(Line, told)[1].x) == 3


@pytest.mark.parametrize(
    "sources", [[], [matched.matches(distances={})], [matched.matches(distances={(0, 1): np.full((4, 4), np.nan)})]]
)
def test_nothing_to_show_says_so(sources):
    session = Session(sources)
    told = view.scene(view.State(), session, VIEW)
    assert told.message
    assert not len(view.hit(view.State(), session, Shape("box", np.array([[0.0, 0.0], [1.0, 1.0]])))[1])
    assert view.under(view.State(), session, Shape("point", np.array([[0.5, 0.5]]))) == ""
