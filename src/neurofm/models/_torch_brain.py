"""Weights in checkpoints of torch_brain's models, read without running what is pickled in them.

A checkpoint is a zip of raw tensors and one pickle. Only tensors, numbers, texts and containers of these are built from
it; whatever else the pickle names becomes an empty stand-in, and nothing of it is imported or called.
"""

from __future__ import annotations

import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from neurofm.errors import DataError

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
        If the file is no checkpoint of a model of torch_brain.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            name = next(n for n in archive.namelist() if n.endswith("data.pkl"))
            content = _Reader(archive, name).load()
        state = content.get("state_dict", content)
        return {key.removeprefix("model."): value for key, value in state.items()}
    except FileNotFoundError:
        raise DataError(path, "", "is not there; name the checkpoint file") from None
    except Exception as error:  # a pickle can fail in any way
        raise DataError(path, "", f"is no checkpoint that torch wrote ({error}); download it again") from error
