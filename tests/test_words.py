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
        ({"r2": 0.637, "ridge_r2": 0.694, "steps": 100}, "R² 0.64 held out, ridge does better: 0.69"),
        ({"bits_per_spike": 0.1}, "bits per spike 0.10 held out"),
        ({"ridge_r2": 0.1}, ""),
        ({"r2": 0.6, "ridge_r2": 0.55, "mlp_r2": 0.58}, "R² 0.60 held out, MLP 0.58"),
        ({"r2": 0.6, "ridge_r2": 0.65, "mlp_r2": 0.58}, "R² 0.60 held out, ridge does better: 0.65"),
        (
            {"accuracy": 0.6, "mlp_accuracy": 0.7, "ridge_accuracy": 0.1},
            "accuracy 0.60 held out, MLP does better: 0.70",
        ),
        ({"r2": 0.6, "ridge_r2": 0.5, "ridge_share": 0.3}, "R² 0.60 held out (30% ridge), ridge 0.50"),
        ({"r2": 0.6, "ridge_r2": 0.5, "ridge_share": 0.0}, "R² 0.60 held out, ridge 0.50"),
        (
            {"r2": 0.6, "ridge_r2": 0.6, "ridge_share": 1.0, "core_share": 1.0, "all_r2": 0.4, "vectors_r2": 0.2},
            "R² 0.60 held out: ridge answers, which does better here than the network, 0.40, ridge 0.60",
        ),
        ({"steps": 3}, ""),
    ],
)
def test_an_outcome_stands_beside_the_simple_decoder(metrics: dict[str, Any], words: str) -> None:
    assert outcome(metrics) == words
