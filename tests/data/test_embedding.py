"""A latent space has an id and a place for each row, of a kind that is known."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.data import Embedding
from neurofm.data.ids import SPACES


def embedding(space="unit", ids=3, values=(3, 2), xy=(3, 2)):
    return Embedding(name="e", space=space, ids=np.arange(ids), values=np.ones(values), xy=np.ones(xy))


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("across", [2, 3])
def test_rows_of_every_space_have_a_map_of_two_or_three_dimensions(space, across):
    rows = embedding(space, xy=(3, across))
    assert (rows.space, rows.xy.shape, rows.labels, rows.method) == (space, (3, across), (), "PCA")


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        ({"ids": 2}, ValueError, "embedding e has 2 ids for 3 rows"),
        ({"values": (2, 2)}, ValueError, "embedding e has 3 ids for 2 rows"),
        ({"xy": (4, 2)}, ValueError, "embedding e has 3 ids for 3 rows"),
        ({"values": (3,)}, ValueError, r"embedding values must be \(row, dim\), got shape \(3,\)"),
        ({"space": "star"}, LookupError, "no space 'star'; there are bout, cell"),
    ],
)
def test_what_does_not_fit_together_is_refused(wrong, error, words):
    with pytest.raises(error, match=words):
        embedding(**wrong)


def test_an_empty_space_is_one_too():
    assert len(embedding(ids=0, values=(0, 4), xy=(0, 2)).ids) == 0
