"""Chunks of long work: nearest first, recorded so that a kill loses one at most, never black without a word."""

from __future__ import annotations

import numpy as np
import pytest
from torch import nn

from neurofm.data.volume import Held
from neurofm.errors import DataError
from neurofm.training import chunks

ONE, OTHER = ((0, 1), (0, 4), (0, 4)), ((0, 1), (0, 4), (4, 8))


def test_a_line_that_was_cut_short_is_forgotten(tmp_path):
    record = chunks.Record(tmp_path / "record")
    assert record.plan is None
    record.begin({"step": 4})
    record.add(ONE)
    with record.path.open("ab") as file:
        file.write(b"[[0, 1], [0,")
    assert (record.plan, record.done) == ({"step": 4}, {ONE})
    record.add(OTHER)
    assert record.done == {ONE, OTHER}


def test_the_nearest_come_first():
    assert chunks.ordered([ONE, OTHER], [0, 2, 7]) == [OTHER, ONE]


def test_what_cannot_be_read_is_an_error():
    voxels = Held(np.ones((1, 8, 8)))
    assert chunks.read(voxels, ONE).shape == (1, 4, 4)
    voxels.bad = {}
    with pytest.raises(OSError, match="cannot be read at z 0 to 1"), chunks.whole(voxels):
        voxels.bad["z 0 to 1"] = "it is damaged"


def test_a_box_must_lie_in_the_volume(tmp_path):
    assert chunks.checked(tmp_path, None, (1, 4, 8)) == ((0, 1), (0, 4), (0, 8))
    with pytest.raises(DataError, match="not within the 1 x 4 x 4 voxels"):
        chunks.checked(tmp_path, OTHER, (1, 4, 4))


def test_other_weights_have_another_digest_and_are_not_gone_on_with(tmp_path):
    one, other = (chunks.digest(nn.Linear(2, 2)) for _ in range(2))
    assert one != other
    chunks.check_same(tmp_path, {"network": one}, {"network": one})
    with pytest.raises(DataError, match="name another folder"):
        chunks.check_same(tmp_path, {"network": one}, {"network": other})
