"""What pictures of matches share."""

from __future__ import annotations

import numpy as np

from neurofm.app.views import _alike
from neurofm.data.embedding import Embedding
from neurofm.data.ids import unpack
from tests.app import matched


def test_a_pick_in_one_animal_lights_up_its_match_in_the_other_and_the_pair():
    session = matched.session()
    session.selection.pick("unit", ["ada/unit 0"])
    number, local = unpack(session.selection.picked("unit"))
    assert list(zip(number.tolist(), local.tolist())) == [(0, 0), (1, 1)]
    assert unpack(session.selection.picked("match"))[1].tolist() == [0]
    assert _alike.asked(session, session.sources["ada, bo"]).tolist() == [0]
    session.selection.pick("unit", ["ada/unit 3"])  # nobody can be sure of its pair
    assert unpack(session.selection.picked("unit"))[0].tolist() == [0]


def test_a_picked_pair_lights_up_both_units():
    session = matched.session()
    session.selection.pick("match", session.everything("match")[[3]])
    assert len(session.selection.picked("unit")) == 2


def test_animals_are_found_by_name_from_either_side():
    matches = matched.matches()
    pair, back = _alike.pair(matches, "", ""), _alike.pair(matches, "bo", "")
    assert (pair.one, pair.other, back.one, back.other) == (0, 1, 1, 0)
    np.testing.assert_array_equal(back.distance, pair.distance.T)
    assert _alike.pair(matched.matches(distances={}), "", "") is None
    told = _alike.found(matches, 1, 0)
    assert told[["a", "b"]].to_numpy().tolist() == [[5, 0], [6, 1], [4, 2], [7, 3]]


def test_units_of_what_is_closed_have_no_id():
    session = matched.session()
    matches = session.sources["ada, bo"]
    assert (_alike.ids(session, matches) >= 0).all()
    session.close("bo")
    assert (_alike.ids(session, matches) >= 0).tolist() == [True] * 4 + [False] * 4


def test_lines_join_matched_units_of_a_latent_space_and_only_picked_ones_where_any_is():
    session = matched.session()
    own = session.everything("unit")
    xy = np.stack([np.arange(8.0), np.zeros(8)], 1)
    embedding = Embedding(name="e", space="unit", ids=own, values=xy, xy=xy, labels=tuple(map(str, own)))
    ink = np.zeros(4, np.uint8)
    (line,) = _alike.lines(session, embedding, xy, ink)
    assert line.x[np.isfinite(line.x)].tolist() == [0, 5, 1, 6, 2, 4]
    session.selection.pick("unit", ["bo/unit 0"])
    (line,) = _alike.lines(session, embedding, xy, ink)
    assert line.x[np.isfinite(line.x)].tolist() == [2, 4]
    session.close("ada, bo")
    assert _alike.lines(session, embedding, xy, ink) == ()
