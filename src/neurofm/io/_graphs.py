"""Pieces that readers of graphs share: masks of nodes as splits, published splits beside a data set, one sentence."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.graph import OWN, TEST, TRAIN, VALID, WEIGHT, Graph
from neurofm.errors import DataError
from neurofm.io._file import check_size
from neurofm.words import counted

Split = NDArray[np.int8]

MASKS = {
    TRAIN: ("train_mask", "train_masks", "train", "train_idx"),
    VALID: ("val_mask", "valid_mask", "val_masks", "val", "valid", "val_idx", "valid_idx"),
    TEST: ("test_mask", "test_masks", "test", "test_idx"),
}  # what goes by which name in files of others
SAID = {TRAIN: "trained on", VALID: "chosen by", TEST: "held out"}
PUBLIC = "public"


def graph(path: Path, **parts: Any) -> Graph:
    """A graph of a file; what does not fit together in it is refused with the file's name."""
    try:
        return Graph(**{"paths": (str(path),)} | parts)
    except ValueError as error:
        raise DataError(path, "nodes", f"do not fit: {error}; check the file") from error


def masks(path: Path, arrays: Mapping[str, NDArray[Any]], count: int, name: str = PUBLIC) -> dict[str, Split]:
    """Splits of `count` nodes, one for each column where the masks have several.

    Raises
    ------
    DataError
        If a mask fits no node, or two of a split share nodes.
    """
    given = {part: arrays[key] for part, keys in MASKS.items() for key in keys if key in arrays}
    if not given:
        return {}
    whole = {part: _mask(path, part, array, count) for part, array in given.items()}
    widest = max(mask.shape[1] for mask in whole.values())
    columns = [{part: mask[:, k % mask.shape[1]] for part, mask in whole.items()} for k in range(widest)]
    names = [name] if widest == 1 else [f"{name} {k}" for k in range(widest)]
    return {one: split(path, one, parts) for one, parts in zip(names, columns)}


def split(path: Path, name: str, parts: Mapping[int, NDArray[np.bool_]]) -> Split:
    """(node,) part of each, from a mask for each part.

    Raises
    ------
    DataError
        If a node is in two parts, so that what is learnt of one leaks into the other.
    """
    stacked = np.stack(list(parts.values()))
    twice = stacked.sum(0) > 1
    if twice.any():
        which = [part for part, mask in parts.items() if mask[twice].any()]
        said = " and ".join(SAID[part] for part in which[:2])
        problem = f"leaks: it has {counted(int(twice.sum()), 'node')} both {said}; give each node one part"
        raise DataError(path, f"split {name}", problem)
    whole = np.full(stacked.shape[1], -1, np.int8)
    for part, mask in parts.items():
        whole[mask] = part
    return whole


def published(folder: Path, name: str, count: int) -> tuple[dict[str, Split], list[str], list[str]]:
    """Splits in files `NAME_split_..._K.npz` in a folder, or in `splits` beside it; where, and what is to be said."""
    said = re.compile(rf"{re.escape(name)}_split_(?:.*_)?(\d+)\.npz", re.IGNORECASE)
    homes = [home for home in (folder, folder / "splits", folder.parent / "splits") if home.is_dir()]
    files = {int(m[1]): file for home in reversed(homes) for file in home.iterdir() if (m := said.fullmatch(file.name))}
    splits: dict[str, Split] = {}
    for k, file in sorted(files.items()):
        arrays = zipped(file)
        lengths = {len(array) for key, array in arrays.items() if key.endswith("mask")}
        if lengths != {count}:
            most = max(lengths, default=0)
            return {}, [], [f"splits: {file.name} is of {most:,} nodes, not {count:,}; they were left out"]
        splits |= masks(file, arrays, count, f"{PUBLIC} {k}")
    where = sorted({str(file.parent) for file in files.values()} - {str(folder)})
    return splits, where, [_shares(splits, files[min(files)].name)] if splits else []


def zipped(path: Path) -> dict[str, NDArray[Any]]:
    """All arrays of an `.npz`; none of them is unpickled.

    Raises
    ------
    DataError
        If one would have to be, or claims to be far larger than the file, or this is cut off.
    """
    if not zipfile.is_zipfile(path):
        raise DataError(path, "", "is no whole .npz; was the copy cut off?")
    with zipfile.ZipFile(path) as file:
        for item in file.infolist():
            check_size(path, item.filename, item.file_size, item.compress_size)
    arrays = {}
    with np.load(path, allow_pickle=False) as stored:
        for name in stored.files:
            try:
                arrays[name] = stored[name]
            except ValueError as error:
                problem = f"cannot be read ({error}); save it as an array of numbers or of words"
                raise DataError(path, name, problem) from error
    return arrays


def codes(words: Sequence[str] | pd.Series, labels: Sequence[str] | pd.Series) -> NDArray[np.int64]:
    """Row of each word among labels, which come once each; -1 for what is none of them."""
    return pd.Index(labels, dtype=object).get_indexer(pd.Index(words, dtype=object)).astype(np.int64)


def between(weights: Any) -> tuple[NDArray[np.int64], pd.DataFrame]:
    """(2, edge) from row to column wherever (node, node) weights, sparse or not, are not 0, and their links."""
    from scipy.sparse import coo_array

    matrix = coo_array(weights, dtype=float)
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    edges = np.stack([matrix.row, matrix.col]).astype(np.int64)
    order = np.lexsort(edges[::-1])
    return edges[:, order], pd.DataFrame({WEIGHT: matrix.data[order]})


MISSING = ("NA", "N/A", "n/a", "nan", "NaN", "NULL", "null", "None", "none", "-")  # what stands for nothing


def numbered(column: pd.Series) -> pd.Series:
    """A column of text as numbers where nothing else is in it; NaN, or "", where it is empty or says that it is."""
    column = column.where(~column.isin(MISSING), "")
    numbers = pd.to_numeric(column.replace("", None), errors="coerce")
    return numbers if numbers.notna().any() and (numbers.notna() | (column == "")).all() else column


def unowned(table: pd.DataFrame) -> pd.DataFrame:
    """With other names for those columns that a graph has of its own."""
    return table.rename(columns=lambda name: f"{name} (of the file)" if str(name).lower() in OWN else str(name))


def classes(y: NDArray[Any]) -> pd.Series | None:
    """(node,) words for classes of whole numbers, words, or rows of one 1; "" for -1 and NaN; None of other numbers."""
    y = np.asarray(y)
    if y.ndim == 2 and y.shape[1] > 1:
        if y.dtype.kind not in "biuf" or not np.isin(y, (0, 1)).all() or (y.sum(1) > 1).any():
            return None
        y = np.where(y.any(1), y.argmax(1), -1)
    y = y.reshape(len(y))
    if y.dtype.kind in "OUS":
        return pd.Series(["" if word is None or word != word else str(word) for word in y], dtype=object)
    known = np.isfinite(y) & (y != -1)
    if (y[known] % 1 != 0).any():
        return None
    return pd.Series(np.where(known, np.nan_to_num(y).astype(np.int64).astype(str).astype(object), ""), dtype=object)


def _mask(path: Path, part: int, array: NDArray[Any], count: int) -> NDArray[np.bool_]:
    """(node, split) which nodes it takes, by a mask or by their numbers."""
    array = np.asarray(array)
    if array.ndim in (1, 2) and len(array) != count and array.ndim == 2 and array.shape[1] == count:
        array = array.T
    flags = array.ndim in (1, 2) and len(array) == count and (array.dtype.kind == "b" or np.isin(array, (0, 1)).all())
    if flags:
        return array.reshape(count, -1).astype(bool)
    rows = array.dtype.kind in "iu" and array.ndim == 1 and ((array >= 0) & (array < count)).all()
    if not rows:
        problem = f"is {array.shape} of {array.dtype}, no mask of {count:,} nodes and no list of them; check the file"
        raise DataError(path, MASKS[part][0], problem)
    taken = np.zeros((count, 1), bool)
    taken[array] = True
    return taken


def _shares(splits: Mapping[str, Split], file: str) -> str:
    parts = np.array([[(one == part).sum() for part in SAID] for one in splits.values()])
    shares = "/".join(f"{100 * share:.0f}" for share in parts.sum(0) / sum(map(len, splits.values())))
    told = f"splits: {shares} % of the nodes are trained on, chosen by and held out"
    named = re.search(r"_split_([\d.]+)_([\d.]+)_\d+\.npz", file)
    if named:
        train, valid = (100 * float(number) for number in named.groups())
        if abs(train - 100 * parts[:, 0].sum() / sum(map(len, splits.values()))) > 1:
            told += f", whatever the names of their files say ({train:.0f}/{valid:.0f}/{100 - train - valid:.0f})"
    return told
