"""Words: what things are called, how many there are, and how good a model is."""

from __future__ import annotations

from typing import Any

import pytest

from neurofm.words import MAIN, TITLES, counted, main_score, outcome, thing, things


@pytest.mark.parametrize(("space", "one", "several"), [("unit", "unit", "units"), ("time", "moment", "moments")])
def test_things_are_called_as_people_call_them(space: str, one: str, several: str) -> None:
    assert (thing(space), things(space)) == (one, several)


@pytest.mark.parametrize(
    ("count", "space", "words"),
    [(0, "unit", "0 units"), (1, "unit", "1 unit"), (1, "time", "1 moment"), (1204, "time", "1,204 moments")],
)
def test_a_count_goes_with_its_plural(count: int, space: str, words: str) -> None:
    assert counted(count, space) == words


@pytest.mark.parametrize("name", MAIN.values())
def test_every_main_score_has_a_title(name: str) -> None:
    assert main_score({name: 0.417}) == f"{TITLES[name]} 0.42"
    assert main_score({f"{name}_valid": 0.417}, "_valid") == f"{TITLES[name]} 0.42"
    assert main_score({f"{name}_valid": 0.417}) == ""


@pytest.mark.parametrize(
    ("metrics", "words"),
    [
        ({"r2": 0.637, "ridge_r2": 0.694, "steps": 100}, "R² 0.64 held out, ridge 0.69"),
        ({"bits_per_spike": 0.1}, "bits per spike 0.10 held out"),
        (
            {"bits_per_spike": 0.1, "poisson_bits_per_spike": 0.2, "factor_bits_per_spike": 0.15},
            "bits per spike 0.10 held out, Poisson regression 0.20, factor analysis 0.15",
        ),
        ({"ridge_r2": 0.1}, ""),
        ({"steps": 3}, ""),
    ],
)
def test_an_outcome_stands_beside_the_simple_decoder(metrics: dict[str, Any], words: str) -> None:
    assert outcome(metrics) == words
