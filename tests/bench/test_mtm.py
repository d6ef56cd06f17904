"""What the table of hidden activity judges."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.bench import mtm
from neurofm.data import Recording
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


@pytest.mark.parametrize("trials", [0, mtm.FEWEST - 1])
def test_too_few_trials_are_refused(monkeypatch, trials):
    few = regions.sessions(1, units=2, trials=trials)[0] if trials else Recording(session="a")
    monkeypatch.setattr(mtm, "read_recording", lambda path: few)
    with pytest.raises(DataError, match=f"trials: are fewer than {mtm.FEWEST}"):
        mtm.run(["a.h5"], True, 0, "")
