"""Whose each spike is, where a file says it by a unit's name, or by a channel and a number on that channel."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.io._bouts import plain
from neurofm.io._called import CHANNEL, TIME, UNIT, named
from neurofm.io._contents import Contents

AND = " and "  # between the names of a channel and of a number on it
FEW = 10  # numbers that are given anew on each channel
LAST = ("unit", "cluster", "neuron", "cell")  # the last word of what says whose a spike is


def whose(held: Contents) -> str:
    """The vector that says whose each spike is, "" if none is called so."""
    both = next((name for name in held.vectors if AND in name), "")
    last = (name for name, values in held.vectors.items() if plain(name).rpartition("_")[2] in LAST and _again(values))
    return both or named(held.vectors, UNIT) or next(last, "")


def with_channels(held: Contents) -> Contents:
    """The same with channel and number in one, where few numbers come again on many channels."""
    channel, number = named(held.vectors, CHANNEL), named(held.vectors, UNIT)
    if not (channel and number and named(held.vectors, TIME)):
        return held
    on, of = _words(held.vectors[channel]), _words(held.vectors[number])
    if len(on) != len(of) or not len(of) or len(np.unique(of)) > FEW:
        return held
    both = np.char.add(np.char.add("ch", on), np.char.add(" u", of))
    if len(np.unique(both)) < 2 * len(np.unique(of)):
        return held
    return replace(held, vectors={**held.vectors, f"{channel}{AND}{number}": both})


def parts(name: str) -> list[str]:
    """The vectors that say together whose each spike is: a unit, or a channel and a number."""
    return name.split(AND)


def channels(held: Contents, name: str) -> pd.DataFrame | None:
    """On which channel each unit is, where it is told by channel and number."""
    if name not in held.vectors or len(parts(name)) < 2:
        return None
    channel, number = (held.vectors[part] for part in parts(name))
    table = pd.DataFrame({"label": held.vectors[name], "channel": channel, "number": number})
    return table.drop_duplicates("label").sort_values(["channel", "number"], ignore_index=True).drop(columns="number")


def _words(values: NDArray[Any]) -> NDArray[np.str_]:
    """Each as a word, whole numbers without a point."""
    whole = values.dtype.kind == "f" and bool((np.isfinite(values) & (values % 1 == 0)).all())
    return (values.astype(np.int64) if whole else values).astype(str)


def _again(values: NDArray[Any]) -> bool:
    """Whether most come again, as those of spikes do."""
    return len(np.unique(values)) <= len(values) / 2
