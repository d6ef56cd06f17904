"""What simple models of choosers make of each choice: their own habits, and logistic regression on the past."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurofm.data.choices import Choices, padded

LAGS = 5  # trials that are looked back
PENALTY = 2.0  # of a person's weights, around those of all; of those of all around zero
STEPS = 12  # of Newton's method, at most
CLOSE = 1e-6  # of the largest change of a weight, where it ends

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def beside(train: Choices, test: Choices) -> dict[str, Floats]:
    """(subject, trial) log-likelihoods of the choices of `test` by simple models, NaN where there is no trial.

    `chance`; `habit`, the shares of the arms in a subject's first half; `logistic`, one for all of `train`; `person`,
    one for each subject, fitted to its first half. Whatever is fitted to a first half is to be judged by the second.
    """
    action, outcomes = padded(test)
    early = first_halves(action)
    x, learned = past(*padded(train), len(train.arms)), padded(train)[0]
    scale = np.maximum(np.abs(x).max((0, 1, 2)), 1e-9)
    flat, flat_action = (x / scale).reshape(1, -1, *x.shape[2:]), learned.reshape(1, -1)
    everyone = fit_logistic(flat, flat_action)
    x = past(action, outcomes, len(test.arms)) / scale
    persons = fit_logistic(x, np.where(early, action, -1), everyone)
    return {
        "chance": np.where(action >= 0, -np.log(len(test.arms)), np.nan),
        "habit": _habit(action, early, len(test.arms)),
        "logistic": likelihood(np.repeat(everyone, len(x), 0), x, action),
        "person": likelihood(persons, x, action),
    }


def first_halves(action: Ints) -> NDArray[np.bool_]:
    """(subject, trial) which lie in the first half of each one's, of actions with -1 behind the last."""
    early: NDArray[np.bool_] = np.arange(action.shape[1]) < ((action >= 0).sum(1) // 2)[:, None]
    return early


def past(action: Ints, outcomes: Floats, arms: int, lags: int = LAGS) -> Floats:
    """(subject, trial, arm, feature) whether an arm was chosen and what it gave, at each lag; then tastes for arms."""
    chosen = (action[..., None] == np.arange(arms)).astype(float)
    gave = chosen[..., None] * np.nan_to_num(outcomes)[:, :, None]
    now = np.concatenate([chosen[..., None], gave], -1)
    features = [np.pad(now, ((0, 0), (lag, 0), (0, 0), (0, 0)))[:, : now.shape[1]] for lag in range(1, lags + 1)]
    tastes = np.broadcast_to(np.eye(arms)[:, : arms - 1], (*chosen.shape, arms - 1))
    return np.concatenate([*features, tastes], -1)


def fit_logistic(x: Floats, action: Ints, around: Floats | None = None) -> Floats:
    """(subject, feature) weights of one conditional logistic regression each, by Newton's method.

    Parameters
    ----------
    x : (subject, trial, arm, feature)
    action : (subject, trial) arm, -1 where there is nothing to learn
    around : (1 or subject, feature) what weights are drawn to; zero if None
    """
    subjects, width = len(x), x.shape[-1]
    middle = np.zeros((1, width)) if around is None else around
    weights = np.repeat(middle, subjects, 0) if len(middle) == 1 else middle.copy()
    told = (action >= 0)[..., None]
    chosen = (action[..., None] == np.arange(x.shape[2])).astype(float)
    for _ in range(STEPS):
        share = _shares(weights, x) * told
        slope = np.einsum("stk,stkf->sf", share - chosen, x) + PENALTY * (weights - middle)
        mean = np.einsum("stk,stkf->stf", share, x)
        root = (np.sqrt(share)[..., None] * x).reshape(subjects, -1, width)
        bend = root.transpose(0, 2, 1) @ root - mean.transpose(0, 2, 1) @ mean + PENALTY * np.eye(width)
        change = np.linalg.solve(bend, slope[..., None])[..., 0]
        weights = weights - change
        if np.abs(change).max(initial=0) < CLOSE:
            break
    return weights


def likelihood(weights: Floats, x: Floats, action: Ints) -> Floats:
    """(subject, trial) log-likelihood of each choice, NaN where there is none."""
    return taken(np.log(np.maximum(_shares(weights, x), 1e-12)), action)


def taken(logs: Floats, action: Ints) -> Floats:
    """(subject, trial) of (subject, trial, arm) those of the arms that were chosen, NaN where none was."""
    chosen = np.take_along_axis(logs, np.maximum(action, 0)[..., None], -1)[..., 0]
    return np.where(action >= 0, chosen, np.nan)


def _shares(weights: Floats, x: Floats) -> Floats:
    logit = np.einsum("stkf,sf->stk", x, weights)
    share: Floats = np.exp(logit - logit.max(-1, keepdims=True))
    return share / share.sum(-1, keepdims=True)


def _habit(action: Ints, early: NDArray[np.bool_], arms: int) -> Floats:
    """By the shares of the arms in a subject's first half, each arm counted once more than it was chosen."""
    counts = ((action[..., None] == np.arange(arms)) & early[..., None]).sum(1) + 1.0
    logs = np.log(counts / counts.sum(1, keepdims=True))
    return taken(np.repeat(logs[:, None], action.shape[1], 1), action)
