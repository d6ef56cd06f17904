"""The table of EIT: what it judges, and that it stands for every case it names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from neurofm.bench import _bodies, eit
from neurofm.bench._bodies import PAIRS, Task
from neurofm.data.target import choose
from neurofm.data.trials import cut
from neurofm.errors import DataError
from neurofm.models.eit import Config, build
from neurofm.synthetic import bodies, reaching

PAIR = Task("connection")


def bins_of(test: list[bool]) -> eit.Bins:
    """Eight units of which the class alone sets the rate, in bins of trials of two."""
    rng = np.random.default_rng(0)
    truth = np.arange(len(test)) // 2 % 3
    x = rng.poisson(rng.uniform(0, 8, (3, 8))[truth]).astype(float)
    return eit.Bins(np.arange(len(test)) // 2, truth, x, np.array(test))


def test_read_outs_learn_on_training_bins_alone():
    bins = bins_of([False] * 120 + [True] * 60)
    assert eit.logistic(bins, root=False).mean() > 0.9
    assert eit.head(bins.counts, bins, 0).mean() > 0.85
    wrong = replace(bins, truth=np.where(bins.test, (bins.truth + 1) % 3, bins.truth))
    assert eit.logistic(wrong, root=True).mean() < 0.1
    assert eit.head(wrong.counts, wrong, 0).mean() < 0.2


def test_a_gain_comes_with_its_range_over_trials():
    bins = bins_of([False] * 2 + [True] * 40)
    rng = np.random.default_rng(0)
    same = eit.paired("", "", np.full((3, 40), 0.25), bins)
    assert same["mean"] == same["low"] == same["high"] == 0.25
    loose = eit.paired("", "", rng.integers(-1, 2, (3, 40)).astype(float), bins)
    assert loose["low"] < loose["mean"] < loose["high"]


def test_every_bin_of_every_window_is_in_one_order(shared_data: Callable[[str], Path]):
    data = eit.Reaching(eit._recording(str(shared_data("monkey_reach") / "mihi_2014-03-03_bin100ms.npz")))
    recording = data.recording
    target = choose([recording], eit.TARGET)
    trials = cut(recording, 0.1, bins=4)
    table = recording.intervals["trials"][eit.TARGET].to_numpy()
    answer = np.eye(len(target.names), dtype=np.float32)[table[trials.row]][:, None].repeat(4, 1)
    trials = replace(trials, answer=answer)
    net = build(Config(bins=4), {"sessions": [data.name], "sizes": [len(recording.units)]}, target).eval()
    net.prepare(trials)
    bins = data.bins(net, trials)
    assert np.array_equal(bins.truth, table[trials.row][bins.trial])
    assert 0.15 < bins.test.mean() < 0.25
    assert bins.trial[bins.test].min() > bins.trial[~bins.test].max()
    expected = [
        trials.counts[k, b] - trials.counts[trials.seen].mean(0)
        for trial, place, _ in net.batches(trials) for k, bins_of_window in zip(trial, place)
        for b in bins_of_window if b >= 0
    ]  # fmt: skip
    plain = eit.counts(net, trials)
    assert np.allclose(plain, expected, atol=1e-4)
    assert eit.alone(net, trials).shape == plain.shape
    assert len(eit.said(net, trials)) == len(bins.trial)


def test_recordings_without_a_target_are_refused(monkeypatch):
    monkeypatch.setattr(eit, "read_recording", lambda path: reaching.sessions(1, units=3, duration=2.0)[0])
    with pytest.raises(DataError, match="give reaching recordings whose trials have a target"):
        eit._recording("a file")


def test_bodies_come_with_the_class_of_their_order():
    shown = bodies.paths(5, seed=1)
    batch = PAIR.batch(shown, np.array([3, 3]), np.array([0, 10]), 0)
    x = batch["rates"][batch["which"]]
    order = PAIR.orders[10]
    assert np.array_equal(x[1], x[0][order])
    assert np.array_equal(x[0], shown[3])
    assert batch["truth"][1, 0].argmax() == PAIR.answers[10]


def test_attention_to_partners_is_counted_among_others():
    flow = np.array([[0.7, 0.2, 0.1, 0.0], [0.0, 0.5, 0.0, 0.5], [0.0, 0.0, 0.0, 1.0], [0.25] * 4])
    assert _bodies._share(flow, np.arange(4), PAIR) == pytest.approx((0.2 + 0 + 1 + 0.25) / (0.3 + 0.5 + 1 + 0.75))
    assert _bodies._share(np.ones((4, 4)), np.array([2, 0, 3, 1]), PAIR) == pytest.approx(1 / 3)


def test_groups_of_sequences_share_their_partners():
    orders = PAIR.orders
    for trial, order in _bodies._sequences(PAIR, 0, PAIR.answers):
        assert trial.min() >= _bodies.TRAINED
        true = [bodies.partners(orders[k]) for k in order[:20]]
        assert all(np.array_equal(t, true[0]) for t in true)


def test_what_is_moved_learns_read_outs_alone(monkeypatch):
    monkeypatch.setattr(_bodies, "paths", lambda *_: bodies.paths(_bodies.TRIALS, systems=3))
    torch.manual_seed(0)
    net, more = _bodies.fresh(PAIR, PAIRS, 0), Task("connection", 3, 2)
    before = {n: p.clone() for n, p in net.state_dict().items()}
    moved = _bodies.learn(_bodies.moved(net, more, 0), more, 0, 3)
    after = moved.state_dict()
    assert all(torch.equal(after[n], p) for n, p in before.items())
    fresh = _bodies.moved(_bodies.fresh(PAIR, PAIRS, 0), more, 0).state_dict()
    assert not torch.equal(after["own.1.together.weight"], fresh["own.1.together.weight"])


@pytest.mark.slow
def test_the_tables_stand(shared_data: Callable[[str], Path]):
    folder = shared_data("monkey_reach")
    paths = [str(folder / f"{n}_bin100ms.npz") for n in ("chewie_2013-10-03", "mihi_2014-03-03")]
    rows = eit.run(paths, True, 0, "") + eit.run([], True, 0, "")
    assert len({(r["case"], r["system"], r["metric"]) for r in rows}) == len(rows)
    assert all(r["mean"] is not None for r in rows)
