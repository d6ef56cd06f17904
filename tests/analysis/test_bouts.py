"""Clusters over time: known ones are found again, none is shorter than asked for, and none crosses a gap."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest

from neurofm.analysis.bouts import bouts, clusters, ethograms, stretches
from neurofm.data import Embedding
from neurofm.data.ids import moments, pack
from neurofm.synthetic import reaching

CENTERS = np.array([[0.0, 0.0], [6.0, 0.0], [0.0, 6.0], [6.0, 6.0]])


def states(rng, count, kinds=4, longest=40):
    """A cluster for each row, in runs of 20 or more."""
    runs, label = [], 0
    while sum(map(len, runs)) < count:
        label = (label + int(rng.integers(1, kinds))) % kinds
        runs.append(np.full(rng.integers(20, longest), label))
    return np.concatenate(runs)[:count]


def one_hot(labels, kinds):
    return 1.0 - np.eye(kinds)[labels]


@pytest.fixture
def recordings():
    return reaching.sessions(2, units=4, duration=60.0, seed=3)


def embedded(recordings, noise=0.7, seed=0, step=0.05):
    """An embedding of known clusters over the time of two recordings, and what each row is."""
    rng = np.random.default_rng(seed)
    ids, labels = [], []
    for number, recording in enumerate(recordings):
        times = np.arange(recording.start, recording.stop, step)
        ids.append(pack(number, moments(times, recording.start)))
        labels.append(states(rng, len(times)))
    truth = np.concatenate(labels)
    values = CENTERS[truth] + noise * rng.normal(size=(len(truth), 2))
    names = tuple(recording.session for recording in recordings)
    return Embedding(name="e", space="time", ids=np.concatenate(ids), values=values, xy=values, sessions=names), truth


def test_known_clusters_are_found_again_with_their_number(recordings):
    embedding, truth = embedded(recordings)
    made = ethograms(embedding, recordings, shortest=0.5)
    assert [one.session for one in made] == [f"{r.session} bouts" for r in recordings]
    assert [one.clock for one in made] == [r.clock for r in recordings]
    assert "k-means, 4 of 2 to 12" in made[0].notes[0]
    names = sorted(set(made[0].behaviors) | set(made[1].behaviors))
    assert names == [f"cluster {k}" for k in range(1, 5)]
    agree = 0
    for number, (one, recording) in enumerate(zip(made, recordings)):
        here = embedding.ids >> 44 == number
        times = np.arange(recording.start, recording.stop, 0.05)
        place = np.searchsorted(one.bouts["start"], times, "right") - 1
        said = one.bouts["behavior"].to_numpy()[place]
        agree += sum(max((truth[here][said == name] == k).sum() for k in range(4)) for name in names)
        assert (one.bouts["stop"] - one.bouts["start"]).min() > 0.49
    assert agree / len(truth) > 0.98
    spent = [sum(b["stop"].sub(b["start"])[b["behavior"] == n].sum() for b in (m.bouts for m in made)) for n in names]
    assert spent == sorted(spent, reverse=True)


def test_no_bout_is_before_or_behind_what_was_recorded(recordings):
    embedding, _ = embedded(recordings)
    for one, recording in zip(ethograms(embedding, recordings, count=4), recordings):
        assert one.edges.min() == one.domain[0, 0] == recording.domain[0, 0]
        assert max(one.edges.max(), one.domain[-1, 1]) <= recording.domain[-1, 1]
        assert np.diff(one.edges, axis=1).min() > 0.5 - 1e-6


def test_the_order_of_rows_says_nothing(recordings):
    embedding, _ = embedded(recordings)
    mixed = np.random.default_rng(1).permutation(len(embedding.ids))
    shuffled = replace(embedding, ids=embedding.ids[mixed], values=embedding.values[mixed], xy=embedding.xy[mixed])
    for one, other in zip(ethograms(embedding, recordings, count=4), ethograms(shuffled, recordings, count=4)):
        np.testing.assert_allclose(one.edges, other.edges)
        assert one.bouts["behavior"].tolist() == other.bouts["behavior"].tolist()


def test_rows_without_latents_are_gaps(recordings):
    """Frames in which nobody is seen."""
    embedding, _ = embedded(recordings[:1])
    values = embedding.values.copy()
    values[200:260], values[400] = np.nan, np.nan  # three seconds, and a single row
    (one,) = ethograms(replace(embedding, values=values), recordings[:1], count=4)
    begin = recordings[0].start
    np.testing.assert_allclose(one.domain[:, 0] - begin, [0.0, 12.975], atol=1e-6)
    assert not ((one.edges[:, 0] < begin + 11) & (one.edges[:, 1] > begin + 12)).any()
    assert "61 of 1,200 rows have no latents" in one.notes[1]


@pytest.mark.parametrize("shortest", [0.0, 0.35, 1.0])
def test_no_bout_is_shorter_than_asked_for_and_no_time_is_lost(shortest):
    rng = np.random.default_rng(0)
    times = np.cumsum(rng.uniform(0.05, 0.15, 300))
    edges, labels = bouts(times, rng.uniform(size=(300, 5)), shortest)
    assert (np.diff(edges, axis=1) >= shortest - 1e-6).all()
    assert (labels[1:] != labels[:-1]).all()
    np.testing.assert_allclose(edges[1:, 0], edges[:-1, 1])
    np.testing.assert_allclose([edges[0, 0], edges[-1, 1]], stretches(times)[0])


def test_of_all_that_last_long_enough_the_cheapest_is_chosen():
    """Against every sequence of eight rows that can be written out."""
    rng = np.random.default_rng(5)
    times = np.arange(8.0)
    for _ in range(5):
        cost = rng.uniform(size=(8, 2))
        sequences = [np.array(one) for one in product(range(2), repeat=8)]
        lasting = [s for s in sequences if min(np.diff(runs(s))) >= 3]
        least = min(cost[np.arange(8), s].sum() for s in lasting)
        edges, labels = bouts(times, cost, 3.0)
        chosen = labels[np.searchsorted(edges[:, 0], times, "right") - 1]
        assert cost[np.arange(8), chosen].sum() == pytest.approx(least)


def runs(labels):
    """Where runs of equal labels begin, and the end."""
    return np.r_[0, np.flatnonzero(np.diff(labels)) + 1, len(labels)]


def test_without_a_least_length_every_change_counts():
    labels = np.array([0, 1, 1, 0, 2, 2])
    edges, said = bouts(np.arange(6.0), one_hot(labels, 3))
    assert said.tolist() == [0, 1, 0, 2]
    assert edges.tolist() == [[-0.5, 0.5], [0.5, 2.5], [2.5, 3.5], [3.5, 5.5]]


def test_no_bout_goes_on_over_a_gap_of_the_clock():
    times = np.r_[np.arange(0, 5, 0.1), np.arange(20, 25, 0.1)]
    edges, labels = bouts(times, one_hot(np.zeros(100, int), 2), 1.0)
    np.testing.assert_allclose(edges, [[-0.05, 4.95], [19.95, 24.95]])
    assert labels.tolist() == [0, 0]


def test_a_stretch_that_is_too_short_is_one_bout():
    times = np.r_[np.arange(0, 5, 0.1), np.arange(20, 20.5, 0.1)]
    labels = np.r_[np.zeros(50, int), [1, 1, 1, 0, 0]]
    edges, said = bouts(times, one_hot(labels, 2), 1.0)
    assert said.tolist() == [0, 1]
    assert all(later[0] >= earlier[1] for earlier, later in pairwise(edges))


@pytest.mark.parametrize(
    ("count", "rows"), [(1, 20), (-1, 20), (20, 20), (0, 2), (3, 1)], ids=["one", "less", "all", "few", "same"]
)
def test_clusters_that_cannot_be_are_refused(count, rows):
    values = np.tile(np.arange(float(rows))[:, None], (1, 2)) if rows > 1 else np.ones((9, 2))
    with pytest.raises(ValueError, match="clusters must be two or more and fewer than the rows that differ"):
        clusters(values, count)


@pytest.mark.parametrize(
    ("space", "given", "problem"),
    [("unit", True, "is of units, which happen at no moment"), ("time", False, "which is not given")],
)
def test_rows_without_a_time_are_refused(recordings, space, given, problem):
    embedding, _ = embedded(recordings)
    rows = replace(embedding, space=space, ids=embedding.ids % 4) if space == "unit" else embedding
    with pytest.raises(ValueError, match=problem):
        ethograms(rows, recordings if given else recordings[:1])


def test_animals_that_were_embedded_apart_share_clusters_and_stand_in_one_ethogram(recordings):
    each = []
    for seed, name in enumerate(("ada", "bo")):
        embedding, truth = embedded(recordings, seed=seed)
        each.append((replace(embedding, name=f"run time of {name}", run="run"), truth))
    made = ethograms([one for one, _ in each], recordings, count=4)
    assert [one.session for one in made] == [f"{r.session} bouts" for r in recordings]
    assert all(one.subjects == ("ada", "bo") for one in made)
    alone = made[0]
    for name, (_, truth) in zip(("ada", "bo"), each):
        own = alone.bouts[alone.bouts["subject"] == name]
        rows = round((recordings[0].stop - recordings[0].start) / 0.05)
        assert abs(len(own) - 1 - np.count_nonzero(np.diff(truth[:rows]))) < 8
        assert (own["start"].to_numpy()[1:] >= own["stop"].to_numpy()[:-1] - 1e-9).all()
