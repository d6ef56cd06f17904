"""Tables and embeddings in files: read back by others, labelled, and refused in words."""

from __future__ import annotations

from dataclasses import replace

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest

from neurofm.app import export
from neurofm.errors import DataError


def read(path):
    return pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".PARQUET"])
@pytest.mark.parametrize("space", ["unit", "trial", "session"])
def test_a_table_comes_back_with_labels_beside_its_ids(session, tmp_path, suffix, space):
    table = session.table(space)
    path = export.table(table, tmp_path / f"a{suffix}")
    written = read(path.rename(path.with_suffix(suffix.lower())))
    assert written["id"].tolist() == table.index.tolist()
    assert written["label"].tolist() == table["label"].tolist()
    for name in table:
        if table[name].dtype.kind in "fi":
            np.testing.assert_allclose(written[name], table[name])


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_table_of_other_rows_is_written_without_made_up_ids(tmp_path, suffix):
    path = export.table(pd.DataFrame({"run": ["a", "b"], "r2": [0.5, np.nan]}, index=[7, 9]), tmp_path / f"a{suffix}")
    assert list(read(path)) == ["run", "r2"]


def test_columns_of_mixed_values_become_words_in_typed_files(tmp_path):
    frame = pd.DataFrame({"odd": [1, "x", None], "list": [[1, 2], [3], None], "fine": [True, False, True]})
    written = pd.read_parquet(export.table(frame, tmp_path / "a.parquet"))
    assert written["odd"].iloc[:2].tolist() == ["1", "x"]
    assert written["list"].iloc[0] == "[1, 2]"
    assert written["odd"].isna().iloc[2]
    assert written["fine"].tolist() == [True, False, True]


@pytest.mark.parametrize("name", ["a unit", "a time"])
def test_an_embedding_is_read_by_anndata(session, tmp_path, name):
    latents = session.embeddings[name]
    written = anndata.read_h5ad(export.embedding(session, name, tmp_path / "a.h5ad"))
    np.testing.assert_array_equal(written.X, latents.values)
    np.testing.assert_array_equal(written.obsm["X_pca"], latents.xy)
    assert written.obs["id"].tolist() == latents.ids.tolist()
    assert dict(written.uns) == {"name": name, "run": "a", "method": "PCA", "space": latents.space}
    assert written.obs_names.is_unique
    assert list(written.var_names[:2]) == ["latent 0", "latent 1"]
    for column in session.columns(latents.space):
        values = pd.Series(session.values(latents.space, column, latents.ids))
        if values.dtype.kind == "f":
            np.testing.assert_allclose(written.obs[column], values)
        else:
            words = [None if pd.isna(v) else v for v in written.obs[column].tolist()]
            assert words == [None if pd.isna(v) else v for v in values.tolist()]


@pytest.mark.parametrize(
    ("name", "first", "column", "value"),
    [("a unit", "rat/u0", "depth_um", 40.0), ("a time", "rat 100.250000 s", "time", 100.25)],
)
def test_units_and_moments_are_called_by_what_they_are(session, tmp_path, name, first, column, value):
    rows = anndata.read_h5ad(export.embedding(session, name, tmp_path / "a.h5ad"))
    assert rows.obs_names[0] == first
    assert rows.obs[column].iloc[0] == pytest.approx(value)


def test_every_unit_is_called_by_its_label(session, tmp_path):
    units = anndata.read_h5ad(export.embedding(session, "a unit", tmp_path / "a.h5ad"))
    assert list(units.obs_names) == session.table("unit")["label"].tolist()


def test_a_umap_in_three_dimensions_is_called_so(session, tmp_path):
    latents = session.embeddings["a unit"]
    xyz = np.c_[latents.xy, latents.xy[:, 0]]
    session.embeddings["b"] = replace(latents, name="b", xy=xyz, method="UMAP")
    written = anndata.read_h5ad(export.embedding(session, "b", tmp_path / "a.h5ad"))
    np.testing.assert_array_equal(written.obsm["X_umap"], xyz)


def test_columns_whose_names_are_paths_stay_columns(session, tmp_path):
    session.join(pd.DataFrame({"label": session.table("unit")["label"], "a/b": np.arange(5.0), "ok?": [True] * 5}))
    written = anndata.read_h5ad(export.embedding(session, "a unit", tmp_path / "a.h5ad"))
    assert written.obs["a_b"].tolist() == [0, 1, 2, 3, 4]
    assert written.obs["ok?"].tolist() == [True] * 5


def test_an_embedding_is_a_table_too(session, tmp_path):
    latents = session.embeddings["a unit"]
    written = read(export.embedding(session, "a unit", tmp_path / "a.csv"))
    np.testing.assert_allclose(written[["xy_0", "xy_1"]], latents.xy)
    np.testing.assert_allclose(written[[f"values_{k}" for k in range(4)]], latents.values)
    assert written["label"].tolist() == list(latents.labels)


@pytest.mark.parametrize(
    ("name", "path"), [("a unit", "a.h5"), ("a unit", "a"), ("unit", "a.h5ad"), ("unit", "a.xlsx")]
)
def test_other_suffixes_are_refused(session, tmp_path, name, path):
    with pytest.raises(DataError, match="suffix: is none of"):
        session.export(name, tmp_path / path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.h5ad"])
def test_a_folder_that_is_a_file_is_refused_in_a_sentence_and_kept(session, tmp_path, name):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(DataError, match=r"cannot be written \(.*\); choose another folder or name"):
        session.export("a unit", tmp_path / "file" / name)
    assert (tmp_path / "file").read_text() == "mine"


def test_a_file_that_was_there_stays_if_writing_fails(session, tmp_path, monkeypatch):
    path = export.embedding(session, "a unit", tmp_path / "a.h5ad")
    before = path.read_bytes()
    monkeypatch.setattr(export, "_frame", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(DataError, match="No space left"):
        export.embedding(session, "a unit", path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


COLUMNS = ["id", "a/b", "a_b", "_index", "xy_0", "values_1", "", ".", "label_2"]


@pytest.fixture
def odd(session):
    """A session whose units have columns with names that the formats use themselves."""
    names = session.table("unit")["label"]
    session.join(pd.DataFrame({"label": names.to_numpy()} | {name: range(k, k + 5) for k, name in enumerate(COLUMNS)}))
    return session


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_no_column_takes_the_place_of_another(odd, tmp_path, suffix):
    path = export.embedding(odd, "a unit", tmp_path / f"a{suffix}")
    rows = pd.read_csv(path) if suffix == ".csv" else pd.read_parquet(path)
    assert rows["neurofm_id"].tolist() == odd.embeddings["a unit"].ids.tolist()
    for k, name in enumerate(name for name in COLUMNS if name):
        wanted = COLUMNS.index(name)
        assert rows[name].tolist() == list(range(wanted, wanted + 5)), k
    np.testing.assert_allclose(rows["xy_0_2"], odd.embeddings["a unit"].xy[:, 0])
    np.testing.assert_allclose(rows["values_1_2"], odd.embeddings["a unit"].values[:, 1])


def test_anndata_holds_every_column_once(odd, tmp_path):
    path = export.embedding(odd, "a unit", tmp_path / "a.h5ad")
    with h5py.File(path) as file:
        obs, order = file["obs"], list(file["obs"].attrs["column-order"])
        assert len(order) == len(set(order)) == len(odd.columns("unit")) + 1
        assert obs["id"][:].tolist() == list(range(5))
        assert obs["neurofm_id"][:].tolist() == odd.embeddings["a unit"].ids.tolist()
        assert (obs["a_b"][:].tolist(), obs["a_b_2"][:].tolist()) == ([1, 2, 3, 4, 5], [2, 3, 4, 5, 6])
        assert obs["_index_2"][:].tolist() == [3, 4, 5, 6, 7]
