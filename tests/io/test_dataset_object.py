"""A Dataset that a recording became is that recording again; others are none."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.io._dataset_object import of_dataset


def test_other_datasets_are_no_recordings():
    xr = pytest.importorskip("xarray")
    assert of_dataset(xr.Dataset({"position": ("time", np.zeros(3))})) is None
    assert of_dataset({"spike_time": 1}) is None
    held = {"spike_time": ("spike", [0.5]), "spike_unit": ("spike", [1])}
    told = of_dataset(xr.Dataset(held, {"unit": ["a", "b"]}))
    assert (told.units["label"].tolist(), told.spikes.unit.tolist()) == (["a", "b"], [1])
