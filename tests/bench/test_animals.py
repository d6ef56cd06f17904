"""What an unseen animal gains: how its trials are split, and what the table compares."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.bench import animals
from neurofm.synthetic import regions


@pytest.mark.parametrize(("trials", "wanted", "learned"), [(60, 40, 30), (60, 10, 10), (240, 150, 120), (240, 40, 40)])
def test_the_first_trials_are_learned_from_and_the_last_sixth_is_held_out(trials, wanted, learned):
    recording = regions.sessions(1, units=2, trials=trials)[0]
    spans = recording.intervals["trials"][["start", "stop"]].to_numpy()
    split = animals._split(recording, wanted)
    np.testing.assert_array_equal(split.train, spans[:learned])
    np.testing.assert_array_equal(split.valid, spans[learned : learned + 5])
    np.testing.assert_array_equal(split.test, spans[-(trials // 6) :])


@pytest.mark.parametrize(("quick", "counts"), [(True, (1, 4)), (False, (1, 4, 10))])
def test_the_gain_is_of_the_most_animals_over_scratch_pair_by_pair(monkeypatch, quick, counts):
    def once(seed, steps, adapt, given, *, quick):
        assert tuple(given) == counts
        return {"from scratch": [0.1, 0.2]} | {f"pretrained on {n}": [0.1 + n, 0.2 + n] for n in given}

    monkeypatch.setattr(animals, "_once", once)
    *rows, gain = animals.run([], quick, 0, "")
    assert [line["system"] for line in rows] == ["from scratch", *(f"pretrained on {n}" for n in counts)]
    assert rows[0]["mean"] == pytest.approx(0.15)
    assert (gain["mean"], gain["n"]) == (pytest.approx(counts[-1]), 2 if quick else 6)
