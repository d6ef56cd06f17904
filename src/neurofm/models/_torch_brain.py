"""Checkpoints of torch_brain's models, read without running what is pickled in them.

Only tensors, numbers, texts and containers of these are built from the pickle, in a zip as torch writes it since 1.6 or
in the file itself as before; whatever else it names becomes an empty stand-in, and nothing of it is imported or called.
"""

from __future__ import annotations

import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor

from neurofm.errors import DataError

DTYPES = {
    "FloatStorage": torch.float32, "DoubleStorage": torch.float64, "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16, "LongStorage": torch.int64, "IntStorage": torch.int32, "BoolStorage": torch.bool,
    "ByteStorage": torch.uint8, "ShortStorage": torch.int16, "CharStorage": torch.int8,
}  # fmt: skip
MAGIC = 0x1950A86A20F9469CFC6C  # what torch before 1.6 begins a file with
ANCHOR = "unit_emb.weight"  # every model of torch_brain that reads units has it
WRAPPERS = ("_orig_mod", "module")  # what torch.compile and DataParallel put into names
PLACES = ("state_dict", "model_state_dict", "model")  # where trainers keep weights
OTHERS = {
    b"version https://git-lfs": "is a pointer of Git LFS and not the file itself; get it with: git lfs pull",
    b"<": "is a web page and no checkpoint; download the file itself",
    b"\x89HDF": "is HDF5 and no checkpoint of torch; name the .ckpt file that Lightning wrote",
}


@dataclass(frozen=True)
class Checkpoint:
    """What a file holds.

    Parameters
    ----------
    state : weights and vocabularies, under the names that they have in the network
    stated : what the file says beside them: settings of the training, as plain values
    steps : gradient steps that were made, 0 if it does not say
    """

    state: dict[str, Any]
    stated: Any
    steps: int


class _StandIn:
    """In place of any class that a checkpoint names and we do not need; keeps what it was to be filled with."""

    held: dict[Any, Any]

    def __new__(cls, *args: Any, **kwargs: Any) -> _StandIn:
        stand_in = super().__new__(cls)
        stand_in.held = {}
        return stand_in

    def __init__(self, *args: Any, **kwargs: Any) -> None: ...

    def __setstate__(self, state: Any) -> None:
        for part in state if isinstance(state, tuple) else (state,):
            self.held.update(part if isinstance(part, Mapping) else {})

    def __setitem__(self, key: Any, value: Any) -> None:
        self.held[key] = value

    def append(self, item: Any) -> None: ...

    def extend(self, items: Any) -> None: ...

    def add(self, item: Any) -> None: ...


class _Reader(pickle.Unpickler):
    """Of one pickle; where storages come from is said by those below."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch._utils" and name in ("_rebuild_tensor_v2", "_rebuild_parameter"):
            return _tensor if name == "_rebuild_tensor_v2" else (lambda data, *_: data)
        if module.startswith("torch") and name in DTYPES:
            return DTYPES[name]
        return type(name, (_StandIn,), {"__module__": module})


class _ZipReader(_Reader):
    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        super().__init__(archive.open(name))
        self.archive, self.folder = archive, name.rsplit("/", 1)[0]

    def persistent_load(self, pid: Any) -> Tensor:
        _, dtype, key, _, count = pid
        raw = self.archive.read(f"{self.folder}/data/{key}")
        return torch.frombuffer(bytearray(raw), dtype=dtype, count=count) if count else torch.zeros(0, dtype=dtype)


class _OldReader(_Reader):
    """Storages follow the pickle, so they are filled afterwards; tensors are views of them."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self.storages: dict[str, Tensor] = {}

    def persistent_load(self, pid: Any) -> Tensor:
        _, dtype, key, _, count, view = pid
        whole = self.storages.setdefault(key, torch.zeros(count, dtype=dtype))
        return whole if view is None else whole[view[1] : view[1] + view[2]]


def read_checkpoint(path: str | Path) -> Checkpoint:
    """What a checkpoint of a model of torch_brain holds.

    Raises
    ------
    DataError
        If the file is none, in a sentence that says what it is instead.
    """
    path = Path(path)
    try:
        _check_kind(path)
        content = _plain(_read_zip(path) if zipfile.is_zipfile(path) else _read_old(path))
        weights = next((w for w in _places(content) if any(isinstance(v, Tensor) for v in w.values())), None)
    except DataError:
        raise
    except FileNotFoundError:
        raise DataError(path, "", "is not there; name the checkpoint file") from None
    except Exception as error:  # a pickle can fail in any way
        problem = f"is no checkpoint that torch wrote, or is damaged ({error}); download it again"
        raise DataError(path, "", problem) from error
    if weights is None:
        problem = "holds no weights by their names; save the state_dict() of the network, not the network"
        raise DataError(path, "state_dict", problem)
    stated = content.get("hyper_parameters", {})
    steps = content.get("global_step", 0)
    return Checkpoint(_network(path, weights), stated, steps if isinstance(steps, int) else 0)


def _check_kind(path: Path) -> None:
    """Refuse what is often taken for a checkpoint."""
    if path.is_dir():
        problem = "is a folder, perhaps of a checkpoint in shards; put them together in one file first"
        raise DataError(path, "", problem)
    with path.open("rb") as file:
        head = file.read(64)
    if not head:
        raise DataError(path, "", "is empty; download it again")
    for begin, problem in OTHERS.items():
        if head.lstrip().startswith(begin):
            raise DataError(path, "", problem)
    if head[8:10] == b'{"' and int.from_bytes(head[:8], "little") < path.stat().st_size:
        problem = "is safetensors, which holds no names of units and sessions; name the .ckpt file that Lightning wrote"
        raise DataError(path, "", problem)


def _read_zip(path: Path) -> Any:
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if any(name.endswith("constants.pkl") for name in names):
            problem = "is a program of TorchScript; save the state_dict() of the network instead"
            raise DataError(path, "", problem)
        return _ZipReader(archive, next(name for name in names if name.endswith("data.pkl"))).load()


def _read_old(path: Path) -> Any:
    """Four pickles behind each other (a number, the version, the machine, what was saved), then keys and storages."""
    with path.open("rb") as file:
        if _Reader(file).load() != MAGIC:
            raise ValueError("it does not begin as one")
        _Reader(file).load()
        _Reader(file).load()
        reader = _OldReader(file)
        content = reader.load()
        for key in _Reader(file).load():
            storage = reader.storages[key]
            count, size = int.from_bytes(file.read(8), "little"), storage.element_size()
            raw = file.read(count * size)
            if count != len(storage) or len(raw) < count * size:
                raise ValueError("it is cut short")
            if count:
                storage.copy_(torch.frombuffer(bytearray(raw), dtype=storage.dtype))
    return content


def _tensor(storage: Tensor, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: Any) -> Tensor:
    return storage.as_strided(size, stride, offset + storage.storage_offset())


def _plain(value: Any) -> Any:
    """Stand-ins as what they were filled with: a node of OmegaConf is its value, a Namespace its members."""
    if isinstance(value, _StandIn):
        inner = next((value.held[name] for name in ("_val", "_content") if name in value.held), value.held)
        return _plain(inner)
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def _places(content: Any) -> Iterator[dict[str, Any]]:
    for inner in (*(content.get(name) for name in PLACES), content) if isinstance(content, dict) else ():
        if isinstance(inner, dict):
            yield {key: value for key, value in inner.items() if isinstance(key, str)}


def _network(path: Path, weights: Mapping[str, Any]) -> dict[str, Any]:
    """The part of the weights that is the network's, without what was put before its names."""
    bare = {".".join(w for w in name.split(".") if w not in WRAPPERS): value for name, value in weights.items()}
    heads = [name.removesuffix(ANCHOR) for name in bare if name == ANCHOR or name.endswith(f".{ANCHOR}")]
    head = next((usual for usual in ("", "model.") if usual in heads), heads[0] if len(heads) == 1 else None)
    if head is None and heads:
        problem = f"holds several networks ({', '.join(heads)}) and does not say which; save one of them alone"
        raise DataError(path, "state_dict", problem)
    return {name.removeprefix(head or ""): value for name, value in bare.items() if name.startswith(head or "")}


def having(stated: Any, *names: str) -> Iterator[dict[str, Any]]:
    """All that is stated in which these names are, from the outside in."""
    level = [stated]
    while level:
        yield from (each for each in level if isinstance(each, dict) and all(name in each for name in names))
        level = [x for each in level if isinstance(each, dict | list) for x in _members(each)]


def _members(value: dict[str, Any] | list[Any]) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value
