"""Ids, names, masks and rows of a table all say which things are meant; anything else is refused in a sentence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from neurofm.data.given import ids_given
from neurofm.data.ids import pack

IDS = pack([0, 0, 0, 1], [0, 1, 2, 0])
LABELS = pd.Series(["rat/a", "rat/b", "rat/7", "bo/a"], IDS)
BO = int(IDS[3])
TABLE = pd.DataFrame({"label": LABELS, "rate": [1.0, 3.0, 2.0, 5.0]})


@pytest.mark.parametrize(
    ("given", "ids"),
    [
        ([], []),
        ([2, 0, 2], [2, 0, 2]),
        ((0, BO), [0, BO]),
        (range(3), [0, 1, 2]),
        ({1}, [1]),
        ((k for k in (1, 2)), [1, 2]),
        (1, [1]),
        (np.int32(1), [1]),
        (np.array([0, BO], np.uint64), [0, BO]),
        (np.array([0.0, 2.0]), [0, 2]),
        (np.array([0, 1], object), [0, 1]),
        (pd.Series([2, 1]), [2, 1]),
        (pd.Series([2, 1], dtype="Int64"), [2, 1]),
        (pd.Index([2, 1]), [2, 1]),
        ("rat/b", [1]),
        (["bo/a", "rat/a"], [BO, 0]),
        (["b", "7"], [1, 2]),
        (pd.Series(["rat/7"], dtype="string"), [2]),
        (pd.Categorical(["rat/7"]), [2]),
        ([True, False, True, False], [0, 2]),
        (np.array([False, False, False, True]), [BO]),
        (pd.Series([False, True, False, True], dtype="boolean"), [1, BO]),
        (TABLE["rate"] > 2, [1, BO]),
        ((TABLE["rate"] > 2)[::-1], [BO, 1]),
        (TABLE[TABLE["rate"] > 2], [1, BO]),
        (TABLE.sort_values("rate").set_axis(range(4)).head(2), [0, 2]),
    ],
)
def test_every_way_to_say_which(given, ids):
    got = ids_given(given, "unit", LABELS)
    assert (got.dtype, got.tolist()) == (np.int64, ids)


WRONG = {
    "a mask too short": ([True, False, True], ValueError, "a mask of units needs 4 values, one for each, got 3"),
    "a mask too long": (np.ones(5, bool), ValueError, "a mask of units needs 4 values, one for each, got 5"),
    "a mask of no number of them": (pd.Series([True, False]), ValueError, "units"),
    "a mask with a hole": (pd.array([True, None, True, True]), ValueError, "names or a mask, got <NA>"),
    "true alone": (True, ValueError, "units are given by ids .whole numbers., names or a mask, got True"),
    "true among ids": ([0, True], ValueError, "got True"),
    "half an id": (1.7, ValueError, "got 1.7"),
    "half an id among others": (np.array([0.0, 1.7]), ValueError, "got 1.7"),
    "not a number": ([0, float("nan")], ValueError, "got nan"),
    "infinite": (np.array([np.inf]), ValueError, "got inf"),
    "a float that holds no id": (np.array([2.0**60]), ValueError, "got 1.15"),
    "larger than any id": (np.array([2**64 - 1], np.uint64), ValueError, "got 18446744073709551615"),
    "larger than any number": ([10**30], ValueError, "got 1000000000000000000000000000000"),
    "an id of nothing": ([0, 99999], LookupError, "no unit has the id 99999; there are 0 to 2, 17592186044416"),
    "below zero": ([-1], LookupError, "no unit has the id -1; there are 0 to 2"),
    "a name of nothing": (["rat/x"], LookupError, "no unit is called 'rat/x'; there are rat/a … bo/a; did you mean"),
    "a number as text": (["0", "1"], LookupError, "no unit is called '0'"),
    "a name of several": (["a"], LookupError, "2 units are called 'a'; say which: rat/a, bo/a"),
    "names and ids": (["rat/a", 1], ValueError, "got 1"),
    "nothing at all": (None, ValueError, "got None"),
    "a hole": ([0, None], ValueError, "got None"),
    "two dimensions": ([[0, 1], [1, 2]], ValueError, r"must be one list, got an array of shape \(2, 2\)"),
    "a column": (np.zeros((2, 1), int), ValueError, r"got an array of shape \(2, 1\)"),
    "lists of lists": ([[0], [1, 2]], ValueError, "got list"),
    "a dictionary": ({0: 1}, ValueError, "got dict"),
    "bytes": (b"rat/a", ValueError, "got b'rat/a'"),
    "complex": (np.array([1j]), ValueError, "got"),
    "dates": (np.array(["2020-01-01"], "M8[D]"), ValueError, "got"),
    "rows without labels": (pd.DataFrame({"rate": [1.0]}), ValueError, "got DataFrame"),
}


@pytest.mark.parametrize("case", WRONG)
def test_anything_else_is_refused(case):
    given, error, words = WRONG[case]
    with pytest.raises(error, match=words):
        ids_given(given, "unit", LABELS)


def test_things_without_names_are_given_by_ids_alone():
    assert ids_given([BO, 5], "time").tolist() == [BO, 5]
    for given in (["rat"], [True], "rat"):
        with pytest.raises(ValueError, match="moments have no names and are too many for a mask; give ids, got "):
            ids_given(given, "time")
