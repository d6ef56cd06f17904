"""Embeddings and predictions on disk: `.npz` for machines, `.parquet` for tables. No pickles, written atomically."""

from __future__ import annotations

import os
import zipfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from neurofm.data.embedding import Embedding
from neurofm.data.prediction import Prediction
from neurofm.errors import DataError

KINDS: dict[str, type[Embedding] | type[Prediction]] = {"embedding": Embedding, "prediction": Prediction}


ON_DISK = {"labels": "label", "times": "time", "kind": "target_kind"}  # one word per thing for whoever reads the file


def save(thing: Embedding | Prediction, path: str | Path, **columns: Any) -> Path:
    """Write to `.npz` (reads back equal) or `.parquet` (one row each), replacing the file in one go.

    Parameters
    ----------
    columns : (row,) more of what is known of each row
    """
    path = Path(path)
    if path.suffix not in (".npz", ".parquet"):
        raise DataError(path, "suffix", "is neither .npz nor .parquet; name the file with one of them")
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            if path.suffix == ".npz":
                np.savez(file, **_arrays(thing) | columns)
            else:
                table(thing).assign(**columns).to_parquet(file)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def load(path: str | Path) -> Embedding | Prediction:
    """Read what `save` wrote to `.npz`."""
    try:
        with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
        cls = KINDS[str(arrays.pop("kind"))]
        known = {f.name: ON_DISK.get(f.name, f.name) for f in fields(cls)}
        return cls(**{name: _plain(arrays[key]) for name, key in known.items() if key in arrays}, **_metrics(arrays))
    except (OSError, KeyError, ValueError, TypeError, zipfile.BadZipFile, EOFError) as error:
        raise DataError(path, "", f"is no embedding or prediction of ours ({error}); make it again") from error


def table(thing: Embedding | Prediction) -> pd.DataFrame:
    """One row each: ids, label, session, time, xy, values, those that apply."""
    columns: dict[str, Any] = {"ids": thing.ids}
    if isinstance(thing, Embedding):
        columns |= {"label": list(thing.labels)} if thing.labels else {}
        columns |= {f"xy_{k}": thing.xy[:, k] for k in range(thing.xy.shape[1])}
        columns |= {f"values_{k}": thing.values[:, k] for k in range(thing.values.shape[1])}
    else:
        columns |= {"session": thing.session, "time": thing.times, "held_out": thing.held_out}
        columns |= {f"values_{name}": thing.values[:, k] for k, name in enumerate(thing.names)}
        columns |= {f"truth_{name}": thing.truth[:, k] for k, name in enumerate(thing.names)}
    return pd.DataFrame(columns)


def _arrays(thing: Embedding | Prediction) -> dict[str, Any]:
    kind = next(name for name, cls in KINDS.items() if isinstance(thing, cls))
    found: dict[str, Any] = {f.name: getattr(thing, f.name) for f in fields(thing) if f.name != "metrics"}
    if isinstance(thing, Prediction):
        found |= {"metric_names": list(thing.metrics), "metric_values": list(thing.metrics.values())}
    arrays = {
        ON_DISK.get(name, name): np.array(v, str) if isinstance(v, tuple) else np.asarray(v)
        for name, v in found.items()
    }
    return {"kind": np.array(kind), **arrays}


def _metrics(arrays: dict[str, Any]) -> dict[str, Any]:
    if "metric_names" not in arrays:
        return {}
    return {"metrics": dict(zip(arrays["metric_names"].tolist(), arrays["metric_values"].tolist()))}


def _plain(array: Any) -> Any:
    if array.dtype.kind == "U":
        return tuple(array.tolist()) if array.ndim else str(array)
    return array
