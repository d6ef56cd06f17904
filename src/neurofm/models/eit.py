"""EIT: first what each unit does by itself, then what the units do together (Liu et al. 2022).

One small transformer reads the bins of each unit alone, with the same weights for all units and no word about which
unit it is; a second lets the units of a bin look at each other. So the first one carries over to other animals with
other units, and only vectors of units and the read-outs are new.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from neurofm.batch import Batch, Output
from neurofm.data import Recording
from neurofm.data.target import CLASSES, Target
from neurofm.data.trials import Cut, Trials
from neurofm.nn.dropout import Dropout
from neurofm.nn.sessions import Sessions, put
from neurofm.nn.transformer import Block
from neurofm.specs import Compared, Effort, ModelSpec, Schedule, Shown

HEAD_DIM = 64  # the paper's
TOKENS = 200_000  # looked at in one go when nothing is learned


@dataclass(frozen=True, kw_only=True)
class Config(Cut):
    """Sizes as published for reaching monkeys."""

    length: Annotated[int, {"min": 1, "max": 200}] = 2  # bins of a window, all that is seen at once
    dim: Annotated[int, {"min": 4, "max": 512}] = 16  # width of every token
    place: bool = False  # tell the bins of a window apart; the paper does not
    individual_depth: Annotated[int, {"min": 1, "max": 24}] = 2  # blocks that look at one unit alone
    individual_heads: Annotated[int, {"min": 1, "max": 32}] = 6
    individual_wide: Annotated[int, {"min": 0, "max": 8}] = 2  # its feed-forward part in token widths; 0 for none
    individual_residual: bool = False  # add what attention gives to what was there, or put it in its place
    interaction_depth: Annotated[int, {"min": 1, "max": 24}] = 2  # blocks in which units look at each other
    interaction_heads: Annotated[int, {"min": 1, "max": 32}] = 6
    interaction_wide: Annotated[int, {"min": 0, "max": 8}] = 1
    interaction_residual: bool = True
    interaction_dropout: Annotated[float, {"min": 0.0, "max": 0.9}] = 0.5
    dropout: Annotated[float, {"min": 0.0, "max": 0.9}] = 0.5  # of units, before they are read out
    share: Annotated[float, {"min": 0.0, "max": 10.0}] = 0.5  # weight of the answer from units alone; 0 for none


class Own(nn.Module):
    """What belongs to one session: its units' means and vectors, its read-outs, the scale of its behaviour."""

    def __init__(self, config: Config, units: int, features: int) -> None:
        super().__init__()
        self.unit = nn.Parameter(torch.randn(units, config.dim))
        self.alone = nn.Linear(units, features) if config.share else None
        self.norm = nn.LayerNorm(units)
        self.together = nn.Linear(units, features)
        self.register_buffer("mean", torch.zeros(units))  # of the counts, spikes a bin
        self.register_buffer("middle", torch.zeros(features))
        self.register_buffer("spread", torch.ones(features))
        self.register_buffer("ready", torch.tensor(False))  # whether those are known


class Eit(Sessions):
    """Windows of rates in, class logits or behaviour in each of their bins out.

    Parameters
    ----------
    config : sizes
    sessions : names
    sizes : units of each session
    target : what is decoded
    channels : numbers of a unit in a bin; its rate is one
    """

    def __init__(
        self, config: Config, sessions: Sequence[str], sizes: Sequence[int], target: Target, *, channels: int = 1
    ) -> None:
        super().__init__()
        c = self.config = config
        self.target = target
        self.embed = nn.Linear(channels, c.dim)
        self.place = nn.Parameter(torch.randn(c.length, c.dim)) if c.place else None
        self.individual = nn.ModuleList(
            Block(
                c.dim, c.individual_heads, c.individual_wide * c.dim, head_dim=HEAD_DIM,
                residual=c.individual_residual,
            ) for _ in range(c.individual_depth)
        )  # fmt: skip
        self.interaction = nn.ModuleList(
            Block(
                c.dim, c.interaction_heads, c.interaction_wide * c.dim, c.interaction_dropout, head_dim=HEAD_DIM,
                residual=c.interaction_residual, attention_dropout=0.0,
            ) for _ in range(c.interaction_depth)
        )  # fmt: skip
        self.narrow_alone = nn.Linear(c.dim, 1) if c.share else None
        self.narrow = nn.Linear(c.dim, 1)
        self.drop = Dropout(c.dropout)
        self.own = nn.ModuleList()
        self.adapt({"sessions": sessions, "sizes": sizes})

    @property
    def tables(self) -> list[nn.Parameter]:
        """What is learned of single sessions: unit vectors and read-outs; all else is the core."""
        return list(self.own.parameters())

    def begin(self, number: int, size: int) -> None:
        put(self.own, number, Own(self.config, size, len(self.target.names)).to(self.embed.weight))

    def units(self, number: int) -> int:
        return len(self._own(number).mean)

    def prepare(self, trials: Trials) -> None:
        """Take mean rates, and the scale of a behaviour, from the training trials, unless they are known already."""
        own = self._own(self.number(trials))
        if own.ready:
            return
        own.mean.copy_(torch.as_tensor(trials.counts[trials.seen].mean(0)))
        if self.target.kind != CLASSES and trials.answer is not None:
            behaviour = trials.answer[np.isfinite(trials.answer).all(-1)].astype(float)
            own.middle.copy_(torch.as_tensor(behaviour.mean(0)))
            own.spread.copy_(torch.as_tensor(np.maximum(behaviour.std(0), 1e-9)))
        own.ready.fill_(True)

    def draw(self, trials: Trials, size: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
        """Some of the windows in which something is known."""
        trial, begin, length = _windows(trials.seen, self.config.length)
        truth = _cut(trials.answer, trial, begin, length, np.nan)
        told = np.flatnonzero(np.isfinite(truth).any((1, 2)))
        k = rng.choice(told, min(size, len(told)), replace=False)
        return self._arrays(trials, trial[k], begin[k], length[k]) | {"truth": truth[k]}

    def forward(self, batch: Batch) -> Output:
        """`rates` (sequence, bin, channel), and `which` (window, unit) of them is each unit's in each window.

        The prediction is (window, bin, feature), the latent (window, bin, unit, dim) of units alone.
        """
        own = self._own(batch["session"])
        alone = self.look(batch)
        return Output(self._read_out(own, self._together(own, alone)), alone)

    def look(self, batch: Batch) -> Tensor:
        """(window, bin, unit, dim) what each unit does by itself.

        Units of equal counts and mean are looked at once: what comes out is the same, and of short windows of sparse
        spikes most are equal.
        """
        x, seen, which = self.embed(batch["rates"]), batch["seen"], batch["which"]
        if self.place is not None:
            x = x + self.place[: x.shape[1]]
        mask = None if bool(seen.all()) else seen[:, None, None]
        for block in self.individual:
            x = block(x, mask)
        alone = x.flatten(1).index_select(0, which.flatten())  # its gradient is quicker than that of x[which]
        return alone.view(*which.shape, *x.shape[1:]).transpose(1, 2)

    def loss(self, output: Output, batch: Batch) -> Tensor:
        """Error of the answer, and a share of that from units alone, in the bins where the truth is known."""
        own = self._own(batch["session"])
        truth = batch["truth"]
        told = truth.isfinite().all(-1)
        error = self._error(output.prediction[told], truth[told], own)
        if own.alone is None or self.narrow_alone is None:
            return error
        alone = own.alone(self.drop(self.narrow_alone(output.latent).squeeze(-1)))
        return error + self.config.share * self._error(alone[told], truth[told], own)

    def answer(self, trials: Trials) -> Tensor:
        """(trial, bin, feature) class probabilities, or behaviour in its unit; the mean over the windows of a bin."""
        own = self._own(self.number(trials))
        answer = self._over_windows(trials, lambda batch: self(batch).prediction)
        return answer.softmax(-1) if self.target.kind == CLASSES else answer * own.spread + own.middle

    def latents(self, trials: Trials, part: str = "") -> Tensor:
        """(trial, bin, feature x dim) for each feature, the units' vectors as its read-out weighs them."""
        own = self._own(self.number(trials))
        weight = own.together.weight * own.norm.weight  # (feature, unit)
        return self._over_windows(trials, lambda batch: (weight @ self._together(own, self.look(batch))).flatten(-2))

    def alone(self, trials: Trials) -> Tensor:
        """(trial, bin, unit, dim) what each unit does by itself: comparable between animals."""
        alone = self._over_windows(trials, lambda batch: self.look(batch).flatten(-2))
        return alone.unflatten(-1, (-1, self.config.dim))

    def rollout(self, batch: Batch, *, looks: bool = False) -> Tensor:
        """(unit, unit) how much each unit takes from each other, through all blocks; rows sum to one.

        Parameters
        ----------
        looks : count how much heads look, as the paper does, and not how much they bring back

        References
        ----------
        Abnar and Zuidema 2020: each unit's own is added, and blocks are multiplied. What heads bring back is that of
        Kobayashi et al. 2020.
        """
        x = self.look(batch) + self._own(batch["session"]).unit
        flow = one = torch.eye(x.shape[-2]).to(x)
        block: Any
        for block in self.interaction:
            flow = (((block.weights(x).mean(-3) if looks else block.gifts(x)) + one) / 2) @ flow
            x = block(x)
        return flow.flatten(0, -3).mean(0)

    def unit_vectors(self, session: str) -> Tensor:
        """(unit, feature) how each unit speaks for each class or feature."""
        own = self._own(self.find(session))
        return (own.together.weight * own.norm.weight).T

    def batches(self, trials: Trials) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], Batch]]:
        """All windows, some at a time: their trials, their bins (window, bin), -1 beyond a short one, and the batch."""
        trial, begin, length = _windows(trials.seen, self.config.length)
        many = max(TOKENS // (self.config.length * trials.counts.shape[2]), 1)
        device = self.embed.weight.device
        for k in range(0, len(trial), many):
            part = slice(k, k + many)
            arrays = self._arrays(trials, trial[part], begin[part], length[part])
            place = np.arange(length[part].max())
            bins = np.where(place < length[part, None], begin[part, None] + place, -1)
            yield trial[part], bins, Batch({n: torch.as_tensor(x) for n, x in arrays.items()}, {}).to(device)

    def _over_windows(self, trials: Trials, call: Any) -> Tensor:
        """(trial, bin, feature) mean of what `call(batch)` (window, bin, feature) says over a bin's windows."""
        total, count = None, torch.zeros(trials.seen.size, 1)
        for trial, bins, batch in self.batches(trials):
            said = call(batch)
            total = said.new_zeros(trials.seen.size, said.shape[-1]) if total is None else total
            there = bins >= 0
            flat = torch.as_tensor((trial[:, None] * trials.seen.shape[1] + bins)[there])
            count.index_add_(0, flat, torch.ones(len(flat), 1))
            total.index_add_(0, flat.to(total.device), said[torch.as_tensor(there, device=said.device)])
        if total is None:
            raise ValueError("no bin of these trials is seen")
        return (total / count.clamp(min=1).to(total)).view(*trials.seen.shape, -1)

    def _arrays(
        self, trials: Trials, trial: NDArray[np.int64], begin: NDArray[np.int64], length: NDArray[np.int64]
    ) -> dict[str, NDArray[Any]]:
        number = self.number(trials)
        counts = _cut(trials.counts.astype(np.int64), trial, begin, length, -1).transpose(0, 2, 1)  # window unit bin
        first, which = _distinct(counts)
        mean = self._own(number).mean.cpu().numpy()
        chosen = counts.reshape(-1, counts.shape[2])[first]  # (sequence, bin)
        seen = chosen >= 0
        rates = np.where(seen, chosen - mean[first % counts.shape[1], None], 0).astype(np.float32)
        return {"rates": rates[..., None], "seen": seen, "which": which, "session": np.array(number)}

    def _together(self, own: Any, alone: Tensor) -> Tensor:
        """(window, bin, unit, dim) what each unit is once it has looked at the others."""
        x = alone + own.unit
        for block in self.interaction:
            x = block(x)
        return x

    def _read_out(self, own: Any, x: Tensor) -> Tensor:
        answer: Tensor = own.together(self.drop(own.norm(self.narrow(x).squeeze(-1))))
        return answer

    def _error(self, said: Tensor, truth: Tensor, own: Any) -> Tensor:
        if self.target.kind == CLASSES:
            return F.cross_entropy(said, truth)
        return F.mse_loss(said, (truth - own.middle) / own.spread)

    def _own(self, number: Any) -> Any:
        return self.own[int(number)]


def _windows(seen: NDArray[np.bool_], length: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Trial, first bin and bins of every run of `length` seen bins, and of shorter ones that nothing else covers."""
    ahead = np.zeros((len(seen), seen.shape[1] + 1), np.int64)  # seen bins in a row from here
    for k in reversed(range(seen.shape[1])):
        ahead[:, k] = (ahead[:, k + 1] + 1) * seen[:, k]
    ahead = ahead[:, :-1]
    begins = seen & ~np.pad(seen, ((0, 0), (1, 0)))[:, :-1]
    trial, begin = np.nonzero((ahead >= length) | begins)
    return trial, begin, np.minimum(ahead[trial, begin], length)


def _cut(x: Any, trial: NDArray[np.int64], begin: NDArray[np.int64], length: NDArray[np.int64], empty: Any) -> Any:
    """(window, bin, feature) windows of x (trial, bin, feature), as long as the longest, `empty` beyond a short one."""
    place = np.arange(length.max(initial=1))
    windows = x[trial[:, None], np.minimum(begin[:, None] + place, x.shape[1] - 1)]
    windows[place >= length[:, None]] = empty
    return windows


def _distinct(counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of counts (window, unit, bin): places (sequence,) of those that differ, and (window, unit) which of them each is.

    Sequences of two units differ, since their means do.
    """
    windows, units, bins = counts.shape
    key, most = np.tile(np.arange(units), windows), int(counts.max(initial=0)) + 2
    first = np.arange(units)
    for k in range(bins):
        _, first, key = np.unique(key * most + counts[..., k].ravel() + 1, return_index=True, return_inverse=True)
        key = key.ravel()
    return first, key.reshape(windows, units)


def build(config: Config, vocab: Mapping[str, Sequence[Any]], target: Target) -> Eit:
    """A network for these sessions."""
    return Eit(config, vocab["sessions"], vocab["sizes"], target)


SPEC = ModelSpec(
    title="EIT",
    paper="Liu et al. 2022",
    config=Config,
    schedule=Schedule(steps=800, batch=16, lr=1e-3, weight_decay=0.0, rise=0.05, hold=0.3),
    build=build,
    takes=Recording,
    spaces=("unit", "time", "trial"),
    course="trials",
    decodes="class",
    effort=Effort(passes=30, item="window", sees="length", each=2e-4, million=11.0),
    compared=Compared(
        way="trials",
        shown=(Shown("one bin", {"length": 1}), Shown("two bins", {"length": 2})),
        settings={"steps": 200, "batch": 16},
    ),
)
