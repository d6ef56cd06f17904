"""A unit beside those that are most like it."""

from __future__ import annotations

import numpy as np

from neurofm.app import colors
from neurofm.app.pictures.scene import Image, Line, Shape, Viewport
from neurofm.app.session import Session
from neurofm.app.views import candidates as view
from neurofm.data.ids import unpack
from tests.app import matched

VIEW = Viewport(width=600, height=500)


def picked(label="ada/unit 0", **more):
    session = matched.session(**more)
    session.selection.pick("unit", [label])
    return session


def test_candidates_are_ranked_and_the_nearest_comes_first():
    told = view.scene(view.State(), picked(), VIEW)
    assert told.title == "ada/unit 0 beside bo/unit 1"
    names = [name for _, name in sorted(told.y.ticks)]
    assert names[:4][::-1][0] == "1. unit 1, 0 away"
    assert [words for words, _ in told.legend][:2] == ["ada/unit 0", "bo/unit 1: match"]
    assert "bo/unit 1 is called a match: of the pairs at least as good as this about 1% are wrong" in told.note
    assert "not being the same" in told.note


def test_who_is_no_match_is_said_to_be_none():
    told = view.scene(view.State(), picked("ada/unit 3"), VIEW)
    assert "bo/unit 3 is nearest, but no match" in told.note
    assert told.legend[1][0] == "bo/unit 3: unsure"


def test_a_unit_of_the_other_animal_has_its_own_candidates():
    told = view.scene(view.State(), picked("bo/unit 0"), VIEW)
    assert told.title == "bo/unit 0 beside ada/unit 2"


def test_spikes_lie_in_the_band_of_their_target():
    told = view.scene(view.State(), picked(), VIEW)
    rasters = [mark for mark in told.marks if isinstance(mark, Image)]
    assert [image.x for image in rasters] == list(view.HALVES)
    for image in rasters:  # both like target 0, whose band is on top
        rows = (image.rgba[..., 3] > 0).sum(1)[::-1]
        third = len(rows) // 3
        assert rows[:third].sum() > 5 * rows[third:].sum()
    assert [name for _, name in told.y.ticks if name.startswith("target")] == ["target 2", "target 1", "target 0"]


def test_tuning_is_drawn_over_each_other_the_unit_on_top():
    told = view.scene(view.State(count=2), picked(), VIEW)
    curves = [m for m in told.marks if isinstance(m, Line) and m.width in (1.5, 2.5)]
    assert len(curves) == 3
    assert curves[-1].color.tolist() == colors.ink(dark=True).tolist()
    assert [name for _, name in told.x.ticks] == ["target 0", "target 1", "target 2"]


def test_a_bar_picks_its_candidate():
    session = picked()
    level = view._levels(4)[0]
    space, ids = view.hit(view.State(), session, Shape("point", np.array([[0.3, level]]), (0.01, 0.001)))
    assert (space, *(part.tolist() for part in unpack(ids))) == ("unit", [1], [1])


def test_without_spikes_or_profiles_the_ranks_are_there_all_the_same():
    session = picked(profiles=np.zeros((8, 0)), features=(), conditions={})
    told = view.scene(view.State(), session, VIEW)
    assert not [mark for mark in told.marks if isinstance(mark, Image)]
    assert len(told.legend) == 5


def test_nothing_picked_or_nothing_matched_says_what_to_do():
    assert "Pick one of ada" in view.scene(view.State(), matched.session(), VIEW).message
    assert view.scene(view.State(), Session(), VIEW).message
    assert not len(view.hit(view.State(), Session(), Shape("point", np.array([[0.3, 0.1]])))[1])
    assert view.choices(view.State(), picked())["other"] == ("", "ada", "bo")
    assert "Pick one of ada" in view.scene(view.State(), picked(distances={}), VIEW).message


def test_a_low_view_has_no_rasters_and_one_name():
    told = view.scene(view.State(), picked(), Viewport(width=400, height=150))
    assert not [mark for mark in told.marks if isinstance(mark, Image)]
    assert [name for _, name in told.y.ticks] == ["1. unit 1, 0 away"]
    assert max(np.nanmax(m.y) for m in told.marks if isinstance(m, Line)) == view.RASTERS[1]


def test_what_is_said_of_the_nearest_is_what_is_known_of_it():
    told = matched.matches().pairs.assign(given=[True, False, False, False], q=[np.nan, 0.02, 0.03, 1.0])
    assert "bo/unit 1 was said to be the same" in view.scene(view.State(), picked(pairs=told), VIEW).note
    note = view.scene(view.State(), picked("ada/unit 3", pairs=told), VIEW).note
    assert "no match: another of ada is nearer to it" in note


def test_animals_that_are_closed_are_not_asked_for():
    session = matched.session()
    session.close("ada")
    assert "Pick one of bo" in view.scene(view.State(), session, VIEW).message
    session.close("bo")
    assert "None of the animals" in view.scene(view.State(), session, VIEW).message
