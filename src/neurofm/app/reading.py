"""How files that say nothing of themselves are read: what a front asks of its user, and what was answered before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from neurofm import io
from neurofm.app.state.catalog import Catalog
from neurofm.io import Asking, Layout

QUESTIONS = {
    "holds": "It holds",
    "time": "Times are in",
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
    },
    "time_in": {"s": "a second", "ms": "a millisecond", "us": "a microsecond", "samples": "a sample"},
    "rows": {"bin": "a bin", "unit": "a unit"},
}
ASKED = {
    "": (),
    "spikes": ("time", "unit", "time_in", "rate_hz"),
    "trains": ("values", "time_in", "rate_hz"),
    "counts": ("values", "rows", "time", "time_in", "rate_hz", "dt"),
    "samples": ("time", "time_in", "rate_hz"),
}


def asked(session: Catalog, source: Any) -> Asking | None:
    """What is asked before a file is opened, as it was answered for the last one like it; None if nothing is."""
    paths = source if isinstance(source, Sequence) and not isinstance(source, str) else [source]
    silent = [path for path in paths if io.is_silent(path)]
    asking = io.asking(silent[0]) if len(silent) == 1 else None
    if asking is None:
        return None
    origins = [io.origin(one) for one in reversed(list(session.sources.values()))]
    before = next((held for held in origins if held is not None and held.how and _suits(held.how, asking)), None)
    if before is None:
        return asking
    path = before.path if isinstance(before.path, str) else before.path[0]
    again = asking.again(Layout(**before.how))
    return replace(again, told=(f"as it was for {Path(path).name}", *again.told))


def questions(asking: Asking) -> list[str]:
    """Choices that mean something for what a file seems to hold, in the order in which they are asked."""
    guess = asking.guess
    samples = guess.time_in == "samples"
    timed = guess.holds in ("spikes", "trains", "samples") or bool(guess.time)
    left_out = {"rate_hz": not samples, "time_in": not timed, "dt": timed}
    named = {name for name, choices in asking.choices.items() if len(choices) < 2}
    return ["holds", *(n for n in ASKED[guess.holds] if n not in named and not left_out.get(n, False))]


def given(layout: Layout) -> dict[str, Any]:
    """What a layout says, as `neurofm.read` takes it."""
    return {name: value for name, value in asdict(layout).items() if value}


def _suits(how: Mapping[str, Any], asking: Asking) -> bool:
    """Whether a file has all that was named of another."""
    return all(how.get(name, "") in choices for name, choices in asking.choices.items())
