"""What is asked of how a bare file is read, in words, and which answers there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from neurofm.data.clock import unit_of
from neurofm.io._layout import Asking, Layout
from neurofm.settings import typed

QUESTIONS = {
    "holds": "It holds",
    "time": "Times are in",
    "stop": "Each ends at, or lasts",
    "unit": "Whose each spike is",
    "values": "The values are in",
    "time_in": "One step of the times is",
    "rate_hz": "Samples a second",
    "rows": "A row is",
    "dt": "Seconds a bin",
}
ANSWERS = {
    "holds": {
        "spikes": "spikes, a row for each: its time, its unit",
        "trains": "spikes, times unit by unit",
        "counts": "counts of spikes in bins",
        "samples": "behaviour, a row for each sample",
        "trials": "trials, a row for each: when it starts, when it stops",
        "image": "a picture, a number for each voxel",
    },
    "time_in": {
        "s": "a second", "ms": "a millisecond", "us": "a microsecond", "ns": "a nanosecond", "min": "a minute",
        "h": "an hour", "samples": "a sample",
    },
    "rows": {"bin": "a bin", "unit": "a unit"},
}  # fmt: skip
ASKED = {
    "": (),
    "spikes": ("time", "unit", "time_in", "rate_hz"),
    "trains": ("values", "time_in", "rate_hz"),
    "counts": ("values", "rows", "time", "time_in", "rate_hz", "dt"),
    "samples": ("time", "time_in", "rate_hz"),
    "trials": ("time", "stop", "time_in", "rate_hz"),
    "image": (),
}


def questions(asking: Asking) -> list[str]:
    """Choices that mean something for what a file seems to hold, in the order in which they are asked."""
    guess = asking.guess
    samples = guess.time_in == "samples"
    timed = guess.holds in ("spikes", "trains", "samples", "trials") or bool(guess.time)
    left_out = {"rate_hz": not samples, "time_in": not timed, "dt": timed}
    named = {name for name, choices in asking.choices.items() if len(choices) < 2}
    return ["holds", *(n for n in ASKED[guess.holds] if n not in named and not left_out.get(n, False))]


def given(layout: Layout) -> dict[str, Any]:
    """What a layout says, as `neurofm.read` takes it."""
    return {name: value for name, value in asdict(layout).items() if value}


def layout(given: Mapping[str, Any]) -> dict[str, Any]:
    """Choices as a user gives them, with the types that a layout has; any word for a unit of time is known.

    Raises
    ------
    LookupError, ValueError
        If there is no such choice, or not with such a value.
    """
    unit = unit_of(str(given.get("time_in", "")))
    return typed({**given, "time_in": unit} if unit else given, Layout)
