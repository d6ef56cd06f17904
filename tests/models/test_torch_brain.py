"""Tensors of a checkpoint come back, and nothing that is pickled beside them is run."""

from __future__ import annotations

import os

import pytest
import torch

from neurofm.errors import DataError
from neurofm.models._torch_brain import read_state


class Trap:
    """Makes a folder when it is unpickled by a reader that trusts it."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.int64, torch.bool])
def test_tensors_come_back_as_they_were(tmp_path, dtype):
    tensor = (torch.arange(12).reshape(3, 4) % 2).to(dtype)
    torch.save({"state_dict": {"model.a": tensor.T, "b.vocab": {"x": 1}, "none": tensor[:0]}}, tmp_path / "a.ckpt")
    state = read_state(tmp_path / "a.ckpt")
    assert set(state) == {"a", "b.vocab", "none"}
    assert torch.equal(state["a"], tensor.T)
    assert state["a"].dtype == dtype
    assert state["b.vocab"] == {"x": 1}
    assert not len(state["none"])


def test_nothing_pickled_is_run(tmp_path):
    torch.save({"state_dict": {"a": torch.ones(2)}, "more": Trap(tmp_path / "sprung")}, tmp_path / "a.ckpt")
    assert torch.equal(read_state(tmp_path / "a.ckpt")["a"], torch.ones(2))
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x05\x06" + bytes(18)], ids=["empty", "wrong", "empty zip"])
def test_other_files_are_told(tmp_path, content):
    (tmp_path / "x.ckpt").write_bytes(content)
    with pytest.raises(DataError, match=r"x\.ckpt: is no checkpoint"):
        read_state(tmp_path / "x.ckpt")


def test_a_file_that_is_missing_is_told(tmp_path):
    with pytest.raises(DataError, match="is not there"):
        read_state(tmp_path / "x.ckpt")
