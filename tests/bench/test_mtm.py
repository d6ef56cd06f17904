"""What the table of hidden activity judges."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurofm.bench import mtm
from neurofm.data.trials import cut
from neurofm.errors import DataError
from neurofm.synthetic import regions


@pytest.fixture(scope="module")
def recording():
    return mtm._recording(0, {"trials": 60, "units": 5})


def test_three_quarters_are_learned_from_and_a_fifth_is_held_out(recording):
    spans = recording.intervals["trials"][["start", "stop"]].to_numpy()
    split = mtm._split(recording)
    assert [len(part) for part in (split.train, split.valid, split.test)] == [45, 3, 12]
    np.testing.assert_array_equal(np.concatenate([split.train, split.valid, split.test]), spans)


@pytest.mark.filterwarnings("ignore::FutureWarning")  # of scikit-learn's next version
def test_the_true_rates_are_the_ceiling(recording):
    truth = mtm._truth(recording)
    assert truth["PSTH R2"] == pytest.approx(1)
    assert min(truth["co-smoothing"], truth["forward, last 200 ms"]) > 0.05
    trials = cut(recording, regions.BIN)
    flat = np.broadcast_to(trials.values("rates").mean((0, 1)), trials.values("rates").shape)
    nothing = mtm._read(trials, flat, trials.within(mtm._split(recording).test))
    assert nothing["whisker R2"] < 0.1 < truth["whisker R2"]
    assert nothing["PSTH R2"] < 0.1


@pytest.mark.parametrize(
    ("metric", "unit"), [*((name, "bits/spike") for name in mtm.TITLES.values()), ("whisker R2", "")]
)
def test_filled_in_counts_are_judged_in_bits(metric, unit):
    assert mtm._metrics({metric: 0.1}) == [(metric, unit)]


@pytest.mark.parametrize("trials", [1, mtm.FEWEST - 1])
def test_too_few_trials_are_refused(monkeypatch, trials):
    few = regions.sessions(1, units=2, trials=trials)[0]
    monkeypatch.setattr(mtm, "read_recording", lambda path: few)
    with pytest.raises(DataError, match=f"trials: are {trials}; give a recording that has {mtm.FEWEST} or more"):
        mtm.run(["a.h5"], True, 0, "")


@pytest.mark.parametrize("trials", [True, False], ids=["trials", "evenly cut"])
@pytest.mark.parametrize("size", [0, 10])
def test_what_is_held_out_is_apart_from_what_is_learned(recording, trials, size):
    source = recording if trials else replace(recording, intervals={})
    every = cut(source, mtm.BIN)
    learn, held = mtm._divided(every, size, 1)
    assert len(held) == pytest.approx(len(every) / 5, abs=2)
    assert len(learn) == size or (not size and len(learn) > len(every) / 2)
    assert not set(learn) & set(held)
    near = {k + step for k in held for step in (-1, 1)}
    assert trials or not set(learn) & near  # pieces beside each other are one stretch


def test_a_recording_is_filled_in_beside_simple_ways(recording, monkeypatch):
    rows = mtm.filled_in(recording, 0, quick=True, sizes=(10,))
    by = {(line["system"], line["metric"]): line["mean"] for line in rows}
    assert {system for system, _ in by} == {"MtM", *mtm.SIMPLE.values(), "MtM - Poisson regression"}
    assert {line["case"].removesuffix(", paired") for line in rows} == {f"{recording.session}, 10 trials"}
    assert np.isfinite(list(by.values())).all()
    for metric in (mtm.POOLED, mtm.EACH):
        gain = by["MtM", metric] - by[mtm.SIMPLE["poisson"], metric]
        assert by["MtM - Poisson regression", metric] == pytest.approx(gain)
    assert by[mtm.SIMPLE["poisson"], mtm.POOLED] > 0.1  # of two latents that drive all
