"""Subjects that choose among three drifting arms, as Q-learning with perseveration and a taste for arms has it.

The chance of a reward wanders for each arm. A subject's value of the arm that it chose moves by its learning rate
`alpha` towards the reward; it chooses by a softmax of `beta` times the values, plus `kappa` for the arm chosen last and
its tastes `b`. In the "wide" population subjects differ more than in the "narrow" one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.checks import check_choice
from neurofm.data.choices import Choices

ARMS = 3
TRIALS = {"narrow": 200, "wide": 300}
DRIFT, LOWEST, HIGHEST = 0.04, 0.1, 0.9  # of the chances of a reward, a trial
TRUE = ("alpha", "log_beta", "kappa", "b_1", "b_2")  # columns of the subjects


def population(subjects: int, kind: str = "wide", *, trials: int = 0, seed: int = 0, session: str = "") -> Choices:
    """Simulated subjects; their true parameters are columns of the table of subjects, their chances of the trials.

    Parameters
    ----------
    kind : "narrow" or "wide"
    trials : of each subject; as many as the kind has if 0
    """
    check_choice("population", kind, TRIALS)
    rng = np.random.default_rng([seed, len(kind)])
    length, truth = trials or TRIALS[kind], parameters(subjects, kind, rng)
    chance = _chances(subjects, length, rng)
    action, reward, likely = _play(truth, chance, rng)
    labels = pd.DataFrame({"label": [f"subject {k}" for k in range(subjects)]})
    columns = {f"chance_{k + 1}": chance[..., k].ravel() for k in range(ARMS)} | {"likely": likely.ravel()}
    return Choices(
        session=session or f"{kind} bandits", subjects=labels.assign(**dict(zip(TRUE, truth.T))),
        of=np.repeat(np.arange(subjects), length), action=action.ravel(), outcomes=reward.reshape(-1, 1),
        arms=tuple(str(k + 1) for k in range(ARMS)), columns=pd.DataFrame(columns),
    )  # fmt: skip


def parameters(subjects: int, kind: str, rng: np.random.Generator) -> NDArray[np.float64]:
    """(subject, 5) as `TRUE` names them."""
    if kind == "narrow":
        alpha, log_beta = 0.05 + 0.9 * rng.beta(2, 2, subjects), rng.normal(np.log(4), 0.5, subjects)
        kappa = rng.normal(0.5, 0.6, subjects)
    else:
        alpha, log_beta = rng.uniform(0.05, 0.95, subjects), rng.normal(np.log(5), 0.6, subjects)
        kappa = rng.normal(0.5, 1.0, subjects)
    return np.column_stack([alpha, log_beta, kappa, rng.normal(0, 0.5, (subjects, ARMS - 1))])


def _chances(subjects: int, trials: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """(subject, trial, arm) chance of a reward, a walk between two walls."""
    chance = np.empty((subjects, trials, ARMS))
    chance[:, 0] = rng.uniform(0.2, 0.8, (subjects, ARMS))
    for t in range(1, trials):
        step = chance[:, t - 1] + rng.normal(0, DRIFT, (subjects, ARMS))
        step = np.where(step < LOWEST, 2 * LOWEST - step, step)
        chance[:, t] = np.where(step > HIGHEST, 2 * HIGHEST - step, step)
    return chance


def _play(
    truth: NDArray[np.float64], chance: NDArray[np.float64], rng: np.random.Generator
) -> tuple[NDArray[Any], ...]:
    """Arm, reward, and how likely the subject was to choose that arm, (subject, trial) each."""
    subjects, trials = chance.shape[:2]
    alpha, beta, kappa = truth[:, 0], np.exp(truth[:, 1:2]), truth[:, 2:3]
    taste, who = np.column_stack([truth[:, 3:], np.zeros(subjects)]), np.arange(subjects)
    value, last = np.full((subjects, ARMS), 0.5), np.zeros((subjects, ARMS))
    action, reward = np.empty((subjects, trials), np.int64), np.empty((subjects, trials))
    likely = np.empty((subjects, trials))
    for t in range(trials):
        logit = beta * value + kappa * last + taste
        share: NDArray[np.float64] = np.exp(logit - logit.max(1, keepdims=True))
        share /= share.sum(1, keepdims=True)
        chosen = np.minimum((rng.random((subjects, 1)) > share.cumsum(1)).sum(1), ARMS - 1)
        won = (rng.random(subjects) < chance[who, t, chosen]).astype(float)
        value[who, chosen] += alpha * (won - value[who, chosen])
        last = np.eye(ARMS)[chosen]
        action[:, t], reward[:, t] = chosen, won
        likely[:, t] = share[who, chosen]
    return action, reward, likely
