"""Every decoder on the user's own recording, on the same folds: simple ones, a recurrent one, and our models.

The class of a trial is decoded in each of its bins (accuracy), else a behaviour series (R2). Five times a fifth of the
trials is held out; a recording without trials is cut into contiguous blocks. Decoders are compared by what they
are shown. A model learns from a recording in which nothing of the held-out trials is left. Which of our models suits is
chosen for each fold by inner validation: each is fitted again on two thirds of the training trials and judged on the
rest of them.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm import registry
from neurofm.analysis import decode
from neurofm.analysis.decode import NINE, ONE, TWO, WHOLE
from neurofm.bench._decoders import Data, Floats, Ints, Key, of_trials, poyo, read_out, timed, together, with_pools
from neurofm.bench._table import Row, missing, row
from neurofm.data import Recording
from neurofm.data.target import CLASSES, Target, choose, word
from neurofm.data.trials import Trials, cut, suit
from neurofm.errors import DataError
from neurofm.io import read
from neurofm.specs import BenchSpec

FOLDS = 5
BIN, PIECE_BIN = 0.1, 0.2  # seconds, where a file has no bins of its own: in trials, and in pieces without
CHOSEN = "ours, chosen by inner validation"
SETTINGS: dict[str, dict[str, Any]] = {
    "poyo": {
        "step": 0.25, "latents": 4, "dim": 64, "depth": 1, "t_max": 4.0, "t_min": 0.01, "steps": 300, "lr": 2e-3,
        "weight_decay": 1e-2, "average": 0.99, "batch": 32, "inner_dropout": 0.2, "block_dropout": 0.2,
        "least_units": 30, "usual_units": 150, "most_units": 200,
    },
    "mtm": {"steps": 300},
    "eit": {"steps": 200, "batch": 16},
    "swap_vae": {"steps": 600},
}  # fmt: skip
QUICK = {"steps": 10}
YARDSTICKS = ("MLP", "LDA", "ridge", "GRU")
Settings = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, eq=False)
class Fold:
    """What one fold gave: scores and CPU seconds of each decoder, and which of ours was chosen for each input."""

    scores: dict[Key, float]
    seconds: dict[Key, float]
    chosen: dict[str, Key]


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
    return [line for path in paths for line in table(read(path), quick=quick, seed=seed)]


def table(recording: Recording, *, quick: bool = False, seed: int = 0) -> list[Row]:
    """All rows of one recording."""
    data, there = binned(recording), registry.names("neurofm.models")
    settings = {name: given | (QUICK if quick else {}) for name, given in SETTINGS.items() if name in there}
    draw = decode.block_folds if (data.trials.row < 0).any() else decode.trial_folds
    work = [
        (data, np.flatnonzero(learn), np.flatnonzero(held), settings, seed) for learn, held in draw(len(data.trials))
    ]
    found = _in_processes(work[: 1 if quick else FOLDS])
    gaps = [missing(recording.session, "", f"{n} is not in this version") for n in SETTINGS if n not in there]
    return [*rows(recording.session, found, classes=data.classes), *gaps]


def binned(recording: Recording) -> Data:
    """The recording in bins of its own, or of 100 ms, with the class of its trials or a behaviour."""
    target = choose([recording], classes_first=True)
    usual = BIN if len(recording.intervals.get("trials", ())) else PIECE_BIN
    trials = cut(recording, suit([recording], {"event"})[0].get("bin", usual))
    answer = _classes(trials, target) if target.kind == CLASSES else trials.values(target.series)
    known = trials.seen & np.isfinite(answer).all(-1)
    there = known.any(1)
    if there.sum() < 2 * FOLDS:
        problem = f"is known in {there.sum()} trials; {2 * FOLDS} or more are needed"
        raise DataError((*recording.paths, recording.session)[0], target.series, problem)
    return Data(replace(trials, answer=answer).take(there), target, known[there])


def fold(data: Data, learn: Ints, held: Ints, settings: Settings, seed: int) -> Fold:
    """Fit everything on the trials `learn` and judge it on `held`; choose among our models on `learn` alone."""
    both = baselines(data, learn), models(data, learn, settings, seed)
    simple, ours = ({key: timed(call) for key, call in calls} for calls in both)
    answers = with_pools({key: answer for key, (answer, _) in simple.items()}, data)
    answers |= variants({key: answer for key, (answer, _) in ours.items()}, data)
    judged = {key: data.score(answer, data.of(held)) for key, answer in answers.items()}
    seconds = {key: took for key, (_, took) in (simple | ours).items()}
    return Fold(judged, seconds, choice(data, learn, settings, seed))


def choice(data: Data, learn: Ints, settings: Settings, seed: int) -> dict[str, Key]:
    """By what is shown, the one of our models that is best on a third of `learn` when trained on the rest."""
    part, left = next(decode.inner_folds(learn))
    answers = variants({key: call() for key, call in models(data, part, settings, seed)}, data)
    found = {key: data.score(answer, data.of(left)) for key, answer in answers.items()}
    return {shown: max((k for k in found if _kind(k) == shown), key=found.__getitem__) for shown in map(_kind, found)}


def variants(found: Mapping[Key, Floats], data: Data) -> dict[Key, Floats]:
    """The answers of our models, of all of them together, and of both for whole trials."""
    return with_pools({**found, **together(found, data, list(dict.fromkeys(shown for _, shown in found)))}, data)


def baselines(data: Data, learn: Ints) -> Iterator[tuple[Key, Callable[[], Floats]]]:
    """Simple decoders and the recurrent network, each a call that fits it and answers all moments."""
    known, trial, y, shown = data.of(learn), data.trial, data.answer, data.inputs()
    given = lambda x: (x[known], y[known], trial[known], x)  # noqa: E731
    for name, x in shown.items():
        for title, decoder in decode.decoders(classes=data.classes).items():
            yield (title, name), lambda decoder=decoder, x=x: decoder(*given(x))  # type: ignore[misc]
    yield ("GRU", WHOLE), lambda: decode.recurrent(*given(shown[ONE]), trial, classes=data.classes)


def models(data: Data, learn: Ints, settings: Settings, seed: int) -> Iterator[tuple[Key, Callable[[], Floats]]]:
    """Our models, each a call that trains it and answers all moments; MtM and Swap-VAE learn without being told."""

    def latents(name: str, shown: str, **given: Any) -> Floats:
        return of_trials(name, data, learn, {**settings[name], **given}, seed, shown, latents=True)

    if "poyo" in settings:
        for shown in (ONE, TWO, WHOLE if data.classes else NINE):
            yield ("POYO", shown), partial(poyo, data, learn, settings["poyo"], seed, shown)
    if "eit" in settings:
        for shown, length in ((ONE, 1), (TWO, 2)):
            given = {**settings["eit"], "length": length}
            yield ("EIT", shown), partial(of_trials, "eit", data, learn, given, seed, shown)
    if "mtm" in settings:
        read = lambda shown, **given: read_out(latents("mtm", shown, **given), data, learn)  # noqa: E731
        yield ("MtM, read out", ONE), partial(read, ONE, masks="neuron", depth=1)
        yield ("MtM, read out", TWO), partial(read, TWO, masks="neuron", depth=1)
        yield ("MtM, read out", WHOLE), partial(read, WHOLE)
    if "swap_vae" in settings:
        once = cache(partial(latents, "swap_vae", WHOLE))  # it sees one bin, and is trained when first asked
        yield ("Swap-VAE, read out", ONE), lambda: read_out(once(), data, learn)
        yield ("Swap-VAE, read out", TWO), lambda: read_out(once(), data, learn, TWO)


def rows(case: str, folds: Sequence[Fold], *, classes: bool) -> list[Row]:
    """Scores and CPU seconds of each decoder, then of what was chosen, and how much that gains on others."""
    metric, found = "accuracy" if classes else "R2", []
    for name, shown in sorted(folds[0].scores, key=_order):
        line = row(case, name, metric, [f.scores[name, shown] for f in folds], note=shown)
        if (name, shown) in folds[0].seconds:
            line["cpu_s"] = float(np.mean([f.seconds[name, shown] for f in folds]))
            line["note"] += f"; {line['cpu_s']:.3g} s of CPU a fold"
        found.append(line)
    return [*found, *(line for shown in folds[0].chosen for line in _chosen(case, metric, folds, shown))]


def _chosen(case: str, metric: str, folds: Sequence[Fold], shown: str) -> list[Row]:
    """What was chosen among ours, which that was how often, and its gain on others that are shown as much."""
    best = np.array([f.scores[f.chosen[shown]] for f in folds])
    names = Counter(f.chosen[shown] for f in folds).most_common()
    which = ", ".join(f"{name} ({how}) in {count}" for (name, how), count in names)
    found = [row(case, CHOSEN, metric, best, note=f"{shown}; of {len(folds)} folds {which}")]
    for name, how in (key for key in folds[0].scores if _kind(key) == shown and key[0] in YARDSTICKS):
        gain = best - [f.scores[name, how] for f in folds]
        found.append(row(f"{case}, paired over folds", f"ours, chosen - {name}", metric, gain, note=how))
    return found


def _kind(key: Key) -> str:
    """What a decoder is shown, however it sees it: "whole trial" also where it goes bin by bin."""
    return key[1].split(",")[0]


def _order(key: Key) -> tuple[int, str]:
    return [ONE, TWO, NINE, WHOLE].index(_kind(key)), key[1]


def _classes(trials: Trials, target: Target) -> NDArray[np.float32]:
    """(trial, bin, class) 1 for the trial's own, NaN where it is unknown."""
    column = trials.recording.intervals["trials"][target.series].iloc[trials.row]
    known = column.notna().to_numpy()
    number = [target.names.index(word(v)) if k else 0 for v, k in zip(column, known)]
    each = np.where(known[:, None], np.eye(len(target.names))[number], np.nan)
    return np.repeat(each[:, None], trials.seen.shape[1], 1).astype(np.float32)


def _in_processes(work: Sequence[tuple[Any, ...]]) -> list[Fold]:
    """Each fold in a process of its own, as many at once as there are cores, each with one thread."""
    if len(work) == 1:
        return [fold(*work[0])]
    count = min(len(work), os.cpu_count() or 1)
    with ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), initializer=_alone) as pool:
        return list(pool.map(fold, *zip(*work)))


def _alone() -> None:
    import torch

    torch.set_num_threads(1)


SPEC = BenchSpec(title="Decoders of all kinds on a recording of yours", run=run)
