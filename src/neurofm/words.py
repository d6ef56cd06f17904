"""Words that are said alike everywhere: what things are called, how many there are, and how good a model is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MAIN = {"values": "r2", "classes": "accuracy", "rates": "bits_per_spike"}  # the score that counts, by what is decoded
TITLES = {"r2": "R²", "accuracy": "accuracy", "bits_per_spike": "bits per spike"}
BESIDE = {"ridge": "ridge", "mlp": "MLP"}  # decoders that anybody could use, by what their scores begin with
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
    """How good a run is on time that it has not seen, the best of the simple decoders beside it.

    As "R² 0.42 held out, ridge 0.40", or "R² 0.42 held out, MLP does better: 0.45". Where a run that was adapted chose
    to answer by ridge, that is said: "R² 0.42 held out (30 % ridge), ridge 0.40".
    """
    main = next((name for name in TITLES if name in metrics), "")
    if not main:
        return ""
    own = f"{main_score(metrics)} held out{_share(metrics, main)}"
    beside = {word: metrics[f"{name}_{main}"] for name, word in BESIDE.items() if f"{name}_{main}" in metrics}
    if not beside:
        return own
    best = max(beside, key=lambda word: beside[word])
    wins = " does better:" if round(beside[best], 2) > round(metrics[main], 2) else ""
    return f"{own}, {best}{wins} {beside[best]:.2f}"


def _share(metrics: Mapping[str, Any], main: str) -> str:
    """How much of the answers is ridge's, where that was chosen."""
    share = metrics.get("ridge_share", 0)
    alone = "all" if metrics.get("core_share", 0) > 0.5 else "vectors"
    if share == 1:
        network = f" than the network, {metrics[f'{alone}_{main}']:.2f}" if f"{alone}_{main}" in metrics else ""
        return f": ridge answers, which does better here{network}"
    return f" ({share:.0%} ridge)" if share else ""
