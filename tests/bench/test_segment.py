"""The table of segmentation: networks beside a forest, over volumes and over masks."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.bench import segment
from neurofm.data.structures import CELL, VESSEL
from neurofm.errors import DataError
from neurofm.synthetic.phantoms import Plan, phantom
from tests.io import volume_files


@pytest.fixture(scope="module")
def volume():
    return phantom(Plan(shape=(24, 64, 96), areas=(1,), seed=2)).loaded()


def test_the_truth_is_judged_to_be_right(volume):
    truth = volume.labels["structure"].levels[0].array
    scores = segment.judge([volume], [truth])
    assert scores["Dice vessel + cell"] == scores["accuracy"] == 1.0
    assert scores["count error"] == 0.0
    swapped = np.where(truth == CELL, VESSEL, np.where(truth == VESSEL, CELL, truth))
    assert segment.judge([volume], [swapped])["Dice vessel + cell"] == 0.0


def test_cells_are_components_that_are_large_enough_in_space_or_in_each_plane():
    said = np.zeros((2, 20, 20), int)
    said[:, 2:9, 2:9] = said[0, 12:14, 12:14] = CELL
    assert segment.cells(said, flat=False) == 1
    assert segment.cells(said, flat=True) == 2


@pytest.mark.slow
def test_volumes_without_files_and_planes_with_masks(monkeypatch, tmp_path):
    monkeypatch.setattr(segment, "DRAWS", 1)
    monkeypatch.setattr(segment, "NETWORKS", ("unet", "dynunet"))
    for paths in ([], [str(volume_files.xray_masks(tmp_path))] * 2):
        rows = segment.run(paths, True, 0, "")
        assert {row["system"] for row in rows} == {"random forest", "unet", "dynunet"}
        assert {"Dice vessel + cell", "count error", "training"} <= {row["metric"] for row in rows}


@pytest.mark.slow
def test_files_of_something_else_are_refused(tmp_path):
    np.save(tmp_path / "image.npy", np.zeros((9, 20, 20), np.uint8))
    with pytest.raises(DataError, match="holds no masks with labels 'structure'"):
        segment.run([str(tmp_path / "image.npy")], True, 0, "")


def test_a_forest_is_judged_on_every_voxel(monkeypatch):
    volumes = [phantom(Plan(shape=(40, 100, 100), areas=(1,), seed=k)).loaded() for k in (2, 3)]
    seen = []
    monkeypatch.setattr(segment, "judge", lambda of, said: seen.extend(said) or {})
    monkeypatch.setattr("neurofm.training.forest.features", lambda lesson, box: lesson.image(box).reshape(-1, 1))
    monkeypatch.setattr(
        "neurofm.training.forest.fit",
        lambda shown, seed: type("All", (), {"predict": lambda self, x: np.full(len(x), CELL)})(),
    )
    segment._forest((volumes[:1], volumes[1:]), 0)
    assert (seen[0] == CELL).all()
