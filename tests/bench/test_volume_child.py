"""Processes whose memory and start is watched."""

from __future__ import annotations

import json

import numpy as np
import pytest

from neurofm import io
from neurofm.bench import _volume_child, volume
from neurofm.synthetic.phantoms import Plan, phantom
from neurofm.training import train

pytest.importorskip("tensorstore")
pytest.importorskip("monai")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    image = np.random.default_rng(0).integers(1, 255, (32, 32, 32), np.uint8)
    return volume._stored(tmp_path_factory.mktemp("store") / "a.zarr", image, 64)


@pytest.mark.parametrize("words", [("peak", "tiny", 48), ("open",)])
def test_one_object_is_printed(store, capsys, words):
    what, *more = words
    _volume_child.main(what, *map(str, more[:1]), str(store), *map(str, more[1:]))
    told = json.loads(capsys.readouterr().out)
    assert told["mb"] > 0
    assert told.get("cpu", told.get("seconds")) > 0


def test_the_first_chunk_is_waited_for_and_no_more(tmp_path):
    brain = io.write(phantom(Plan(shape=(16, 32, 64), areas=(1,)), session="brain"), tmp_path / "brain.volume.h5")
    run = train("unet", brain, tmp_path / "run", settings={"steps": 2, "width": 8, "edge": 16}, device="cpu").path
    told = _volume_child.first(str(run), str(brain))
    assert 0 < told["ready"] < told["cold"]
    assert told["why"].startswith("1 of 1 chunks")
