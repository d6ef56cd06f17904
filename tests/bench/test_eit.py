"""The table of EIT: what it judges, and that it stands for every case it names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from neurofm.bench import eit
from neurofm.data.target import choose
from neurofm.data.trials import cut
from neurofm.errors import DataError
from neurofm.models.eit import Config, build
from neurofm.synthetic import reaching


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


@pytest.mark.slow
def test_the_tables_stand(shared_data: Callable[[str], Path]):
    folder = shared_data("monkey_reach")
    paths = [str(folder / f"{n}_bin100ms.npz") for n in ("chewie_2013-10-03", "mihi_2014-03-03")]
    rows = eit.run(paths, True, 0, "") + eit.run([], True, 0, "")
    assert len({(r["case"], r["system"], r["metric"]) for r in rows}) == len(rows)
    assert all(r["mean"] is not None for r in rows)
