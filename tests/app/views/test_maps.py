"""Which map is drawn, and what its axes are called: never by a name that is not its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from neurofm.app.views._maps import chosen, extent, pca_of, seen, umap_of
from neurofm.data import Embedding
from neurofm.projection import pca

RNG = np.random.default_rng(0)
VALUES = RNG.normal(size=(9, 4)) * [4, 3, 2, 1]
FLAT, SOLID = RNG.normal(size=(9, 2)), RNG.normal(size=(9, 3))


def embedding(values=VALUES, xy=None, **more):
    xy = np.zeros((len(values), 2)) if xy is None else xy
    return Embedding(name="mine", space="unit", ids=np.arange(len(values)), values=values, xy=xy, **more)


RUN = embedding(xy=pca(VALUES), method="PCA")
MAPPED = replace(RUN, umap=FLAT)
OLD = embedding(xy=FLAT, method="UMAP")  # as files of before have it
OWN = embedding(xy=FLAT)
NAMED = embedding(xy=pd.DataFrame(FLAT, columns=["depth", "angle"]))


@pytest.mark.parametrize(
    ("rows", "choice", "dims", "name", "axes"),
    [
        (RUN, "", 2, "PCA", ("PCA 1", "PCA 2")),
        (RUN, "PCA", 2, "PCA", ("PCA 1", "PCA 2")),
        (RUN, "UMAP", 2, "PCA", ("PCA 1", "PCA 2")),
        (RUN, "", 3, "PCA", ("PCA 1", "PCA 2", "PCA 3")),
        (MAPPED, "", 2, "UMAP", ("UMAP 1", "UMAP 2")),
        (MAPPED, "UMAP", 2, "UMAP", ("UMAP 1", "UMAP 2")),
        (MAPPED, "PCA", 2, "PCA", ("PCA 1", "PCA 2")),
        (MAPPED, "UMAP", 3, "PCA", ("PCA 1", "PCA 2", "PCA 3")),  # which has no third dimension
        (replace(RUN, umap=SOLID), "", 3, "UMAP", ("UMAP 1", "UMAP 2", "UMAP 3")),
        (OLD, "", 2, "UMAP", ("UMAP 1", "UMAP 2")),
        (OLD, "PCA", 2, "PCA", ("PCA 1", "PCA 2")),
        (OWN, "", 2, "", ("mine 1", "mine 2")),
        (OWN, "UMAP", 2, "", ("mine 1", "mine 2")),
        (OWN, "PCA", 2, "PCA", ("PCA 1", "PCA 2")),
        (replace(OWN, umap=FLAT), "", 2, "UMAP", ("UMAP 1", "UMAP 2")),
        (NAMED, "", 2, "", ("depth", "angle")),
        (embedding(xy=SOLID, method="tSNE"), "", 3, "tSNE", ("tSNE 1", "tSNE 2", "tSNE 3")),
    ],
)
def test_axes_are_called_by_what_is_drawn(rows, choice, dims, name, axes):
    drawn = chosen(choice, rows, dims)
    assert (drawn.name, drawn.axes) == (name, axes)
    wanted = {"PCA": lambda: pca(VALUES, dims), "UMAP": lambda: umap_of(rows)}.get(name, lambda: rows.xy)()
    np.testing.assert_allclose(drawn.places, wanted)


ODD = {
    "none": np.zeros((0, 4)),
    "one row": np.ones((1, 4)),
    "fewer rows than neighbours": VALUES[:6],
    "equal": np.ones((9, 4)),
    "1-D": VALUES[:, :1],
    "2-D": VALUES[:, :2],
    "3-D": VALUES[:, :3],
    "some NaN": np.where(np.arange(9)[:, None] == 4, np.nan, VALUES),
    "all NaN": np.full((9, 4), np.nan),
    "infinite": np.where(np.arange(9)[:, None] == 4, np.inf, VALUES),
}


@pytest.mark.parametrize("choice", ["", "PCA", "UMAP"])
@pytest.mark.parametrize("turn", [None, (30.0, 25.0)], ids=["flat", "solid"])
@pytest.mark.parametrize("values", ODD.values(), ids=ODD)
def test_any_values_have_a_place_for_each_row_and_a_range_that_is_finite(values, turn, choice):
    rows = embedding(values)
    drawn = chosen(choice, rows, 2 if turn is None else 3)
    assert seen(drawn, rows, turn).shape == (len(values), 2)
    left, right, bottom, top = extent(drawn, rows, turn)
    assert np.isfinite([left, right, bottom, top]).all()
    assert left < right
    assert bottom < top


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_rows_that_are_not_finite_are_nowhere_and_the_others_where_they_belong(bad):
    values = VALUES.copy()
    values[4, 1] = bad
    places = pca_of(embedding(values), 2)
    assert np.isnan(places[4]).all()
    rest = np.arange(9) != 4
    np.testing.assert_allclose(places[rest], pca(VALUES[rest], 2))
