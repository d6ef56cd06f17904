"""How models of binned activity learn: from trials, to say the rates, the class or the behaviour in each bin."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from neurofm.batch import Batch
from neurofm.data import Prediction, Recording
from neurofm.data.ids import moments as moment_ids
from neurofm.data.target import CLASSES, RATES, Target, word
from neurofm.data.trials import Trials, cut, suit
from neurofm.errors import DataError
from neurofm.metrics import scores
from neurofm.specs import Schedule
from neurofm.training import vocab
from neurofm.training.evaluate import Progress

if TYPE_CHECKING:
    from neurofm.training.run import Part, Run

MORE = "record more, or train a model that learns from windows of time, such as POYO"
TRIALS = 32  # in one go
WATCHED = 16  # trials looked at for a preview
Spans = Mapping[str, NDArray[np.float64]]


def settle(
    data: Sequence[Recording],
    sizes: Mapping[str, Any],
    target_of: Mapping[str, Target],
    places: Spans,
    labels: Spans,
    given: set[str],
) -> tuple[dict[str, Any], list[str]]:
    """The sizes as the recordings allow, once everything was checked that can be, and what a user should know of them.

    Parameters
    ----------
    places, labels : by session, (k, 2) seconds in which the trials to learn from may lie
    given : names of sizes that a user or a trained model has set
    """
    chosen, notes = suit(data, given)
    sizes = {**sizes, **chosen}
    target = target_of[data[0].session]
    found = [_trials(r, sizes, target) for r in data]
    for r, trials in zip(data, found):
        if not len(r.units) or not len(r.spikes):
            problem = "has no spikes to learn from; open it together with its spike file"
            raise DataError(r.origin, "spikes", problem)
        if len(r.units) < 2 and target.kind == RATES:
            problem = "has one unit and filling in needs two; open one with more, or train a decoder"
            raise DataError(r.origin, "units", problem)
        learned = trials.take(trials.within(labels[r.session]))
        if len(learned) < 2:
            problem = f"leave {len(learned)} to learn from and two or more are needed; {MORE}"
            raise DataError(r.origin, "trials", problem)
        _check_answer(r, learned, target)
    sizes["bins"] = sizes["bins"] or max(t.counts.shape[1] for t in found)
    return sizes, notes


def prepare(net: Any, run: Run, data: Sequence[Recording]) -> None:
    """Show the network the trials it will learn from, for means and scales."""
    for r in data:
        net.prepare(_learned(run, r))


def finish(net: Any, run: Run, data: Sequence[Recording]) -> None:
    """Show the network the trials it has learned from, for what is fitted to its latents."""
    for r in data:
        net.finish(_learned(run, r))


def batches(net: Any, run: Run, data: Sequence[Recording], domains: Spans) -> Callable[[int], Batch]:
    """The batch of each step, all of it from one session; unbalanced ones come as often as they have trials."""
    schedule, seed = Schedule(**run.config["schedule"]), run.config["seed"]
    learned = [_learned(run, r) for r in data]
    share = np.array([len(t) for t in learned], float) ** (1 - schedule.balance)

    def batch(step: int) -> Batch:
        rng = np.random.default_rng([seed, 1, step])
        trials = learned[int(rng.choice(len(learned), p=share / share.sum()))]
        arrays = net.learn(trials, schedule.batch, rng)
        return Batch({name: torch.as_tensor(x) for name, x in arrays.items()}, {})

    return batch


def preview(run: Run, recording: Recording) -> Prediction:
    """What the model says by now about some of the trials for choosing, with its score there."""
    trials = all_trials(run, recording)
    chosen = trials.take(np.flatnonzero(trials.within(run.spans(recording.session, "valid")))[:WATCHED])
    if not len(chosen):
        chosen = trials.take(slice(WATCHED))
    return _prediction(run, chosen, np.ones(len(chosen), bool), None)


def predict(run: Run, recording: Recording, *, progress: Progress | None = None) -> Prediction:
    """Rates, classes or behaviour in every bin of every trial; times that two trials share are answered once."""
    trials = all_trials(run, recording)
    return _prediction(run, trials, held_out(run, trials), progress)


def embed(run: Run, recording: Recording, of: str, part: str, progress: Progress | None) -> Part:
    """Local ids, latents and labels of the units, the session or the moments."""
    _check_units(run, recording)
    if of == "unit":
        return np.arange(len(recording.units)), _numpy(run.model.unit_vectors(recording.session)), recording.unit_names
    if of == "session":
        return np.zeros(1, np.int64), _numpy(run.model.session_vector(recording.session))[None], [recording.session]
    trials = all_trials(run, recording)
    values = in_parts(run.model, lambda t: run.model.latents(t, part), trials, progress)
    times, first = np.unique(trials.times[trials.seen], return_index=True)
    return moment_ids(times, recording.start), values[trials.seen][first].astype(np.float32), []


def all_trials(run: Run, recording: Recording) -> Trials:
    """Every trial of a recording as the run cuts them, with what is to be decoded, in the units of the network.

    Raises
    ------
    LookupError
        If the run knows the session with other units.
    """
    _check_units(run, recording)
    return _trials(recording, run.config["config"], run.target)


def held_out(run: Run, trials: Trials) -> NDArray[np.bool_]:
    """(trial,) that neither training nor choosing has seen."""
    session = trials.recording.session
    if session not in run.config["splits"]:
        return np.ones(len(trials), bool)
    return trials.within(run.spans(session, "test"), [run.spans(session, n) for n in ("train", "valid")])


def in_parts(net: Any, call: Callable[[Trials], Any], trials: Trials, progress: Progress | None) -> NDArray[Any]:
    """What `call` says of the trials, some at a time, without dropout and gradients."""
    mode, found = net.training, []
    net.eval()
    try:
        with torch.inference_mode():
            for k in range(0, len(trials), TRIALS):
                found.append(_numpy(call(trials.take(slice(k, k + TRIALS)))))
                if progress:
                    progress(min((k + TRIALS) / len(trials), 1.0))
    finally:
        net.train(mode)
    return np.concatenate(found)


def _check_units(run: Run, recording: Recording) -> None:
    """Refuse a session with other units than it had, or with them in another order."""
    known, now = run.units.get(recording.session), recording.unit_names
    if known is None or not vocab.differ(known, now):
        return
    other = next((name for name, before in zip(now, known) if before not in ("", name)), "")
    if len(known) != len(now):
        problem = f"with {len(known)} units, not {len(now)}"
    elif other in known:
        problem = f"with its units in another order, from '{other}' on"
    else:
        problem = f"with other units, without '{other}'"
    raise LookupError(f"the model knows '{recording.session}' {problem}; adapt it to this recording first")


def _learned(run: Run, recording: Recording) -> Trials:
    trials, session = all_trials(run, recording), recording.session
    return trials.take(trials.within(run.spans(session, "train"), [run.spans(session, n) for n in ("valid", "test")]))


def _trials(recording: Recording, sizes: Mapping[str, Any], target: Target) -> Trials:
    names = ("event", "before", "after", "bins")
    trials = cut(recording, sizes["bin"], **{n: sizes[n] for n in names if n in sizes})
    if target.kind == RATES:
        return trials
    if target.kind == CLASSES:
        return replace(trials, answer=_classes(trials, target))
    series = recording.series.get(target.series)
    if series is None or len(series.names) != len(target.names):
        return trials
    return replace(trials, answer=trials.values(target.series))


def _classes(trials: Trials, target: Target) -> NDArray[np.float32] | None:
    """(trial, bin, class) 1 for the trial's own in all of its bins; NaN where it is unknown or between trials."""
    table = trials.recording.intervals.get("trials")
    if table is None or target.series not in table or (trials.row < 0).any():
        return None
    found = np.full((*trials.seen.shape, len(target.names)), np.nan, np.float32)
    names = {name: k for k, name in enumerate(target.names)}
    for k, row in enumerate(trials.row):
        value = table[target.series].iloc[row]
        number = names.get(word(value)) if pd.notna(value) else None
        if number is not None:
            found[k, trials.seen[k]] = np.eye(len(names), dtype=np.float32)[number]
    return found


def _check_answer(recording: Recording, learned: Trials, target: Target) -> None:
    if target.kind == RATES:
        return
    if learned.answer is None:
        raise DataError(recording.origin, target.series, "is missing here; train on recordings that have it")
    known = learned.answer[np.isfinite(learned.answer).all(-1)]
    if len(known) < 2:
        raise DataError(recording.origin, target.series, "has no values in the training trials; choose another")
    if (known.std(0) == 0).all():
        raise DataError(recording.origin, target.series, "never changes, so there is nothing to decode; choose another")


def _prediction(run: Run, trials: Trials, apart: NDArray[np.bool_], progress: Progress | None) -> Prediction:
    recording, target = trials.recording, run.target
    values = in_parts(run.model, run.model.answer, trials, progress)  # (trial, bin, feature)
    rates = target.kind == RATES
    truth = trials.counts / trials.width if rates else trials.answer
    truth = np.full(values.shape, np.nan) if truth is None else truth
    names = tuple(recording.units["label"].map(str)) if rates else target.names
    judged = trials.take(apart)
    if rates:
        metrics = run.model.scores(judged) if len(judged) else {}
    else:
        flat = judged.seen
        metrics = scores(target.kind, names, np.asarray(truth[apart][flat], float), values[apart][flat])
    times, first = np.unique(trials.times[trials.seen], return_index=True)
    return Prediction(
        session=recording.session, target=target.series or RATES, times=times,
        ids=moment_ids(times, recording.start), values=values[trials.seen][first],
        truth=np.asarray(truth[trials.seen][first], np.float32),
        held_out=np.repeat(apart[:, None], trials.seen.shape[1], 1)[trials.seen][first],
        names=names, unit=target.unit, kind=target.kind, metrics=metrics, run=str(run.path),
    )  # fmt: skip


def _numpy(x: Any) -> NDArray[Any]:
    return np.asarray(x.detach().float().cpu().numpy() if isinstance(x, torch.Tensor) else x)
