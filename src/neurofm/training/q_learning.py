"""Q-learning with perseveration and a taste for arms, fitted to each subject: what that field expects to see.

The value of the arm that was chosen moves by the learning rate towards the reward, from the middle of all rewards on;
arms are chosen by a softmax of the values, of what was chosen last and of tastes. Rewards are the sum of the outcomes
and scaled so that all lie between 0 and 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from neurofm.data.choices import Choices, padded, take
from neurofm.nn.leaky import integrate
from neurofm.training.choosers import first_halves, taken

BEGIN = (0.0, 1.0, 0.0)  # logit of the learning rate, log of the inverse temperature, perseveration
LOOSE = 3.0  # sd around these where there is no prior, so that nothing runs away
LEAST = 0.05  # sd of a prior
STEPS, RATE = 150, 0.15  # of Adam
ROUNDS = 2  # in which the prior is taken from the subjects
MOST = 200  # subjects that it, and one model for all, are taken from, evenly thinned where there are more

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Prior:
    """Means and standard deviations (parameter,) of a population."""

    mean: Floats
    sd: Floats


def beside(train: Choices, test: Choices) -> dict[str, Floats]:
    """(subject, trial) log-likelihoods of the choices of `test`, NaN where there is no trial.

    `q_all`, one for all of `train`; of each subject's first half `q_likely`, the most likely, and `q_probable`, the
    most probable with a prior from `train`.
    """
    arms, scale = len(train.arms), extent(train)
    action, outcomes = padded(test)
    early = np.where(first_halves(action), action, -1)
    each = {
        "q_all": fit(*padded(_some(train)), arms, scale, loose(arms), one=True)[:1].repeat(len(action), 0),
        "q_likely": fit(early, outcomes, arms, scale, loose(arms)),
        "q_probable": fit(early, outcomes, arms, scale, population(train, scale)),
    }
    return {name: likelihood(one, action, outcomes, arms, scale) for name, one in each.items()}


def names(arms: int) -> tuple[str, ...]:
    """Of the parameters as `told` gives them."""
    return ("alpha", "log_beta", "kappa", *(f"b_{k + 1}" for k in range(arms - 1)))


def loose(arms: int) -> Prior:
    """Nearly none: what is most likely."""
    mean = np.array([*BEGIN, *[0.0] * (arms - 1)])
    return Prior(mean, np.full(len(mean), LOOSE))


def population(choices: Choices, scale: tuple[float, float]) -> Prior:
    """The prior that the subjects themselves suggest."""
    prior, some = loose(len(choices.arms)), _some(choices)
    for _ in range(ROUNDS):
        each = fit(*padded(some), len(choices.arms), scale, prior)
        prior = Prior(np.median(each, 0), np.maximum(each.std(0), LEAST))
    return prior


def extent(choices: Choices) -> tuple[float, float]:
    """The least and the largest reward."""
    reward = choices.reward()
    known = reward[np.isfinite(reward)]
    return (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)


def fit(
    action: NDArray[np.int64],
    outcomes: Floats,
    arms: int,
    scale: tuple[float, float],
    prior: Prior,
    *,
    one: bool = False,
) -> Floats:
    """(subject, parameter) of each, without bounds: the most probable, by Adam on all subjects at once.

    Parameters
    ----------
    action, outcomes : (subject, trial) and (subject, trial, outcome); nothing is learned of trials with -1
    scale : the least and the largest reward
    one : one model for all of them
    """
    parts = _prepared(action, outcomes, scale)
    mean, sd = (torch.as_tensor(x, dtype=torch.float32) for x in (prior.mean, prior.sd))
    each = mean.repeat(1 if one else len(action), 1).requires_grad_()
    optimizer = torch.optim.Adam([each], RATE, betas=(0.8, 0.95))
    for step in range(STEPS):
        for group in optimizer.param_groups:
            group["lr"] = RATE * 0.5 * (1 + np.cos(np.pi * step / STEPS))
        optimizer.zero_grad()
        surprise = -_choice_logs(each.expand(len(action), -1), parts, arms).sum()
        loss = surprise + 0.5 * ((each - mean) / sd).square().sum()
        loss.backward()
        optimizer.step()
    return each.detach().double().numpy().repeat(len(action) if one else 1, 0)


def likelihood(
    each: Floats, action: NDArray[np.int64], outcomes: Floats, arms: int, scale: tuple[float, float]
) -> Floats:
    """(subject, trial) log-likelihood of every choice from what came before it, NaN where there is none."""
    with torch.inference_mode():
        logs = _logs(torch.as_tensor(each, dtype=torch.float32), _prepared(action, outcomes, scale), arms)
    return taken(logs.double().numpy(), action)


def told(each: Floats) -> Floats:
    """The parameters as `names` has them: the learning rate between 0 and 1."""
    return np.column_stack([1 / (1 + np.exp(-each[:, 0])), each[:, 1:]])


def _some(choices: Choices) -> Choices:
    count = len(choices.subjects)
    return take(choices, np.arange(0, count, max(-(-count // MOST), 1)))


def _prepared(action: NDArray[np.int64], outcomes: Floats, scale: tuple[float, float]) -> tuple[Tensor, Tensor]:
    low, high = scale
    known = np.isfinite(outcomes)
    reward = np.where(known, outcomes, 0.0).sum(-1)
    value = np.where(known.any(-1), (reward - low) / max(high - low, 1e-9) - 0.5, 0.0)
    return torch.as_tensor(action), torch.as_tensor(value, dtype=torch.float32)


def _choice_logs(each: Tensor, parts: Sequence[Any], arms: int) -> Tensor:
    action = parts[0]
    logs = _logs(each, parts, arms).gather(-1, action.clamp(min=0)[..., None])[..., 0]
    return logs * (action >= 0)


def _logs(each: Tensor, parts: Sequence[Any], arms: int) -> Tensor:
    """(subject, trial, arm) log of the chance of every arm."""
    action, reward = parts
    alpha, beta, kappa = each[:, 0].sigmoid(), each[:, 1].exp(), each[:, 2]
    chosen = F.one_hot(action.clamp(min=0), arms) * (action >= 0)[..., None]
    rate = alpha[:, None, None] * chosen
    value = integrate(rate, reward[..., None].expand_as(rate))
    before = F.pad(torch.stack([value, chosen.to(value.dtype)]), (0, 0, 1, 0))[:, :, :-1]
    logit = beta[:, None, None] * before[0] + kappa[:, None, None] * before[1]
    return (logit + F.pad(each[:, 3:], (0, 1))[:, None]).log_softmax(-1)
