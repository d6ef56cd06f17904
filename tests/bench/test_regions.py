"""Folds of the slice share no block."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm import io
from neurofm.bench import regions


def test_without_the_slice_it_says_what_to_give():
    (line,) = regions.run([], True, 0, "")
    assert "slice_z309" in line["note"]


@pytest.mark.slow
def test_every_block_is_judged_once(shared_data):
    folds = list(regions.split(io.read(shared_data("xray_slice") / "slice_z309.npz"), 0, (1, 2, 4, 5)))
    judged = np.concatenate([parts.test[:, 0] for parts, _ in folds])
    assert len(np.unique(judged)) == len(judged)
    assert not any(np.isin(parts.train[:, 0], parts.test[:, 0]).any() for parts, _ in folds)
