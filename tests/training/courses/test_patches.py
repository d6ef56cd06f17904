"""Models of patches learn areas from blocks, and say them on others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurofm.errors import DataError
from neurofm.training import train
from tests.small import squares_of_two

SETTINGS = {"steps": 30, "batch": 16, "edge": 32}
MODELS = ["region_net", "byol", "myow"]


@pytest.fixture(scope="module")
def volume():
    return squares_of_two(768)


@pytest.mark.parametrize("model", MODELS)
def test_textures_are_told_apart(model, volume, tmp_path):
    run = train(model, volume, tmp_path / "run", settings=SETTINGS, device="cpu")
    assert run.metrics["accuracy"] > 0.9
    assert run.metrics["texture_accuracy"] > 0.9
    said = run.predict(volume)
    assert said.names == ("fine", "coarse")
    assert 0 < said.held_out.sum() < len(said.ids)
    np.testing.assert_allclose(said.values.sum(1), 1, rtol=1e-5)
    placed = run.embed(volume)
    assert placed.space == "patch"
    np.testing.assert_array_equal(np.sort(placed.ids), said.ids)


def test_patches_are_told_without_labels(volume, tmp_path):
    bare = replace(volume, labels={}, names={})
    run = train("byol", bare, tmp_path / "run", settings={**SETTINGS, "steps": 3}, device="cpu")
    assert len(run.embed(bare).ids) == 24 * 24
    with pytest.raises(LookupError, match="without labels"):
        run.predict(bare)


@pytest.mark.parametrize(
    ("change", "settings", "problem"),
    [
        (lambda v: replace(v, labels={}), {}, "join the image with labels of it, or train byol or myow, which"),
        (lambda v: replace(v, image=None), {}, "image.*is missing"),
        (lambda v: v, {"edge": 48}, "edge must be"),
        (lambda v: v, {"areas": "fine"}, "fine alone"),
        (lambda v: v, {"areas": "fine,blue"}, "no area 'blue'"),
        (lambda v: v, {"target": "structure"}, "no label 'structure'"),
    ],
)
def test_what_could_only_end_in_nonsense_is_refused(change, settings, problem, volume, tmp_path):
    with pytest.raises((DataError, LookupError, ValueError), match=problem):
        train("region_net", change(volume), tmp_path / "run", settings={**SETTINGS, **settings}, device="cpu")
