"""How well a run of recordings does on time that it has not seen, with simple decoders beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm import baseline
from neurofm.data import Prediction, Recording, spans
from neurofm.data.target import CLASSES, RATES, VALUES, Target, moves, told
from neurofm.metrics import scores
from neurofm.runs import RunFolder
from neurofm.training.course import Preview, Step
from neurofm.words import ALL, BESIDE, MAIN, over


def beside_ridge(
    run: RunFolder, data: Sequence[Recording], predict: Callable[[Recording], Prediction], step: Step
) -> dict[str, Any]:
    """Held-out scores of each session and in the mean, with those of ridge and a small network beside it."""
    each = dict[str, dict[str, float]]()
    for r in data:
        step(1.0, f"scoring {r.session} on held-out time")
        own = dict(predict(r).metrics)
        each[r.session] = own | _others(run, r, own)
    return _mean(list(each.values()), run.target.kind) | {"sessions": each}


def _mean(each: Sequence[Mapping[str, float]], kind: str) -> dict[str, Any]:
    """Main scores in the mean of all sessions, that over all times too where any session rests, and over what they are.

    Of rates it is all scores that all sessions have.
    """
    shared = [name for name in each[0] if all(name in m for m in each)]
    main = (MAIN[kind], *(f"{other}_{MAIN[kind]}" for other in BESIDE))
    wanted = shared if kind == RATES else [name for name in shared if name in main]
    mean = {name: float(np.mean([m[name] for m in each])) for name in wanted}
    if any("moving" in m for m in each):
        mean |= {ALL + name: float(np.mean([m.get(ALL + name, m[name]) for m in each])) for name in wanted}
        mean["moving"] = float(np.mean([m.get("moving", 1.0) for m in each]))
    return mean | {"over": over(mean)}


def preview(said: Prediction, moves: NDArray[np.bool_] | None = None, **others: Any) -> Preview:
    """A prediction, and what else can be drawn, with the main score of the prediction.

    Parameters
    ----------
    moves : (time,) whether what is decoded moves; None where that makes no difference
    """
    main = MAIN[said.kind]
    own = said.metrics or scores(said.kind, said.names, said.truth, said.values, moves)
    return Preview(shown={"trace": said, **others}, scores={main: own[main]} if main in own else {})


def moves_at(recording: Recording, target: Target, times: NDArray[np.float64]) -> NDArray[np.bool_] | None:
    """(time,) whether what is decoded moves; None of classes and rates, and where it was not measured."""
    if target.kind != VALUES or target.series not in recording.series:
        return None
    return spans.inside(times, moves(recording, target.series))


def _others(run: RunFolder, recording: Recording, own: Mapping[str, float]) -> dict[str, float]:
    """The main score of the simple decoders where a model has it, over the same times as the model's."""
    target = run.target_of(recording.session)[0]
    main, classes = MAIN[target.kind], target.kind == CLASSES
    if main not in own or target.kind == RATES:
        return {}
    train, test = (run.spans(recording.session, name) for name in ("train", "test"))
    known = told(recording, target)
    truth, answer_of = baseline.answers(known, target.series, train, test, classes=classes)
    judged = known.series[target.series].times[baseline.measured(known, target.series, test)]
    moving = moves_at(known, target, judged) if "moving" in own else None
    scored = {name: scores(target.kind, target.names, truth, said, moving) for name, said in answer_of.items()}
    return {
        f"{before}{name}_{main}": each[before + main]
        for name, each in scored.items()
        for before in ("", ALL)
        if before + main in each
    }
