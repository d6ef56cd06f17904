"""Trials of several recordings come in the same bins, by conditions that all of them have."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from neurofm.analysis.conditions import LEAST, said, shared_values, together
from neurofm.data import Recording, Series, Spikes
from neurofm.errors import DataError


def recording(name="a", *, targets=(0, 1), count=20, length=0.5, column="target", width=0.0, seed=0):
    """Trials of equal length a second apart; 5 units that fire at 10 Hz; counts in bins of the file if it has any."""
    rng = np.random.default_rng(seed)
    start = np.arange(count) * 1.0
    times = np.sort(rng.uniform(0, count, count * 50))
    series = {}
    if width:
        grid = np.arange(0, count, width) + width / 2
        series = {"counts": Series(grid, np.zeros((len(grid), 5)), tuple("abcde"), "spikes per bin")}
    return Recording(
        session=name, spikes=Spikes(times, rng.integers(0, 5, len(times)).astype(np.int32)),
        units=pd.DataFrame({"label": list("abcde")}), series=series, domain=[[0.0, float(count)]],
        intervals={"trials": pd.DataFrame(
            {"start": start, "stop": start + length, column: np.resize(np.array(targets, object), count)}
        ).infer_objects()},
    )  # fmt: skip


def test_values_are_matched_whatever_their_type_and_only_shared_ones_count():
    a, b = recording("a", targets=(0, 1, 2)), recording("b", targets=(2.0, 1.0, 7.0))
    assert shared_values([a, b]) == ("target", ["1", "2"])
    shared = together([a, b])
    assert shared.names == ("target 1", "target 2")
    first = shared.animals[1].trials.recording.intervals["trials"]["target"]
    np.testing.assert_array_equal(shared.animals[1].condition, first.map({2.0: 1, 1.0: 0, 7.0: -1}))


@pytest.mark.parametrize(
    ("value", "word"), [(3.0, "3"), (np.float32(0.25), "0.25"), (4, "4"), (True, "True"), ("x", "x")]
)
def test_equal_values_are_equal_words(value, word):
    assert said(value) == word


@pytest.mark.parametrize("value", [None, np.nan, pd.NA, pd.NaT])
def test_missing_values_are_no_condition(value):
    assert said(value) is None


def test_means_are_those_of_a_loop():
    a, b = recording("a", seed=1), recording("b", seed=2, length=0.3)
    shared = together([a, b], bin=0.1)
    assert shared.cells.shape == (2, 3)
    for animal in shared.animals:
        roots, seen = animal.roots(2), animal.seen(2)
        counts = animal.trials.counts
        for c in range(2):
            own = counts[animal.condition == c].astype(float)
            np.testing.assert_allclose(roots[:, c], np.sqrt(own).mean(0).T, rtol=1e-5)
            assert (seen[c] == len(own)).all()
            spread = np.sqrt(own).var(0, ddof=1).T / len(own)
            np.testing.assert_allclose(animal.variances(2)[:, c], spread, atol=1e-5)


def test_halves_have_half_of_each_condition_and_differ_by_seed():
    animal = together([recording("a", targets=(0, 0, 1)), recording("b", targets=(0, 1))]).animals[0]
    halves = [animal.half(2, seed) for seed in (0, 0, 1)]
    np.testing.assert_array_equal(halves[0], halves[1])
    assert (halves[0] != halves[2]).any()
    for k in range(2):
        own = animal.condition == k
        assert abs(2 * (halves[0] & own).sum() - own.sum()) <= 1


def test_bins_are_as_many_as_nearly_all_trials_have():
    a = recording("a", count=40)
    trials = a.intervals["trials"].copy()
    trials.loc[:1, "stop"] = trials.loc[:1, "start"] + 0.2
    a = replace(a, intervals={"trials": trials})
    assert together([a, recording("b")]).cells.shape == (2, 5)
    assert together([a, recording("b")], bins=3).cells.shape == (2, 3)


def test_bins_of_conditions_that_one_hardly_saw_are_left_out_of_all():
    a = recording("a", count=40)
    trials = a.intervals["trials"].copy()
    late = np.flatnonzero(trials["target"] == 1)[LEAST - 1 :]
    trials.loc[late, "stop"] = trials.loc[late, "start"] + 0.2
    shared = together([replace(a, intervals={"trials": trials}), recording("b")], bins=5)
    np.testing.assert_array_equal(shared.cells, [[True] * 5, [True, True, False, False, False]])
    assert any("3 of 10 bins" in note for note in shared.notes)


def test_bins_of_files_are_brought_to_the_widest():
    a, b = recording("a", width=0.05), recording("b", width=0.1)
    shared = together([a, b])
    assert {animal.trials.width for animal in shared.animals} == {0.1}
    assert any("100 ms" in note for note in shared.notes)


@pytest.mark.parametrize(("widths", "bin"), [((0.05, 0.08), 0.0), ((0.1, 0.1), 0.05), ((0.1, 0.1), 0.25)])
def test_bins_that_do_not_fit_are_refused(widths, bin):
    recordings = [recording(name, width=width) for name, width in zip("ab", widths)]
    with pytest.raises(DataError, match=r"do not fit into .*; choose a multiple"):
        together(recordings, bin=bin)


def test_what_is_not_shared_is_said_in_a_sentence():
    a, b = recording("a"), recording("b", column="choice")
    with pytest.raises(DataError, match=r"share no condition \(a target; b choice\).*transport"):
        together([a, b])
    with pytest.raises(DataError, match="share no condition"):
        together([a, recording("b", targets=(5, 6))])
    with pytest.raises(LookupError, match="trials of b have no column 'target'; they have choice"):
        together([a, b], conditions="target")
    with pytest.raises(DataError, match=r"are missing.*transport"):
        together([a, replace(b, intervals={})])


def test_too_few_trials_are_refused():
    few = recording("b", count=2 * LEAST - 2)
    with pytest.raises(
        DataError, match=f"seen in {LEAST} trials of each; choose another column, or match by transport"
    ):
        together([recording("a"), few])
