"""The table of volumes: what it measures is said of the same voxels, and a quick one has all its rows."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from neurofm import io
from neurofm.bench import volume
from neurofm.errors import NeuroFMError
from neurofm.training import tiles

pytest.importorskip("tensorstore")
pytest.importorskip("monai")


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    return torch.nn.Conv3d(1, 3, 3, padding=1).eval()


def test_ours_is_one_pass_and_what_differs_is_told(net):
    image = np.random.default_rng(0).integers(0, 255, (72, 72, 72), np.uint8)
    rows = {
        (line["system"], line["metric"]): line["mean"] for line in volume._equal("", net, image, tiles.reach(net), 2)
    }
    assert rows["ours", "largest difference to one pass"] <= 1e-5 * 255
    assert rows["ours", "labels that differ from one pass"] == 0
    assert rows[volume.MONAI, "largest difference to one pass"] > rows["ours", "largest difference to one pass"]


def test_all_take_turns_and_monai_is_what_is_compared_with():
    order = []
    runs = {name: lambda name=name: order.append(name) for name in ("ours", volume.MONAI, "one pass")}
    rows = volume._compared("case", runs, 10**6, 3)
    assert order[0] != order[3] != order[6]
    assert [line["system"] for line in rows if line["metric"] == "times MONAI's"] == ["ours", "one pass"]


def test_the_store_holds_the_image_again_and_again(tmp_path):
    image = np.random.default_rng(0).integers(0, 255, (32, 32, 32), np.uint8)
    store = volume._stored(tmp_path / "a.zarr", image, 80)
    voxels = io.read(store).image.levels[0]
    assert voxels.shape == (80, 80, 80)
    np.testing.assert_array_equal(voxels[32:64, :32, 64:80], image[:, :, :16])


def test_a_sparse_volume_is_as_large_as_it_says_and_holds_its_coarsest_level_alone(tmp_path):
    whole = io.read(volume._sparse(tmp_path / "sparse", 1280)).image
    assert whole.shape == (1280, 1280, 1280)
    assert whole.levels[-1][:, :, :].all()
    assert not whole.levels[0][600, 600:700, 600:700].any()


def test_a_measurement_that_ends_early_is_told():
    with pytest.raises(NeuroFMError, match="a measurement ended early"):
        volume._child("peak", "tiny", "/nowhere", 8)


@pytest.mark.slow
def test_a_quick_table_has_all_its_rows(monkeypatch):
    monkeypatch.setattr(volume, "BATCHES", (2,))
    rows = volume.run([], True, 0, None)
    assert json.dumps(rows)
    metrics = {line["metric"] for line in rows}
    assert {"speed", "times MONAI's", "peak private memory", "first picture", "times one worker"} <= metrics
