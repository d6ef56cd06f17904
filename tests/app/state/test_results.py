"""What runs gave is taken into the session: under its numbers, for what is open, lying as before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurofm.app.session import Session
from neurofm.app.state import results
from neurofm.data.ids import unpack


def test_an_embedding_gets_the_numbers_of_this_session(make):
    a, b, c = (make.recording(n) for n in "abc")
    session = Session([c, a, b])
    session.add(make.units(a, b))
    number, local = unpack(session.embeddings["a unit"].ids)
    assert number.tolist() == [1] * 5 + [2] * 5
    assert local.tolist() == [*range(5)] * 2
    labels = [session.label("unit", int(i)) for i in session.embeddings["a unit"].ids]
    assert labels == list(session.embeddings["a unit"].labels)


def test_rows_of_recordings_that_are_not_open_are_left_out(make):
    a, b = make.recording("a"), make.recording("b")
    session = Session([b])
    session.add(make.units(a, b))
    assert session.embeddings["a unit"].labels == tuple(b.unit_names)
    with pytest.raises(LookupError, match="is of a, which is not open"):
        session.add(make.units(a))


@pytest.mark.parametrize("chosen", [[True] * 5, [False] * 5, [True, False, False, True, False]])
@pytest.mark.parametrize("labelled", [True, False])
def test_rows_stay_together_when_some_are_left_out(make, recording, chosen, labelled):
    whole = make.units(recording)
    whole = whole if labelled else replace(whole, labels=())
    some = results.rows_of(whole, np.array(chosen))
    at = np.flatnonzero(chosen)
    assert some.ids.tolist() == whole.ids[at].tolist()
    assert np.array_equal(some.values, whole.values[at])
    assert np.array_equal(some.xy, whole.xy[at])
    assert some.labels == (tuple(whole.labels[k] for k in at) if labelled else ())


def test_one_of_the_same_name_takes_the_place_of_the_older_and_is_the_newest(session, make, recording):
    assert list(session.embeddings) == ["a time", "a unit"]
    newer = make.moments(recording, seed=9)
    assert session.show(newer) == "a time"
    assert list(session.embeddings) == ["a unit", "a time"]
    assert np.array_equal(session.embeddings["a time"].values, newer.values)


def test_a_prediction_of_a_source_that_is_not_open_is_refused(session, make, heard):
    said = heard(session.changed)
    with pytest.raises(LookupError, match="no source 'cat'"):
        session.show(make.prediction(make.recording("cat")))
    assert list(session.predictions) == ["a rat"]
    assert said == []


def test_a_prediction_gets_the_number_of_its_source(make):
    session = Session([make.recording("a"), make.recording("b")])
    session.show(make.prediction(session.recordings["b"]))
    assert set(unpack(session.predictions["a b"].ids)[0]) == {1}


def test_a_map_made_anew_lies_as_the_one_before_and_keeps_its_distances(session, make, recording):
    units = make.units(recording)
    results.take(session, units, "poyo-1")
    before = session.embeddings["poyo-1 unit"]
    turned = replace(units, xy=units.xy @ np.array([[0.0, -1.0], [1.0, 0.0]]) + 7)
    results.take(session, turned, "poyo-1")
    after = session.embeddings["poyo-1 unit"]
    assert np.allclose(after.xy - after.xy.mean(0), before.xy - before.xy.mean(0))
    assert after.run == "poyo-1"
    fewer = results.rows_of(turned, np.arange(5) < 4)  # cannot be laid over the one before
    results.take(session, fewer, "poyo-1")
    assert np.array_equal(session.embeddings["poyo-1 unit"].xy, fewer.xy)
