"""Samples put behind each other can be had back, padded or not."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from neurofm.batch import Batch, collate, pad, unpad


def samples(*lengths):
    rng = np.random.default_rng(0)
    return [{"time": rng.random(n), "kind": np.arange(n), "session": np.int64(k)} for k, n in enumerate(lengths)]


@pytest.mark.parametrize("lengths", [(3,), (3, 5), (0, 2, 4)])
def test_samples_stand_behind_each_other(lengths):
    given = samples(*lengths)
    batch = collate(given)
    assert batch.lengths == {"time": lengths, "kind": lengths}
    np.testing.assert_array_equal(batch["time"], np.concatenate([s["time"] for s in given]))
    assert batch["session"].tolist() == list(range(len(lengths)))


@pytest.mark.parametrize("lengths", [(3,), (3, 5), (1, 2, 4)])
def test_unpad_takes_back_what_pad_did(lengths):
    x = torch.rand(sum(lengths), 2)
    padded = pad(x, lengths)
    assert padded.shape == (len(lengths), max(lengths), 2)
    assert torch.equal(unpad(padded, lengths), x)
    assert all((row[n:] == 0).all() for row, n in zip(padded, lengths))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.int64])
def test_moving_keeps_types(dtype):
    batch = Batch({"x": torch.zeros(3, dtype=dtype)}, {"x": (3,)})
    moved = batch.to("cpu")
    assert (moved["x"].dtype, moved.lengths) == (dtype, {"x": (3,)})
