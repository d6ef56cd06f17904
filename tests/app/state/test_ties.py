"""What was at the same time belongs together, and what a source ties itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofm.app.session import Session
from neurofm.app.state import ties
from neurofm.data.ids import pack, unpack
from neurofm.data.source import Alike, Space, Tie
from tests.app.state.conftest import Told


def test_a_trial_picks_its_moments_and_a_moment_its_trial(session):
    trials = session.recordings["rat"].intervals["trials"]
    session.selection.pick("trial", [1])
    times = unpack(session.selection.picked("time"))[1] / 1e6 + 100
    assert len(times)
    assert ((times >= trials["start"][1]) & (times < trials["stop"][1])).all()
    every = np.unique(np.concatenate([session.embeddings["a time"].ids, session.predictions["a rat"].ids]))
    at = every / 1e6 + 100
    assert len(times) == ((at >= trials["start"][1] - 1e-9) & (at < trials["stop"][1] - 1e-9)).sum()
    session.selection.pick("time", session.selection.picked("time")[:1])
    assert session.selection.picked("trial").tolist() == [1]


def test_a_session_on_the_map_picks_its_units(make):
    a, b = make.recording("a"), make.recording("b", units=3)
    session = Session([a, b])
    units = make.units(a, b)
    rows = {"values": units.values[:2], "xy": units.xy[:2], "labels": ("a", "b")}
    session.add(replace(units, name="s", space="session", ids=pack([0, 1], 0), **rows))
    session.selection.pick("session", pack([1], 0))
    assert session.selection.picked("unit").tolist() == pack(1, np.arange(3)).tolist()


def test_a_trial_without_a_time_picks_nothing(make):
    recording = make.recording("a")
    trials = recording.intervals["trials"].copy()
    trials.loc[1, ["start", "stop"]] = np.nan
    session = Session([replace(recording, intervals={"trials": trials})])
    session.selection.pick("trial", [1])
    assert session.selection.spaces() == ["trial"]
    session.selection.pick("trial", [2])
    assert len(session.selection.picked("time")) == 20


def test_what_the_same_labels_number_alike_is_one_thing():
    def numbered(session, space, *numbers, **where):
        held = np.array(numbers)
        return Told(session, {space: Space(count=len(held), numbers=lambda local: held[local], **where)})

    place = {"volume": "/data/cells.zarr", "labels": "cell"}
    sources = [
        numbered("graph", "node", 3, 1, 2, **place),
        numbered("cells", "cell", 2, 3, 0, **place),
        numbered("others", "cell", 3, **place | {"volume": "/data/others.zarr"}),
        numbered("again", "cell", 2, 5, **place),
    ]
    assert tied(sources) == {
        ("node", "cell"): [((0, 0), (1, 1)), ((0, 2), (1, 0)), ((0, 2), (3, 0))],
        ("cell", "cell"): [((1, 0), (3, 0)), ((3, 0), (1, 0))],
    }


def timed(session, space, times, clock="lab", **more):
    return Told(session, {space: Space(count=len(times), times=lambda: np.array(times, float))}, clock=clock, **more)


def tied(sources, shown=(), mapped=()):
    """What each link ties, as pairs of (number, row), by spaces."""
    links = ties.links(dict(enumerate(sources)), lambda number: pack(number, np.array(shown, np.int64)), mapped)
    pairs = {}
    for link in links:
        ends = [list(zip(*(part.tolist() for part in unpack(ids)))) for ids in (link.ids_a, link.ids_b)]
        pairs.setdefault((link.a, link.b), []).extend(zip(*ends))
    return pairs


BOTH = {("unit", "region"), ("session", "unit")}
spans = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)), min_size=1, max_size=6)


@given(spans, st.lists(st.integers(0, 60), min_size=1, max_size=8))
def test_shorter_things_belong_to_the_longer_in_which_they_begin(pieces, begins):
    long = [(100 + a, 100 + a + n) for a, n in pieces]
    short = [(100 + a, 100 + a + 0.5) for a in begins]
    pairs = tied([timed("rat", "trial", long), timed("cam", "bout", short)])
    wanted = {((0, k), (1, j)) for k, (a, b) in enumerate(long) for j, (c, _) in enumerate(short) if a <= c < b}
    assert set(pairs.get(("trial", "bout"), [])) == wanted


@pytest.mark.parametrize(("clocks", "moved"), [(("lab", "lab"), {0, 1}), (("lab", "field"), {0}), (("", ""), {0})])
def test_only_sources_of_one_clock_move_together(clocks, moved):
    moments = Told("cam", {"time": Space()}, clock=clocks[1])
    trials = Told("rat", {"trial": Space(times=lambda: np.array([[101.0, 103.0]])), "time": Space()}, clock=clocks[0])
    pairs = tied([trials, moments], shown=[500_000, 1_500_000, 3_500_000])
    assert {other[0] for _, other in pairs["trial", "time"]} == moved
    assert {other[1] for _, other in pairs["trial", "time"]} == {1_500_000}


def test_things_that_happen_at_a_moment_last_until_the_next():
    frames = Told("cam", {"frame": Space(times=lambda: np.array([101.0, 102, 104])), "time": Space()})
    pairs = tied([frames], shown=[0, 1_000_000, 3_999_999, 4_000_000, 5_000_000, 5_600_000])
    assert [(one[1], other[1]) for one, other in pairs["frame", "time"]] == [
        (0, 1_000_000), (1, 3_999_999), (2, 4_000_000), (2, 5_000_000),
    ]  # fmt: skip


@pytest.mark.parametrize("times", [[[np.nan, 105.0]], [[101.0, np.nan]], [[np.nan, np.nan]]])
def test_a_thing_whose_start_or_stop_is_unknown_is_tied_to_nothing(times):
    trials = Told("rat", {"trial": Space(times=lambda: np.array(times)), "time": Space()}, clock="lab")
    bouts = timed("cam", "bout", [(102.0, 102.1)])
    pairs = tied([trials, bouts], shown=[1_000_000, 2_000_000])
    assert pairs.pop(("bout", "time")) == [((1, 0), (0, 2_000_000))]
    assert not any(pairs.values())


@pytest.mark.parametrize(("mapped", "spaces"), [([], {("unit", "region")}), (["session"], BOTH)])
def test_what_a_source_ties_itself_has_its_number_and_sessions_only_on_a_map(mapped, spaces):
    rows = np.arange(2)
    source = Told("rat", belong=(Tie("session", "unit", rows * 0, rows), Tie("unit", "region", rows, rows * 0)))
    pairs = tied([Told("other"), source], mapped=mapped)
    assert set(pairs) == spaces
    assert pairs["unit", "region"] == [((1, 0), (1, 0)), ((1, 1), (1, 0))]


def test_things_of_one_kind_that_last_are_not_tied_to_each_other():
    assert tied([timed("rat", "trial", [(101, 109)]), timed("cat", "trial", [(102, 103)])]) == {}


@pytest.mark.parametrize(
    ("one", "other", "pairs"),
    [
        ([0, 1, 2], [0, 1, 2], [(0, 0), (1, 1), (2, 2)]),
        ([0, 1, 2], [0 + 1e-9, 1 - 1e-9, 2], [(0, 0), (1, 1), (2, 2)]),  # seconds are rounded
        ([0, 1, 2], [0.4, 1.4, 2.4], [(0, 0), (1, 1), (2, 2)]),  # the second camera begins later
        ([0, 1, 2, 3, 4], [0, 3], [(0, 0), (1, 0), (2, 1), (3, 1), (4, 1)]),  # is slower: the nearest is shown
        ([0, 1, 5, 6], [0, 1, 2, 3, 4, 5, 6], [(0, 0), (1, 1), (1, 2), (1, 3), (1, 4), (2, 5), (3, 6)]),  # it hesitates
        ([0, 1], [50, 51], []),
        ([0, 1, 2], [1.0], [(1, 0)]),
        ([0, 1, 2, 3], [2, 3, 4, 5], [(2, 0), (3, 1)]),
    ],
)
def test_frames_of_two_cameras_are_tied_to_those_shown_with_them(one, other, pairs):
    links = tied([timed("top", "frame", one), timed("side", "frame", other)])
    both = {(a[1], b[1]) for a, b in links["frame", "frame"] if a[0] == 0}
    assert both == set(pairs) == {(b[1], a[1]) for a, b in links["frame", "frame"] if a[0] == 1}


def test_no_frame_of_either_camera_goes_without():
    rng = np.random.default_rng(0)
    times = [100 + rng.uniform(0.01, 0.12, count).cumsum() for count in (300, 200)]
    links = tied([timed("top", "frame", times[0]), timed("side", "frame", times[1])])
    for end, (own, beside) in enumerate((times, times[::-1])):
        inside = np.flatnonzero((own >= beside[0]) & (own <= beside[-1]))
        assert set(inside.tolist()) <= {a[1] for a, _ in links["frame", "frame"] if a[0] == end}


@pytest.mark.parametrize("first", [0, 1])
def test_a_pick_of_one_camera_is_a_pick_of_the_other_and_of_the_tracks(first):
    times = np.arange(10.0)
    sources = [timed("top", "frame", times), timed("tracks", "frame", times), timed("side", "frame", times[::3])]
    session = Session(sources)
    picked = pack(session.number(("top", "tracks")[first]), [4, 5])
    session.selection.pick("frame", picked)
    number, row = unpack(session.selection.picked("frame"))
    assert list(zip(number.tolist(), row.tolist())) == [(0, 4), (0, 5), (1, 4), (1, 5), (2, 1), (2, 2)]
    session.selection.pick("frame", picked[1:], "remove")
    number, row = unpack(session.selection.picked("frame"))
    assert list(zip(number.tolist(), row.tolist())) == [(0, 4), (1, 4), (2, 1)]


def test_matches_lead_to_both_units_and_units_that_are_alike_to_each_other(make):
    a, b = make.recording("ada"), make.recording("bo")
    labels = [one.spaces()["unit"].table()["label"].to_numpy(object)[:2] for one in (a, b)]
    ends = np.array([[labels[0][0], labels[1][1]], [labels[0][1], "nobody"]], object)
    table = pd.DataFrame({"label": ["m 0", "m 1"]})
    space = Space(count=2, table=lambda: table, named={"unit": lambda: ends})
    told = Told("pairs", {"match": space}, belong=(Alike("unit", ends),))
    pairs = tied([a, b, told])
    assert set(pairs["match", "unit"]) == {((2, 0), (0, 0)), ((2, 0), (1, 1)), ((2, 1), (0, 1))}
    assert set(pairs["unit", "unit"]) == {((0, 0), (1, 1)), ((1, 1), (0, 0))}
