"""Tables and columns are put together from what every source says of its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from neurofm.app.state import tables
from neurofm.data.ethogram import Ethogram
from neurofm.data.ids import pack
from tests.app.state.conftest import Told, measured, rows


def test_columns_of_moments_are_measured_at_those_moments(session):
    series = session.recordings["rat"].series["position"]
    ids = session.predictions["a rat"].ids
    assert np.allclose(session.values("time", "time", ids), series.times)
    assert np.allclose(session.values("time", "position.y", ids), series.values[:, 1])
    velocity = np.gradient(series.values, series.times, axis=0)
    assert np.allclose(session.values("time", "speed", ids), np.hypot(*velocity.T))
    trial = session.values("time", "trial", ids)
    assert np.nanmax(trial) == 3
    assert np.isnan(trial[0])
    assert set(session.values("time", "session", ids)) == {"rat"}
    with pytest.raises(LookupError, match="nothing that is open has 'mood' of moments; there are time, session, "):
        session.values("time", "mood", ids)


def sources():
    """Two kinds that share a space, each with columns of its own."""
    rat = Told(
        "rat", {"unit": rows("rat", "unit", rate=[1.0, 2.0]), "time": measured(speed=[1.0, 2, 3], mood=list("abc"))}
    )
    fish = Told("fish", {"unit": rows("fish", "unit", depth=[7]), "time": measured(speed=[9.0])})
    return {0: rat, 3: fish}


def test_a_table_has_a_row_for_each_thing_of_each_source_under_its_id():
    table = tables.table(sources(), "unit")
    assert table.index.tolist() == [0, 1, int(pack(3, 0))]
    assert table["label"].tolist() == ["rat/unit 0", "rat/unit 1", "fish/unit 0"]
    assert table["rate"].fillna(-1).tolist() == [1.0, 2.0, -1.0]
    assert tables.look_up(table, "depth", pack(3, [0, 1]))[0] == 7
    assert np.isnan(tables.look_up(table, "depth", pack(3, [0, 1]))[1])


def test_every_source_is_a_row_among_the_sessions():
    table = tables.table(sources(), "session")
    assert table.index.tolist() == pack([0, 3], 0).tolist()
    assert table[["label", "subject"]].to_numpy().tolist() == [["rat", "somebody"], ["fish", "somebody"]]


@pytest.mark.parametrize("space", ["unit", "session", "spoon"])
def test_a_table_of_nothing_can_be_looked_up_by_label(space):
    table = tables.table({}, space)
    assert table["label"].tolist() == []
    assert len(tables.look_up(table, "label", np.array([1, 2]))) == 2


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("speed", [3.0, 9.0, 1.0, np.nan]),
        ("mood", ["c", "", "a", ""]),
        ("session", ["rat", "fish", "rat", ""]),
        ("subject", ["somebody", "somebody", "somebody", ""]),
    ],
)
def test_values_are_asked_of_the_source_of_each_id_and_missing_elsewhere(column, values):
    ids = np.concatenate([pack(0, [2]), pack(3, [0]), pack(0, [0]), pack(7, [0])])  # the last of one that is closed
    asked = tables.values_on_demand(sources(), "time", column, ids, {})
    np.testing.assert_array_equal(asked, np.array(values, asked.dtype))


def test_a_column_of_another_source_is_missing_not_refused():
    assert np.isnan(tables.values_on_demand(sources(), "time", "mood", pack(3, [0]), {})).all()


def test_a_column_that_no_source_has_is_refused_with_those_there_are():
    with pytest.raises(LookupError, match="has 'taste' of moments; there are speed, session, mood"):
        tables.values_on_demand(sources(), "time", "taste", pack(0, [1]), {})
    assert len(tables.values_on_demand(sources(), "time", "taste", pack(0, []), {})) == 0


def scored(session="scored", **about):
    """Bouts from 1 to 3, 2 to 4 and 6 to 7 s after the clock's zero."""
    bouts = pd.DataFrame({"start": [1.0, 2.0, 6.0], "stop": [3.0, 4.0, 7.0], "behavior": ["run", "sniff", "run"]})
    return Ethogram(session=session, bouts=bouts.assign(**about), clock="rat")


def moments():
    return Told("rat", {"time": measured(time=[0.5, 1.5, 2.5, 3.5, 4.5, 6.0, 7.0])}, clock="rat")


def told(there, column, ids):
    return tables.values_on_demand(there, "time", column, ids, tables.beside(there, "time")).tolist()


def test_moments_tell_what_goes_on_then_in_other_sources_on_their_clock():
    there = {0: moments(), 1: scored(), 2: Told("fish", {"time": measured(speed=[9.0])}, clock="fish")}
    assert list(tables.beside(there, "time")) == ["bout.scored"]
    ids = np.r_[pack(0, np.arange(7)), pack(2, [0])]
    assert told(there, "bout.scored", ids) == ["", "run", "sniff", "sniff", "", "run", "", ""]
    assert tables.columns_on_demand(there, "time", tables.beside(there, "time"))[-1] == "bout.scored"
    assert not tables.beside({2: there[2], 1: there[1]}, "time")


def test_of_several_animals_each_tells_its_own_and_so_does_nobody():
    there = {0: moments(), 1: scored(subject=["ann", "", "ann"])}
    assert list(tables.beside(there, "time")) == ["bout.scored ann", "bout.scored"]
    assert told(there, "bout.scored", pack(0, np.arange(7))) == ["", "", "sniff", "sniff", "", "", ""]
    assert told(there, "bout.scored ann", pack(0, np.arange(7))) == ["", "run", "run", "", "", "run", ""]


def test_things_that_last_need_no_animal_and_no_end():
    trials = rows("box", "trial", outcome=["hit", "hit"])
    times = np.array([[1.0, np.nan], [3.0, 5.0]])
    trial = replace(trials, times=lambda: times, telling=("outcome",))
    animals = rows("box", "subject", seen=[1.0, 1.0])
    there = {0: moments(), 1: Told("box", {"trial": trial, "subject": animals}, clock="rat")}
    assert told(there, "trial.box", pack(0, np.arange(7))) == ["", "", "", "hit", "hit", "", ""]


def test_moments_have_the_colours_of_the_bouts_in_which_they_lie(session):
    rat = session.recordings["rat"]
    start = float(rat.domain[0, 0])
    bouts = pd.DataFrame({"start": [start, start + 1], "stop": [start + 1, start + 2], "behavior": ["sniff", "run"]})
    session.add(Ethogram(session="scored", bouts=bouts, clock=rat.clock))
    column = next(name for name in session.columns("time") if name.startswith("bout."))
    ids = session.moments("rat", start + 0.2, start + 0.8)
    of_bouts = session.colors("behavior", "bout", session.everything("bout"))
    of_moments = session.colors(column, "time", ids)
    assert [name for name, _ in of_moments.legend] == ["sniff"]
    assert of_moments.legend[0][1].tolist() == dict(of_bouts.legend)["sniff"].tolist()
    assert (of_moments.rgba == dict(of_bouts.legend)["sniff"]).all()
