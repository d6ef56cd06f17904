"""Connectomes of several animals with the same named neurons, in one `.npz`: one graph with a subject for each.

`neuron` names all neurons, and arrays as long as it say what is known of each. Of each animal, `NAME_nodes` lists the
neurons that were seen in it, and `NAME_KIND` its links of a kind ("chemical", "electrical"): (link, 3) from, to,
weight. All are numbers of neurons in that list, from 0.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.graph import LABEL, Graph
from neurofm.errors import DataError
from neurofm.io._graphs import graph, zipped
from neurofm.io._rows import left_out, row_table
from neurofm.io._wiring import Wires, rule, wired
from neurofm.specs import ReaderSpec

NEURON, NODES = "neuron", "_nodes"


def accepts(path: Path) -> bool:
    """Whether it names neurons, and those of at least one animal with links."""
    with zipfile.ZipFile(path) as file:
        names = [name.removesuffix(".npy") for name in file.namelist()]
    animals = _animals(names)
    return NEURON in names and any(_kinds(names, animal) for animal in animals)


def read(path: Path) -> Graph:
    """All animals side by side; neurons of one name are alike in all."""
    arrays = zipped(path)
    animals = _animals(list(arrays))
    if NEURON not in arrays or not animals:
        raise DataError(path, NEURON if animals else f"NAME{NODES}", "is missing; say which neurons each animal has")
    neurons = arrays[NEURON].astype(str)
    parts = [_animal(path, arrays, animal, neurons) for animal in animals]
    offsets = np.cumsum([0, *(len(rows) for rows, *_ in parts)])
    edges = np.concatenate([edges + offset for (_, edges, _, _), offset in zip(parts, offsets)], 1)
    seen = np.concatenate([rows for rows, *_ in parts])
    links = pd.concat([links for _, _, links, _ in parts], ignore_index=True).fillna(0.0)
    about = {name: values for name, values in arrays.items() if name != NEURON and values.shape == neurons.shape}
    taken = {f"{animal}{NODES}" for animal in animals}
    kinds = dict.fromkeys(kind for animal in animals for kind in _kinds(list(arrays), animal))
    taken |= {f"{animal}_{kind}" for animal in animals for kind in kinds}
    table, told = row_table({name: about[name] for name in about if name not in taken}, len(neurons), "neuron")
    notes = [f"{animal}: {note}" for animal, part in zip(animals, parts) for note in part[3]]
    return graph(
        path, session=path.stem, subjects=pd.DataFrame({LABEL: animals}), named=True,
        nodes=pd.concat([pd.DataFrame({LABEL: neurons}), table], axis=1).iloc[seen], edges=edges, links=links,
        of=np.repeat(np.arange(len(animals)), np.diff(offsets)),
        notes=(rule(kinds), *told, *notes, *left_out(set(arrays) - taken - set(about) - {NEURON})),
    )  # fmt: skip


def _animals(names: list[str]) -> list[str]:
    return [name.removesuffix(NODES) for name in names if name.endswith(NODES)]


def _kinds(names: list[str], animal: str) -> list[str]:
    begin, others = f"{animal}_", [f"{other}_" for other in _animals(names) if other.startswith(f"{animal}_")]
    own = [name for name in names if name.startswith(begin) and name != f"{animal}{NODES}"]
    return [name.removeprefix(begin) for name in own if not name.startswith(tuple(others))]


def _animal(
    path: Path, arrays: Mapping[str, NDArray[Any]], animal: str, neurons: NDArray[Any]
) -> tuple[NDArray[np.int64], NDArray[np.int64], pd.DataFrame, list[str]]:
    """Rows of its neurons, its (2, edge) edges between these, their links, and what was mended."""
    field = f"{animal}{NODES}"
    rows = _whole(path, field, arrays[field], 1)
    if rows.size and (rows.min() < 0 or rows.max() >= len(neurons)):
        raise DataError(path, field, f"names neuron {rows.max()}, of {len(neurons)}; numbers go from 0")
    row = np.full(len(neurons), -1)
    row[rows] = np.arange(len(rows))
    kinds: dict[str, Wires] = {}
    for kind in _kinds(list(arrays), animal):
        field = f"{animal}_{kind}"
        links = _whole(path, field, arrays[field], 2)
        ends = links[:, :2].astype(np.int64)
        there = (ends >= 0) & (ends < len(neurons))
        there &= row[np.where(there, ends, 0)] >= 0
        if not there.all():
            lost = ends[~there][0]
            name = neurons[lost] if 0 <= lost < len(neurons) else lost
            raise DataError(path, field, f"leads to {name}, which {animal}{NODES} does not list; add it there")
        if not np.isfinite(links[:, 2]).all():
            raise DataError(path, field, "has weights that are no numbers; leave such links out")
        kinds[kind] = row[ends], links[:, 2].astype(float)
    edges, links_, notes = wired(kinds)
    return rows, edges, links_, notes


def _whole(path: Path, field: str, array: NDArray[Any], axes: int) -> NDArray[Any]:
    if array.ndim != axes or array.dtype.kind not in "iuf" or (axes == 2 and array.shape[1] != 3):
        wanted = "(neuron,) numbers" if axes == 1 else "(link, 3) from, to, weight"
        raise DataError(path, field, f"is {array.shape} of {array.dtype}, where {wanted} are needed")
    return array if axes == 2 else array.astype(np.int64)


SPEC = ReaderSpec(title="Connectomes of several animals", patterns=("*.npz",), accepts=accepts, read=read, kind="graph")
