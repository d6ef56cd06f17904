"""Citation graphs as Planetoid lays them out (Cora, CiteSeer, PubMed): files `ind.NAME.x` and so on, mostly pickled.

Nothing in a pickle is run. `allx` and `ally` hold the features and classes of the nodes that are not tested, `x` and
`y` the first of these, which are trained on; `tx` and `ty` hold those of the tested ones, in the order of `test.index`.

References
----------
Yang et al. 2016, Revisiting semi-supervised learning with graph embeddings.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.graph import LABEL, TEST, TRAIN, VALID, Graph, both_directions
from neurofm.errors import DataError
from neurofm.io import _plain
from neurofm.io._file import check_file
from neurofm.io._graphs import PUBLIC, Split, graph, published, split
from neurofm.io._rows import left_out
from neurofm.specs import ReaderSpec
from neurofm.words import counted

PARTS = ("x", "y", "tx", "ty", "allx", "ally", "graph", "test.index")
BEGINS = "ind."
CLASS = "class"
CHOOSING = 500  # nodes that the published split chooses by


def accepts(path: Path) -> bool:
    """Whether it is a folder of such files, or one of them beside the others."""
    return any((_home(path) / f"{BEGINS}{name}.graph").is_file() for name in _names(path))


def read(path: Path) -> Graph:
    """The graph in both directions, with the published split and those of Pei et al. 2020 that are there."""
    home, names = _home(path), _names(path)
    if len(names) != 1:
        raise DataError(path, "", f"holds {', '.join(names)}; open one file of the one you want")
    (name,) = names
    files = {part: home / f"{BEGINS}{name}.{part}" for part in PARTS}
    for file in files.values():
        check_file(file)
    tested = _tested(files["test.index"])
    edges, count, told = _edges(files["graph"], int(tested.max()) + 1)
    x, labels = (_rows(files, one, tested, count) for one in ("x", "y"))
    known = labels.sum(1) == 1
    if not known.all():
        told.append(f"class: nothing tells it of {counted(int((~known).sum()), 'node')}, which the splits leave out")
    classes = np.where(known, labels.argmax(1).astype(str).astype(object), "")
    more, where, shares = published(home, name, count)
    splits = {PUBLIC: _split(path, len(_array(files["y"])), tested, count)} | more
    others = {file.name.removeprefix(f"{BEGINS}{name}.") for file in home.glob(f"{BEGINS}{name}.*")} - set(PARTS)
    alone = len(_names(home)) == 1
    return graph(
        path, session=name, nodes=pd.DataFrame({LABEL: np.arange(count).astype(str), CLASS: classes}), edges=edges,
        x=x, splits={one: np.where(known, rows, -1) for one, rows in splits.items()},
        paths=(str(home if alone else files["graph"]), *where), notes=(*told, *shares, *left_out(others)),
    )  # fmt: skip


def _split(path: Path, train: int, tested: NDArray[np.int64], count: int) -> Split:
    """The published split: the first nodes are trained on, the next chosen by, those of `test.index` held out."""
    parts = {part: np.zeros(count, bool) for part in (TRAIN, VALID, TEST)}
    parts[TRAIN][:train] = True
    parts[VALID][train : min(train + CHOOSING, int(tested.min()))] = True
    parts[TEST][tested] = True
    return split(path, PUBLIC, parts)


def _home(path: Path) -> Path:
    return path if path.is_dir() else path.parent


def _names(path: Path) -> list[str]:
    """What the data sets in a folder are called, or the one that a file is of."""
    files = [path] if not path.is_dir() else list(path.glob(f"{BEGINS}*.graph"))
    return sorted({file.name.split(".")[1] for file in files if file.name.startswith(BEGINS)})


def _loaded(path: Path) -> Any:
    try:
        return _plain.loads(path.read_bytes())
    except _plain.Refused as error:
        raise DataError(path, "", f"{error}; it may be harmful, so ask whoever gave it to you") from error
    except ValueError as error:
        raise DataError(path, "", f"{error}; was the copy cut off?") from error


def _array(path: Path) -> NDArray[Any]:
    try:
        array = _plain.values(_loaded(path))
    except DataError:
        raise
    except ValueError as error:
        raise DataError(path, "", f"{error}; get the file anew") from error
    if array.ndim != 2 or array.dtype.kind not in "biuf":
        raise DataError(path, "", f"is {array.shape} of {array.dtype}, where (node, value) was expected; get it anew")
    return array


def _tested(path: Path) -> NDArray[np.int64]:
    words = path.read_text().split()
    wrong = [word for word in words if not word.isdigit()]
    if wrong or not words:
        raise DataError(path, "", f"holds {wrong[0] if wrong else 'nothing'}, where numbers of nodes are needed")
    return np.array(words, np.int64)


def _edges(path: Path, count: int) -> tuple[NDArray[np.int64], int, list[str]]:
    """(2, edge) in both directions, how many nodes there are, and what was mended."""
    lists = _loaded(path)
    if not isinstance(lists, Mapping) or not lists:
        raise DataError(path, "", "is no list of neighbours by node; get the file anew")
    try:
        pairs = np.array([(a, b) for a, others in lists.items() for b in others], np.int64).reshape(-1, 2)
        most = max(count, 1 + max(map(int, lists)))
    except (TypeError, ValueError) as error:
        raise DataError(path, "", f"is no list of neighbours by node ({error}); get the file anew") from error
    if pairs.size and (pairs.min() < 0 or pairs.max() >= most):
        wrong = pairs.max() if pairs.max() >= most else pairs.min()
        raise DataError(path, "", f"has an edge to node {wrong}, of {most:,}; get the file anew")
    edges = both_directions(pairs.T, most)
    again = len(pairs) - len(np.unique(pairs, axis=0))
    told = [f"graph: {again:,} neighbours are listed twice and were taken once"] if again else []
    return edges, most, told


def _rows(files: Mapping[str, Path], part: str, tested: NDArray[np.int64], count: int) -> NDArray[np.float32]:
    """(node, value): those of the nodes that are not tested, then each tested one where `test.index` puts it."""
    first, last, shown = _array(files[f"all{part}"]), _array(files[f"t{part}"]), _array(files[part])
    if len(last) != len(tested) or tested.min() < len(first) or len(np.unique(tested)) < len(tested):
        problem = f"names {len(tested):,} nodes for the {len(last):,} of t{part}, or one of the {len(first):,} others"
        raise DataError(files["test.index"], "", f"{problem}; the files are of different data sets, get them anew")
    if first.shape[1] != last.shape[1] or shown.shape[1:] != first.shape[1:] or len(shown) > len(first):
        problem = f"is {first.shape}, beside {shown.shape} and {last.shape}; the files are of different data sets"
        raise DataError(files[f"all{part}"], "", problem)
    whole = np.zeros((count, first.shape[1]), np.float32)
    whole[: len(first)] = first
    whole[tested] = last
    return whole


SPEC = ReaderSpec(title="Planetoid folder", patterns=("ind.*",), accepts=accepts, read=read, folder=True, kind="graph")
