"""An encoder for one number alone learns it."""

from __future__ import annotations

import numpy as np

from neurofm.bench import readouts


def test_a_number_that_is_seen_is_learned_from_some_and_said_of_others():
    rng = np.random.default_rng(0)
    spread = rng.uniform(1, 20, 200)
    images = (100 + spread[:, None, None] * rng.normal(size=(200, 16, 16))).astype(np.float32)
    said = readouts._regressed(images[:150], spread[:150], images[150:], 0, 60)
    assert np.corrcoef(said, spread[150:])[0, 1] > 0.9


def test_scores_of_a_small_phantom_are_there_for_all_encoders(monkeypatch):
    monkeypatch.setattr(readouts, "QUICK", (1, 512, 1024))
    monkeypatch.setattr(readouts, "MODELS", {"region_net": {}})
    lines = readouts.run([], True, 0, "")
    told = {(line["system"], line["metric"]) for line in lines}
    assert {
        ("region_net", "R2 of vessel share"),
        ("an encoder for each", "R2 of cells"),
        ("texture", "F1 of region"),
    } <= told
