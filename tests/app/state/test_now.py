"""The one time and the current source."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from neurofm.app.session import Session
from neurofm.app.views import tuning
from neurofm.synthetic.demo import demo


@pytest.fixture(scope="module")
def animals() -> Any:
    return demo(duration=10)


def later(recording: Any, session: str, seconds: float) -> Any:
    """The same recording at another time."""
    spikes = replace(recording.spikes, times=recording.spikes.times + seconds)
    series = {name: replace(one, times=one.times + seconds) for name, one in recording.series.items()}
    domain = recording.domain + seconds
    return replace(recording, session=session, spikes=spikes, series=series, intervals={}, domain=domain)


def test_what_is_opened_is_the_current_one_until_another_is_chosen(animals):
    session, told = Session(), []
    session.changed.connect(lambda *what: told.append(what) if what[0] == "current" else None)
    assert session.current == ""
    for animal in animals:
        session.add(animal)
        assert session.current == animal.session
        assert session.recording() is animal
    session.current = "ada"
    assert (session.current, told) == ("ada", [("current", "ada")])
    assert tuning._units(tuning.State(), session)[0].session == "ada"
    session.close("ada")
    assert session.current == "bo"


def test_of_several_in_one_go_the_first_is_the_current_one(animals):
    assert Session(animals).current == "ada"


def test_a_source_that_is_not_open_is_no_current_one(animals):
    with pytest.raises(LookupError, match="ada"):
        Session(animals).current = "cy"


def test_the_time_goes_to_a_current_source_that_it_lies_beyond(animals):
    session = Session([animals[0]])
    session.time = 4.0
    session.add(animals[1])
    assert session.time == 4.0
    session.add(later(animals[0], "late", 1000.0))
    assert session.time == 1000.0
    session.current = "bo"
    assert session.time == 0.0


def test_the_latest_of_some_is_the_one_that_was_current_last(animals):
    session = Session(animals)
    assert session.latest(["bo", "ada"]) == "ada"
    assert session.latest(["bo"]) == "bo"
    assert session.latest([]) == ""
