"""Activity of units that is no spikes, such as the fluorescence of cells: series with a feature for each of them."""

from __future__ import annotations

import re

from neurofm.data.recording import Recording
from neurofm.data.series import Series

KINDS = ("spks", "deconv", "dff", "df_f", "df/f", "dfof", "")  # in the order in which they say most of what cells did
AROUND = ("neu", "background")  # in names of what is around cells, not in them


def activities(recording: Recording) -> dict[str, Series]:
    """Series whose features are units of the recording, by name, those first that say most; none that are counts."""
    labels = set(recording.units["label"])
    of_units = {
        name: series
        for name, series in recording.series.items()
        if labels and name != "counts" and labels.issuperset(series.names)
    }
    return dict(sorted(of_units.items(), key=lambda item: _rank(item[0])))


def best(recording: Recording) -> tuple[str, ...]:
    """Names of the activity that says most: several where each is of the cells of one plane."""
    named = list(activities(recording))
    return tuple(name for name in named if _rank(name) == _rank(named[0]) and _kind(name) == _kind(named[0]))


def no_spikes(recording: Recording) -> str:
    """Why models do not learn from a recording without spikes, and what to do: fluorescence is no count of anything."""
    name = next(iter(activities(recording)), "")
    if name:
        way = "compare_decoders takes it as it is; or give events in it as spikes: neurofm.recording(spikes=...)"
        return f"has no spikes but activity ({name}), which is no count of events, as this model expects; {way}"
    return "has no spikes to learn from; open it together with its spike file"


def _rank(name: str) -> int:
    words = name.lower()
    if any(part in words for part in AROUND):
        return len(KINDS)
    return next(k for k, kind in enumerate(KINDS) if kind in words)


def _kind(name: str) -> str:
    """The name without what says which plane."""
    return re.sub(r"(plane)?[\s_]*\d+[\s_]*", "", name.lower())
