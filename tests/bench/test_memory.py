"""The table of memory: peaks of processes of their own, and how they grow."""

from __future__ import annotations

import pytest

from neurofm.bench import memory
from neurofm.errors import NeuroFMError


@pytest.mark.parametrize(("quick", "cases", "times"), [(True, 2, 1), (False, 3, 3)])
def test_peaks_are_set_beside_those_of_the_shortest(monkeypatch, quick, cases, times):
    def call(what, path, number, seed):
        if what == "train":
            return {"private_mb": 100.0 + number, "peak_mb": 300.0}
        open(path, "w").close()
        return {"path": path, "spikes": 10 * number, "mb": 1.5}

    monkeypatch.setattr(memory, "_call", call)
    *rows, share = memory.run([], quick, 0, None)
    assert [line["case"] for line in rows] == [case for case in list(memory.SECONDS)[:cases] for _ in range(2)]
    assert {line["n"] for line in rows} == {times}
    assert rows[0]["mean"] == 110 if quick else 140
    assert rows[0]["note"] == "6,000 spikes, 2 MB on disk"
    assert (share["mean"], share["unit"]) == (1.0, "x")


@pytest.mark.parametrize("words", [("train", "/nowhere.h5", 1, 0), ("dance", "a", 1, 0)])
def test_a_training_that_ends_early_is_told(words):
    with pytest.raises(NeuroFMError, match="a training ended early"):
        memory._call(*words)
