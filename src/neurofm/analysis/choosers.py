"""What other models of choosers make of the choices that a run is judged by.

Those that stand beside every run, a GRU of its size, and a bottleneck network with a vector a subject; where choices
are simulated, the truth. All learn from the same subjects; what is fitted to one sees its first half alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.analysis import recurrent
from neurofm.analysis.probes import random
from neurofm.data.choices import Choices, padded, take
from neurofm.errors import DataError
from neurofm.training import choosers, q_learning
from neurofm.training.course import check_takes
from neurofm.training.run import Run
from neurofm.words import BESIDE

TRUTH = "likely"  # the column of simulated trials
NAMES = {"habit": "shares of the arms", **BESIDE}
NARROW, RANDOM = "bottleneck RNN, a vector each", "{}, random weights"

Floats = NDArray[np.float64]
Logs = dict[str, Floats]


def table(run: Run, choices: Choices, *, seed: int = 0, step: Callable[..., None] | None = None) -> pd.DataFrame:
    """How likely each model found the second halves of the subjects that the run has not learned from.

    Columns are `model`, `log_likelihood` (a trial), `sd` over subjects of how much that is below the run's, and the
    `trials` and `subjects` that it is over; the best is first. Networks learn here and take minutes.

    Raises
    ------
    DataError
        If the run has not learned from these choices, so that nobody is held out.
    """
    say = step or (lambda *_: None)
    check_takes(run.spec, choices)
    choices = run.as_learned(choices)
    learned, judged = (run.spans(choices.session, part)[:, 0].astype(int) for part in ("train", "test"))
    if not len(learned) or not len(judged):
        problem = (
            f"is nothing that {run.path.name} learned from, so nobody is held out; name choices that it learned from"
        )
        raise DataError(choices.origin, "", problem)
    test, title = take(choices, judged), run.spec.title
    say(0.0, "Q-learning and regressions")
    logs = {title: said(run, choices)[judged], RANDOM.format(title): said(run, choices, random(run, seed))[judged]}
    logs |= beside(take(choices, learned), test)
    size = sum(p.numel() for p in run.model.parameters())
    logs |= networks(choices, learned, judged, size, seed=seed, step=lambda part, text: say(0.1 + 0.9 * part, text))[0]
    if TRUTH in choices.columns:
        logs["truth"] = _padded(np.log(choices.columns[TRUTH].to_numpy(float)), choices)[judged]
    longest = int(test.lengths.max())
    logs = {name: values[:, :longest] for name, values in logs.items()}
    return _told(logs, _padded(test.late.astype(float), test) == 1, title)


def beside(train: Choices, test: Choices) -> Logs:
    """(subject, trial) log-likelihoods by what stands beside every run, by what it is called."""
    every = choosers.beside(train, test) | q_learning.beside(train, test)
    return {NAMES.get(name, name): logs for name, logs in every.items()}


def said(run: Run, choices: Choices, net: Any = None) -> Floats:
    """(subject, trial) log-likelihoods of all choices by a run, or another network of its kind, NaN where is none."""
    values = run.course.predict(run, net or run.model, choices).values
    return _padded(np.log(values[np.arange(len(choices.action)), choices.action]), choices)


def networks(
    choices: Choices, learned: Any, judged: Any, size: int, *, seed: int = 0, steps: int = 0,
    step: Callable[[float, str], None] | None = None,
) -> tuple[Logs, Callable[[Choices], Floats]]:  # fmt: skip
    """(judged subject, trial) log-likelihoods by recurrent networks, and what the GRU makes of subjects.

    Parameters
    ----------
    size : parameters that the GRU should have, about
    steps : that both learn for; as many as they need if 0, fewer of few subjects, whom they would learn by heart
    """
    say = step or (lambda *_: None)
    (action, outcomes), arms = padded(choices), len(choices.arms)
    known = outcomes[learned][action[learned] >= 0]

    mean, sd = _mean_and_sd(known)

    def scaled(outcomes: Floats) -> Floats:
        return np.asarray((outcomes - mean) / sd)

    outcomes, width = scaled(outcomes), recurrent.width_of(size, arms, outcomes.shape[-1])
    gru = f"GRU of equal size ({width})"
    plain = recurrent.gru(
        action[learned], outcomes[learned], arms, width, seed=seed,
        steps=steps or recurrent.fewer(recurrent.STEPS, len(learned)), step=lambda part: say(part / 2, gru),
    )  # fmt: skip
    narrow = recurrent.bottleneck(
        action, outcomes, arms, judged, seed=seed, steps=steps or recurrent.fewer(recurrent.SLOW_STEPS, len(learned)),
        step=lambda part: say((1 + part) / 2, NARROW),
    )  # fmt: skip

    def states(choices: Choices) -> Floats:
        action, outcomes = padded(choices)
        return recurrent.last_states(plain, action, scaled(outcomes))

    logs = {
        gru: recurrent.likelihood(plain, action[judged], outcomes[judged]),
        NARROW: recurrent.likelihood(narrow, action[judged], outcomes[judged], judged),
    }
    return logs, states


def _mean_and_sd(values: Floats) -> tuple[Floats, Floats]:
    """(column,) each of what is known of (row, column), so that dividing by the second does no harm."""
    known = np.isfinite(values)
    count = np.maximum(known.sum(0), 1)
    mean = np.where(known, values, 0.0).sum(0) / count
    sd = np.sqrt(np.where(known, (values - mean) ** 2, 0.0).sum(0) / count)
    return mean, np.where(sd > 0, sd, 1.0)


def _padded(values: Floats, choices: Choices) -> Floats:
    """(subject, trial) of (trial,), NaN behind each subject's last."""
    each = np.full((len(choices.subjects), int(choices.lengths.max(initial=0))), np.nan)
    each[choices.of, choices.place] = values
    return each


def _told(logs: Logs, late: NDArray[np.bool_], ours: str) -> pd.DataFrame:
    rows = []
    for name, values in logs.items():
        values = np.where(late, values, np.nan)
        below = np.nanmean(logs[ours] - values, 1)
        rows.append({
            "model": name, "log_likelihood": float(np.nanmean(values)), "sd": float(below.std()),
            "trials": int(late.sum()), "subjects": len(late),
        })  # fmt: skip
    return pd.DataFrame(rows).sort_values("log_likelihood", ascending=False, kind="stable", ignore_index=True)
