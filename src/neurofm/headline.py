"""The score of a model that counts, by what it decodes, and in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MAIN = {"values": "r2", "classes": "accuracy", "rates": "bits_per_spike"}  # the score that counts, by what is decoded
TITLES = {"r2": "R²", "accuracy": "accuracy", "bits_per_spike": "bits per spike"}


def headline(metrics: Mapping[str, Any], suffix: str = "") -> str:
    """The main score among some in words, "R² 0.42"; "" if there is none.

    Parameters
    ----------
    suffix : of its name ("_valid")
    """
    found = [f"{title} {metrics[name + suffix]:.2f}" for name, title in TITLES.items() if name + suffix in metrics]
    return found[0] if found else ""


def outcome(metrics: Mapping[str, Any]) -> str:
    """How good a run is on time that it has not seen, ridge beside it: "R² 0.42 held out, ridge 0.40"."""
    beside = [f"ridge {metrics[f'ridge_{name}']:.2f}" for name in TITLES if f"ridge_{name}" in metrics]
    score = headline(metrics)
    return ", ".join([f"{score} held out", *beside]) if score else ""
