"""Scores in words."""

import pytest

from neurofm.words import outcome


@pytest.mark.parametrize(
    ("metrics", "words"),
    [
        ({"r2": 0.637, "ridge_r2": 0.694, "steps": 100}, "R² 0.64 held out, ridge 0.69"),
        ({"bits_per_spike": 0.1}, "bits per spike 0.10 held out"),
        ({"steps": 3}, ""),
    ],
)
def test_an_outcome_stands_beside_the_simple_decoder(metrics, words):
    assert outcome(metrics) == words
