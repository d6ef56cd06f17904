"""How well a run of recordings does on time that it has not seen, with simple decoders beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from neurofm import baseline
from neurofm.data import Prediction, Recording
from neurofm.data.target import CLASSES, RATES, told
from neurofm.metrics import scores
from neurofm.runs import RunFolder
from neurofm.training.course import Preview, Step
from neurofm.words import BESIDE, MAIN


def beside_ridge(
    run: RunFolder, data: Sequence[Recording], predict: Callable[[Recording], Prediction], step: Step
) -> dict[str, Any]:
    """Held-out scores of each session and in the mean, with those of ridge and a small network beside it."""
    each = dict[str, dict[str, float]]()
    for r in data:
        step(1.0, f"scoring {r.session} on held-out time")
        own = dict(predict(r).metrics)
        each[r.session] = own | _others(run, r, own)
    shared = [name for name in next(iter(each.values())) if all(name in m for m in each.values())]
    main, rates = MAIN[run.target.kind], run.target.kind == RATES
    wanted = [n for n in shared if n in (main, *(f"{other}_{main}" for other in BESIDE)) or rates]
    return {k: float(np.mean([m[k] for m in each.values()])) for k in wanted} | {"sessions": each}


def preview(said: Prediction, **others: Any) -> Preview:
    """A prediction, and what else can be drawn, with the main score of the prediction."""
    main = MAIN[said.kind]
    own = said.metrics or scores(said.kind, said.names, said.truth, said.values)
    return Preview(shown={"trace": said, **others}, scores={main: own[main]} if main in own else {})


def _others(run: RunFolder, recording: Recording, own: Mapping[str, float]) -> dict[str, float]:
    """The main score of the simple decoders where a model has it."""
    target = run.target_of(recording.session)[0]
    main, classes = MAIN[target.kind], target.kind == CLASSES
    if main not in own or target.kind == RATES:
        return {}
    sides = (run.spans(recording.session, name) for name in ("train", "test"))
    truth, answer_of = baseline.answers(told(recording, target), target.series, *sides, classes=classes)
    return {f"{n}_{main}": scores(target.kind, target.names, truth, a)[main] for n, a in answer_of.items()}
