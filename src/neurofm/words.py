"""Words that are said alike everywhere: what things are called, how many there are, and how good a model is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MAIN = {"values": "r2", "classes": "accuracy", "rates": "bits_per_spike"}  # the score that counts, by what is decoded
TITLES = {"r2": "R²", "accuracy": "accuracy", "bits_per_spike": "bits per spike"}
BESIDE = {"ridge": "ridge", "poisson": "Poisson regression", "factor": "factor analysis"}  # simple ways, by score
SINGULAR = {"time": "moment"}  # of spaces that people call otherwise than the code


def thing(space: str) -> str:
    """What one thing of a space is called: "unit", "moment"."""
    return SINGULAR.get(space, space)


def things(space: str) -> str:
    """What several things of a space are called: "units", "moments"."""
    return f"{thing(space)}s"


def counted(count: int, space: str) -> str:
    """How many of what: "1 unit", "1,204 moments"."""
    return f"{count:,} {thing(space) if count == 1 else things(space)}"


def main_score(metrics: Mapping[str, Any], suffix: str = "") -> str:
    """The main score among some in words, "R² 0.42"; "" if there is none.

    Parameters
    ----------
    suffix : of its name ("_valid")
    """
    return next(
        (f"{title} {metrics[name + suffix]:.2f}" for name, title in TITLES.items() if name + suffix in metrics), ""
    )


def outcome(metrics: Mapping[str, Any]) -> str:
    """How good a run is on time that it has not seen, simple ways beside it: "R² 0.42 held out, ridge 0.40"."""
    scored = [(word, f"{way}_{name}") for name in TITLES for way, word in BESIDE.items()]
    beside = [f"{word} {metrics[name]:.2f}" for word, name in scored if name in metrics]
    return ", ".join([f"{main_score(metrics)} held out", *beside]) if main_score(metrics) else ""
