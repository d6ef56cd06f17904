"""Which of the matrices says who is whose neighbour, and what cells are known by."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from neurofm.data.graph import Graph
from neurofm.io import _neighbours

MATRIX = csr_matrix(np.array([[0.0, 1.0], [0.0, 0.0]]))


@pytest.mark.parametrize(
    ("names", "key"),
    [
        (["distances", "connectivities"], "connectivities"),
        (["spatial_connectivities", "spatial_distances"], "spatial_connectivities"),
        (["spatial_connectivities", "connectivities"], "connectivities"),
        (["distances"], ""),
        ([], ""),
    ],
)
def test_connectivities_are_found_by_their_name(names: list[str], key: str) -> None:
    assert _neighbours.chosen(names) == key


def graph(matrices: dict, wide: dict, x: object) -> Graph:
    obs = pd.DataFrame({"session": ["p", "q"]})
    names = [f"gene {k}" for k in range(0 if x is None else x.shape[1])]  # type: ignore[attr-defined]
    return _neighbours.neighbours(Path("cells.h5ad"), ["a", "b"], obs, matrices, wide, (x, names))


def test_neighbours_in_space_have_distances_in_space() -> None:
    given = {"spatial_connectivities": MATRIX, "spatial_distances": 3 * MATRIX, "distances": 9 * MATRIX}
    there = graph(given, {"X_pca": np.eye(2)}, None)
    assert there.links.to_dict("list") == {"weight": [1.0], "distance": [3.0]}
    assert there.notes[-1] == "not read: obsp/distances"
    assert there.nodes["session (of the file)"].tolist() == ["p", "q"]


def test_a_distance_that_is_not_told_is_unknown() -> None:
    there = graph({"connectivities": MATRIX, "distances": 0 * MATRIX}, {}, None)
    assert np.isnan(there.links["distance"]).all()


def test_too_many_variables_are_no_features() -> None:
    there = graph({"connectivities": MATRIX}, {}, np.zeros((2, 5000)))
    assert there.x.shape == (2, 0)
    assert "X has 5,000 columns; run scanpy.pp.pca first" in there.notes[1]
    assert graph({"connectivities": MATRIX}, {}, csr_matrix(np.eye(2))).x.tolist() == [[1, 0], [0, 1]]
