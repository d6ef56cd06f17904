"""Tensors of a checkpoint come back, and nothing that is pickled beside them is run."""

from __future__ import annotations

import os
from argparse import Namespace

import pytest
import torch
from safetensors.torch import save_file

from neurofm.errors import DataError
from neurofm.models._torch_brain import having, read_checkpoint


class Trap:
    """Makes a folder when it is unpickled by a reader that trusts it."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


WRITTEN = pytest.mark.parametrize("zipped", [True, False], ids=["zip", "before torch 1.6"])


@WRITTEN
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.int64, torch.bool])
def test_tensors_come_back_as_they_were(tmp_path, dtype, zipped):
    tensor = (torch.arange(12).reshape(3, 4) % 2).to(dtype)
    state = {"model.a": tensor.T, "model.part": tensor[1:, 2:], "b.vocab": {"x": 1}, "none": tensor[:0]}
    state["c"] = torch.nn.Parameter(torch.arange(3.0))
    torch.save({"state_dict": state}, tmp_path / "a.ckpt", _use_new_zipfile_serialization=zipped)
    got = read_checkpoint(tmp_path / "a.ckpt").state
    assert set(got) == set(state)
    for name in ("model.a", "model.part", "none", "c"):
        assert torch.equal(got[name], state[name].detach()), name
        assert got[name].dtype == state[name].dtype
    assert got["b.vocab"] == {"x": 1}


@WRITTEN
def test_nothing_pickled_is_run(tmp_path, zipped):
    content = {"state_dict": {"a": torch.ones(2)}, "more": Trap(tmp_path / "sprung")}
    torch.save(content, tmp_path / "a.ckpt", _use_new_zipfile_serialization=zipped)
    assert torch.equal(read_checkpoint(tmp_path / "a.ckpt").state["a"], torch.ones(2))
    assert not (tmp_path / "sprung").exists()


class Settings(dict):
    """As Lightning keeps them: a dict of its own class."""


class Node:
    """As OmegaConf keeps a value, or a mapping of them."""

    def __init__(self, value):
        key = "_content" if isinstance(value, dict) else "_val"
        self.__dict__[key] = {k: Node(v) for k, v in value.items()} if isinstance(value, dict) else value


SIZES = {"dim": 16, "t_max": 4.0, "name": "a"}


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize(
    "stated",
    [
        {"model": SIZES},
        SIZES,
        Settings(SIZES),
        Namespace(**SIZES),
        Node({"model": SIZES}),
        {"list": [1, (2, {"model": SIZES})]},
        {"model": Namespace(cfg=Settings(SIZES))},
    ],
    ids=["dict", "flat", "dict of its own", "namespace", "nodes", "in a list", "mixed"],
)
def test_what_is_stated_is_found_however_it_was_kept(tmp_path, stated, zipped):
    content = {"state_dict": {"a": torch.ones(1)}, "hyper_parameters": stated, "global_step": 5}
    torch.save(content, tmp_path / "a.ckpt", _use_new_zipfile_serialization=zipped)
    held = read_checkpoint(tmp_path / "a.ckpt")
    assert next(having(held.stated, "dim", "t_max")) == SIZES
    assert held.steps == 5


@pytest.mark.parametrize("before", ["", "model.", "module.", "_orig_mod.", "model._orig_mod.", "module.net.", "a.b.c."])
def test_what_was_put_before_names_is_left_out(tmp_path, before):
    state = {f"{before}unit_emb.weight": torch.ones(1), f"{before}a.module.b": torch.zeros(1)}
    torch.save({"state_dict": state}, tmp_path / "a.ckpt")
    assert set(read_checkpoint(tmp_path / "a.ckpt").state) == {"unit_emb.weight", "a.b"}


def program(path):
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), path)


def halved(path, *, zipped):
    torch.save({"state_dict": {"a": torch.ones(1000)}}, path, _use_new_zipfile_serialization=zipped)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


OTHERS = {
    "empty": (lambda path: path.write_bytes(b""), "is empty"),
    "anything": (lambda path: path.write_bytes(b"nonsense"), "is no checkpoint that torch wrote"),
    "an empty zip": (lambda path: path.write_bytes(b"PK\x05\x06" + bytes(18)), "is no checkpoint that torch wrote"),
    "a pickle": (lambda path: path.write_bytes(b"\x80\x02}q\x00."), "is no checkpoint that torch wrote"),
    "a web page": (lambda path: path.write_bytes(b"\n<!doctype html><p>404"), "is a web page"),
    "a pointer": (lambda path: path.write_bytes(b"version https://git-lfs.github.com/spec/v1\n"), "git lfs pull"),
    "safetensors": (lambda path: save_file({"a": torch.ones(2)}, path), "is safetensors, which holds no names"),
    "a folder": (lambda path: path.mkdir(), "is a folder"),
    "a program": (program, "is a program of TorchScript"),
    "a network": (lambda path: torch.save(torch.nn.Linear(2, 2), path), "not the network"),
    "no weights": (lambda path: torch.save({"state_dict": {"a": 1}}, path), "holds no weights"),
    "cut short": (lambda path: halved(path, zipped=True), "is damaged"),
    "cut short, before torch 1.6": (lambda path: halved(path, zipped=False), "is damaged"),
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(("write", "problem"), OTHERS.values(), ids=OTHERS)
def test_other_files_are_told_for_what_they_are(tmp_path, write, problem):
    write(tmp_path / "x.ckpt")
    with pytest.raises(DataError, match=rf"x\.ckpt: .*{problem}"):
        read_checkpoint(tmp_path / "x.ckpt")


def test_a_file_that_is_missing_is_told(tmp_path):
    with pytest.raises(DataError, match="is not there"):
        read_checkpoint(tmp_path / "x.ckpt")
