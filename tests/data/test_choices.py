"""Choices: what is checked, what tables tell, and what people count by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from neurofm.data.choices import Choices, habits, padded, part, take
from neurofm.data.source import SESSION, Source

NAMES = pd.DataFrame({"label": ["a", "b", "c"], "age": [20, 30, 40]})


def choices(**changed):
    given = {
        "session": "s", "subjects": NAMES, "of": [0, 0, 0, 0, 1, 1, 2], "action": [0, 0, 1, 1, 2, 2, 0],
        "outcomes": np.array([1.0, 0, 0, 1, 5, np.nan, 2]), "arms": ("x", "y", "z"),
    }  # fmt: skip
    return Choices(**{**given, **changed})


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"action": [0, 0, 1, 1, 2, 3, 0]}, "trial 5 of s chose arm 3, of 3"),
        ({"action": [0, 0, -1, 1, 2, 2, 0]}, "trial 2 of s chose arm -1, of 3"),
        ({"of": [0, 0, 0, 1, 0, 1, 2]}, "must lie one subject after the other"),
        ({"of": [0, 0, 0, 0, 1, 1, 3]}, "must lie one subject after the other"),
        ({"of": [0, 0]}, "of of s has 2 rows for 7 trials"),
        ({"subjects": pd.DataFrame({"label": ["a", "a", "b"]})}, "no name comes twice"),
        ({"columns": pd.DataFrame({"rt": [1.0]})}, "columns of s has 1 rows for 7 trials"),
    ],
)
def test_what_cannot_be_is_refused(changed, words):
    with pytest.raises(ValueError, match=words):
        choices(**changed)


def test_is_a_source_whose_subjects_have_their_trials():
    source = choices()
    assert isinstance(source, Source)
    tables = {name: space.table() for name, space in source.spaces().items()}
    assert [len(table) for table in tables.values()] == [space.count for space in source.spaces().values()] == [3, 7]
    assert all(table["label"].is_unique for table in tables.values())
    ties = {(tie.a, tie.b): tie for tie in source.ties()}
    assert ties["subject", "trial"].ids_a.tolist() == [0, 0, 0, 0, 1, 1, 2]
    assert ties[SESSION, "subject"].ids_b.tolist() == [0, 1, 2]
    assert source.number.tolist() == [1, 2, 3, 4, 1, 2, 1]
    assert "c: fewer than two trials" in source.warnings()[0]


def test_habits_are_those_counted_by_hand():
    counted = habits(choices())
    assert counted["win_stay"][0] == 1.0  # won once before another trial, and stayed
    assert counted["lose_shift"][0] == 0.5  # lost twice, left once
    assert counted["repeats"].tolist()[:2] == [2 / 3, 1.0]
    assert np.isnan(counted["repeats"][2])
    assert counted["mean_reward"].tolist() == [0.5, 5.0, 2.0]
    assert counted["evenness"] == pytest.approx([np.log(2) / np.log(3), 0.0, 0.0])


def test_some_subjects_and_some_trials():
    source = choices()
    turned = take(source, [2, 0])
    assert turned.subjects["label"].tolist() == ["c", "a"]
    assert turned.of.tolist() == [0, 1, 1, 1, 1]
    assert turned.action.tolist() == [0, 0, 0, 1, 1]
    late = part(source, source.place >= 1)
    assert late.lengths.tolist() == [3, 1, 0]
    assert late.number.tolist() == [2, 3, 4, 2]


def test_gain_and_loss_add_up_where_known():
    outcomes = np.array([[1.0, -1.0], [1.0, np.nan], [np.nan, np.nan]])
    source = choices(of=[0, 0, 1], action=[0, 1, 0], outcomes=outcomes, outcome_names=("gain", "loss"))
    np.testing.assert_array_equal(source.reward(), [0.0, 1.0, np.nan])


def test_padded_rows_are_those_of_the_subjects():
    action, outcomes = padded(choices(), [1, 0])
    assert action.tolist() == [[2, 2, -1, -1], [0, 0, 1, 1]]
    np.testing.assert_array_equal(outcomes[..., 0], [[5, np.nan, np.nan, np.nan], [1, 0, 0, 1]])
