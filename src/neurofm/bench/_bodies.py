"""Bodies that circle each other, shown to EIT in any order: what it says of them, and whom its attention goes to."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from neurofm.batch import Batch
from neurofm.data.target import CLASSES, Target
from neurofm.models.eit import Config, Eit
from neurofm.specs import Schedule
from neurofm.synthetic import bodies
from neurofm.training.loop import Loop

TRIALS, TRAINED = 500, 400  # in all, and of them for training
BATCH, LR = 64, 3e-3
EPOCH = TRAINED * 24 // BATCH  # steps in which a network sees as many sequences as four bodies have
TOLD = 200  # sequences judged in one go
MOST = 2400  # sequences judged
PAIRS = Config(
    length=10, individual_depth=1, interaction_depth=1, interaction_wide=0, interaction_residual=False, share=0.0,
    dropout=0.0,
)  # fmt: skip
TRIPLETS = replace(PAIRS, length=50, dim=24, individual_depth=2, interaction_depth=2)


@dataclass(frozen=True)
class Task:
    """A question about bodies: `systems` of `bodies` each."""

    question: bodies.Question
    systems: int = 2
    bodies: int = 2

    @property
    def name(self) -> str:
        """Of the session that it is to a network."""
        return f"{self.systems} x {self.bodies} bodies, {self.question}"

    @property
    def classes(self) -> int:
        """How many answers there are."""
        return int(self.answers.max()) + 1

    @property
    def answers(self) -> NDArray[np.int64]:
        """(order,) the true one."""
        return bodies.answers(self.question, self.systems, self.bodies)

    @property
    def orders(self) -> NDArray[np.int64]:
        """(order, body) in which the bodies can be shown."""
        return bodies.orders(self.systems, self.bodies)

    def batch(self, paths: NDArray[np.float32], trial: NDArray[Any], order: NDArray[Any], session: int) -> Batch:
        """Sequences of some trials with their bodies in some of the orders."""
        shown = paths[trial[:, None], self.orders[order]]  # (window, body, time, 2)
        windows, count, time, _ = shown.shape
        truth = np.eye(self.classes, dtype=np.float32)[self.answers[order]]
        arrays = {
            "rates": shown.reshape(-1, time, 2), "seen": np.ones((windows * count, time), bool),
            "which": np.arange(windows * count).reshape(windows, count), "session": np.array(session),
            "truth": truth[:, None].repeat(time, 1),
        }  # fmt: skip
        return Batch({name: torch.as_tensor(x) for name, x in arrays.items()}, {})


@lru_cache(2)
def paths(systems: int, count: int, seed: int) -> NDArray[np.float32]:
    """(trial, body, time, 2) the first 400 trials are for training."""
    return bodies.paths(TRIALS, systems=systems, bodies=count, seed=seed)


def fresh(task: Task, config: Config, seed: int) -> Eit:
    """A network that has learned nothing."""
    torch.manual_seed(seed)
    names = tuple(str(k) for k in range(task.classes))
    target = Target(series=task.question, names=names, kind=CLASSES)
    return Eit(config, [task.name], [task.systems * task.bodies], target, channels=2)


def learn(net: Eit, task: Task, seed: int, steps: int) -> Eit:
    """The network after so many steps on the task; what of it is frozen stays."""
    shown, session = paths(task.systems, task.bodies, seed), net.sessions.index(task.name)
    many = len(task.orders)

    def batch(step: int) -> Batch:
        rng = np.random.default_rng([seed, step])
        return task.batch(shown, rng.integers(0, TRAINED, BATCH), rng.integers(0, many, BATCH), session)

    schedule = Schedule(steps=steps, batch=BATCH, lr=LR, weight_decay=0.0)
    with tempfile.TemporaryDirectory() as folder:
        Loop(net, batch, schedule, Path(folder), tables=net.tables, seed=seed, device="cpu").run()
    return net.eval()


def moved(net: Eit, task: Task, seed: int) -> Eit:
    """The network with fresh vectors and read-outs for another task; all else is frozen."""
    torch.manual_seed(seed)
    old = net.sessions[:]
    net.target = fresh(task, net.config, seed).target
    net.adapt({"sessions": [*old, task.name], "sizes": [0] * len(old) + [task.systems * task.bodies]})
    for p in net.parameters():
        p.requires_grad_(False)
    for p in net.own[-1].parameters():
        p.requires_grad_(True)
    return net


def accuracy(net: Eit, task: Task, seed: int) -> float:
    """Share of right answers, each bin for itself, on trials apart from those for training."""

    def right(batch: Batch, _: NDArray[np.int64]) -> float:
        right_bins = net(batch).prediction.argmax(-1) == batch["truth"].argmax(-1)
        return float(right_bins.float().mean())

    return float(np.mean(_told(net, task, seed, right)))


def partner_share(net: Eit, task: Task, seed: int, *, looks: bool = False) -> float:
    """Of what each body takes from others through all blocks, or of its looks, the share of its partners."""

    def share(batch: Batch, order: NDArray[np.int64]) -> float:
        return float(_share(net.rollout(batch, looks=looks).numpy(), order, task))

    return float(np.mean(_told(net, task, seed, share, groups=replace(task, question="connection").answers)))


def best_head(net: Eit, task: Task, seed: int) -> float:
    """The same of the head of the first block that looks most at partners; it is chosen on other sequences."""

    def shares(batch: Batch, order: NDArray[np.int64]) -> NDArray[np.float64]:
        x = net.look(batch) + net.own[int(batch["session"])].unit  # type: ignore[operator]
        block: Any = net.interaction[0]
        return np.array([_share(w, order, task) for w in block.weights(x).mean((0, 1)).numpy()])

    by_head = np.array(_told(net, task, seed, shares, groups=replace(task, question="connection").answers))
    return float(by_head[1::2, by_head[::2].mean(0).argmax()].mean())


def _share(flow: NDArray[np.floating], order: NDArray[np.int64], task: Task) -> float:
    others = flow * ~np.eye(len(flow), dtype=bool)
    return float((others * bodies.partners(order, task.bodies)).sum() / others.sum())


def _told(
    net: Eit, task: Task, seed: int, call: Callable[[Batch, NDArray[np.int64]], Any], groups: Any = None
) -> list[Any]:
    """What `call(batch, an order in it)` says of test sequences, those of a batch all of one group of orders."""
    shown, session = paths(task.systems, task.bodies, seed), net.sessions.index(task.name)
    with torch.inference_mode():
        return [
            call(task.batch(shown, trial, order, session), task.orders[order[0]])
            for trial, order in _sequences(task, seed, groups)
        ]


def _sequences(task: Task, seed: int, groups: Any) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    trial, order = (x.ravel() for x in np.mgrid[TRAINED:TRIALS, : len(task.orders)])
    some = np.random.default_rng(seed).permutation(len(trial))[:MOST]
    group = np.zeros(len(some), int) if groups is None else groups[order[some]]
    for k in np.unique(group):
        chosen = some[group == k]
        for part in np.array_split(chosen, -(-len(chosen) // TOLD)):
            yield trial[part], order[part]
