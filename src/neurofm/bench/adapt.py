"""Adapt: a run learns a recording of other units from seconds of labels, beside all that needs no run.

With two recordings of the same behaviour: a model that learned the one is adapted to the other, and the other way
round. Labels are the first trials that last 5, 10, 20 or 40 s together, or the first 60 % of all; the last 40 % are
held out. Then a third one, simulated, is adapted to from a model that learned both: nothing of it was seen, not even a
hand of that kind. Without recordings, five simulated sessions with 70 units as in arrays are learned, and the sixth is
adapted to; its last 40 s are held out.

In each: what Adapt gives, which chooses by labels that are left out; what it chose from, which is vectors of units and
session alone, all of the network, and ridge; the same network from scratch, and a small network on counts.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from neurofm.bench._table import Row, row, tell
from neurofm.bench.unit_id import SIZES, split
from neurofm.data import Recording, spans
from neurofm.data.split import Split
from neurofm.errors import DataError
from neurofm.io import read_recording
from neurofm.specs import BenchSpec
from neurofm.synthetic import reaching

SECONDS = (5.0, 10.0, 20.0, 40.0, np.inf)
THIRD = (5.0, 20.0)
HELD_OUT = 0.4  # of the trials, the last
STEPS, SCRATCH = 900, 300  # of simulated sessions, as in `unit_id`; of one from scratch
SYSTEMS = {
    "Adapt": "r2", "vectors alone": "vectors_r2", "all of the network": "network_r2",
    "ridge": "ridge_r2", "MLP": "mlp_r2",
}  # fmt: skip
Case = tuple[str, Recording, Split]  # what it is called, to what, from which labels


def run(paths: Sequence[str], quick: bool, seed: int, peer: str) -> list[Row]:
    """Mean and sd over three seeds (one, of one size and few steps, if quick)."""
    if len(paths) not in (0, 2):
        raise DataError(paths[0], "", "is not two recordings; give two of the same behaviour, or none to simulate")
    recordings = [read_recording(path) for path in paths]
    seeds = range(seed, seed + (1 if quick else 3))
    scores: dict[tuple[str, str, str], list[float]] = {}
    for k in seeds:
        with tempfile.TemporaryDirectory() as folder:
            each = _of_files(recordings, Path(folder), k, quick) if recordings else _simulated(Path(folder), k, quick)
            for key, value in each:
                scores.setdefault(key, []).append(value)
    units = {"processor time": "s"}
    return [row(*name, values, units.get(name[2], "")) for name, values in scores.items()]


def first_trials(recording: Recording, seconds: float) -> Split:
    """The first trials that last so long together, at most 60 % of all, and the last 40 % held out."""
    trials = recording.intervals["trials"][["start", "stop"]].to_numpy(float)
    known = round((1 - HELD_OUT) * len(trials))
    lasted = np.diff(trials[:known]).cumsum()
    enough = int(np.searchsorted(lasted, seconds - 1e-6)) + 1
    return Split(spans.tidy(trials[: min(enough, known)]), np.zeros((0, 2)), spans.tidy(trials[known:]))


def _of_files(
    recordings: list[Recording], place: Path, seed: int, quick: bool
) -> Iterator[tuple[tuple[str, str, str], float]]:
    """Both directions, and from both to a third that is simulated."""
    settings: dict[str, Any] = {"steps": 10, "dim": 16} if quick else {}
    third = reaching.sessions(1, duration=200.0, seed=seed + 100, **reaching.ARRAY)[0]
    for known, new in ((recordings[:1], recordings[1]), (recordings[1:], recordings[0]), (recordings, third)):
        learned = " and ".join(r.session for r in known)
        folder = place / f"{len(known)} {learned}"
        base = _base(known, folder, seed, settings)
        for seconds in SECONDS[1:2] if quick else THIRD if new is third else SECONDS:
            labels = split(seconds) if new is third else first_trials(new, seconds)
            name = f"{learned} to {new.session}, {spans.duration(labels.train):.0f} s"
            scratch = settings or ({"steps": SCRATCH} if new is third else {})
            yield from _case((name, new, labels), base, folder / f"{seconds:g}", seed, scratch, quick=quick)


def _simulated(place: Path, seed: int, quick: bool) -> Iterator[tuple[tuple[str, str, str], float]]:
    """The sixth of six sessions, with few well-tuned units less and less labels."""
    sessions = reaching.sessions(6, duration=200.0, seed=seed, **reaching.ARRAY)
    settings = SIZES | {"steps": 10 if quick else STEPS}
    base = _base(sessions[:5], place / "base", seed, settings, {r.session: split(160.0) for r in sessions[:5]})
    for seconds in SECONDS[1:2] if quick else SECONDS[:-1]:
        case = f"simulated, {seconds:g} s", sessions[5], split(seconds)
        scratch = SIZES | {"steps": 10 if quick else SCRATCH}
        yield from _case(case, base, place / f"{seconds:g}", seed, scratch, quick=quick)


def _base(known: Sequence[Recording], place: Path, seed: int, settings: Mapping[str, Any], splits: Any = None) -> Any:
    from neurofm.training import train

    tell(f"seed {seed}: learns {', '.join(r.session for r in known)}")
    settings = {"target": "velocity", **settings}
    return train("poyo", list(known), place / "base", seed=seed, device="cpu", settings=settings, splits=splits)


def _case(
    case: Case, base: Any, place: Path, seed: int, settings: Mapping[str, Any], *, quick: bool
) -> Iterator[tuple[tuple[str, str, str], float]]:
    """Scores of one recording from some labels, by (case, system, metric)."""
    from neurofm.training import finetune, train

    name, new, labels = case
    common: dict[str, Any] = {"seed": seed, "device": "cpu", "splits": {new.session: labels}}
    began = time.process_time()
    adapted = finetune(base, new, place / "adapted", choose=True, settings={"steps": 10} if quick else {}, **common)
    took = time.process_time() - began
    scratch = train("poyo", new, place / "scratch", settings={"target": "velocity", **settings}, **common)
    told = {system: adapted.metrics[score] for system, score in SYSTEMS.items()} | {"scratch": scratch.metrics["r2"]}
    tell(f"seed {seed}, {name}: " + ", ".join(f"{system} {r2:.2f}" for system, r2 in told.items()) + f", {took:.0f} s")
    yield from (((name, system, "R2"), r2) for system, r2 in told.items())
    yield (name, "Adapt - best of scratch and ridge", "R2"), told["Adapt"] - max(told["scratch"], told["ridge"])
    yield (name, "all of the network - vectors alone", "R2"), told["all of the network"] - told["vectors alone"]
    yield (name, "Adapt", "share of ridge"), adapted.metrics["ridge_share"]
    yield (name, "Adapt", "processor time"), took


SPEC = BenchSpec(title="Adapting a run to units that it has never seen, from seconds of labels", run=run)
