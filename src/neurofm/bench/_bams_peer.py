"""The published network of BAMS, written from its description, and how much CPU time it and ours take to a score.

Width, receptive fields, bins and horizon are ours. What is published otherwise is as there: convolutions drawn from
N(0, 0.01), dropout of 0.2, a predictor of 256, 512 and 512 units that runs on every frame but the first ones, one pair
of moments in each sequence for each time scale, 32 sequences a step, AdamW at 1e-3 (1e-2 where latents are told), a
tenth of that after 200 rounds. Its target is the corrected one, and made beforehand, which is not counted.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from neurofm.batch import Batch
from neurofm.data.stretches import Stretches
from neurofm.data.target import Target
from neurofm.models import bams
from neurofm.nn import histogram
from neurofm.training.optim import optimizer, rate

DROPOUT, SPREAD, WIDE = 0.2, 0.01, (256, 512, 512)
BATCH, LR, TOLD_LR, DECAY, FALLS = 32, 1e-3, 1e-2, 4e-5, 200


class Racer(Protocol):
    """A network that learns."""

    net: bams.Bams

    def step(self, k: int) -> None:
        """Learn once."""


class Ours:
    """Ours, as it is trained.

    Parameters
    ----------
    learned : sequences to learn from
    settings : of its sizes
    """

    def __init__(self, learned: Stretches, seed: int, **settings: Any) -> None:
        torch.manual_seed(seed)
        self.schedule, self.learned, self.seed = bams.SPEC.schedule, learned, seed
        self.net = _prepared(bams.Bams(bams.Config(**settings), *_asked(learned)), learned)
        self.optimizer = optimizer(self.net, self.net.tables, self.schedule)

    def step(self, k: int) -> None:
        """Sequences as they are drawn for a training."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate(self.schedule, min(k, self.schedule.steps - 1))
        rng = np.random.default_rng([self.seed, 1, k])
        arrays = self.net.draw([self.learned], self.schedule.batch, rng)
        _learn(self.net, self.optimizer, {name: torch.as_tensor(x) for name, x in arrays.items()})


class Published:
    """The published one, of the same sizes; every sequence is learned from whole, and once in a round."""

    def __init__(self, learned: Stretches, seed: int, **settings: Any) -> None:
        torch.manual_seed(seed)
        config = bams.Config(**{"dropout": DROPOUT, "pairs": 1, "soon": 0.5, "whole": 0.5} | settings)
        self.net = _as_published(_prepared(bams.Bams(config, *_asked(learned)), learned))
        told = list(self.net.tell.parameters())
        rest = [p for p in self.net.parameters() if not any(p is t for t in told)]
        groups = [{"params": rest, "lr": LR}, {"params": told, "lr": TOLD_LR}]
        self.optimizer = torch.optim.AdamW(groups, weight_decay=DECAY, fused=True)
        self.rng, self.left = np.random.default_rng(seed), np.zeros(0, np.int64)
        self.given, self.future, self.share = _made(self.net, learned)
        self.rounds = 0

    def step(self, k: int) -> None:
        """Sequences that have not come in this round."""
        count, net = len(self.given), self.net
        if len(self.left) < min(BATCH, count):
            self.left, self.rounds = self.rng.permutation(count), self.rounds + 1
            if self.rounds == FALLS + 1:
                for group in self.optimizer.param_groups:
                    group["lr"] /= 10
        rows, self.left = np.split(self.left, [min(BATCH, count)])
        frames = np.arange(net.frames(net.config.burn), self.given.shape[1])
        told = [frames] * len(rows)
        near = net.frames(net.config.near)
        pairs = {"soon": net.pairs(told, 1, near, self.rng), "whole": net.pairs(told, 1, 0, self.rng)}
        asked = torch.as_tensor(np.tile(frames, (len(rows), 1)))
        batch = {"given": self.given[rows], "asked": asked, "future": self.future[rows], "share": self.share[rows]}
        _learn(net, self.optimizer, batch | {name: torch.as_tensor(x) for name, x in pairs.items()})


class Race(NamedTuple):
    """How one came to a score.

    Parameters
    ----------
    seconds : of CPU that it had learned for when it was there, or when it was stopped
    score : at that time
    reached : whether it was there
    steps : that this took
    """

    seconds: float
    score: float
    reached: bool
    steps: int


def race(
    racer: Racer, score: Callable[[bams.Bams], float], goal: float, *, every: int, most: float = np.inf, last: int = 0
) -> Race:
    """Let one learn until its score is at the goal, it has learned for so many CPU seconds, or taken its last step.

    It is looked at after each `every` steps, which does not count.
    """
    seconds, k = 0.0, 0
    while True:
        began = time.process_time()
        for _ in range(every):
            racer.net.train()
            racer.step(k)
            k += 1
        seconds += time.process_time() - began
        now = score(racer.net.eval())
        if now >= goal or seconds >= most or 0 < last <= k:
            return Race(seconds, now, now >= goal, k)


def _asked(learned: Stretches) -> tuple[dict[str, Any], Target]:
    """What a network is told of the tracks."""
    vocab = {"features": learned.names, "actions": learned.does, "rate": 1 / learned.tracks.step}
    return vocab, Target(series="next", names=learned.does)


def _prepared(net: bams.Bams, learned: Stretches) -> bams.Bams:
    net.prepare([learned])
    return net


def _as_published(net: bams.Bams) -> bams.Bams:
    """With the published predictor and initial weights."""
    config, actions = net.config, len(net.edges)
    sizes = (2 * config.width + len(net.names) + 1, *WIDE)
    layers = [layer for a, b in zip(sizes, WIDE) for layer in (nn.Linear(a, b), nn.ReLU())]
    out = nn.Linear(WIDE[-1], actions * config.bins)
    net.act = nn.Sequential(*layers, out, nn.Unflatten(-1, (actions, config.bins)))
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            drawn = SPREAD * torch.randn(module.weight.shape)
            if parametrize.is_parametrized(module):
                module.weight = drawn  # its length and direction
            else:
                module.weight.data.copy_(drawn)
    return net


def _made(net: bams.Bams, learned: Stretches) -> tuple[Tensor, Tensor, Tensor]:
    """Of all sequences what is given, what comes next after each frame, and how much of that is known."""
    edges, ahead, given, futures = net.edges.numpy(), net.frames(net.horizon), [], []
    for first, last in learned.rows:
        x, done = learned.seen(first, last)
        frames = np.arange(net.frames(net.config.burn), last - first)
        futures.append(histogram.ahead(histogram.bin_of(done[:, 0], edges), frames, ahead, net.config.bins))
        given.append(x[:, 0])
    future, share = (torch.as_tensor(np.stack(each)) for each in zip(*futures))
    return torch.as_tensor(np.stack(given)), future, share


def _learn(net: bams.Bams, optimiser: torch.optim.Optimizer, arrays: dict[str, Tensor]) -> None:
    batch = Batch(arrays, {})
    loss = net.loss(net(batch), batch)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
