"""Pairs of units that are alike say how sure they are, and lead to both."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from neurofm.data.matches import Matches


def matches(**more):
    """Two of ada's units and three of bo's; the first pair is sure."""
    units = pd.DataFrame({"label": ["ada/0", "ada/1", "bo/0", "bo/1", "bo/2"], "group": ["x", "", "x", "", ""]})
    animals = pd.DataFrame({"label": ["ada", "bo"], "found": [0.5, 1.0], "chance": [0.5, 1 / 3]})
    pairs = pd.DataFrame(
        {
            "a": [0, 1], "b": [2, 3], "distance": [0.1, 0.5], "rank": [1, 1], "margin": [0.5, 0.1], "q": [0.04, 0.4],
            "given": [False, False],
        }
    )  # fmt: skip
    given = {"session": "ada, bo", "space": "unit", "animals": animals, "units": units, "animal": [0, 0, 1, 1, 1]}
    given |= {"pairs": pairs, "distances": {(0, 1): np.arange(6.0).reshape(2, 3)}, "by": "tuning", "method": "nearest"}
    return Matches(**given | more)


def test_pairs_up_to_the_level_and_those_of_a_user_are_matches():
    assert matches().matched.tolist() == [True, False]
    assert matches(level=0.01).matched.tolist() == [False, False]
    told = matches().pairs.assign(given=[False, True])
    assert matches(pairs=told).matched.tolist() == [True, True]
    assert matches(pairs=told).spaces()["match"].table()["match"].tolist() == ["match", "given"]


def test_distances_are_there_from_both_sides():
    assert matches().distance(1, 0).tolist() == matches().distance(0, 1).T.tolist()
    assert matches(distances={}).distance(0, 1) is None


def test_what_it_says_follows_what_is_known():
    assert "1 match at a false-discovery rate of 10%: about 0 of them are expected to be wrong" in matches().said
    assert "ada finds 50% of its own units again (chance 50.0%)" in matches().said
    assert "No pair is better than chance" in matches(pairs=matches().pairs.assign(q=0.8), level=0.6).said
    assert "Of 2 pairs none can be told to be better than chance at 1%" in matches(level=0.01).said
    assert "cannot be told" in matches(pairs=matches().pairs.assign(q=np.nan)).said
    given = matches().pairs.assign(given=[False, True], q=[0.04, np.nan])
    assert "1 match at a false-discovery rate of 10%" in matches(pairs=given).said
    assert ", and 1 were known" in matches(pairs=given).said


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"animal": [1, 0, 0, 0, 0]}, "one animal after the other"),
        ({"animal": [0, 0, 2, 2, 2]}, "name animal 2, of 2"),
        ({"distances": {(0, 1): np.zeros((3, 2))}}, "do not fit"),
        ({"distances": {(1, 0): np.zeros((3, 2))}}, "do not fit"),
        ({"pairs": matches().pairs.assign(b=[2, 9])}, "names unit 9, of 5"),
        ({"pairs": matches().pairs.assign(b=[2, 1])}, "of an earlier and of a later animal"),
        ({"units": matches().units.assign(label="x")}, "none comes twice"),
        ({"profiles": np.zeros((5, 2))}, "a name for each feature"),
    ],
)
def test_what_does_not_fit_is_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        matches(**wrong)


def test_summary_has_what_the_command_line_tells():
    told = matches().summary()
    assert (told["pairs"], told["fdr"], told["half_split"]) == (2, 0.1, {"ada": 0.5, "bo": 1.0})
