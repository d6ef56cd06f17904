"""Recurrent networks of choosers to set others beside: a plain GRU, and one with bottlenecks and a vector a subject."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from neurofm.training.choosers import first_halves, taken

STEPS, BATCH, RATE, RISE = 1500, 32, 5e-3, 0.15
PASSES = 240  # times that each subject is seen at most
SLOW_STEPS, SLOW_BATCH = 400, 128  # of the bottleneck network, which costs the same for few subjects and for many
KEPT = 0.5  # share of the batches that begin where subjects did
TOGETHER = 128  # subjects that are asked at once
STATES, VECTOR, HIDDEN = 5, 4, 16  # of the bottleneck network: states, numbers a subject, width of its updates
PENALTY = 1e-3  # of what passes a bottleneck, in nats

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Step = Callable[[float], None]


def _quiet(part: float) -> None:
    """Nobody is told how far it is."""


class Gru(nn.Module):
    """What was chosen and what it gave in, logits of the next choice out; nothing is known of single subjects."""

    def __init__(self, arms: int, outcomes: int, width: int) -> None:
        super().__init__()
        self.arms = arms
        self.gru = nn.GRU(arms * (1 + outcomes) + 1, width, batch_first=True)
        self.say = nn.Linear(width, arms)

    def states(self, action: Tensor, outcomes: Tensor) -> Tensor:
        """(subject, 1 + trial, width) after 0, 1, ... trials."""
        states: Tensor = self.gru(events(action, outcomes, self.arms))[0]
        return states

    def forward(self, action: Tensor, outcomes: Tensor, who: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (subject, trial, arm), and what is penalised."""
        return self.say(self.states(action, outcomes))[:, :-1], action.new_zeros((), dtype=torch.float32)


class Bottleneck(nn.Module):
    """A few states, each updated by a small network of its own through noise that is paid for; a vector a subject.

    After Miller et al. 2023 (disentangled recurrent networks), with a vector of each subject beside the inputs.
    """

    def __init__(self, arms: int, outcomes: int, subjects: int) -> None:
        super().__init__()
        self.arms = arms
        seen = STATES + arms * (1 + outcomes) + 1 + VECTOR
        self.vectors = nn.Embedding(subjects, VECTOR)
        nn.init.normal_(self.vectors.weight, std=0.1)
        self.noise = nn.Parameter(torch.full((STATES, seen), -3.0))  # log sd of what each update sees
        self.held = nn.Parameter(torch.full((STATES,), -3.0))  # and of each state
        self.into = nn.Parameter(torch.randn(STATES, seen, HIDDEN) / seen**0.5)
        self.out = nn.Parameter(torch.randn(STATES, HIDDEN, 2) / HIDDEN**0.5)
        self.shift = nn.Parameter(torch.zeros(STATES, HIDDEN))
        self.say = nn.Sequential(nn.Linear(STATES + VECTOR, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, arms))

    def forward(self, action: Tensor, outcomes: Tensor, who: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (subject, trial, arm), and the nats that pass the bottlenecks in a trial."""
        x, vector = events(action, outcomes, self.arms)[:, :-1], self.vectors(who)
        state, states, paid = x.new_zeros(len(x), STATES), [], x.new_zeros(())
        for now in x.unbind(1):
            seen = torch.cat([state, now, vector], -1)
            paid = paid + _nats(seen[:, None], self.noise)
            noisy = seen[:, None] + self._draw(self.noise, len(x))
            hidden = torch.tanh(torch.einsum("bsi,sih->bsh", noisy, self.into) + self.shift)
            gate, value = torch.einsum("bsh,sho->bso", hidden, self.out).unbind(-1)
            state = torch.lerp(state, value, gate.sigmoid())
            paid = paid + _nats(state, self.held)
            state = state + self._draw(self.held, len(x))
            states.append(state)
        each = torch.stack(states, 1)
        said: Tensor = self.say(torch.cat([each, vector[:, None].expand(-1, each.shape[1], -1)], -1))
        return said, PENALTY * paid / x.shape[1] + 1e-3 * vector.square().mean()

    def _draw(self, log_sd: Tensor, count: int) -> Tensor | float:
        return torch.randn(count, *log_sd.shape) * log_sd.exp() if self.training else 0.0


def events(action: Tensor, outcomes: Tensor, arms: int) -> Tensor:
    """(subject, 1 + trial, feature) the arm of each trial, what it gave, and a sign of the first."""
    chosen = F.one_hot(action.clamp(min=0), arms) * (action >= 0)[..., None]
    gave = (chosen[..., None] * torch.nan_to_num(outcomes)[:, :, None]).flatten(2)
    x = torch.cat([chosen.to(gave.dtype), gave, torch.zeros_like(gave[..., :1])], -1)
    first = torch.zeros_like(x[:, :1])
    first[..., -1] = 1
    return torch.cat([first, x], 1)


def width_of(parameters: int, arms: int, outcomes: int) -> int:
    """The width at which a GRU has about so many parameters."""
    seen = arms * (1 + outcomes) + 1
    return max(round((-(seen + 2 + arms / 3) + np.sqrt((seen + 2 + arms / 3) ** 2 + 4 * parameters / 3)) / 2), 4)


def fewer(steps: int, subjects: int) -> int:
    """Of the usual steps, those after which few subjects are not yet known by heart."""
    return max(round(steps * min(PASSES * subjects / (BATCH * STEPS), 1.0)), 1)


def gru(
    action: Ints, outcomes: Floats, arms: int, width: int, *, steps: int = STEPS, seed: int = 0, step: Step = _quiet
) -> Gru:
    """A GRU that has learned from (subject, trial) choices, of which -1 are none, arms in any order."""
    torch.manual_seed(seed)
    net = Gru(arms, outcomes.shape[-1], width)
    _learn(net, action, outcomes, steps, BATCH, seed, step, shuffled=True)
    return net


def bottleneck(
    action: Ints,
    outcomes: Floats,
    arms: int,
    judged: Ints,
    *,
    steps: int = SLOW_STEPS,
    seed: int = 0,
    step: Step = _quiet,
) -> Bottleneck:
    """A bottleneck network that has learned from all trials, of the `judged` subjects from their first halves alone."""
    torch.manual_seed(seed)
    net = Bottleneck(arms, outcomes.shape[-1], len(action))
    shown = action.copy()
    shown[judged] = np.where(first_halves(action[judged]), action[judged], -1)
    _learn(net, shown, outcomes, steps, SLOW_BATCH, seed, step, shuffled=False)
    return net


def likelihood(net: Any, action: Ints, outcomes: Floats, who: Ints | None = None) -> Floats:
    """(subject, trial) log-likelihood of every choice from what came before it, NaN where there is none."""

    def say(*given: Tensor) -> Tensor:
        logs: Tensor = net(*given)[0].log_softmax(-1)
        return logs

    return taken(_asked(net, say, action, outcomes, who), action)


def last_states(net: Gru, action: Ints, outcomes: Floats) -> Floats:
    """(subject, width) after the last trial of each."""
    states = _asked(net, lambda a, o, _: net.states(a, o), action, outcomes, None)
    return np.asarray(states[np.arange(len(action)), (action >= 0).sum(1)])


def _asked(net: Any, call: Callable[..., Tensor], action: Ints, outcomes: Floats, who: Ints | None) -> Floats:
    rows = np.arange(len(action)) if who is None else who
    said = []
    net.eval()
    with torch.inference_mode():
        for k in range(0, len(action), TOGETHER):
            some = slice(k, k + TOGETHER)
            given = torch.as_tensor(action[some]), torch.as_tensor(outcomes[some], dtype=torch.float32)
            said.append(call(*given, torch.as_tensor(rows[some])).double().numpy())
    return np.concatenate(said)


def _learn(
    net: Any, action: Ints, outcomes: Floats, steps: int, batch: int, seed: int, step: Step, *, shuffled: bool
) -> None:
    """One cycle of AdamW on random subjects, half of the time from a random trial on."""
    rng = np.random.default_rng([seed, 7])
    optimizer = torch.optim.AdamW(net.parameters(), RATE, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps, pct_start=RISE)
    net.train()
    for done in range(steps):
        step(done / steps)
        rows = rng.choice(len(action), min(batch, len(action)), replace=False)
        start = 0 if rng.random() < KEPT or not shuffled else int(rng.integers(0, max(action.shape[1] // 2, 1)))
        a, o = action[rows, start:], outcomes[rows, start:]
        if shuffled:
            order = rng.permuted(np.tile(np.arange(net.arms), (len(rows), 1)), axis=1)
            a = np.where(a >= 0, np.take_along_axis(order, np.maximum(a, 0), 1), -1)
        given = torch.as_tensor(a)
        said, paid = net(given, torch.as_tensor(o, dtype=torch.float32), torch.as_tensor(rows))
        loss = F.cross_entropy(said.flatten(0, 1), given.flatten(), ignore_index=-1) + paid
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        schedule.step()


def _nats(seen: Tensor, log_sd: Tensor) -> Tensor:
    """What passes through noise of this sd, against a standard normal: the mean over subjects, summed over all else."""
    each = 0.5 * (seen.square() + (2 * log_sd).exp() - 1 - 2 * log_sd)
    return each.flatten(1).sum(1).mean()
