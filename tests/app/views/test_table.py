"""The table: sorted, filtered, and only what is in sight."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from neurofm.app.pictures.scene import Shape, Viewport
from neurofm.app.session import Session
from neurofm.app.verbs import compare
from neurofm.app.views import table
from neurofm.data import Recording, Spikes
from neurofm.data.cells import Cells

VIEW = Viewport(width=300, height=600)


def rows(scene):
    return scene.marks[0]


def test_a_row_for_each_unit_with_its_columns(session):
    mark = rows(table.scene(table.State(), session, VIEW))
    assert mark.ids.tolist() == session.table("unit").index.tolist()
    assert mark.columns[0].name == "label"
    assert mark.columns[0].text == tuple(session.table("unit")["label"])


def test_a_double_click_goes_to_when_a_thing_begins(session):
    state = table.State(of="trial", sort_by="start", descending=True)
    shown = table.frame(state, session)
    table.activate(state, session, 3)
    assert session.time == shown["start"].iloc[3]
    table.activate(table.State(of="unit"), session, 0)  # of what has no times nothing happens
    table.activate(state, session, 10_000)
    assert session.time == shown["start"].iloc[3]
    trials = session.recordings["rat"].trials.copy()
    trials.loc[0, "start"] = np.nan
    endless = replace(session.recordings["rat"], session="endless", intervals={"trials": trials})
    session.add(endless)
    session.current = "rat"
    rows = table.frame(table.State(of="trial"), session)
    table.activate(table.State(of="trial"), session, int(np.flatnonzero(rows["start"].isna())[0]))
    assert session.current == "rat"
    session.time = 0.0
    later = table.State(of="trial", filter=f"start > {shown['start'].median()}")
    table.activate(later, session, 0)
    assert session.time == table.frame(later, session)["start"].iloc[0]


@pytest.mark.parametrize("descending", [False, True])
def test_rows_are_sorted_with_what_is_missing_last(session, descending):
    state = table.State(sort_by="rate", descending=descending)
    mark = rows(table.scene(state, session, VIEW))
    rates = session.table("unit")["rate"].loc[mark.ids].to_numpy()
    assert (np.diff(rates) <= 0).all() if descending else (np.diff(rates) >= 0).all()
    assert (mark.sorted_by, mark.descending) == ("rate", descending)


def test_bars_are_shares_of_the_largest_value(session):
    mark = rows(table.scene(table.State(), session, VIEW))
    rate = next(c for c in mark.columns if c.name == "rate")
    values = session.table("unit")["rate"].to_numpy()
    assert np.allclose(rate.bars, values / values.max())


def test_only_what_is_in_sight_is_drawn_and_hits_count_from_the_top(session):
    mark = rows(table.scene(table.State(sort_by="rate"), session, Viewport(y=(2.0, 4.0), height=44)))
    order = table.frame(table.State(sort_by="rate"), session).index
    assert (mark.first, mark.total, mark.ids.tolist()) == (2, len(order), order[2:4].tolist())
    space, ids = table.hit(table.State(sort_by="rate"), session, Shape("box", np.array([[0.0, 1.0], [1.0, 3.0]])))
    assert (space, ids.tolist()) == ("unit", sorted(order[1:3]))


def test_many_rows_send_no_more_than_fit():
    from neurofm.synthetic import reaching

    session = Session(reaching.sessions(2, units=400, duration=1.0))
    mark = rows(table.scene(table.State(), session, Viewport(height=440)))
    assert len(mark.ids) == 22
    assert mark.total == 800


@pytest.mark.parametrize(
    ("filter", "share"), [("", 1), ("rate > 1e-9", 1), ("label == 'rat/u1'", 1 / 5), ("speeed > 2", 1)]
)
def test_a_filter_hides_rows_and_one_that_is_wrong_none(session, filter, share):
    scene = table.scene(table.State(filter=filter), session, VIEW)
    assert rows(scene).total == share * len(session.table("unit"))
    assert ("speeed" in scene.warning) == ("speeed" in filter)


def test_a_filter_keeps_what_it_says(session):
    slow = session.table("unit")["rate"].median()
    shown = table.scene(table.State(filter=f"rate > {slow}"), session, VIEW)
    assert rows(shown).total == int((session.table("unit")["rate"] > slow).sum())
    none = table.scene(table.State(filter="rate > 1e9"), session, VIEW)
    assert "change it" in none.message


def test_the_place_of_the_first_pick_is_told_in_the_order_shown(session):
    assert rows(table.scene(table.State(), session, VIEW)).pick == -1
    state = table.State(sort_by="rate", descending=True)
    order = table.frame(state, session).index
    session.selection.pick("unit", order[[2, 1]])
    assert rows(table.scene(state, session, VIEW)).pick == 1


def test_picked_rows_are_marked(session):
    session.selection.pick("unit", [1, 3])
    scene = table.scene(table.State(), session, VIEW)
    assert rows(scene).picked.tolist() == [i in (1, 3) for i in rows(scene).ids]
    assert scene.note.startswith("2 of ")


def test_two_groups_are_compared_column_by_column(session):
    assert "G" in table.scene(table.State(of="comparison"), session, VIEW).message
    session.group("fast", "unit", [0, 1])
    session.group("slow", "unit", [2, 3, 4])
    assert compare.pair(table.State(), session) == ("fast", "slow")
    before = list(session.actions)
    mark = rows(table.scene(table.State(of="comparison"), session, VIEW))
    assert session.actions == before
    assert {"fast", "slow", "n of fast", "n of slow"} <= {column.name for column in mark.columns}
    assert "rate" in mark.columns[0].text
    assert mark.space == ""


def test_columns_say_in_what_they_are_measured_unless_sources_differ():
    def cells(name, unit):
        rows = pd.DataFrame({"number": [1, 2], "z": [1.0, 2], "y": [3.0, 4], "x": [5.0, 6], "size": [7.0, 8]})
        return Cells(session=name, cells=rows, unit=unit)

    session = Session(cells("a", "um"))
    heads = {c.name: c.heading for c in table.scene(table.State(of="cell"), session, VIEW).marks[0].columns}
    assert (heads["size"], heads["z"], heads["label"]) == ("size (µm³)", "z (µm)", "label")
    session.add(cells("b", "voxels"))
    heads = {c.name: c.heading for c in table.scene(table.State(of="cell"), session, VIEW).marks[0].columns}
    assert heads["z"] == "z"


def test_rows_are_things_of_the_current_source():
    rows = pd.DataFrame({"number": [1], "z": [1.0], "y": [3.0], "x": [5.0]})
    spikes = Spikes(np.array([0.1, 0.2]), np.array([0, 0], np.int32))
    units = Recording(session="a", spikes=spikes, units=pd.DataFrame({"label": ["u"]}))
    session = Session(units)
    session.add(Cells(session="b", cells=rows))
    for name, of in (("a", "unit"), ("b", "cell")):
        session.current = name
        assert table.rows_of(table.State(), session) == of


def test_what_is_not_known_has_no_dot():
    frame = pd.DataFrame({"kind": ["a", None, "b", "a", ""]})
    column = table._column(frame, "kind", slice(0, 5), dark=True)
    assert (column.color[:, 3] > 0).tolist() == [True, False, True, True, False]
