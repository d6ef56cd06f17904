"""Aligned: spikes lie where they were fired around each event, and rates are those of the events of each sort."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from neurofm.analysis.tuning import psth
from neurofm.app.pictures.draw import draw
from neurofm.app.pictures.scene import Image, Line, Shape, Viewport
from neurofm.app.session import Session
from neurofm.app.views import aligned as view
from neurofm.data import Recording, Spikes
from neurofm.data.ethogram import Ethogram

STARTS = np.array([10.0, 20.0, 30.0, 40.0])
VIEW = Viewport(width=300, height=400)


@pytest.fixture
def locked() -> Session:
    """Unit 0 fires half a second after each bout of "a" begins, unit 1 whenever one stops, unit 2 never."""
    times = np.r_[STARTS[::2] + 0.5, STARTS + 3.0]
    unit = np.r_[np.zeros(2), np.ones(4)].astype(np.int32)
    order = np.argsort(times)
    recording = Recording(
        session="rat", spikes=Spikes(times[order], unit[order]), units=pd.DataFrame({"label": ["u0", "u1", "u2"]}),
        domain=np.array([[0.0, 60.0]]),
    )  # fmt: skip
    table = pd.DataFrame({"start": STARTS, "stop": STARTS + 3, "behavior": ["a", "b", "a", "b"]})
    session = Session([recording])
    session.add(Ethogram(session="rat bouts", clock="rat", bouts=table))
    session.selection.pick("bout", session.everything("bout"))
    return session


def drawn(session, viewport=VIEW, **state):
    return draw(view.SPEC, view.State(**state), session, viewport)


def spikes(scene, unit, units=3):
    """(line from the top, seconds) of each pixel that is painted for a unit."""
    image = [mark for mark in scene.marks if isinstance(mark, Image)][unit]
    row, column = np.nonzero(image.rgba[..., 3])
    seconds = image.x[0] + (column + 0.5) / image.rgba.shape[1] * (image.x[1] - image.x[0])
    first = np.r_[True, (np.diff(row) != 0) | (np.diff(column) > 1)][: len(row)]  # of the pixels of a spike
    return sorted(zip((len(image.rgba) - 1 - row[first]).tolist(), seconds[first].round(2).tolist()))


def test_spikes_lie_where_they_were_fired(locked):
    scene = drawn(locked)
    assert [line for line, _ in spikes(scene, 0)] == [0, 2]
    assert all(abs(t - 0.5) < 0.02 for _, t in spikes(scene, 0))
    assert spikes(scene, 1) == spikes(scene, 2) == []
    assert scene.x.range == (-1.0, 2.0)
    assert [name for _, name in scene.y.ticks if "Hz" not in name] == ["u2", "u1", "u0"]
    assert scene.title == "Aligned to 4 bouts"


def test_time_zero_may_be_the_stop(locked):
    scene = drawn(locked, at="stop", before=0.5, after=0.5)
    assert [line for line, _ in spikes(scene, 1)] == [0, 1, 2, 3]
    assert all(abs(t) < 0.01 for _, t in spikes(scene, 1))
    assert scene.x.label == "Time from the stop of a bout"


def test_rates_are_those_around_the_bouts_of_each_behavior(locked):
    scene = drawn(locked)
    colour = dict(scene.legend)
    lines = [mark for mark in scene.marks if isinstance(mark, Line) and mark.name == "mean rate"]
    assert [line.color.tolist() for line in lines[:2]] == [colour["a"].tolist(), colour["b"].tolist()]
    expected, centres = psth(locked.recordings["rat"], [0], STARTS[::2], (-1.0, 2.0), 3 / 50)
    np.testing.assert_allclose(lines[0].x, centres)
    low, high = view.RATE
    np.testing.assert_allclose((lines[0].y - 2 - low) / (high - low) * expected.max(), expected[0], atol=1e-9)
    assert (lines[1].y == 2 + low).all()
    assert scene.colored == ("bout", "behavior")
    locked.selection.pick("bout", locked.where("bout", "behavior", "b"))
    assert [name for name, _ in drawn(locked).legend] == ["b"]


def test_units_are_those_picked_or_of_a_group(locked):
    locked.group("mine", "unit", [2])
    locked.selection.pick("unit", [1], "add")
    assert len(spikes(drawn(locked, at="stop"), 0)) == 4
    assert "the picked units" in drawn(locked).note
    assert [name for _, name in drawn(locked, units="mine").y.ticks][1] == "u2"


def test_a_line_of_a_bout_can_be_picked(locked):
    image = next(mark for mark in drawn(locked).marks if isinstance(mark, Image))
    top = image.y[1] - 0.01
    space, ids = view.hit(view.State(), locked, Shape("point", np.array([[0.0, top]])))
    assert (space, locked.label("bout", int(ids[0]))) == ("bout", "rat bouts/bout 0")
    whole = Shape("box", np.array([[-1.0, 0.0], [2.0, 3.0]]))
    assert len(view.hit(view.State(), locked, whole)[1]) == 4
    assert len(view.hit(view.State(), locked, Shape("point", np.array([[0.0, 0.1]])))[1]) == 0  # among the rates


def test_trials_do_as_well_as_bouts(session):
    session.selection.pick("trial", session.everything("trial"))
    scene = drawn(session)
    assert scene.title == "Aligned to 4 trials"
    assert len([mark for mark in scene.marks if isinstance(mark, Image)]) == view.ACTIVE


def test_what_is_missing_is_said(session, locked):
    assert drawn(Session()).action == "open"
    session.selection.clear()
    assert drawn(session).action == "ethogram"
    table = pd.DataFrame({"start": [1.0], "stop": [2.0], "behavior": ["a"]})
    session.add(Ethogram(session="elsewhere", bouts=table))
    session.selection.pick("bout", ["elsewhere/bout 0"])
    assert "are on another clock" in drawn(session).message


def test_thousands_of_bouts_are_no_more_than_the_pixels(locked):
    start = np.linspace(1, 59, 5000)
    table = pd.DataFrame({"start": start, "stop": start + 0.01, "behavior": "a"})
    locked.add(Ethogram(session="many", clock="rat", bouts=table))
    locked.selection.pick("bout", locked.everything("bout"))
    scene = drawn(locked)
    images = [mark for mark in scene.marks if isinstance(mark, Image)]
    assert sum(len(image.rgba) for image in images) <= VIEW.height
    assert spikes(scene, 0)


@pytest.mark.parametrize("missing", ["start", "stop"])
def test_what_has_no_start_or_stop_is_told_and_not_drawn(locked, missing):
    trials = pd.DataFrame({"start": [1.0, 20.0], "stop": [2.0, 23.0]})
    trials.loc[0, missing] = np.nan
    recording = replace(locked.recordings["rat"], session="cut", intervals={"trials": trials})
    session = Session([recording])
    every = session.everything("trial")
    session.selection.pick("trial", every[:1])
    assert "None of the picked trials has a start and a stop" in drawn(session).message
    assert view.hit(view.State(), session, Shape("point", np.zeros((1, 2))))[1].size == 0
    session.selection.pick("trial", every)
    assert drawn(session).title == "Aligned to 1 trial"
