"""Decoders are carried between planted animals and between real ones, with labels of the other and without."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurofm import io
from neurofm.analysis import carry
from neurofm.errors import DataError
from tests.animals import TARGETS, planted, recordings

QUICK = ("matched units", "Procrustes", carry.LABELLED, "population activity, pooled")


@pytest.fixture(scope="module")
def animals():
    return planted()


@pytest.fixture(scope="module")
def pair():
    return recordings()


def given(animals, **changed):
    arrays = {
        "one": animals.one, "conditions": animals.targets, "shown": animals.other[:80], "asked": animals.other[80:],
        "labels": animals.hidden[:80],
    }  # fmt: skip
    return arrays | changed


def test_names_of_conditions_come_back(animals):
    names = np.array([f"to {k}" for k in range(TARGETS)])
    words = given(animals, conditions=names[animals.targets], labels=names[animals.hidden[:80]])
    said = carry.carry("matched units", **words)
    np.testing.assert_array_equal(said, names[carry.carry("matched units", **given(animals))])
    assert (said == names[animals.hidden[80:]]).mean() > 0.8


@pytest.mark.parametrize("way", ["matched units", "Procrustes"])
def test_the_order_of_units_does_not_matter(animals, way):
    rng = np.random.default_rng(0)
    first, second = (rng.permutation(animals.one.shape[2]) for _ in range(2))
    arrays = given(
        animals, one=animals.one[..., first], shown=animals.other[:80][..., second],
        asked=animals.other[80:][..., second],
    )  # fmt: skip
    np.testing.assert_array_equal(carry.carry(way, **arrays), carry.carry(way, **given(animals)))


@pytest.mark.parametrize("way", [name for name, way in carry.WAYS.items() if not way.labels])
def test_ways_without_labels_never_see_them(animals, way, monkeypatch):
    seen = []
    monkeypatch.setitem(carry.WAYS, way, carry.Way(False, lambda p: seen.append(p.labels) or np.zeros(80, int)))
    carry.carry(way, **given(animals))
    assert seen == [None]


def test_labels_of_conditions_that_the_first_does_not_have_are_left_out(animals):
    labels = animals.hidden[:80].copy()
    labels[labels == 3] = 99
    said = carry.carry("Procrustes", **given(animals, labels=labels))
    others = animals.hidden[80:] != 3
    assert (said == animals.hidden[80:])[others].mean() > 0.7


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"labels": None}, "give their labels"),
        ({"labels": np.zeros(3)}, "one for each of 80 trials shown, got 3"),
        ({"labels": np.full(80, 77)}, "fewer than two conditions are shared"),
        ({"conditions": np.zeros(160, int)}, "needs two conditions"),
        ({"conditions": np.zeros(5, int)}, "one for each of 160 trials, got 5"),
        ({"shown": np.zeros((80, 5))}, r"shown must be \(trial, bin, unit\)"),
        ({"asked": np.zeros((4, 5, 3))}, "asked must have the units shown, 50, got 3"),
        ({"asked": np.full((4, 5, 50), np.nan)}, "asked has a trial without any bin"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(animals, changed, problem):
    with pytest.raises(ValueError, match=problem):
        carry.carry("matched units", **given(animals, **changed))


def test_an_unknown_way_is_refused(animals):
    with pytest.raises(LookupError, match="no way 'by magic'; there are"):
        carry.carry("by magic", **given(animals))


def test_a_table_tells_ways_with_labels_from_those_without_and_permuted_ones_are_chance(pair):
    told = []
    table = carry.compare(*pair, ways=QUICK, halves=3, step=lambda done, words: told.append((done, words)))
    assert list(table["system"]) == list(QUICK)
    assert list(table["labels"]) == [True, True, True, False]
    assert (table["n"] == 3).all()
    assert (table["chance"] == 1 / TARGETS).all()
    by = table.set_index("system")
    assert (by.loc[list(QUICK[:3]), "accuracy"] > 0.6).all()
    assert by.loc[QUICK[3], "accuracy"] > 0.2
    assert (abs(table["permuted"] - 1 / TARGETS) < 0.12).all()
    assert len(told) == 12
    assert all(0 <= done < 1 for done, _ in told)


def test_halves_are_the_same_for_all_ways_and_drawn_from_the_seed(pair):
    shown, asked = carry.split(11, 0, 5)
    assert len(shown) == 5
    np.testing.assert_array_equal(np.sort(np.r_[shown, asked]), np.arange(11))
    assert (carry.split(11, 1, 5)[0] != shown).any()
    alone = carry.by_halves(*pair, ways=QUICK[1:2], halves=2)
    among = carry.by_halves(*pair, ways=QUICK[:2], halves=2)
    np.testing.assert_array_equal(alone["accuracy"], among[among["system"] == QUICK[1]]["accuracy"])


def test_targets_that_only_one_has_are_left_out(pair):
    one, other = pair
    table = other.intervals["trials"].query("target < 6")
    a, b = carry.shared_trials(one, replace(other, intervals={"trials": table}))
    assert set(a.conditions) == set(b.conditions) == {str(k) for k in range(6)}


def test_recordings_that_cannot_be_compared_are_refused(pair):
    one, other = pair
    trials = other.intervals["trials"]
    renamed = replace(other, intervals={"trials": trials.assign(target=trials["target"] + 20)})
    with pytest.raises(DataError, match="fewer than two conditions of 'target' in common with ada"):
        carry.shared_trials(one, renamed)
    with pytest.raises(DataError, match="of one condition are 2; 4 or more"):
        carry.shared_trials(one, replace(other, intervals={"trials": trials.groupby("target").head(2)}))
    single = replace(other, units=other.units[:1], spikes=type(other.spikes)(other.spikes.times, other.spikes.unit * 0))
    with pytest.raises(DataError, match="are fewer than two"):
        carry.shared_trials(one, single)


def test_decoders_of_real_monkeys_are_carried_with_labels_and_a_little_without(shared_data):
    folder = shared_data("monkey_reach")
    chewie, mihi = (
        io.read(folder / name) for name in ("chewie_2013-10-03_bin100ms.npz", "mihi_2014-03-03_bin100ms.npz")
    )
    ways = ("matched units", "Procrustes", "population activity, pooled")
    for one, other in ((chewie, mihi), (mihi, chewie)):
        by = carry.compare(one, other, ways=ways, halves=5).set_index("system")
        assert by.loc["matched units", "accuracy"] > 0.6
        assert by.loc["Procrustes", "accuracy"] > 0.55
        assert by.loc["population activity, pooled", "accuracy"] > 0.2
        assert (abs(by["permuted"] - 0.125) < 0.06).all()
