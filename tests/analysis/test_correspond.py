"""Units of animals that are alike: what is asked for, what comes back, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from neurofm.analysis.animals import Animal
from neurofm.analysis.correspond import correspond
from neurofm.data import Spikes
from neurofm.errors import DataError
from neurofm.synthetic import clones


def animals_of(recordings):
    return [Animal(r.session, r, list(r.unit_names)) for r in recordings]


@pytest.fixture(scope="module")
def recordings():
    return clones.pair(units=60, clones=40, trials=240, seed=0)


@pytest.fixture(scope="module")
def matches(recordings):
    return correspond(animals_of(recordings))


def calls(matches):
    label = matches.units["label"].to_numpy()
    some = matches.pairs[matches.matched]
    return {frozenset((label[a], label[b])): q for a, b, q in zip(some["a"], some["b"], some["q"])}


def truth(recordings):
    a, b = (r.units.assign(name=r.unit_names) for r in recordings)
    both = a[a["clone"] >= 0].merge(b, on="clone")
    return {frozenset(pair) for pair in zip(both["name_x"], both["name_y"])}


def test_clones_are_called(recordings, matches):
    right = truth(recordings) & set(calls(matches))
    assert len(right) > 30
    assert len(right) >= 0.8 * len(calls(matches))
    assert matches.session == "clones a, clones b"
    assert set(range(60)) <= set(matches.pairs["a"])
    assert matches.distances[0, 1].shape == (60, 60)
    assert matches.profiles.shape == (120, 80)
    assert 0.5 < matches.animals["found"].min() <= 1
    np.testing.assert_allclose(matches.animals["chance"], 1 / 60)
    assert "matches at a false-discovery rate of 10%" in matches.said


def test_the_way_is_chosen_by_how_well_units_are_found_again(matches):
    assert matches.by == "denoised rates"
    assert matches.notes[0].startswith("by denoised rates, which finds units again best between halves")
    assert "rate shape" in matches.notes[0]


def test_order_of_animals_and_units_and_their_labels_change_nothing(recordings, matches):
    rng = np.random.default_rng(0)
    turned = []
    for r in recordings[::-1]:
        place = rng.permutation(len(r.units))  # new row of each old one
        units = r.units.iloc[np.argsort(place)].reset_index(drop=True)
        spikes = Spikes(r.spikes.times, place[r.spikes.unit].astype(np.int32))
        turned.append(replace(r, units=units, spikes=spikes))
    again = correspond(animals_of(turned), by="denoised rates")
    assert calls(again) == pytest.approx(calls(matches))
    plain, mixed = (dict(zip(m.units["label"], m.units["group"])) for m in (matches, again))
    assert mixed == plain


def test_known_pairs_are_kept_out_of_the_competition(recordings, matches):
    a, b = (r.unit_names for r in recordings)
    said = correspond(animals_of(recordings), by="rates", known=[(b[0], a[5])])
    row = said.pairs[said.pairs["given"]]
    assert (row["a"].tolist(), row["b"].tolist()) == ([5], [60])
    assert ((said.pairs["a"] == 5) | (said.pairs["b"] == 60)).sum() == 1
    assert said.matched[row.index[0]]


def test_three_animals_are_matched_each_with_each(recordings):
    third = replace(recordings[0], session="third")
    three = correspond(animals_of([*recordings, third]), by="rates")
    assert set(three.distances) == {(0, 1), (0, 2), (1, 2)}
    own = three.animal[three.pairs[["a", "b"]].to_numpy()]
    assert {tuple(pair) for pair in own} == {(0, 1), (0, 2), (1, 2)}
    same = three.pairs[(own == (0, 2)).all(1) & three.matched]
    assert (same["b"] - same["a"] == 120).all()


def test_slow_ways_are_not_tried_for_many_units_unless_asked_for(recordings, monkeypatch):
    monkeypatch.setattr("neurofm.analysis.correspond.MANY", 30)
    told = correspond(animals_of(recordings), bins=3)
    assert any(note.startswith("not by correlations, which takes long for 60 units") for note in told.notes)


def test_several_ways_are_taken_together(recordings):
    told = correspond(animals_of(recordings), by="rates + transport", weights=[2, 1])
    assert told.by == "rates + transport"
    assert len(truth(recordings) & set(calls(told))) > 15


def test_recordings_without_trials_are_matched_by_what_needs_none(recordings):
    bare = [replace(r, intervals={}) for r in recordings]
    told = correspond(animals_of(bare))
    assert told.by in ("transport", "correlations")
    assert any("not by rates: " in note and "there is no condition" in note for note in told.notes)
    with pytest.raises(DataError, match="match by transport, which needs none"):
        correspond(animals_of(bare), by="rates")


def test_silent_units_are_left_out_and_told_of(recordings):
    one = recordings[0]
    fires = one.spikes.unit >= 2
    silent = replace(one, spikes=Spikes(one.spikes.times[fires], one.spikes.unit[fires]))
    told = correspond(animals_of([silent, recordings[1]]), by="rates")
    assert not set(told.pairs["a"]) & {0, 1}
    assert any("2 units of 60 of clones a cannot be judged" in note for note in told.notes)


def test_one_unit_that_has_no_clone_is_paired_but_not_called(recordings):
    one = recordings[0]
    row = int(np.flatnonzero(one.units["clone"] < 0)[0])
    times = one.spikes.times[one.spikes.unit == row]
    spikes = Spikes(times, np.zeros(len(times), np.int32))
    alone = replace(one, units=one.units.iloc[[row]], spikes=spikes, session="one")
    told = correspond(animals_of([alone, recordings[1]]), by="rates")
    assert (told.pairs["rank"] == 1).sum() == 1
    assert set(told.pairs["a"]) == {0}  # it is the nearest of each unit of the other
    assert not told.matched.any()
    assert any("one has one unit that can be judged" in note for note in told.notes)


def test_progress_is_told(recordings):
    steps = []
    correspond(animals_of(recordings), by="rates", step=lambda fraction, text: steps.append((fraction, text)))
    assert [fraction for fraction, _ in steps] == sorted(fraction for fraction, _ in steps)
    assert steps[-1][1] == "matching clones a and clones b"


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ({"by": "looks"}, LookupError, "no way 'looks'; there are .*rates"),
        ({"method": "best"}, LookupError, "no method 'best'; there are hungarian, mutual"),
        ({"level": 1.5}, ValueError, "between 0 and 1"),
        ({"condition": "x"}, LookupError, "no option 'condition'; .*did you mean 'conditions'"),
        ({"known": [("clones a/unit 1", "x")]}, LookupError, "no unit 'x' in clones a, clones b"),
        ({"known": [("clones a/unit 1", f"clones b/unit {k}") for k in (1, 2)]}, ValueError, "in two known pairs"),
        ({"by": "rates", "conditions": "choice"}, LookupError, "no column 'choice'; they have target"),
    ],
)
def test_what_makes_no_sense_is_refused(recordings, asked, error, words):
    with pytest.raises(error, match=words):
        correspond(animals_of(recordings), **asked)


def test_animals_must_be_several_and_told_apart(recordings):
    both = animals_of(recordings)
    with pytest.raises(ValueError, match="two animals or more"):
        correspond(both[:1])
    with pytest.raises(ValueError, match="two animals are called 'clones a'"):
        correspond([both[0], both[0]])
    with pytest.raises(ValueError, match="two units are called"):
        correspond([both[0], both[1]._replace(names=both[0].names)])
    with pytest.raises(DataError, match="units: are missing"):
        correspond([both[0], both[1]._replace(names=[])])
