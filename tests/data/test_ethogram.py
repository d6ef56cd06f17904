"""Bouts of behaviour: what is refused, what is told, and how they are renamed, joined and cut."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from neurofm.data.ethogram import Ethogram, relabel
from neurofm.data.plausible import findings
from neurofm.data.source import Source


def bouts(*rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame([(*row, "")[:4] for row in rows], columns=["start", "stop", "behavior", "subject"])


@pytest.fixture
def ethogram() -> Ethogram:
    rows = [(4, 6, "groom"), (0, 2, "walk"), (2, 4, "rear"), (6, 7, "walk"), (8, 8, "lick")]
    return Ethogram(session="ada bouts", clock="ada", bouts=bouts(*rows))


def told(ethogram: Ethogram) -> list[tuple[object, ...]]:
    return list(ethogram.bouts[["start", "stop", "behavior"]].itertuples(index=False, name=None))


def test_it_is_a_source_whose_bouts_are_sorted_and_on_the_clock_of_another(ethogram):
    assert isinstance(ethogram, Source)
    assert ethogram.clock == "ada"
    assert ethogram.domain.tolist() == [[0, 8]]
    space = ethogram.spaces()["bout"]
    assert space.count == 5
    assert space.times()[:2].tolist() == [[0, 2], [2, 4]]
    table = space.table()
    assert table["label"].is_unique
    assert table["duration"].tolist() == [2, 2, 2, 1, 0]
    assert ethogram.behaviors == ("walk", "rear", "groom", "lick")
    assert ethogram.summary()["behaviors"] == {"walk": 2, "rear": 1, "groom": 1, "lick": 1}
    for names, told in ((["", ""], {}), (["", "ada"], {"ada": 1, "nobody named": 1})):
        bouts = pd.DataFrame({"start": [0, 1], "stop": [1, 2], "behavior": "walk", "subject": names})
        assert Ethogram(session="day", bouts=bouts).summary()["subjects"] == told


def test_animals_are_in_a_table_with_what_is_the_same_in_all_of_their_bouts():
    rows = bouts((0, 1, "x", "bo"), (1, 2, "y", "ada"), (2, 3, "x", "bo"), (3, 4, "x"))
    both = Ethogram(session="a", bouts=rows.assign(dose=[2, 1, 2, 0], score=[1, 2, 3, 4]))
    assert both.subjects == ("", "ada", "bo")
    space = both.spaces()["subject"]
    table = space.table()
    assert (space.count, table["label"].tolist()) == (3, ["a/nobody named", "a/ada", "a/bo"])
    assert table["bouts"].tolist() == [1, 1, 2]
    assert table["dose"].tolist() == [0, 1, 2]
    assert "score" not in table
    (tie,) = both.ties()
    assert (tie.a, tie.b) == ("subject", "bout")
    named = both.bouts["subject"].to_numpy()[tie.ids_b]
    assert [both.subjects[k] for k in tie.ids_a] == named.tolist()


def test_without_a_clock_it_has_its_own_and_bouts_are_of_its_subject():
    alone = Ethogram(session="a", subject="ada", bouts=bouts((0, 1, "x"), (1, 2, "y", "bo")))
    assert alone.clock == "a"
    assert alone.bouts["subject"].tolist() == ["ada", "bo"]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (pd.DataFrame({"start": [0], "stop": [1]}), "behavior of a is missing; there are start, stop"),
        (bouts((0, 1, "x"), (3, 2, "y")), "stop of a comes before start in row 2"),
        (bouts((0, 1, "x"), (np.nan, 2, "y")), "start of a is 'nan' in row 2"),
        (bouts((0, "late", "x")), "stop of a is 'late' in row 1"),
        (bouts((0, np.inf, "x")), "stop of a is 'inf' in row 1"),
        (bouts((0, 1, " ")), "behavior of a is empty in row 1"),
        (bouts((0, 1, None)), "behavior of a is empty in row 1"),
    ],
)
def test_what_is_no_bout_is_refused(rows, problem):
    with pytest.raises(ValueError, match=problem):
        Ethogram(session="a", bouts=rows)


@pytest.mark.parametrize(
    ("rows", "codes"),
    [
        ([(0, 2, "x", "ada"), (1, 3, "x", "ada")], ["twice"]),
        ([(0, 2, "x", "ada"), (1, 3, "y", "ada")], ["overlap"]),
        ([(0, 2, "x", "ada"), (1, 3, "x", "bo"), (2, 3, "y", "ada")], []),
        ([(0, 31, "x"), (31, 64, "y"), (64, 97, "x"), (97, 128, "y"), (128, 150, "z")], ["unit"]),
        ([(0, 30, "x"), (30, 60, "y"), (60, 90, "x"), (90, 120, "y"), (120, 150, "z")], []),  # epochs of sleep
        ([(0, 1, "x"), (1, 3, "y"), (3, 4, "x"), (4, 6, "y"), (6, 7, "z")], []),  # seconds by hand
    ],
)
def test_what_is_odd_is_told(rows, codes):
    assert [finding.code for finding in findings(Ethogram(session="a", bouts=bouts(*rows)))] == codes


def test_a_behavior_is_renamed_and_no_bout_is_another(ethogram):
    renamed, (before, now) = relabel(ethogram, "step", np.array([0, 3]))
    assert renamed.behaviors == ("step", "rear", "groom", "lick")
    assert before.tolist() == now.tolist() == [0, 1, 2, 3, 4]


def test_what_is_merged_and_follows_at_once_becomes_one_bout(ethogram):
    merged, (before, now) = relabel(ethogram, "walk", np.array([1]))
    assert told(merged) == [(0, 4, "walk"), (4, 6, "groom"), (6, 7, "walk"), (8, 8, "lick")]
    assert dict(zip(before, now)) == {0: 0, 1: 0, 2: 1, 3: 2, 4: 3}
    assert merged.clock == "ada"


def test_a_behavior_is_split_in_time_and_what_lasts_then_is_cut(ethogram):
    split, (before, now) = relabel(ethogram, "late", np.array([0, 2, 3]), (5.0, np.inf))
    assert told(split) == [
        (0, 2, "walk"), (2, 4, "rear"), (4, 5, "groom"), (5, 7, "late"), (8, 8, "lick"),
    ]  # fmt: skip
    assert list(zip(before.tolist(), now.tolist())) == [(0, 0), (1, 1), (2, 2), (2, 3), (3, 3), (4, 4)]
    assert split.bouts["stop"].sub(split.bouts["start"]).sum() == 7


def test_a_name_within_a_span_cuts_on_both_sides_and_can_be_taken_back(ethogram):
    inside, _ = relabel(ethogram, "nose", np.array([2]), (4.5, 5.0))
    assert told(inside)[2:5] == [(4, 4.5, "groom"), (4.5, 5, "nose"), (5, 6, "groom")]
    back, _ = relabel(inside, "groom", np.array([3]))
    assert told(back) == told(ethogram)


def test_bouts_that_a_file_holds_apart_stay_apart_and_those_of_others_are_not_joined():
    rows = bouts((0, 1, "x", "ada"), (1, 2, "x", "ada"), (2, 3, "y", "bo"), (2, 3, "z", "ada"))
    apart = Ethogram(session="a", bouts=rows)
    assert len(relabel(apart, "new", np.array([0, 1]))[0].bouts) == 4
    assert len(relabel(apart, "x", np.array([2]))[0].bouts) == 4
    assert len(relabel(apart, "x", np.array([3]))[0].bouts) == 3


def test_what_is_tied_is_the_bout_that_holds_it_also_where_what_is_joined_changes_its_place():
    rows = bouts((0, 1, "a", "x"), (0, 2, "b", "y"), (1, 5, "c", "x"), (1, 5, "d", "y"))
    joined, (before, now) = relabel(Ethogram(session="a", bouts=rows), "c", np.array([0]))
    assert told(joined) == [(0, 2, "b"), (0, 5, "c"), (1, 5, "d")]
    assert dict(zip(before.tolist(), now.tolist())) == {0: 1, 1: 0, 2: 1, 3: 2}
