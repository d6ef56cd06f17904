"""Embeddings and predictions on disk: `.npz` for machines, `.parquet` for tables. No pickles, written atomically."""

from __future__ import annotations

import os
import zipfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from neurofm.data.embedding import Embedding
from neurofm.data.prediction import Prediction
from neurofm.errors import DataError
from neurofm.process import move

KINDS: dict[str, type[Embedding] | type[Prediction]] = {"embedding": Embedding, "prediction": Prediction}
ON_DISK = {"labels": "label", "times": "time", "kind": "target_kind"}  # one word per thing for whoever reads the file


def save(result: Embedding | Prediction, path: str | Path, **columns: Any) -> Path:
    """Write to `.npz` (reads back equal) or `.parquet` (one row each), replacing the file in one go.

    Parameters
    ----------
    columns : (row,) more about each row
    """
    path = Path(path)
    if path.suffix not in (".npz", ".parquet"):
        raise DataError(path, "suffix", "is neither .npz nor .parquet; name the file with one of them")
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with draft.open("wb") as file:
            if path.suffix == ".npz":
                np.savez(file, **_arrays(result) | columns)
            else:
                result.to_frame().assign(**columns).to_parquet(file)
        move(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return path


def load(path: str | Path) -> Embedding | Prediction:
    """Read what `save` wrote to `.npz`."""
    try:
        with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        cls = KINDS[str(arrays.pop("kind"))]
        keys = {f.name: ON_DISK.get(f.name, f.name) for f in fields(cls)}
        return cls(**{name: _plain(arrays[key]) for name, key in keys.items() if key in arrays}, **_metrics(arrays))
    except (OSError, KeyError, ValueError, TypeError, zipfile.BadZipFile, EOFError) as error:
        raise DataError(path, "", f"is no embedding or prediction of ours ({error}); make it again") from error


def _arrays(result: Embedding | Prediction) -> dict[str, Any]:
    kind = next(name for name, cls in KINDS.items() if isinstance(result, cls))
    values: dict[str, Any] = {f.name: getattr(result, f.name) for f in fields(result) if f.name != "metrics"}
    values = {name: value for name, value in values.items() if value is not None}
    if isinstance(result, Prediction):
        values |= {"metric_names": list(result.metrics), "metric_values": list(result.metrics.values())}
    arrays = {
        ON_DISK.get(name, name): np.array(v, str) if isinstance(v, tuple) else np.asarray(v)
        for name, v in values.items()
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
