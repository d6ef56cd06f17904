"""Embeddings and predictions on disk."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pandas as pd
import pytest

from neurofm.data import Embedding, Prediction
from neurofm.data.store import load, save
from neurofm.errors import DataError

RNG = np.random.default_rng(0)
EMBEDDING = Embedding(
    name="units", space="unit", ids=np.arange(3), values=RNG.normal(size=(3, 4)), xy=RNG.normal(size=(3, 2)),
    labels=("s/a", "s/b", "s/ç"), sessions=("s",), run="r", method="UMAP",
)  # fmt: skip
OWN = Embedding(
    name="mine", space="unit", ids=np.arange(3), values=RNG.normal(size=(3, 4)), xy=RNG.normal(size=(3, 2)),
    axes=("tsne x", "tsne y"), umap=RNG.normal(size=(3, 3)),
)  # fmt: skip
PREDICTION = Prediction(
    session="s", target="position", times=np.arange(3.0), ids=np.arange(3), values=RNG.normal(size=(3, 2)),
    truth=np.array([[1.0, np.nan]] * 3), held_out=np.array([True, False, True]), names=("x", "y"), unit="cm",
    metrics={"r2": 0.5, "r2_x": 0.25}, run="r",
)  # fmt: skip


@pytest.mark.parametrize("result", [EMBEDDING, OWN, PREDICTION])
def test_reads_back_equal(result, tmp_path):
    again = load(save(result, tmp_path / "result.npz"))
    assert type(again) is type(result)
    for field in fields(result):
        one, other = getattr(again, field.name), getattr(result, field.name)
        if isinstance(other, np.ndarray):
            np.testing.assert_array_equal(one, other, strict=True)
        else:
            assert one == other


def test_moments_have_no_labels(tmp_path):
    moments = Embedding(name="time", space="time", ids=np.arange(2), values=np.ones((2, 3)), xy=np.ones((2, 2)))
    assert load(save(moments, tmp_path / "time.npz")).labels == ()


@pytest.mark.parametrize(
    ("result", "columns"),
    [
        (EMBEDDING, {"ids", "label", "xy_0", "values_3"}),
        (PREDICTION, {"ids", "session", "time", "values_x", "truth_y", "held_out"}),
    ],
)
def test_tables_have_a_row_each(result, columns, tmp_path):
    table = pd.read_parquet(save(result, tmp_path / "result.parquet"))
    assert len(table) == 3
    assert columns <= set(table)


def test_failed_save_keeps_the_old_file(tmp_path, monkeypatch):
    path = save(EMBEDDING, tmp_path / "result.npz")
    before = path.read_bytes()

    def full(file, **_arrays):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="No space left"):
        save(PREDICTION, path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("length", [0, 10, 400, -30])
def test_damaged_file_is_refused(tmp_path, length):
    path = save(EMBEDDING, tmp_path / "result.npz")
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(DataError, match=r"result\.npz: is no embedding or prediction"):
        load(path)


def test_foreign_arrays_and_suffixes_are_refused(tmp_path):
    np.savez(tmp_path / "other.npz", kind="volume")
    with pytest.raises(DataError, match="is no embedding"):
        load(tmp_path / "other.npz")
    with pytest.raises(DataError, match=r"neither \.npz nor \.parquet"):
        save(EMBEDDING, tmp_path / "result.csv")
