"""Open POYO checkpoints of torch_brain without running what is pickled in them.

A checkpoint is a zip of raw tensors and one pickle. Only tensors, numbers, texts and containers of these are built from
it; whatever else the pickle names becomes an empty stand-in, and nothing of it is imported or called.
"""

from __future__ import annotations

import math
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

import neurofm
from neurofm.errors import DataError
from neurofm.models.poyo import SPEC, Config, Poyo, from_torch_brain
from neurofm.training import checkpoint
from neurofm.training.run import FORMAT, Run

DTYPES = {
    "FloatStorage": torch.float32, "DoubleStorage": torch.float64, "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16, "LongStorage": torch.int64, "IntStorage": torch.int32, "BoolStorage": torch.bool,
    "ByteStorage": torch.uint8,
}  # fmt: skip


class _StandIn:
    """In place of any class that a checkpoint names and we do not need."""

    def __init__(self, *args: Any, **kwargs: Any) -> None: ...

    def __setstate__(self, state: Any) -> None: ...

    def __setitem__(self, key: Any, value: Any) -> None: ...

    def append(self, item: Any) -> None: ...


class _Reader(pickle.Unpickler):
    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        super().__init__(archive.open(name))
        self.archive, self.folder = archive, name.rsplit("/", 1)[0]

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch._utils" and name in ("_rebuild_tensor_v2", "_rebuild_parameter"):
            return _tensor if name == "_rebuild_tensor_v2" else (lambda data, *_: data)
        if module.startswith("torch") and name in DTYPES:
            return DTYPES[name]
        return _StandIn

    def persistent_load(self, pid: Any) -> Tensor:
        _, dtype, key, _, count = pid
        raw = self.archive.read(f"{self.folder}/data/{key}")
        return torch.frombuffer(bytearray(raw), dtype=dtype, count=count) if count else torch.zeros(0, dtype=dtype)


def _tensor(storage: Tensor, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: Any) -> Tensor:
    return storage.as_strided(size, stride, offset).clone()


def read_state(path: str | Path) -> dict[str, Any]:
    """Weights and vocabularies of a checkpoint, under torch_brain's names.

    Raises
    ------
    DataError
        If the file is no checkpoint of a torch_brain POYO.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            name = next(n for n in archive.namelist() if n.endswith("data.pkl"))
            found = _Reader(archive, name).load()
        state = found.get("state_dict", found)
        return {key.removeprefix("model."): value for key, value in state.items()}
    except FileNotFoundError:
        raise DataError(path, "", "is not there; name the checkpoint file") from None
    except Exception as error:  # a pickle can fail in any way
        raise DataError(path, "", f"is no checkpoint that torch wrote ({error}); download it again") from error


def convert(path: str | Path, out: str | Path, *, window: float = 1.0, step: float = 0.125) -> Run:
    """A run folder from a torch_brain checkpoint, to adapt to recordings of one's own.

    Parameters
    ----------
    path : Lightning checkpoint of torch_brain's POYO
    out : folder to make
    window, step : `sequence_length` and `latent_step` it was trained with (s); the file's weights do not tell

    Raises
    ------
    DataError
        If the file is no such checkpoint.
    """
    state = read_state(path)
    try:
        config, vocab = _sizes(state, window, step), _vocab(state)
        net = Poyo(config, vocab["units"], vocab["sessions"], len(state["readout.weight"]))
        weights = {k: v for k, v in from_torch_brain(state).items() if isinstance(v, Tensor) and k in net.state_dict()}
        net.load_state_dict(weights | {"scale": net.scale})
    except (KeyError, RuntimeError, AttributeError, ValueError) as error:
        raise DataError(path, "state_dict", f"does not hold a torch_brain POYO ({error}); name such a file") from error
    return _write(Path(out), net, vocab, str(path))


def _sizes(state: Mapping[str, Any], window: float, step: float) -> Config:
    """Sizes, read off the shapes of the weights and the rotary frequencies."""
    omega = state["rotary_emb.omega"].double()
    head, fast = 2 * len(omega), omega[omega > 0]
    blocks = {int(name.split(".")[1]) for name in state if name.startswith("proc_layers.")}
    inner = len(state["proc_layers.0.0.to_qkv.weight"]) // 3 if blocks else head
    return Config(
        window=window, step=step, dim=state["readout.weight"].shape[1], depth=len(blocks), head_dim=head,
        latents=len(state["latent_emb.weight"]), cross_heads=len(state["enc_atn.to_q.weight"]) // head,
        self_heads=inner // head, t_min=2 * math.pi / float(fast.max()), t_max=2 * math.pi / float(fast.min()),
    )  # fmt: skip


def _vocab(state: Mapping[str, Any]) -> dict[str, list[str]]:
    """Names by row, without row 0."""
    found = {}
    for ours, theirs in (("units", "unit_emb"), ("sessions", "session_emb")):
        names = state[f"{theirs}.vocab"]
        found[ours] = [str(name) for name, row in sorted(names.items(), key=lambda item: item[1]) if row]
    return found


def _write(folder: Path, net: Poyo, vocab: dict[str, list[str]], source: str) -> Run:
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint.write_tensors(folder / checkpoint.WEIGHTS, net.state_dict())
    checkpoint.write_json(folder / "vocab.json", vocab)
    names = [f"velocity_{k}" for k in range(net.readout.out_features)]
    header = {
        "format": FORMAT, "model": "poyo", "config": asdict(net.config), "schedule": asdict(SPEC.schedule), "seed": 0,
        "target": {"series": "", "names": names, "unit": ""}, "data": [], "splits": {}, "base": None,
        "source": source,
        "versions": {"neurofm": neurofm.__version__, "torch": torch.__version__, "numpy": np.__version__},
    }  # fmt: skip
    checkpoint.write_json(folder / "config.json", header)
    return Run(folder)
