"""Which unit of one animal is like which of another: how often that is right, and how long it takes.

Planted clones: two simulated animals of 100 units, 60, 20 or none of which fire as one of the other (tuning widths in
`neurofm.synthetic.clones`). The share of false pairs among those that are called matches, and of clones that are,
beside plain mutual nearest neighbours.

With recordings: units found again between random halves of their own trials, in the first four bins, among the upper
half by activity, for each way; and the two halves as two animals that share all, some or none of their units.

And speed: distances between 1,000 and 1,000 units with 500 samples each, beside exact transport by POT of a few pairs,
extrapolated, with the rank correlation of sliced with it; and 10,000 by 10,000 units in blocks.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from neurofm.analysis import confidence, transport
from neurofm.analysis.animals import Animal
from neurofm.analysis.conditions import Shared, Sorted
from neurofm.analysis.correspond import correspond
from neurofm.analysis.likeness import WAYS, ways_of
from neurofm.analysis.matching import mutual, nearest_of_many
from neurofm.analysis.profiles import Rates
from neurofm.bench._table import Row, missing, row, tell
from neurofm.data import Recording, Spikes
from neurofm.data.matches import Matches
from neurofm.data.recording import TRIALS, UNIT
from neurofm.data.trials import Trials
from neurofm.errors import DataError
from neurofm.io import read_recording
from neurofm.specs import BenchSpec
from neurofm.synthetic import clones

SEEDS, FEW = 20, 3
UNITS, PLANTED = 100, (60, 20, 0)
LEVELS = (0.05, 0.1)
SHARED = {"all": 1.0, "a third of the": 1 / 3, "no": 0.0}  # of units of halves that are taken for two animals
BINS = 4  # the first, of trials of recordings
SIZES = {False: (1000, 500, 240, 10_000), True: (60, 100, 25, 300)}  # units, samples, exact pairs, units in blocks
DIMS = 4  # of clouds: successive bins
FEATURES = 80  # of units in blocks

Result = dict[tuple[str, str, str], list[float]]


def run(paths: Sequence[str], quick: bool, seed: int, peer: str) -> list[Row]:
    """Rows of planted clones, of the recordings, and of speed."""
    seeds = range(seed, seed + (FEW if quick else SEEDS))
    lines = [row(*key, values) for key, values in _planted(seeds).items()]
    for path in paths:
        lines += _of_file(read_recording(path), seeds)
    with threadpool_limits(1):
        drawn = _matrix(2 * SIZES[quick][0], seed)
        return [*lines, *_speed(*SIZES[quick][:3], seed), *_blocks(SIZES[quick][3], seed), drawn]


def animal(recording: Recording) -> Animal:
    """A recording as an animal."""
    return Animal(recording.session, recording, list(recording.unit_names))


def _planted(seeds: Sequence[int]) -> Result:
    """False pairs and clones that were found, by how the distance was chosen, and of mutual nearest neighbours."""
    result: Result = {}
    for count in PLANTED:
        for seed in seeds:
            tell(f"{count} clones, seed {seed}")
            pair = clones.pair(UNITS, count, seed=seed)
            own = [recording.units["clone"].to_numpy() for recording in pair]
            same = (own[0][:, None] == own[1]) & (own[0][:, None] != clones.NONE)
            case = f"{count} clones of {UNITS}"
            for by in ("", "rates"):
                for key, value in _called(pair, same, by, seed):
                    result.setdefault((case, *key), []).append(value)
    return result


def _called(
    pair: Sequence[Recording], same: NDArray[np.bool_], by: str, seed: int
) -> Iterator[tuple[tuple[str, str], float]]:
    """Scores of what is called between two animals of which it is known which units are the same, by system, metric."""
    matches = correspond([animal(recording) for recording in pair], by=by, seed=seed)
    system, first = by or "gauge's choice", len(pair[0].units)
    a, b, q = (matches.pairs[name].to_numpy() for name in ("a", "b", "q"))
    if not by:
        yield (system, "chose denoised rates"), float(matches.by == "denoised rates")
    for level in LEVELS:
        right = same[a[q <= level], b[q <= level] - first]
        yield (system, f"false at {level:.0%}"), float(1 - right.mean()) if len(right) else 0.0
        yield (system, f"called at {level:.0%}"), float(len(right))
        if same.any():
            yield (system, f"power at {level:.0%}"), float(right.sum() / same.sum())
    plain = same[mutual(matches.distances[0, 1])]
    yield (f"mutual nearest, {system}", "false"), float(1 - plain.mean())


def _of_file(recording: Recording, seeds: Sequence[int]) -> list[Row]:
    """How often units of one recording are found again."""
    if len(recording.trials if recording.trials is not None else ()) == 0:
        raise DataError(recording.origin, TRIALS, "are missing; give recordings of trials with a condition")
    one = animal(recording)
    case = f"{recording.session}, halves, first {BINS} bins"
    shares: dict[str, list[float]] = {}
    gauge: dict[str, float] = {}
    lines, active = [], upper(recording)
    for name in ways_of([one]):
        tell(f"{recording.session}: {name}")
        way = WAYS[name]
        own = {"bins": BINS} if "bins" in way.options else {}
        try:
            prepared = way.prepare([one, one], **own)
        except DataError as error:
            lines.append(missing(case, name, error.problem))
            continue
        gauge[name] = confidence.gauge(prepared, 0, splits=way.splits).found
        halves = [prepared.halves(0, 1000 + seed) for seed in seeds]
        shares[name] = [confidence.found(half[np.ix_(active, active)]) for half in halves if half is not None]
        lines.append(row(case, name, "top-1 of active units", shares[name]))
        lines.append(row(case, name, "gauge, all units that fire", [gauge[name]]))
    best = max(gauge, key=lambda name: gauge[name])
    lines.append(row(case, f"gauge's choice: {best}", "top-1 of active units", shares[best]))
    lines.append(row(case, "chance", "top-1 of active units", [1 / len(active)]))
    return [*lines, *_as_two(recording, seeds)]


def upper(recording: Recording) -> NDArray[np.intp]:
    """Rows of the upper half of the units by how much they fire."""
    spikes = np.bincount(recording.spikes.unit, minlength=len(recording.units))
    return np.argsort(-spikes, kind="stable")[: len(spikes) // 2]


def _as_two(recording: Recording, seeds: Sequence[int]) -> list[Row]:
    """False pairs and units found where random halves of the trials are taken for two animals that share some units."""
    result: Result = {}
    for name, share in SHARED.items():
        for seed in seeds:
            tell(f"{recording.session} as two animals with {name} units in common, seed {seed}")
            pair, same = two(recording, share, np.random.default_rng(seed))
            for key, value in _called(pair, same, "", seed):
                case = f"{recording.session}, halves as two animals, {name} units in common"
                result.setdefault((case, *key), []).append(value)
    return [row(*key, values) for key, values in result.items()]


def two(recording: Recording, share: float, rng: np.random.Generator) -> tuple[list[Recording], NDArray[np.bool_]]:
    """Random halves of the trials as two animals, and which of their units are the same.

    Parameters
    ----------
    share : of the units that both have; the others are dealt out evenly
    """
    trials, units = recording.intervals[TRIALS], rng.permutation(len(recording.units))
    half = np.isin(np.arange(len(trials)), rng.permutation(len(trials))[::2])
    both, rest = np.split(units, [round(share * len(units))])
    parts, own = [], [np.sort(np.r_[both, rest[k::2]]) for k in (0, 1)]
    for k, some in enumerate((half, ~half)):
        row_of = np.full(len(units), -1, np.int32)
        row_of[own[k]] = np.arange(len(own[k]))
        kept = row_of[recording.spikes.unit] >= 0
        spikes = Spikes(recording.spikes.times[kept], row_of[recording.spikes.unit[kept]])
        parts.append(
            replace(
                recording, session=f"half {k}", units=recording.units.iloc[own[k]].reset_index(drop=True),
                spikes=spikes, intervals={TRIALS: trials[some].reset_index(drop=True)},
            )
        )  # fmt: skip
    return parts, own[0][:, None] == own[1]


def _speed(units: int, samples: int, pairs: int, seed: int) -> list[Row]:
    """Processor time of distances between all units of two animals, and how sliced transport ranks them."""
    rng = np.random.default_rng(seed)
    case = f"{units:,} x {units:,} units, {samples} samples"
    shared = _shared(units, samples, rng)
    lines = [row(case, "condition-matched", "time", _took(lambda: Rates(shared).whole(0, 1)), "CPU s")]
    for means in ("different", "equal"):
        one, other = (_clouds(units, samples, rng, equal=means == "equal") for _ in range(2))
        within = f"{case} of {DIMS} dimensions, {means} means"
        lines.append(row(within, "sliced transport", "time", _took(partial(transport.sliced, one, other)), "CPU s"))
        lines += _beside_exact(within, one, other, pairs)
    return lines


def _beside_exact(case: str, one: NDArray[Any], other: NDArray[Any], pairs: int) -> Iterator[Row]:
    """Exact transport of as many pairs, extrapolated to all, and rank correlations with it."""
    from scipy.stats import spearmanr

    some = int(np.ceil(np.sqrt(pairs)))
    few = one[:some], other[:some]
    try:
        transport.pot()
    except ImportError as error:
        yield missing(case, "exact transport", str(error))
        return
    began = time.process_time()
    exact = transport.exact(*few)
    took = (time.process_time() - began) / exact.size * len(one) * len(other)
    yield row(case, "exact transport (POT)", "time", [took], "CPU s", f"extrapolated from {exact.size} pairs")
    for name, away in (("sliced", transport.sliced(*few)), ("gaussian", transport.gaussian(*few))):
        rank = spearmanr(away.ravel(), exact.ravel()).statistic
        yield row(case, f"{name} transport", "rank correlation with exact", [rank])


def _matrix(units: int, seed: int) -> Row:
    """Milliseconds of the processor for each of twenty moves of the matrix of distances, all of it in sight."""
    from neurofm.app.pictures.scene import Viewport
    from neurofm.app.session import Session
    from neurofm.app.views import correspondence as view

    rng = np.random.default_rng(seed)
    places = rng.random((2, units, 3))
    table = {"label": [str(k) for k in range(2 * units)], "group": ""}
    best = {"a": np.arange(units), "b": units + rng.permutation(units), "q": rng.random(units), "given": False}
    matches = Matches(
        session="many", space=UNIT, animals=pd.DataFrame({"label": ["a", "b"], "found": np.nan, "chance": np.nan}),
        units=pd.DataFrame(table), animal=np.repeat([0, 1], units), distances={(0, 1): cdist(*places)},
        pairs=pd.DataFrame({**best, "distance": 0.0, "rank": 1, "margin": 0.0}),
    )  # fmt: skip
    session, state = Session([matches]), view.State()
    view.scene(state, session, Viewport(width=1000, height=700))
    times = []
    for step in range(20):
        seen = Viewport((step, units + step), (-step, units - step), 1000, 700)
        times.append(1e3 * _took(partial(view.scene, state, session, seen))[0])
    return row(f"matrix of {units:,} x {units:,} units", "moved", "time", times, "CPU ms")


def _blocks(units: int, seed: int) -> list[Row]:
    """Processor time and the most memory of the ten nearest of each of many units."""
    rng = np.random.default_rng(seed)
    one, other = (rng.random((units, FEATURES), np.float32) for _ in range(2))
    case = f"{units:,} x {units:,} units, the 10 nearest of each, in blocks"
    took = _took(lambda: nearest_of_many(one, other, 10))
    tracemalloc.start()
    try:
        nearest_of_many(one, other, 10)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    whole = f"all distances would take {4 * units**2 / 1e6:,.0f} MB"
    return [row(case, "ours", "time", took, "CPU s"), row(case, "ours", "most memory", [most / 1e6], "MB", whole)]


def _took(do: Callable[[], Any], times: int = 3) -> list[float]:
    """Processor seconds of each time, after one that does not count."""
    do()
    took = []
    for _ in range(times):
        began = time.process_time()
        do()
        took.append(time.process_time() - began)
    return took


def _shared(units: int, samples: int, rng: np.random.Generator) -> Shared:
    """Two animals whose trials of ten bins are together as many samples."""
    count, bins = samples // 10, 10
    recording = Recording(session="many")
    each, start = [], np.arange(count, dtype=float)
    for _ in range(2):
        counts = rng.poisson(1.0, (count, bins, units)).astype(np.uint16)
        trials = Trials(recording, counts, np.ones((count, bins), bool), start, 0.1, np.arange(count))
        each.append(Sorted(trials, np.arange(count) % clones.TARGETS))
    names = tuple(f"target {k}" for k in range(clones.TARGETS))
    return Shared(tuple(each), names, np.ones((clones.TARGETS, bins), bool), (), {})


def _clouds(units: int, samples: int, rng: np.random.Generator, *, equal: bool) -> NDArray[np.float32]:
    """(unit, sample, dim) normal clouds whose covariances differ in size and direction."""
    mix = rng.normal(size=(units, DIMS, DIMS)) * rng.lognormal(0, 0.5, (units, 1, 1)) / np.sqrt(DIMS)
    middle = 0 if equal else rng.normal(size=(units, 1, DIMS))
    return (rng.normal(size=(units, samples, DIMS)) @ mix + middle).astype(np.float32)


SPEC = BenchSpec(title="Units of one animal that are like those of another", run=run)
