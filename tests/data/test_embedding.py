"""A latent space has an id and a place for each row, of a kind that is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from neurofm.data import Embedding
from neurofm.data.ids import SPACES, pack


def embedding(space="unit", ids=3, values=(3, 2), xy=(3, 2), umap=None):
    drawn = None if umap is None else np.ones(umap)
    return Embedding(name="e", space=space, ids=np.arange(ids), values=np.ones(values), xy=np.ones(xy), umap=drawn)


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("across", [2, 3])
def test_rows_of_every_space_have_a_map_of_two_or_three_dimensions(space, across):
    rows = embedding(space, xy=(3, across))
    assert (rows.space, rows.xy.shape, rows.labels, rows.method) == (space, (3, across), (), "")


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        ({"ids": 2}, ValueError, "embedding e has 2 ids for 3 rows"),
        ({"values": (2, 2)}, ValueError, "embedding e has 3 ids for 2 rows"),
        ({"xy": (4, 2)}, ValueError, "embedding e has 3 ids for 3 rows"),
        ({"values": (3,)}, ValueError, r"embedding values must be \(row, dim\), got shape \(3,\)"),
        ({"xy": (3, 1)}, ValueError, r"xy of embedding e must be \(3, 2\) or \(3, 3\), got shape \(3, 1\)"),
        ({"xy": (3, 4)}, ValueError, r"got shape \(3, 4\)"),
        ({"xy": (3,)}, ValueError, r"got shape \(3,\)"),
        ({"umap": (2, 2)}, ValueError, r"umap of embedding e must be \(3, 2\) or \(3, 3\), got shape \(2, 2\)"),
        ({"space": "star"}, LookupError, "no space 'star'; there are bout, cell"),
    ],
)
def test_what_does_not_fit_together_is_refused(wrong, error, words):
    with pytest.raises(error, match=words):
        embedding(**wrong)


def test_sources_are_those_that_have_rows():
    xy = np.zeros((3, 2))
    some = Embedding(name="a", space="unit", ids=pack([0, 2, 2], [1, 5, 6]), values=xy, xy=xy, sessions=("x", "y", "z"))
    assert some.sources == {"x", "z"}


def test_an_empty_space_is_one_too():
    assert len(embedding(ids=0, values=(0, 4), xy=(0, 2)).ids) == 0


@pytest.mark.parametrize("names", [("tsne x", "tsne y"), ("depth", "angle", "rate"), (0, 1)])
def test_the_columns_of_a_table_name_the_axes(names):
    places = pd.DataFrame(np.arange(3.0 * len(names)).reshape(3, -1), columns=list(names))
    rows = Embedding(name="mine", space="unit", ids=np.arange(3), values=np.ones((3, 2)), xy=places)
    assert rows.axes == tuple(map(str, names))
    np.testing.assert_array_equal(rows.xy, places.to_numpy())


def test_tables_have_a_column_for_each_dimension_of_each_map():
    assert list(embedding().maps()) == ["xy_0", "xy_1"]
    assert list(embedding(umap=(3, 3)).maps()) == ["xy_0", "xy_1", "umap_0", "umap_1", "umap_2"]
