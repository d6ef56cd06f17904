"""AnnData files with neighbours: read without anndata, and as the object that anndata reads from them."""

from __future__ import annotations

from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest

from neurofm import io
from neurofm.data.graph import Graph
from neurofm.errors import DataError
from tests.io.graph_files import h5ad


def read(thing: object) -> Graph:
    graph = io.read(thing)
    assert isinstance(graph, Graph)
    return graph


def test_cells_and_their_neighbours(tmp_path: Path) -> None:
    graph = read(h5ad(tmp_path))
    assert graph.nodes["label"].tolist() == ["ACT", "AGG", "TTC"]
    assert graph.nodes["type"].tolist() == ["Sst", "Pvalb", ""]
    assert graph.nodes["counts"].tolist() == [10, 20, 30]
    assert graph.places.tolist() == [[0, 2, 1], [0, 4, 3], [0, 6, 5]]
    assert graph.edges.tolist() == [[0, 1, 1, 2], [1, 0, 2, 1]]
    assert graph.links["weight"].tolist() == [0.5, 0.5, 1, 1]
    assert graph.links["distance"].tolist() == [1, 1, 2, 2]
    assert (graph.x.tolist(), graph.features) == (np.eye(3, 2).tolist(), ("Gad1", "Slc17a7"))
    assert graph.notes == ("weight: connectivities", "features: X")


def test_the_object_is_the_same_as_its_file(tmp_path: Path) -> None:
    path = h5ad(tmp_path)
    of_file, of_object = read(path), read(anndata.read_h5ad(path))
    for name in ("edges", "x"):
        np.testing.assert_array_equal(getattr(of_object, name), getattr(of_file, name))
    for name in ("nodes", "links"):
        pd.testing.assert_frame_equal(
            getattr(of_object, name), getattr(of_file, name), check_dtype=False, check_like=True
        )
    assert (of_object.features, of_object.notes) == (of_file.features, of_file.notes)


def test_components_are_features_where_there_are_some(tmp_path: Path) -> None:
    path = h5ad(tmp_path)
    with h5py.File(path, "r+") as file:
        file["obsm/X_pca"] = np.arange(9.0).reshape(3, 3)
        file["obsm/X_umap"] = np.zeros((3, 2))
    graph = read(path)
    assert (graph.features, graph.x[1].tolist()) == (("pca 0", "pca 1", "pca 2"), [3, 4, 5])
    assert graph.notes == ("weight: connectivities", "features: X_pca", "not read: obsm/X_umap")


def without(name: str):
    def spoil(file: h5py.File) -> None:
        del file[name]

    return spoil


def instead(name: str, values: object):
    def spoil(file: h5py.File) -> None:
        del file[name]
        file[name] = values

    return spoil


BAD = {
    "no neighbours": (
        without("obsp/connectivities"),
        "obsp: holds distances, where connectivities are",
    ),
    "no names": (without("obs/_index"), "obs/_index: is missing"),
    "no table": (instead("obs", np.zeros(3)), "obs: is no table"),
    "column": (instead("obs/counts", np.zeros(2)), "obs/counts: has 2 rows for 3"),
    "category": (instead("obs/type/codes", np.array([7, 0, 0])), "obs/type: names a category that is not there"),
    "part": (without("obsp/connectivities/indices"), "obsp/connectivities: is no whole sparse matrix"),
    "neighbour": (instead("obsp/connectivities/indices", np.array([1, 0, 9, 1])), "is no whole sparse matrix"),
    "size": (instead("obsp/connectivities", np.eye(2)), r"obsp/connectivities: is \(2, 2\) for 3 cells"),
    "twice": (instead("obs/_index", ["a", "a", "b"]), "no name comes twice"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_refused_with_its_part(tmp_path: Path, case: str) -> None:
    path = h5ad(tmp_path)
    spoil, said = BAD[case]
    with h5py.File(path, "r+") as file:
        spoil(file)
    with pytest.raises(DataError, match=said):
        io.read(path, reader="h5ad")


def test_what_is_missing_in_a_column_of_numbers_is_unknown(tmp_path: Path) -> None:
    path = h5ad(tmp_path)
    with h5py.File(path, "r+") as file:
        file["obs/age/values"], file["obs/age/mask"] = np.array([3, 4, 5]), np.array([False, True, False])
    assert read(path).nodes["age"].tolist()[::2] == [3.0, 5.0]
    assert read(path).nodes["age"].isna().tolist() == [False, True, False]
