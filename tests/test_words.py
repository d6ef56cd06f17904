"""Words: what things are called, how many there are, and how good a model is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from neurofm import words
from neurofm.io import _readers
from neurofm.words import MAIN, TITLES, counted, main_score, outcome, over, thing, things


@pytest.mark.parametrize(
    ("space", "one", "several"),
    [
        ("unit", "unit", "units"),
        ("time", "moment", "moments"),
        ("patch", "patch", "patches"),
        ("match", "pair", "pairs"),
    ],
)
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
        ({"r2": -3.71, "ridge_r2": -3.08}, "R² -3.71 held out, ridge -3.08: worse than the mean"),
        ({"r2": -0.2, "ridge_r2": 0.1}, "R² -0.20 held out, ridge does better: 0.10"),
        ({"bits_per_spike": 0.1}, "bits per spike 0.10 held out"),
        (
            {"bits_per_spike": 0.1, "poisson_bits_per_spike": 0.2, "factor_bits_per_spike": 0.15},
            "bits per spike 0.10 held out, Poisson regression does better: 0.20",
        ),
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
            {"r2": 0.6, "ridge_r2": 0.6, "ridge_share": 1.0, "core_share": 1.0, "network_r2": 0.4, "vectors_r2": 0.2},
            "R² 0.60 held out: ridge answers, which does better here than the network, 0.40, ridge 0.60",
        ),
        ({"steps": 3}, ""),
    ],
)
def test_an_outcome_stands_beside_the_simple_decoder(metrics: dict[str, Any], words: str) -> None:
    assert outcome(metrics) == words


RESTED = {"r2": 0.351, "ridge_r2": -0.482, "all_r2": 0.377, "all_ridge_r2": -0.004, "moving": 0.4}
BOTH = "R² 0.35 held out while moving, ridge -0.48; over all 0.38, ridge -0.00"


@pytest.mark.parametrize(
    ("metrics", "score", "words", "where"),
    [
        (RESTED, "R² 0.35 while moving, 0.38 over all", BOTH, "held-out times at which the target moves (40 %)"),
        (
            RESTED | {"all_r2": 0.36, "all_ridge_r2": -0.48},
            "R² 0.35 while moving",
            "R² 0.35 held out while moving, ridge -0.48",
            "held-out times at which the target moves (40 %)",
        ),
        (
            {"r2": 0.351, "all_r2": 0.52, "moving": 0.9},
            "R² 0.35 while moving, 0.52 over all",
            "R² 0.35 held out while moving; over all 0.52",
            "held-out times at which the target moves (90 %)",
        ),
        (
            RESTED | {"all_r2": 0.351},  # ridge alone differs
            "R² 0.35 while moving",
            "R² 0.35 held out while moving, ridge -0.48; over all 0.35, ridge -0.00",
            "held-out times at which the target moves (40 %)",
        ),
        ({"r2": 0.351}, "R² 0.35", "R² 0.35 held out", "all held-out times"),
        (
            {"r2": 0.351, "ridge_r2": 0.2, "of": "what is done in the next 1 s"},
            "R² 0.35",
            "R² of what is done in the next 1 s: 0.35 held out, ridge 0.20",
            "all held-out times",
        ),
        ({"accuracy": 0.5}, "accuracy 0.50", "accuracy 0.50 held out", "all held-out times"),
    ],
    ids=["differ", "alike", "without ridge", "of ridge", "all moves", "of what", "classes"],
)  # fmt: skip
def test_a_score_says_over_what_it_is(metrics: dict[str, Any], score: str, words: str, where: str) -> None:
    assert (main_score(metrics), outcome(metrics), over(metrics)) == (score, words, where)


@pytest.mark.parametrize("kind", _readers.kinds())
def test_every_kind_has_the_article_that_it_takes(kind):
    said = words.a_kind(kind)
    assert said.removesuffix(kind) == ("" if kind.endswith("s") else "an " if kind[0] in "aeiou" else "a ")


def test_no_sentence_puts_an_article_before_a_kind_itself():
    article = re.compile(r"\ban? \{[\w\[\]]+\.kind\}")
    source = Path(words.__file__).parent
    found = [path.name for path in source.rglob("*.py") if article.search(path.read_text("utf-8"))]
    assert found == []
