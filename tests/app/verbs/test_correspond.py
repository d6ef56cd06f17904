"""Units of two recordings, or of the animals of a graph, are matched; what comes of it is open beside them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from neurofm.analysis.likeness import WAYS
from neurofm.app.session import Session
from neurofm.app.verbs import correspond
from neurofm.data.graph import Graph
from neurofm.data.ids import unpack
from neurofm.data.matches import Matches
from neurofm.errors import FilterError, NeuroFMError
from tests.app import matched


@pytest.fixture
def session(tmp_path):
    return Session(matched.pair(), folder=tmp_path)


def matches_of(session) -> Matches:
    return next(source for source in session.sources.values() if isinstance(source, Matches))


def test_two_recordings_become_matches_with_a_map_of_both(session):
    job = session.correspond("ada", "bo", by="rates")
    job.wait()
    assert job.state == "done", job.error
    told = matches_of(session)
    assert (told.session, told.by) == ("ada, bo", "rates")
    assert set(told.units["label"]) == set(session.table("unit")["label"])
    assert told.options["conditions"] == "target"
    space = session.embeddings["ada, bo profiles"]
    assert sorted(space.ids.tolist()) == sorted(session.everything("unit").tolist())
    script = session.script()
    assert "session.correspond('ada', 'bo'" in script
    assert script.count("matches") == 0  # it opens no file


def test_pairs_lead_to_units_of_the_right_animals(session):
    session.correspond(by="rates").wait()
    told = matches_of(session)
    best = told.pairs[told.pairs["rank"] == 1].set_index("a")["b"]
    assert [int(best[k]) - 4 for k in range(3)] == [1, 2, 0]  # those that like the same target
    session.selection.pick("match", session.everything("match")[:1])
    assert set(unpack(session.selection.picked("unit"))[0].tolist()) == {0, 1}


def test_only_units_that_pass_a_filter_take_part(session):
    session.correspond("ada", "bo", by="rates", only="depth < 50").wait()
    told = matches_of(session)
    ends = told.units["label"][np.unique(told.pairs[["a", "b"]])]
    assert not any(label.endswith("unit 3") for label in ends)
    assert "only='depth < 50'" in session.script()
    with pytest.raises(FilterError, match="smell"):
        session.correspond("ada", "bo", only="smell > 3")


def test_what_is_known_is_given(session):
    known = [("ada/unit 0", "bo/unit 3")]
    session.correspond("ada", "bo", by="rates", known=known).wait()
    told = matches_of(session)
    label = told.units["label"]
    given = told.pairs[told.pairs["given"]]
    assert [(label[a], label[b]) for a, b in given[["a", "b"]].to_numpy()] == known
    assert told.matched[given.index].all()


def test_again_takes_the_place_of_what_was_matched_before(session):
    session.correspond("ada", "bo", by="rates").wait()
    session.correspond("ada", "bo", by="rate shape").wait()
    assert [source.by for source in session.sources.values() if isinstance(source, Matches)] == ["rate shape"]
    assert len(session.embeddings) == 1


def test_a_saved_session_has_them_again(session, tmp_path):
    session.correspond("ada", "bo", by="rates").wait()
    again = Session.restore(session.save(tmp_path / "work.neurofm"))
    np.testing.assert_array_equal(matches_of(again).distances[0, 1], matches_of(session).distances[0, 1])
    again.selection.pick("match", again.everything("match")[:1])
    assert len(again.selection.picked("unit")) == 2


@pytest.mark.parametrize(
    ("names", "options", "words"),
    [
        (("ada",), {}, "takes two animals"),
        (("ada", "nobody"), {}, "no animal 'nobody'"),
        (("ada", "bo"), {"by": "smell"}, "no way to match 'smell'"),
        (("ada", "bo"), {"by": "wiring"}, "no way to match 'wiring'"),
        (("ada", "bo"), {"method": "guess"}, "no method 'guess'"),
        (("ada", "bo"), {"colour": 3}, "no option 'colour'"),
        (("ada", "bo"), {"bin": "wide"}, "bin must be a number"),
        (("ada", "bo"), {"level": 1.5}, "level must be a share"),
    ],
)
def test_what_makes_no_sense_is_refused_at_once(session, names, options, words):
    with pytest.raises((LookupError, ValueError, TypeError), match=words):
        session.correspond(*names, **options)
    assert not list(session.jobs)


def test_nothing_to_match_says_so(tmp_path):
    with pytest.raises(LookupError, match="two animals or more"):
        Session(folder=tmp_path).correspond()
    with pytest.raises(LookupError, match="two animals or more"):
        Session([matched.pair()[0]], folder=tmp_path).correspond()


def test_animals_of_two_kinds_are_not_matched(session):
    graph = Graph(session="worm", nodes=pd.DataFrame({"label": ["a"]}), edges=np.zeros((2, 0)))
    session.add(graph)
    with pytest.raises(LookupError, match="animals of one kind"):
        session.correspond("ada", "worm")


def test_conditions_that_are_not_shared_fail_in_one_sentence(session):
    job = session.correspond("ada", "bo", by="rates", conditions="smell")
    with pytest.raises(NeuroFMError, match="Match ada, bo failed: trials of ada have no column 'smell'"):
        job.wait()
    assert job.state == "failed"
    assert "no column 'smell'; they have target" in job.error
    assert not any(action.kind == "correspond" for action in session.actions)


def test_every_option_of_a_way_is_read_back_from_a_saved_session():
    taken = {option for way in WAYS.values() for option in way.options}
    assert taken <= set(correspond.OPTIONS)


def test_profiles_of_fewer_than_three_units_have_no_map():
    session = matched.session()
    assert correspond.profiles(session, matched.matches(profiles=np.zeros((8, 0)), features=(), conditions={})) is None
