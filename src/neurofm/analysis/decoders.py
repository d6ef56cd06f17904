"""Every decoder on one recording, on the same folds: simple ones, a recurrent one, and our models.

The class of a trial is decoded in each of its bins (accuracy), else a behaviour series (R2). Five times a fifth of the
trials is held out; a recording without trials is cut into contiguous blocks. Decoders are compared by what they
are shown. Beside each model stands the same untrained: what its weights as drawn, and a readout where it has one, say.
A model learns from a recording in which nothing of the held-out trials is left. Which of our models suits is
chosen for each fold by inner validation: each is fitted again on two thirds of the training trials and judged on the
rest of them. Cells that have activity and no spikes, as in imaging, are decoded from that by all but our models, which
expect counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from neurofm.analysis import decode, parallel
from neurofm.analysis.binned import FOLDS, Data, Floats, Ints, with_activity
from neurofm.analysis.decode import NINE, ONE, TWO, WHOLE
from neurofm.analysis.fits import Call, Plan
from neurofm.analysis.ours import complete, models, settings, untrained
from neurofm.analysis.pools import Key, kind, variants, with_pools
from neurofm.data import Recording
from neurofm.training.course import Step
from neurofm.training.loop import quiet

Took = tuple[Floats, float]  # answers, and the seconds of CPU that they took

CHOSEN = "ours, chosen by inner validation"
QUICK = {"steps": 10}
LONG = 20  # times that a model of ours takes what a simple decoder does, about


@dataclass(frozen=True, eq=False)
class Fold:
    """What one fold gave.

    Parameters
    ----------
    scores, seconds : of each decoder, the seconds of CPU; those that only pool what others say take none
    chosen : of our models, for each input
    runs : names of the runs that stay
    """

    scores: dict[Key, float]
    seconds: dict[Key, float]
    chosen: dict[str, Key]
    runs: dict[Key, str]


@dataclass(frozen=True)
class Line:
    """One decoder over all folds: its scores, mean seconds of CPU (NaN if it takes none), and the first fold's run."""

    decoder: str
    shown: str
    scores: tuple[float, ...]
    cpu_s: float = np.nan
    run: str = ""


def compare(
    recording: Recording,
    *,
    folds: int = FOLDS,
    quick: bool = False,
    seed: int = 0,
    folder: Path | None = None,
    step: Step = quiet,
) -> list[Fold]:
    """What each fold gives.

    Parameters
    ----------
    folds : so many of the five
    quick : few steps, which tells that all works and what it costs, not how good our models are
    folder : where our models of the first fold stay as runs; nowhere if None
    step : called as step(fraction, text), may raise Stopped

    Raises
    ------
    DataError
        If the recording has nothing to decode, or too few trials.
    """
    data, changes = with_activity(recording), QUICK if quick else {}
    ours = settings() if data.activity is None else {}  # which expect counts
    plan = Plan({name: {**usual, **changes} for name, usual in ours.items()}, seed)
    draw = decode.block_folds if (data.trials.row < 0).any() else decode.trial_folds
    work = [
        (data, np.flatnonzero(learn), np.flatnonzero(held), plan if k else replace(plan, folder=folder))
        for k, (learn, held) in enumerate(draw(len(data.trials), FOLDS))
    ]
    return parallel.run(fold, work[:folds], step)


def lines(folds: Sequence[Fold]) -> list[Line]:
    """Every decoder, then for each input what was chosen among ours."""
    first, rows = folds[0], []
    for key in sorted(first.scores, key=_order):
        took = np.mean([f.seconds.get(key, np.nan) for f in folds])
        rows.append(Line(*key, tuple(f.scores[key] for f in folds), float(took), first.runs.get(key, "")))
    for shown, key in first.chosen.items():
        best = tuple(f.scores[f.chosen[shown]] for f in folds)
        rows.append(Line(CHOSEN, shown, best, run=first.runs.get(key, "")))
    return rows


def fold(data: Data, learn: Ints, held: Ints, plan: Plan, step: Step = quiet) -> Fold:
    """Fit everything on the trials `learn` and judge it on `held`; choose among our models on `learn` alone."""
    calls, ours = [*baselines(data, learn), *untrained(data, learn, plan)], list(models(data, learn, plan))
    total = len(calls) + 2 * LONG * len(ours)
    simple = dict(_timed(calls, partial(_part, step, 0, len(calls), total)))
    trained = dict(_timed(ours, partial(_part, step, len(calls), LONG * len(ours), total)))
    answers = with_pools({key: answer for key, (answer, _) in simple.items()}, data)
    answers |= variants({key: answer for key, (answer, _) in trained.items()}, data)
    judged = {key: data.score(answer, data.of(held)) for key, answer in answers.items()}
    seconds = {key: took for key, (_, took) in (simple | trained).items()}
    share = partial(_part, step, len(calls) + LONG * len(ours), LONG * len(ours), total)
    return Fold(judged, seconds, choice(data, learn, plan, share), complete(judged, data, held, plan))


def choice(data: Data, learn: Ints, plan: Plan, step: Step = quiet) -> dict[str, Key]:
    """By what is shown, the one of our models that is best on a third of `learn` when trained on the rest."""
    fitted, left = next(decode.inner_folds(learn))
    calls = list(models(data, fitted, replace(plan, folder=None)))
    answers = variants({key: answer for key, (answer, _) in _timed(calls, step, "choosing: ")}, data)
    scores = {key: data.score(answer, data.of(left)) for key, answer in answers.items()}
    return {shown: max((k for k in scores if kind(k) == shown), key=scores.__getitem__) for shown in map(kind, scores)}


def baselines(data: Data, learn: Ints) -> Iterator[tuple[Key, Call]]:
    """Simple decoders and the recurrent network, each a call that fits it and answers all moments."""
    learned, trial, y = data.of(learn), data.trial, data.answer
    given = (data.counts, trial) if data.activity is None else (data.activity[data.rows], trial, np.asarray)
    inputs = decode.inputs(*given, classes=data.classes)

    def fit(decoder: Callable[..., Floats], x: Floats, step: Step) -> Floats:
        return decoder(x[learned], y[learned], trial[learned], x)

    for shown, x in inputs.items():
        for name, decoder in decode.decoders(classes=data.classes).items():
            yield (name, shown), partial(fit, decoder, x)
    recurrent = partial(decode.recurrent, asked_trial=trial, classes=data.classes)
    yield ("GRU", WHOLE), partial(fit, recurrent, inputs[ONE])


def _order(key: Key) -> tuple[int, str]:
    return [ONE, TWO, NINE, WHOLE].index(kind(key)), key[1]


def _timed(calls: Sequence[tuple[Key, Call]], step: Step, words: str = "") -> Iterator[tuple[Key, Took]]:
    """What each call gives and the CPU seconds that it took, told as equal shares of a whole."""
    for k, (key, call) in enumerate(calls):
        text = f"{words}{key[0]}, {key[1]}"
        step(k / len(calls), text)
        began = time.process_time()
        answers = call(lambda done, *_, k=k, text=text, **__: step((k + done) / len(calls), text))
        yield key, (answers, time.process_time() - began)


def _part(step: Step, begin: float, length: float, total: float, fraction: float, text: str) -> None:
    """A share of what `step` tells."""
    step((begin + length * fraction) / total, text)
