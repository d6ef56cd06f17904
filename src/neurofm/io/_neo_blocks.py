"""What neo makes of a file or folder becomes a recording: spikes, events and slow signals are loaded, raw ones not."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.data.recording import Recording
from neurofm.errors import DataError
from neurofm.io._neo_objects import edges_of, recording_of
from neurofm.io._rows import left_out

FASTEST, MOST = 2000.0, 64  # Hz and channels of a signal that is behaviour or a field potential; others are raw
PARTS = ("spiketrains", "events", "epochs", "analogsignals", "irregularlysampledsignals")
GAP = 1.0  # seconds between segments that are moved apart
SORTED = re.compile(r"(?:ch)?(.+)#(\d+)")  # names that neo gives: electrode and unit on it
NO_BAR = property(lambda _: False, lambda _, shown: None)  # Plexon's reader writes some
ALONE = "holds raw signals alone, no spikes, events or slow signals; sort it, and open the folder of the sorter"


@contextmanager
def opened(path: Path, name: str, *given: Any) -> Iterator[Any]:
    """A reader of neo, by the name of its class.

    Raises
    ------
    DataError
        If neo, or what neo needs for this format, is not there.
    """
    try:
        import neo.io

        with warnings.catch_warnings(action="ignore"):
            yield type(name, (getattr(neo.io, name),), {"progress_bar": NO_BAR})(*given)
    except ImportError as error:
        need = error.name or str(error).split("\n")[0]
        raise DataError(path, "", f"is read by neo ({need} is missing); pip install 'napari-neurofm[neo]'") from error


def recording(path: Path, blocks: Sequence[Any], *, short: int = 0) -> Recording:
    """The first of the blocks, as one recording on one clock; its segments follow each other.

    Parameters
    ----------
    blocks : of neo, loaded or lazy
    short : samples at the end of lazy signals that are not asked for

    Raises
    ------
    DataError
        If there is nothing but raw signals.
    """
    if not blocks or not blocks[0].segments:
        raise DataError(path, "", "holds no segment with data; was the copy cut off?")
    loaded, raw = zip(*(_loaded(segment, short) for segment in blocks[0].segments))
    pairs = [(part, one) for part, one in zip(loaded, blocks[0].segments) if _holds(part)]
    if not pairs:
        raise DataError(path, "", ALONE)
    segments, edges, notes = _apart([part for part, _ in pairs], edges_of([one for _, one in pairs]))
    read = recording_of(_block(segments), edges)
    if read is None:
        raise DataError(path, "", ALONE)
    if len(blocks) > 1:
        notes.append(f"holds {len(blocks)} blocks; the first was read")
    notes = [*read.notes, *notes, *left_out(chain.from_iterable(raw))]
    session = path.name if path.is_dir() else path.stem
    return replace(read, session=session, paths=(str(path),), notes=tuple(notes))


def _block(segments: Sequence[Any]) -> Any:
    import neo

    block = neo.Block()
    block.segments.extend(segments)
    return block


def _loaded(segment: Any, short: int) -> tuple[Any, list[str]]:
    """A segment with all that is no raw signal, and what the raw ones are called."""
    import neo

    kept, raw = neo.Segment(name=segment.name), []
    kept.spiketrains.extend(_named([_load(train) for train in segment.spiketrains]))
    kept.events.extend([_load(event) for event in segment.events if event.shape[0]])
    kept.epochs.extend([_load(epoch) for epoch in segment.epochs if epoch.shape[0]])
    kept.irregularlysampledsignals.extend(segment.irregularlysampledsignals)
    for signal in (signal for signal in segment.analogsignals if signal.shape[0]):
        rate, channels = float(signal.sampling_rate.rescale("Hz")), signal.shape[1]
        if rate <= FASTEST and channels <= MOST:
            kept.analogsignals.append(_load(signal, _before_last(signal, short)))
        else:
            raw.append(f"{signal.name or 'signal'} ({rate:g} Hz, {channels} channels)")
    return kept, raw


def _before_last(signal: Any, short: int) -> Any:
    """From when to when a signal is loaded, without so many samples at its end; None for all of it."""
    period = 1 / signal.sampling_rate.rescale("Hz").magnitude
    return (signal.t_start, signal.t_stop - short * period * signal.t_stop.units) if short else None


def _load(thing: Any, times: Any = None) -> Any:
    if not hasattr(thing, "load"):
        return thing
    loaded = thing.load(time_slice=times)
    loaded.name = thing.name
    return loaded


def _named(trains: Sequence[Any]) -> list[Any]:
    """Trains of one segment, whose names are different, with the channel and the unit on it that a name tells."""
    counts = Counter(train.name for train in trains)
    for k, train in enumerate(trains):
        name, id = train.name or "", str(train.annotations.get("id", k))
        told = SORTED.fullmatch(name) or SORTED.fullmatch(id)
        if name and counts[name] > 1:
            train.name = f"{name} ({id})"
        if told:
            train.annotations = {"channel_id": told[1], "unit_id": int(told[2])} | train.annotations
    return list(trains)


def _holds(segment: Any) -> bool:
    return any(len(getattr(segment, name)) for name in PARTS)


def _apart(segments: Sequence[Any], edges: NDArray[np.float64]) -> tuple[list[Any], NDArray[np.float64], list[str]]:
    """Segments one after the other, moved where they lie over each other, their new edges, and what was done."""
    if len(segments) == 1:
        return list(segments), edges, []
    if (edges[1:, 0] >= edges[:-1, 1]).all():
        return list(segments), edges, [f"{len(segments)} segments follow each other; each is a trial"]
    lasting = np.diff(edges, axis=1).ravel() + GAP
    by = edges[0, 0] + np.cumsum([0, *lasting[:-1]]) - edges[:, 0]
    said = f"{len(segments)} segments lie over each other in time; each is a trial and was moved behind the one before"
    return [_moved(one, float(t)) for one, t in zip(segments, by)], edges + by[:, None], [said]


def _moved(segment: Any, by: float) -> Any:
    """A segment whose times are all so many seconds later."""
    import neo
    from quantities import s

    later = neo.Segment(name=segment.name)
    for name in PARTS:
        getattr(later, name).extend([part.time_shift(by * s) for part in getattr(segment, name)])
    return later
