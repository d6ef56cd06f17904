"""Tables and embeddings in files that other programs read: CSV, Parquet, and AnnData's HDF5 (`.h5ad`).

Every row has its label beside the id, so that it means something outside the session too.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.app.state.catalog import Catalog
from neurofm.app.write import suffix, write
from neurofm.checks import check_choice
from neurofm.data.embedding import Embedding

TABLES = (".csv", ".parquet")
EMBEDDINGS = (*TABLES, ".h5ad")


def table(frame: pd.DataFrame, path: str | Path) -> Path:
    """Write a table, with its ids as a first column if its rows are labelled things, to `.csv` or `.parquet`.

    Raises
    ------
    DataError
        If the suffix is another, or the file cannot be written.
    """
    kind = suffix(path, TABLES, "table")
    named = "label" in frame and frame.index.dtype.kind == "i"
    rows = frame.rename_axis(_id(frame)).reset_index() if named else frame.reset_index(drop=True)
    rows = rows.set_axis(_apart(map(str, rows)), axis=1)
    if kind == ".csv":
        return write(path, lambda file: rows.to_csv(file, index=False))
    plain = rows.assign(**{str(name): _words(rows[name]) for name in rows if not _plain(rows[name])})
    return write(path, lambda file: plain.to_parquet(file, index=False))


def embedding(session: Catalog, name: str, path: str | Path) -> Path:
    """Write an embedding of a session, with all that is known of each row, to `.h5ad`, `.csv` or `.parquet`.

    In `.h5ad`, which the anndata package reads, X holds the latents, obs the columns, obsm its maps ("X_umap", "X_pca")
    and uns the run, method and space. Tables have a column for each instead.
    """
    kind = suffix(path, EMBEDDINGS, "embedding")
    check_choice("embedding", name, session.embeddings)
    latents = session.embeddings[name]
    about = _about(session, latents)
    if kind == ".h5ad":
        return write(path, lambda file: _h5ad(latents, about, file))
    numbers = latents.maps()
    numbers |= {f"values_{k}": column for k, column in enumerate(latents.values.T)}
    return table(pd.concat([about, pd.DataFrame(numbers, index=about.index)], axis=1), path)


def _about(session: Catalog, latents: Embedding) -> pd.DataFrame:
    """Label and columns of each row, indexed by id."""
    if latents.space in session.tables():
        table = session.table(latents.space).reindex(latents.ids)
        return table[["label", *(c for c in table if c != "label")]]
    columns = {c: session.values(latents.space, c, latents.ids) for c in session.columns(latents.space)}
    if {"session", "time"} <= set(columns):  # to the microsecond, as the ids are
        label = [f"{name} {time:.6f} s" for name, time in zip(columns["session"], columns["time"])]
    else:
        label = list(latents.labels) or [session.label(latents.space, int(i)) for i in latents.ids]
    return pd.DataFrame({"label": label, **columns}, index=latents.ids)


# ---- AnnData on disk, as its documentation has it (on-disk format of anndata 0.8 and later)


def _h5ad(latents: Embedding, about: pd.DataFrame, path: Path) -> None:
    import h5py

    names = pd.DataFrame(index=[f"latent {k}" for k in range(latents.values.shape[1])])
    rows = about.drop(columns="label").assign(**{_id(about): about.index}).set_axis(about["label"].astype(str))
    with h5py.File(path, "w") as file:
        _mark(file, "anndata", "0.1.0")
        _array(file, "X", latents.values)
        _frame(file, "obs", rows)
        _frame(file, "var", names)
        maps = {latents.method or latents.name: latents.xy} | ({} if latents.umap is None else {"UMAP": latents.umap})
        obsm = _group(file, "obsm")
        for method, drawn in maps.items():
            _array(obsm, f"X_{_key(method).lower()}", drawn)
        for empty in ("layers", "obsp", "varm", "varp"):
            _group(file, empty)
        uns = _group(file, "uns")
        facts = {"name": latents.name, "run": Path(latents.run).name, "method": latents.method, "space": latents.space}
        for key, words in facts.items():
            _mark(uns.create_dataset(key, data=words, dtype=h5py.string_dtype()), "string", "0.2.0")


def _frame(file: Any, name: str, frame: pd.DataFrame) -> None:
    import h5py

    group = file.create_group(name)
    _mark(group, "dataframe", "0.2.0")
    keys = _apart(["_index", *(_key(str(column)) for column in frame)])[1:]
    columns = {key: frame.iloc[:, k] for k, key in enumerate(keys)}
    group.attrs["_index"] = "_index"
    group.attrs.create("column-order", np.array(list(columns), object), dtype=h5py.string_dtype())
    _strings(group, "_index", frame.index.to_numpy(object))
    for key, values in columns.items():
        if pd.api.types.is_numeric_dtype(values) and (values.notna().all() or not pd.api.types.is_bool_dtype(values)):
            missing = values.isna().any()
            _array(group, key, values.to_numpy(float, na_value=np.nan) if missing else np.asarray(values.to_numpy()))
        else:
            _categories(group, key, _words(values))


def _categories(group: Any, name: str, values: pd.Series[Any]) -> None:
    words = pd.Categorical(values)
    inside = group.create_group(name)
    _mark(inside, "categorical", "0.2.0")
    inside.attrs["ordered"] = False
    _array(inside, "codes", words.codes)
    _strings(inside, "categories", words.categories.to_numpy(object))


def _array(group: Any, name: str, values: NDArray[Any]) -> None:
    _mark(group.create_dataset(name, data=values), "array", "0.2.0")


def _strings(group: Any, name: str, values: NDArray[Any]) -> None:
    import h5py

    _mark(group.create_dataset(name, data=values, dtype=h5py.string_dtype()), "string-array", "0.2.0")


def _group(file: Any, name: str) -> Any:
    group = file.create_group(name)
    _mark(group, "dict", "0.1.0")
    return group


def _mark(item: Any, kind: str, version: str) -> None:
    item.attrs["encoding-type"], item.attrs["encoding-version"] = kind, version


def _key(name: str) -> str:
    """A name that is no path inside the file."""
    return name.replace("/", "_").strip(".") or "column"


def _id(frame: pd.DataFrame) -> str:
    """What our ids are called beside the columns that are there: their own `id` keeps its name."""
    return "id" if "id" not in frame else "neurofm_id"


def _apart(names: Iterable[str]) -> list[str]:
    """Names of which no two are alike: a later one has a number behind it."""
    apart: list[str] = []
    for name in names:
        free = (name, *(f"{name}_{k}" for k in range(2, len(apart) + 3)))
        apart.append(next(one for one in free if one not in apart))
    return apart


def _words(values: pd.Series[Any]) -> pd.Series[Any]:
    """Anything as words, None where there is nothing."""
    return values.map(lambda v: None if _missing(v) else str(v)).astype(object)


def _missing(value: Any) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and value != value)


def _plain(values: pd.Series[Any]) -> bool:
    """Whether all values are of one kind, so that a file with typed columns can hold them."""
    return values.dtype != object or (values.dropna().map(type).nunique() <= 1 and not len(_nested(values)))


def _nested(values: pd.Series[Any]) -> pd.Series[Any]:
    return values[values.map(lambda v: isinstance(v, (list, tuple, dict, np.ndarray)))]
