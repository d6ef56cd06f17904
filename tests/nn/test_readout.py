"""A linear answer that is fitted afterwards."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from neurofm.nn.readout import Readout


@pytest.mark.parametrize("present", [(0, 1, 2), (0, 2), (1, 2)])
def test_classes_that_are_there_are_told_apart(present):
    rng, classes = np.random.default_rng(0), np.repeat(present, 30)
    latent = (10 * np.eye(3)[classes] + rng.normal(size=(len(classes), 3))).astype(np.float32)
    readout = Readout(3, 3)
    readout.fit(latent, classes)
    said = readout.probable(torch.as_tensor(latent))
    assert (said.argmax(-1).numpy() == classes).mean() > 0.98
    assert torch.allclose(said.sum(-1), torch.ones(len(classes)))


def test_one_class_fits_nothing():
    readout = Readout(3, 2)
    before = readout.weight.clone()
    readout.fit(np.ones((4, 3), np.float32), np.zeros(4, int))
    assert torch.equal(readout.weight, before)
