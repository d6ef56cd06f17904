"""How probable classes are is told in words, in whatever order the axes of their labels are."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm import io
from neurofm.app.pictures import probable
from neurofm.data.volume import Held, Pyramid
from neurofm.io import _label_store

pytest.importorskip("tensorstore")


@pytest.fixture
def labels(tmp_path):
    where = {"spacing": [1.0, 2.0, 4.0], "origin": [0.0, 10.0, 20.0]}
    names = {1: "striatum", 2: "cortex", 3: "VP"}
    store = _label_store.create(
        tmp_path / "map.zarr", (1, 4, 6), label="region", names=names, classes=names.values(), **where
    )
    shares = np.zeros((3, 1, 4, 6), np.float32)
    shares[:, 0, 2, 3] = 0.83, 0.13, 0.04
    store.write([(0, 1), (0, 4), (0, 6)], np.ones((1, 4, 6), np.uint8), shares)
    return io.read(str(store.path))


def test_the_likeliest_come_first(labels):
    assert probable.words(labels.labels["region"], [0.0, 14.0, 32.0]) == "striatum 0.83, cortex 0.13"
    assert probable.words(labels.turned("xyz").labels["region"], [32.0, 14.0, 0.0]) == "striatum 0.83, cortex 0.13"


def test_nothing_is_told_where_nothing_is_known(labels):
    assert probable.words(labels.labels["region"], [0.0, 10.0, 20.0]) == ""
    assert probable.words(labels.labels["region"], [0.0, 10.0, 0.0]) == ""
    assert probable.words(Pyramid((Held(np.ones((1, 4, 4), np.uint8)),), np.ones(3)), [0, 1, 1]) == ""
