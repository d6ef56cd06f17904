"""Every decoder on the user's own recording, on the same folds (see `analysis.decoders`), as a table.

Five times a fifth of the trials is held out; after the decoders comes which of ours was chosen, and its gain on others
that are shown as much, and on the best of all that are simple: pooled over the bins of a trial where that is better.
Last come the rates of each unit, filled in from the others (see `bench.mtm`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from neurofm import progress
from neurofm.analysis import decoders
from neurofm.analysis.binned import FOLDS, with_activity
from neurofm.analysis.decoders import CHOSEN, Fold
from neurofm.analysis.pools import Key, kind
from neurofm.bench._table import Row, row
from neurofm.bench.mtm import filled_in
from neurofm.data import Recording
from neurofm.errors import DataError
from neurofm.io import read_recording
from neurofm.specs import BenchSpec

YARDSTICKS = ("MLP", "LDA", "ridge", "GRU")
SIMPLE = ("mean", "logistic", *YARDSTICKS)


def run(paths: Sequence[str], quick: bool, seed: int, peer: str) -> list[Row]:
    """A row for every decoder and what it is shown, then paired differences; one fold and few steps if quick.

    Raises
    ------
    DataError
        If no path is given, or a recording has nothing to decode.
    """
    if not paths:
        raise DataError(
            "bench decode", "PATH", "needs a recording: neurofm bench decode FILE with spikes and behaviour"
        )
    return [line for path in paths for line in _both(read_recording(path), quick=quick, seed=seed)]


def _both(recording: Recording, *, quick: bool, seed: int) -> list[Row]:
    """What is decoded from the spikes, and the rates of each unit that are filled in from the others."""
    return [*table(recording, quick=quick, seed=seed), *filled_in(recording, seed, quick=quick, sizes=(0,))]


def table(recording: Recording, *, quick: bool = False, seed: int = 0) -> list[Row]:
    """All rows of one recording."""
    with progress.told() as step:
        folds = decoders.compare(recording, folds=1 if quick else FOLDS, quick=quick, seed=seed, step=step)
    return rows(recording.session, folds, classes=with_activity(recording).classes)


def rows(case: str, folds: Sequence[Fold], *, classes: bool) -> list[Row]:
    """Scores and CPU seconds of each decoder, then of what was chosen, and how much that gains on others."""
    metric, lines = "accuracy" if classes else "R2", []
    for each in (line for line in decoders.lines(folds) if line.decoder != CHOSEN):
        line = row(case, each.decoder, metric, each.scores, note=each.shown)
        if np.isfinite(each.cpu_s):
            line |= {"cpu_s": each.cpu_s, "note": f"{each.shown}; {each.cpu_s:.3g} s of CPU a fold"}
        lines.append(line)
    return [*lines, *(line for shown in folds[0].chosen for line in _chosen(case, metric, folds, shown))]


def _chosen(case: str, metric: str, folds: Sequence[Fold], shown: str) -> list[Row]:
    """What was chosen among ours, which that was how often, and its gain on others that are shown as much."""
    best = np.array([f.scores[f.chosen[shown]] for f in folds])
    names = Counter(f.chosen[shown] for f in folds).most_common()
    which = ", ".join(f"{name} ({how}) in {count}" for (name, how), count in names)
    lines = [row(case, CHOSEN, metric, best, note=f"{shown}; of {len(folds)} folds {which}")]
    for name, how in (key for key in folds[0].scores if kind(key) == shown and key[0] in YARDSTICKS):
        gain = best - [f.scores[name, how] for f in folds]
        lines.append(row(f"{case}, paired over folds", f"ours, chosen - {name}", metric, gain, note=how))
    name, how = strongest(folds, shown)
    gain = best - [f.scores[name, how] for f in folds]
    note = f"{shown}; {name}, {how}, is the best of them over these folds"
    return [*lines, row(f"{case}, paired over folds", "ours, chosen - best of the simple", metric, gain, note=note)]


def strongest(folds: Sequence[Fold], shown: str) -> Key:
    """The simple decoder that is best in the mean of the folds, pooled over a trial's bins or not."""
    simple = [key for key in folds[0].scores if key[0] in SIMPLE and kind(key) == shown]
    return max(simple, key=lambda key: float(np.mean([f.scores[key] for f in folds])))


SPEC = BenchSpec(title="Decoders of all kinds on a recording of yours", run=run)
