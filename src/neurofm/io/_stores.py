"""Stores of chunks, on disk or behind an address, through tensorstore: what is at a place, and its chunks as voxels.

Public buckets are read by their web addresses, since their chunks are often packed and only the web says so. Chunks of
a folder that end in `.gz`, as cloud-volume writes them, are unpacked one by one.
"""

from __future__ import annotations

import gzip
import json
import os
import re
from collections.abc import Mapping, Sequence
from copy import copy
from functools import cache, partial
from itertools import pairwise, product
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from neurofm.errors import DataError
from neurofm.io._place import is_address
from neurofm.io._voxels import STORED, Span, Store

PATIENCE = 30.0  # seconds for the description of a store
PASSING = 32 << 20  # bytes of chunks that are kept where all of a store is read once
WEB = {"s3://": "https://{0}.s3.amazonaws.com/", "gs://": "https://storage.googleapis.com/{0}/"}


def web(address: str, *, schemes: Sequence[str] = ()) -> str:
    """The place that an address means, without these schemes before it; public buckets by their web address."""
    for scheme in schemes:
        address = address.removeprefix(scheme)
    if address.startswith("file://"):
        return re.sub(r"^/(?=[A-Za-z]:)", "", unquote(address.removeprefix("file://")))  # /C:/data is C:/data
    for scheme, template in WEB.items():
        if address.startswith(scheme):
            bucket, _, key = address.removeprefix(scheme).partition("/")
            return template.format(bucket) + key
    return address


def page(place: str, name: str) -> dict[str, Any] | None:
    """A JSON file of a store; None where it is not there.

    Raises
    ------
    DataError
        If the place cannot be reached, or the file is no JSON.
    """
    raw = _bytes(place, name)
    if raw is None:
        return None
    try:
        told = json.loads(raw)
    except ValueError as error:
        raise DataError(place, name, "is no JSON; is it damaged, or a page that says that there is nothing?") from error
    if not isinstance(told, dict):
        raise DataError(place, name, "is no JSON object; is it damaged?")
    return told


class Chunks(Store):
    """One array of a store, as z y x voxels.

    Parameters
    ----------
    place, spec : where it is, and how tensorstore opens it but for the place
    axes : of the store's axes those that are z, y and x; None for one that it does not have
    fixed : index of every other axis

    Attributes
    ----------
    bad : why boxes could not be read, by where they are
    remote : whether it is behind an address
    """

    def __init__(
        self, place: str, spec: Mapping[str, Any], shape: Sequence[int], dtype: Any, chunks: Sequence[int],
        axes: Sequence[int | None], fixed: Mapping[int, int],
    ) -> None:  # fmt: skip
        self._open = partial(_zyx, place, spec, axes, fixed)
        super().__init__(self._open, shape, dtype, chunks)
        self.place, self.remote = place, is_address(place)
        self.bad: dict[str, str] = {}

    def passing(self) -> Chunks:
        """The same for who passes over all of it once, by whom few chunks are kept."""
        other = copy(self)
        other.__dict__.pop("_store", None)
        other.bad, other._opened = {}, partial(self._open, keep=PASSING)
        return other

    def region(self, spans: Sequence[Span]) -> NDArray[Any]:
        """The box; of one that holds a broken chunk all others, while `bad` says which could not be read and why."""
        try:
            return self._read(spans)
        except Exception as error:
            parts = list(product(*(_cut(span, chunk) for span, chunk in zip(spans, self.chunks))))
            if len(parts) == 1:
                self.bad[_told(spans)] = _reason(error)
        whole = np.zeros([high - low for low, high in spans], self.dtype)
        for part in parts if len(parts) > 1 else ():
            to = tuple(slice(low - span[0], high - span[0]) for (low, high), span in zip(part, spans))
            whole[to] = self.region(part)
        return whole

    def _read(self, spans: Sequence[Span]) -> NDArray[Any]:
        return super().region(spans)


class Packed(Chunks):
    """Chunks of a folder as neuroglancer's precomputed format names them, each packed by gzip."""

    def __init__(self, folder: Path, key: str, info: Mapping[str, Any], scale: int, *given: Any) -> None:
        super().__init__(str(folder), {}, *given)
        self._folder, self._key, self._info, self._scale = folder, key, info, scale

    def _read(self, spans: Sequence[Span]) -> NDArray[Any]:
        ts = _tensorstore()
        context = ts.Context()
        names = self._names(spans)
        store = ts.KvStore.open({"driver": "memory", "path": "volume/"}, context=context).result()
        store["info"] = json.dumps(self._info)
        for name in names:
            packed = self._folder / self._key / f"{name}.gz"
            if packed.exists():
                store[f"{self._key}/{name}"] = gzip.decompress(packed.read_bytes())
        spec = {"driver": "neuroglancer_precomputed", "scale_index": self._scale}
        spec["kvstore"] = {"driver": "memory", "path": "volume/"}
        opened = ts.open(spec, context=context, read=True).result()
        turned = _turned(opened, (2, 1, 0), {3: 0})
        return np.asarray(turned[tuple(slice(*span) for span in spans)].read().result())

    def _names(self, spans: Sequence[Span]) -> list[str]:
        """Of the chunks that hold a box: their ranges of x, y, z."""
        scale = self._info["scales"][self._scale]
        size, chunk, offset = scale["size"], scale["chunk_sizes"][0], scale.get("voxel_offset", [0, 0, 0])
        ranges = []
        for k, (low, high) in enumerate(reversed(spans)):
            starts = range(low // chunk[k] * chunk[k], high, chunk[k])
            ranges.append([f"{s + offset[k]}-{min(s + chunk[k], size[k]) + offset[k]}" for s in starts])
        return [f"{x}_{y}_{z}" for x in ranges[0] for y in ranges[1] for z in ranges[2]]


def created(place: Path, shape: Sequence[int], dtype: str, chunk: Sequence[int], names: Sequence[str] = ()) -> Any:
    """An array of zarr 3 in a folder, in place of what may be there; tensorstore writes boxes of it."""
    metadata = {
        "shape": [int(n) for n in shape], "data_type": dtype,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [int(n) for n in chunk]}},
        "codecs": [
            {"name": "bytes", "configuration": {"endian": "little"}}, {"name": "zstd", "configuration": {"level": 3}}
        ],
    }  # fmt: skip
    named = {"dimension_names": list(names)} if names else {}
    spec = {"driver": "zarr3", "kvstore": on_disk(place), "metadata": metadata | named}
    return _tensorstore().open(spec, create=True, delete_existing=True).result()


@cache
def _tensorstore() -> Any:
    try:
        import tensorstore
    except ImportError as error:
        raise ImportError('volumes in chunks need tensorstore: pip install "napari-neurofm[volume]"') from error
    return tensorstore


@cache
def _context(keep: int = STORED) -> Any:
    retries = {"max_retries": 3, "initial_delay": "100ms", "max_delay": "1s"}
    return _tensorstore().Context({"cache_pool": {"total_bytes_limit": keep}, "http_request_retries": retries})


def _zyx(
    place: str, given: Mapping[str, Any], axes: Sequence[int | None], fixed: Mapping[int, int], keep: int = STORED
) -> Any:
    spec = {k: v for k, v in given.items() if k != "path"} | {"kvstore": _kvstore(place, given.get("path", ""))}
    spec |= {"recheck_cached_metadata": "open", "recheck_cached_data": "open"}  # a chunk that is kept is not asked for
    opened = _tensorstore().open(spec, context=_context(keep), read=True).result(timeout=PATIENCE)
    return _turned(opened, axes, fixed)


def _turned(opened: Any, axes: Sequence[int | None], fixed: Mapping[int, int]) -> Any:
    """With other axes fixed, from 0 on, and z, y, x in their order."""
    ts = _tensorstore()
    opened = opened[ts.d[:].translate_to[0]]
    index = tuple(fixed.get(k, slice(None)) for k in range(opened.rank))
    opened = opened[index]
    left = [k for k in range(opened.rank + len(fixed)) if k not in fixed]
    order = [left.index(axis) for axis in axes if axis is not None]
    opened = opened.transpose(order)
    return opened if len(order) == 3 else opened[np.newaxis]


def _kvstore(place: str, path: str = "") -> Any:
    place = place.replace("\\", "/") if re.match(r"[A-Za-z]:\\|\\\\", place) else place  # of Windows
    whole = f"{place.rstrip('/')}/{path}".rstrip("/") + "/"
    return whole if is_address(whole) else on_disk(whole)


def on_disk(place: str | Path) -> dict[str, str]:
    """A folder as tensorstore takes it: whole, without "..", and with / on every system."""
    whole = str(place) if re.match(r"[A-Za-z]:[/\\]", str(place)) else Path(os.path.abspath(place)).as_posix()
    return {"driver": "file", "path": f"{whole.rstrip('/')}/"}


def _cut(span: Span, chunk: int) -> list[Span]:
    """A stretch, cut where chunks begin."""
    edges = [span[0], *range((span[0] // chunk + 1) * chunk, span[1], chunk), span[1]]
    return list(pairwise(edges))


def _told(spans: Sequence[Span]) -> str:
    return ", ".join(f"{axis} {low:,} to {high:,}" for axis, (low, high) in zip("zyx", spans))


def _bytes(place: str, name: str) -> bytes | None:
    if not is_address(place):
        path = Path(place) / name
        return path.read_bytes() if path.is_file() else None
    ts = _tensorstore()
    try:
        read = (
            ts.KvStore.open(_kvstore(place), context=_context())
            .result(timeout=PATIENCE)
            .read(name)
            .result(timeout=PATIENCE)
        )
    except Exception as error:
        remedy = "is the address right, and is there a network?"
        raise DataError(place, "", f"cannot be reached ({_reason(error)}); {remedy}") from error
    return bytes(read.value) if read.state == "value" else None


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer in {PATIENCE:g} s"
    return (str(error).strip() or type(error).__name__).split("\n")[0].split(" [")[0][:200]
