"""The trials of a recording as a run cuts them, and what a network says of them, some at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data import Recording
from neurofm.data.classes import word
from neurofm.data.target import CLASSES, RATES, Target, told
from neurofm.data.trials import Trials, cut
from neurofm.errors import UnknownUnits
from neurofm.runs import RunFolder
from neurofm.training import vocab
from neurofm.training.course import Progress
from neurofm.training.network import TrialNetwork

MOST = 32  # trials in one go


def all_trials(run: RunFolder, recording: Recording) -> Trials:
    """Every trial of a recording as the run cuts them, with what is to be decoded, in the units of the network.

    Raises
    ------
    UnknownUnits
        If the run knows the session with other units.
    """
    check_units(run, recording)
    return cut_trials(recording, run.config["config"], run.target)


def learned_trials(run: RunFolder, recording: Recording) -> Trials:
    """The trials of a recording that a run learns from."""
    trials, session = all_trials(run, recording), recording.session
    return trials.take(trials.within(run.spans(session, "train"), [run.spans(session, n) for n in ("valid", "test")]))


def held_out(run: RunFolder, trials: Trials) -> NDArray[np.bool_]:
    """(trial,) that neither training nor choosing has seen."""
    session = trials.recording.session
    if session not in run.config["splits"]:
        return np.ones(len(trials), bool)
    return trials.within(run.spans(session, "test"), [run.spans(session, n) for n in ("train", "valid")])


def cut_trials(recording: Recording, sizes: Mapping[str, Any], target: Target) -> Trials:
    """Trials cut as a model's sizes say, with what is to be decoded where the recording has it."""
    names = ("event", "before", "after", "bins")
    trials = cut(recording, sizes["bin"], **{n: sizes[n] for n in names if n in sizes})
    if target.kind == RATES:
        return trials
    if target.kind == CLASSES:
        return replace(trials, answer=_classes(trials, target))
    trials = replace(trials, recording=told(recording, target))
    series = recording.series.get(target.series)
    if series is None or len(series.names) != len(target.names):
        return trials
    return replace(trials, answer=trials.values(target.series))


def check_units(run: RunFolder, recording: Recording) -> None:
    """Refuse a session with other units than it had, or with them in another order."""
    before, now = vocab.units(run.vocab).get(recording.session), recording.unit_names
    if before is None or not vocab.differ(before, now):
        return
    other = next((name for name, old in zip(now, before) if old not in ("", name)), "")
    if len(before) != len(now):
        problem = f"with {len(before)} units, not {len(now)}"
    elif other in before:
        problem = f"with its units in another order, from '{other}' on"
    else:
        problem = f"with other units, without '{other}'"
    raise UnknownUnits(f"the model knows '{recording.session}' {problem}; adapt it to this recording first")


def in_batches(
    net: TrialNetwork, call: Callable[[Trials], Any], trials: Trials, progress: Progress | None
) -> NDArray[Any]:
    """What `call` says of the trials, some at a time, without dropout and gradients."""
    import torch

    mode, answers = net.training, []
    net.eval()
    try:
        with torch.inference_mode():
            for k in range(0, len(trials), MOST):
                answers.append(as_numpy(call(trials.take(slice(k, k + MOST)))))
                if progress:
                    progress(min((k + MOST) / len(trials), 1.0))
    finally:
        net.train(mode)
    return np.concatenate(answers)


def as_numpy(x: Any) -> NDArray[Any]:
    """A tensor on any device, or an array, as an array."""
    return np.asarray(x.detach().float().cpu().numpy() if hasattr(x, "detach") else x)


def _classes(trials: Trials, target: Target) -> NDArray[np.float32] | None:
    """(trial, bin, class) 1 for the trial's own in all of its bins; NaN where it is unknown or between trials."""
    table = trials.recording.intervals.get("trials")
    if table is None or target.series not in table or (trials.row < 0).any():
        return None
    answer = np.full((*trials.seen.shape, len(target.names)), np.nan, np.float32)
    column = {name: k for k, name in enumerate(target.names)}
    for k, row in enumerate(trials.row):
        value = table[target.series].iloc[row]
        number = column.get(word(value)) if pd.notna(value) else None
        if number is not None:
            answer[k, trials.seen[k]] = np.eye(len(column), dtype=np.float32)[number]
    return answer
