"""Probes of patches: what is in the picture is read from a network's latents, on blocks that were held out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurofm.analysis import patch_probes, probing
from neurofm.errors import DataError
from neurofm.training import train
from tests.small import squares_of_two


@pytest.fixture(scope="module")
def volume():
    return squares_of_two(768)


@pytest.fixture(scope="module")
def run(volume, tmp_path_factory):
    settings = {"steps": 3, "batch": 16, "edge": 32}
    return train("region_net", volume, tmp_path_factory.mktemp("patches") / "run", settings=settings, device="cpu")


def test_areas_are_read_from_all_features(volume, run):
    table = probing.table(run, volume)
    assert set(table["features"]) == {"network", "random weights", "texture", "PCA of 50", "mean and sd"}
    assert set(table["label"]) == set(probing.labels(volume))
    assert (table["of"] == "patch").all()
    assert table.set_index("features").loc["texture", "value"] > 0.9
    assert (table["judged"] > 0).all()


def test_rows_are_fitted_to_blocks_that_were_learned_from_alone(volume, run):
    rows, corners = patch_probes.look(run, volume)
    assert len(corners) == len(rows.frames)
    assert not (rows.learned & rows.judged).any()
    blocks = {tuple(place // 256) for place in corners[rows.learned]}
    assert not blocks & {tuple(place // 256) for place in corners[rows.judged]}


def test_numbers_are_scored_by_r2(volume, run):
    made = replace(volume, names={"region": {1: "cell", 2: "vessel"}})
    table = patch_probes.table(run, made, ["cell share", "vessel share"])
    assert set(table["score"]) == {"R2"}
    shares = table[table["features"] == "texture"].set_index("label")["value"]
    np.testing.assert_array_less(0.5, shares)


def test_what_says_nothing_is_refused(volume, run):
    with pytest.raises(DataError, match="tell neither areas nor cells"):
        patch_probes.table(run, replace(volume, names={}))
    with pytest.raises(LookupError, match="no label 'mood'"):
        patch_probes.table(run, volume, ["mood"])
