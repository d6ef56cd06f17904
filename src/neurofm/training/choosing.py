"""How a run is best adapted to a recording: parts of the labels that are left out in turn choose.

First only the vectors of units and session learn, then the whole network. Of the second they choose how much is kept,
and how much ridge regression, which needs no earlier recordings, is mixed into the answers.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm import baseline
from neurofm.data import Recording, Series, spans
from neurofm.data.split import Split
from neurofm.data.target import CLASSES, RATES, told
from neurofm.errors import DataError
from neurofm.metrics import scores
from neurofm.specs import Schedule
from neurofm.training import checkpoint
from neurofm.training.course import Plan, Step
from neurofm.training.evaluate import stitch
from neurofm.training.loop import Loop
from neurofm.training.mixture import Choice, blend, keep, read_choice
from neurofm.training.network import Network
from neurofm.training.optim import thaw
from neurofm.training.run import Run
from neurofm.training.scoring import moves_at
from neurofm.words import MAIN

FOLDS = 2
ENOUGH = 60.0  # seconds of labels from which on the core learns as fast as it may
JUDGED = 120.0  # seconds that a fold is judged on at most
SHARES = tuple(k / 10 for k in range(11))  # of ridge
KEPT = (0.0, 0.5, 1.0)  # of what the core has learned
BEFORE = "vectors.safetensors"  # the weights when only vectors had learned
Floats = NDArray[np.float64]
Spans = NDArray[np.float64]
Begin = Callable[[Run, list[Any]], Network]


def schedule(base: Run, splits: Sequence[Split], *, units_only: bool, choose: bool) -> dict[str, Any]:
    """How an adaptation is trained unless told otherwise: as many steps as suit the seconds of labels."""
    if not base.reads_new_units:
        usual = {"lr": 1e-3, "freeze": 0.2} | dict(base.spec.adapted)
        return {"steps": 300, "hold": 0.3} | ({"lr": 2e-2, "freeze": 1.0} if units_only else usual)
    seconds = sum(spans.duration(split.train) for split in splits)
    vectors = round(float(np.clip(150 + seconds, 150, 200)))
    if units_only:
        return {"steps": vectors, "lr": 2e-2, "freeze": 1.0, "average": 0.99}
    core = round(float(np.clip(2 * seconds, 20, 120 if choose else 600)))
    steps, lr = vectors + core, float(np.clip(seconds / ENOUGH, 0.1, 1)) * 5e-4
    return {"steps": steps, "freeze": vectors / steps, "vector_lr": 2e-2, "lr": lr, "average": 0.99}


def check(base: Run, data: Sequence[Any], *, units_only: bool) -> None:
    """Refuse to choose where there is nothing to choose from."""
    if units_only:
        raise ValueError("give either choose or units_only: the one decides about the other")
    if not base.reads_new_units or base.target.kind == RATES:
        raise ValueError(f"{base.spec.title} has no choice of how it is adapted to new units; leave choose out")
    if len(data) != 1:
        raise ValueError(f"choose works for one recording at a time, got {len(data)}")


def learn(run: Run, loop: Loop, recording: Recording, begin: Begin, step: Step) -> dict[str, float]:
    """Choose in folds, learn from all labels, and leave in the loop's network what was chosen.

    Parameters
    ----------
    loop : of the run, with its network
    begin : (run, sources) -> the network that an adaptation begins with

    Returns
    -------
    dict
        Held-out scores of what there was to choose from, and the share of ridge.
    """
    target = run.target_of(recording.session)[0]
    recording = told(recording, target)
    choice = read_choice(run) or _choose(run, recording, begin, step)
    step(FOLDS / (FOLDS + 1), words(choice))
    before, after = both(loop, _part_of(step, FOLDS))
    asked = _cut(recording, target.series, run.spans(recording.session, "test"))
    apart = {"vectors": before, "network": after} if len(asked.series[target.series].times) else {}
    moving = moves_at(recording, target, asked.series[target.series].times)
    scored = {
        name: _score(run, asked, _answer(run, loop.model, asked, weights), moving) for name, weights in apart.items()
    }
    loop.model.load_state_dict(between(before, after, choice.core))
    held_out = {f"{name}_{MAIN[target.kind]}": score for name, score in scored.items() if score is not None}
    return held_out | {"ridge_share": choice.ridge, "core_share": choice.core}


def _score(run: Run, asked: Recording, said: Floats, moving: NDArray[np.bool_] | None) -> float | None:
    target = run.target_of(asked.session)[0]
    truth = np.asarray(asked.series[target.series].values, float)
    return scores(target.kind, target.names, truth, said, moving).get(MAIN[target.kind])


def words(choice: Choice) -> str:
    """What was chosen, for a user."""
    network = {0.0: "who the units are is learned", 1.0: "all of the model is learned"}
    own = network.get(choice.core, "who the units are is learned, and half of what all of the model would")
    if choice.ridge == 1:
        return "ridge does better here on labels that are left out, so it gives the answers"
    return f"{own}; {choice.ridge:.0%} of the answer is ridge's" if choice.ridge else own


def between(before: Mapping[str, Any], after: Mapping[str, Any], share: float) -> dict[str, Any]:
    """Weights that lie `share` of the way from some to others."""
    return {name: a.lerp(after[name], share) if a.is_floating_point() else after[name] for name, a in before.items()}


def folds(labels: Spans) -> Iterator[tuple[Spans, Spans]]:
    """Labels to learn from, and to judge by: stretches in turn, or halves of the one that there is."""
    pieces = spans.tidy(labels)
    if len(pieces) < 2 * FOLDS:
        edges = np.linspace(pieces[:, 0], pieces[:, 1], FOLDS + 1).T
        pieces = np.stack([edges[:, :-1].ravel(), edges[:, 1:].ravel()], 1)
    for k in range(FOLDS):
        left_out = np.arange(len(pieces)) % FOLDS == k
        judged = pieces[left_out]
        yield spans.tidy(pieces[~left_out]), judged[:: max(int(spans.duration(judged) // JUDGED), 1)]


def best(truth: Floats, answers: Mapping[float, Floats], linear: Floats, *, classes: bool) -> tuple[float, float]:
    """Shares of the core and of ridge with the smallest squared error, each feature in its standard deviations.

    Parameters
    ----------
    truth, linear : (time, feature)
    answers : of the network, by the share of the core
    """
    spread = truth.std(0) + 1e-9
    errors = {
        (core, share): ((blend(said, linear, share, classes=classes) - truth) / spread) ** 2
        for core, said in answers.items()
        for share in SHARES
    }
    return min(errors, key=lambda shares: float(errors[shares].mean()))


def _choose(run: Run, recording: Recording, begin: Begin, step: Step) -> Choice:
    """What does best on labels that are left out in turn, written into the run with ridge on all labels."""
    labels, session = run.spans(recording.session, "train"), recording.session
    target = run.target_of(session)[0]
    linear = baseline.fit(recording, target.series, baseline.measured(recording, target.series, labels))
    try:
        judged = [
            _fold(run, recording, *fold, begin, _part_of(step, k, "choosing how to adapt"))
            for k, fold in enumerate(folds(labels))
        ]
    except DataError as error:
        step(0.0, f"too few labels to choose by, so only vectors of units are learned ({error})")
        choice = Choice(session=session)
    else:
        truth, linear_said, *said = (np.concatenate(each) for each in zip(*judged))
        answers = dict(zip(KEPT, said))
        core, ridge = best(truth, answers, linear_said, classes=target.kind == CLASSES)
        choice = Choice(session=session, core=core, ridge=ridge)
    keep(run, choice, linear)
    return choice


def _fold(run: Run, recording: Recording, labels: Spans, judged: Spans, begin: Begin, step: Step) -> list[Floats]:
    """Truth, ridge's answers and those of the network with each share of the core, on labels that were left out."""
    target = run.target_of(recording.session)[0].series
    asked = _cut(recording, target, judged)
    linear = baseline.fit(recording, target, baseline.measured(recording, target, labels))
    series = asked.series[target]
    with tempfile.TemporaryDirectory() as folder:
        part = _part(run, recording, labels, Path(folder))
        net = begin(part, [recording])
        schedule = Schedule(**part.config["schedule"])
        batches = part.course.batches(part, net, [recording], {})
        loop = Loop(net, batches, schedule, part.path, tables=net.tables, seed=part.config["seed"], device=part.device)
        before, after = both(loop, step)
    said = [_answer(part, net, asked, between(before, after, core)) for core in KEPT]
    there = np.isfinite(said[0]).all(1)
    return [each[there] for each in (series.values.astype(float), linear(recording, series.times), *said)]


def _part(run: Run, recording: Recording, labels: Spans, folder: Path) -> Run:
    """The run as it would be if it had some of its labels, and half the steps."""
    config, target, nothing = run.config, run.target_of(recording.session)[0], np.zeros((0, 2))
    plan = Plan(
        spec=run.spec, data=[recording], sizes=config["config"], given=set(config["config"]), target=target.series,
        splits={recording.session: Split(labels, nothing, nothing)}, base=Run(config["base"]["path"]),
    )  # fmt: skip
    own = {
        "config": dict(run.course.settle(plan).sizes),
        "splits": {recording.session: {"train": labels.tolist(), "valid": [], "test": []}},
        "schedule": config["schedule"] | {"steps": max(config["schedule"]["steps"] // 2, 1), "until": 0},
    }
    checkpoint.write_json(folder / "config.json", {**config, **own})
    checkpoint.write_json(folder / "vocab.json", run.vocab)
    return Run(folder, run.device)


def both(loop: Loop, step: Step) -> tuple[dict[str, Any], dict[str, Any]]:
    """Weights when only vectors had learned, and in the end; a loop that is resumed finds the first in its folder."""
    whole, path = loop.schedule, loop.folder / BEFORE
    first = thaw(whole)
    if loop.step < first or not path.exists():
        loop.schedule = replace(whole, until=min(first, whole.until or first))
        loop.run(step)
        checkpoint.write_tensors(path, loop.model.state_dict())
        loop.schedule = whole
    loop.run(step)
    device = next(loop.model.parameters()).device
    before = {name: value.to(device) for name, value in checkpoint.read_tensors(path).items()}
    return before, {name: value.clone() for name, value in loop.model.state_dict().items()}


def _cut(recording: Recording, target: str, within: Spans) -> Recording:
    """The recording with its behaviour in some spans alone."""
    series, rows = recording.series[target], baseline.measured(recording, target, within)
    cut = Series(series.times[rows], series.values[rows], series.names, series.unit)
    return replace(recording, series={target: cut}, intervals={})


def _answer(run: Run, net: Any, asked: Recording, weights: Mapping[str, Any]) -> Floats:
    """(time, feature) what the network says with some weights where the behaviour of a cut recording was measured."""
    target, first = run.target_of(asked.session)
    net.load_state_dict(weights)
    return stitch(net, asked, asked.series[target.series].times)[:, first : first + len(target.names)]


def _part_of(step: Step, number: int, text: str = "") -> Step:
    """Tells of one of the trainings that there are, as part of all of them."""

    def told_step(fraction: float, words: str, preview: Any = None, metrics: Any = None) -> None:
        more = {} if text else {"preview": preview, "metrics": metrics}  # a fold is nothing to look at
        step((number + fraction) / (FOLDS + 1), f"{text}, part {number + 1} of {FOLDS}" if text else words, **more)

    return told_step
