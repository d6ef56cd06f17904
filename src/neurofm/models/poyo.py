"""POYO: decode behaviour from single spikes (Azabou et al. 2023).

Each spike is a token; a few latents, laid out in time, read all spikes by cross-attention, think, and answer queries.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from neurofm.batch import Batch, Output, Sample, pad, unpad
from neurofm.data import Recording
from neurofm.data.target import CLASSES, Target
from neurofm.data.windows import Window
from neurofm.nn.attention import CrossAttention, FeedForward, SelfAttention, attend, attend_ragged
from neurofm.nn.dropout import Dropout
from neurofm.nn.rotary import USUAL, Rotary, gather_rotate, periods, rotate
from neurofm.nn.vocab import Vocab
from neurofm.specs import Compared, Effort, ModelSpec, Schedule, Shown

SPIKE, START, END, KINDS = 0, 1, 2, 4  # the paper's table of token kinds has a fourth row that is never used


@dataclass(frozen=True, kw_only=True)
class Config:
    """Sizes of a small POYO that a laptop trains in minutes; the paper's are in `PAPER`."""

    window: Annotated[float, {"min": 0.001, "max": 60.0}] = 1.0  # seconds seen at once
    dim: Annotated[int, {"min": 8, "max": 1024}] = 64  # width of every token
    depth: Annotated[int, {"min": 0, "max": 48}] = 2  # blocks of latent self-attention
    latents: Annotated[int, {"min": 1, "max": 256}] = 8  # latents at each step
    step: Annotated[float, {"min": 0.001, "max": 10.0}] = 0.125  # seconds between latent steps
    cross_heads: Annotated[int, {"min": 1, "max": 16}] = 2
    self_heads: Annotated[int, {"min": 1, "max": 16}] = 4
    head_dim: Annotated[int, {"min": 4, "max": 256}] = 32
    t_min: Annotated[float, {"min": 1e-6, "max": 1.0}] = 1e-4  # shortest rotary period, s
    t_max: Annotated[float, {"min": 1e-3, "max": 1e3}] = 2.0627  # longest rotary period, s
    inner_dropout: Annotated[float, {"min": 0.0, "max": 0.9}] = 0.1  # inside feed-forward blocks
    block_dropout: Annotated[float, {"min": 0.0, "max": 0.9}] = 0.1  # on what a latent block adds
    attention_dropout: Annotated[float, {"min": 0.0, "max": 0.9}] = 0.0


_DROPOUT = {"inner_dropout": 0.2, "block_dropout": 0.4, "attention_dropout": 0.2}
PAPER = {
    "single": Config(dim=64, depth=6, latents=16, cross_heads=2, self_heads=8, head_dim=64, **_DROPOUT),
    "multi": Config(dim=128, depth=24, latents=32, cross_heads=4, self_heads=8, head_dim=64, **_DROPOUT),
}


class Poyo(nn.Module):
    """Spikes in, behaviour at any time out.

    Parameters
    ----------
    config : sizes
    units, sessions : names that get a learned vector each
    features : numbers to decode, of all targets beside each other
    classes : (first, last + 1) of those that are the classes of one target
    """

    scale: Tensor

    def __init__(
        self,
        config: Config,
        units: Sequence[str],
        sessions: Sequence[str],
        features: int,
        classes: Sequence[tuple[int, int]] = (),
    ) -> None:
        super().__init__()
        c = self.config = config
        self.classes = classes
        self.set_window(c.window)
        self.units, self.sessions = Vocab(units, c.dim), Vocab(sessions, c.dim)
        self.kinds, self.latents = nn.Embedding(KINDS, c.dim), nn.Embedding(c.latents, c.dim)
        for table in (self.kinds, self.latents):
            nn.init.normal_(table.weight, std=0.02)
        self.rotary = Rotary(c.head_dim // 2, c.t_min, c.t_max)
        self.read = CrossAttention(c.dim, c.cross_heads, c.head_dim, c.attention_dropout)
        self.digest = FeedForward(c.dim, c.inner_dropout)
        self.blocks = nn.ModuleList(_Block(c) for _ in range(c.depth))
        self.ask = CrossAttention(c.dim, c.cross_heads, c.head_dim, c.attention_dropout)
        self.reflect = FeedForward(c.dim, c.inner_dropout)
        self.readout = nn.Linear(c.dim, features)
        self.register_buffer("scale", torch.tensor([0.0, 1.0]).repeat(len(self.sessions.names), features, 1))

    @property
    def tables(self) -> list[nn.Parameter]:
        """What is learned of single units and sessions; all else is the core."""
        return [self.units.weight, self.sessions.weight]

    def adapt(self, vocab: Mapping[str, Sequence[str]]) -> None:
        """Add fresh rows for units and sessions that are new."""
        self.units.grow(vocab["units"])
        self.sessions.grow(vocab["sessions"])
        fresh = torch.tensor([0.0, 1.0], device=self.scale.device)
        rows = len(self.sessions.names) - len(self.scale)
        self.scale = torch.cat([self.scale, fresh.repeat(rows, self.scale.shape[1], 1).to(self.scale)])

    def set_window(self, window: float) -> None:
        """See so many seconds at once; no weight depends on how many."""
        c = self.config = replace(self.config, window=window)
        steps = max(round(c.window / c.step), 1)
        self.latent_times = (np.arange(steps).repeat(c.latents) + 0.5) * c.step  # (latent,) seconds

    def set_scale(self, session: str, mean: NDArray[Any], sd: NDArray[Any], *, first: int = 0) -> None:
        """Tell mean and standard deviation of a session's behaviour: it is decoded in units of these.

        Parameters
        ----------
        mean, sd : (feature,)
        first : among all features, the first of the session's target
        """
        row = int(self.sessions.rows([session])[0])
        self.scale[row, first : first + len(mean)] = torch.as_tensor(np.stack([mean, sd], 1)).to(self.scale)

    def tokenize(
        self, window: Window, target: str = "", times: NDArray[Any] | None = None, *, first: int = 0
    ) -> Sample:
        """Tokens of a window, and either what to learn (`target`) or when to answer (`times`, s from its start).

        What is learned is NaN for the features of other targets; `first` is the first feature of this one.
        """
        recording, spikes = window.recording, window.spikes
        rows = self.units.rows(recording.unit_names)
        seen, length = rows[window.units], self.config.window
        session = self.sessions.rows([recording.session])[0]
        sample = {
            "unit": np.concatenate([seen.repeat(2), rows[spikes.unit]]),
            "time": np.concatenate([np.tile([0.0, length], len(seen)), spikes.times]),
            "kind": np.concatenate([np.tile([START, END], len(seen)), np.full(len(spikes), SPIKE)]),
            "session": session,
        }
        if times is not None:
            return sample | {"query": np.asarray(times, float)}
        series = window.series(target)
        measured = np.isfinite(series.values).all(1)
        own = slice(first, first + series.values.shape[1])
        mean, sd = self.scale[session, own].double().cpu().numpy().T
        value = np.full((int(measured.sum()), self.scale.shape[1]), np.nan, np.float32)
        value[:, own] = (series.values[measured] - mean) / sd
        return sample | {"query": series.times[measured], "target": value, "weight": np.ones(len(value), np.float32)}

    def forward(self, batch: Batch) -> Output:
        latent = self.encode(batch)  # (batch, latent, dim)
        return Output(self.answer(batch, latent), latent)

    def encode(self, batch: Batch) -> Tensor:
        """(batch, latent, dim): what the latents make of the spikes."""
        table, row = self._tokens(batch)  # (pair, 2 head, head dim), (token,)
        key, value = gather_rotate(table, row, self._turns(batch["time"])).chunk(2, -2)  # (token, head, head dim)
        steps = len(self.latent_times) // self.config.latents
        latent = self.latents.weight.repeat(steps, 1)  # (latent, dim)
        turns = self._turns(torch.as_tensor(self.latent_times, device=latent.device))
        query = rotate(self.read.query(latent), turns)
        seen = attend_ragged(query, key, value, batch.lengths["unit"], self.read.rate)
        latent = latent + self.read.out(rotate(seen, turns.conj()).flatten(-2))
        latent = latent + self.digest(latent)
        for block in self.blocks:
            latent = block(latent, turns)
        return latent

    def answer(self, batch: Batch, latent: Tensor) -> Tensor:
        """(query, feature): what the latents say about each query time, in standard deviations of the session."""
        lengths = batch.lengths["query"]
        session = self.sessions(batch["session"])  # (batch, dim)
        turns = self._turns(pad(batch["query"], lengths))
        query = self.ask.query(session)[:, None].expand(-1, turns.shape[1], -1, -1)  # (batch, query, head, head dim)
        key, value = self.ask.context(latent).chunk(2, -2)
        key = rotate(key, self._turns(torch.as_tensor(self.latent_times, device=latent.device)))
        seen = attend(rotate(query, turns), key, value, self.ask.rate)
        x = session[:, None] + self.ask.out(seen.flatten(-2))
        return self.readout(unpad(x + self.reflect(x), lengths))

    def loss(self, output: Output, batch: Batch) -> Tensor:
        """Mean of errors by the sum of weights: squares averaged over features, cross-entropies of classes."""
        wanted, said = batch["target"], output.prediction
        told = wanted.isfinite()
        wanted = wanted.nan_to_num()
        numbers = told.clone()
        error = said.new_zeros(len(said))
        for first, stop in self.classes:
            numbers[:, first:stop] = False
            error = error - (wanted[:, first:stop] * said[:, first:stop].log_softmax(-1)).sum(-1)
        square = ((said - wanted).square() * numbers).sum(-1)
        error = error + square / numbers.sum(-1).clamp(min=1)
        return (error * batch["weight"]).sum() / batch["weight"].sum().clamp(min=1e-9)

    def rescale(self, prediction: Tensor, batch: Batch) -> Tensor:
        """Predictions (query, feature) in the unit of the behaviour; of classes their probabilities."""
        lengths = torch.tensor(batch.lengths["query"], device=prediction.device)
        mean, sd = self.scale[batch["session"]].repeat_interleave(lengths, 0).unbind(-1)
        values = prediction * sd + mean
        for first, stop in self.classes:
            values[:, first:stop] = prediction[:, first:stop].softmax(-1)
        return values

    def _tokens(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Keys and values of each pair of unit and kind in the batch, and the row of every token among them.

        They know nothing of time yet, so they are computed once a pair and not once a spike.
        """
        code = batch["unit"] * KINDS + batch["kind"]
        there = torch.zeros(len(self.units.names) * KINDS, dtype=torch.bool, device=code.device)
        there[code] = True
        pair = there.nonzero()[:, 0]
        place = torch.empty(len(there), dtype=torch.int64, device=code.device)
        place[pair] = torch.arange(len(pair), device=code.device)
        token = self.units(pair // KINDS) + self.kinds(pair % KINDS)
        return self.read.context(token), place[code]

    def _turns(self, times: Tensor) -> Tensor:
        weight = self.readout.weight
        return self.rotary(times.to(weight.device), torch.float64 if weight.dtype == torch.float64 else torch.float32)


class _Block(nn.Module):
    """Latents look at each other, then each thinks for itself."""

    def __init__(self, c: Config) -> None:
        super().__init__()
        self.look = SelfAttention(c.dim, c.self_heads, c.head_dim, c.attention_dropout)
        self.think = FeedForward(c.dim, c.inner_dropout)
        self.drop = Dropout(c.block_dropout)

    def forward(self, x: Tensor, turns: Tensor) -> Tensor:
        x = x + self.drop(self.look(x, turns))
        return x + self.drop(self.think(x))


_THEIRS = (
    (r"\.1\.net\.0\.", ".wide."), (r"\.1\.net\.3\.", ".out."), (r"\.to_(qkv|q|kv|out)\.", r".\1."),
    (r"^proc_layers\.(\d+)\.0\.", r"blocks.\1.look."), (r"^proc_layers\.(\d+)\.1\.", r"blocks.\1.think."),
    (r"(ffn|think)\.0\.", r"\1.norm."), (r"^enc_ffn", "digest"), (r"^dec_ffn", "reflect"), (r"^enc_atn", "read"),
    (r"^dec_atn", "ask"), (r"^unit_emb", "units"), (r"^session_emb", "sessions"), (r"^token_type_emb", "kinds"),
    (r"^latent_emb", "latents"),
)  # fmt: skip


def from_torch_brain(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights of torch_brain's POYO under our names."""
    weights = {}
    for name, value in state.items():
        for theirs, ours in _THEIRS:
            name = re.sub(theirs, ours, name)
        weights[name] = value
    return weights


def adopt(
    state: Mapping[str, Any], stated: Mapping[str, Any], *, window: float | None = None, step: float | None = None
) -> tuple[Config, dict[str, list[str]], Poyo]:
    """Config, vocabulary and network of torch_brain's POYO.

    Parameters
    ----------
    state : weights and vocabularies under torch_brain's names
    stated : arguments that their network was made with, as far as they are known
    window, step : `sequence_length` and `latent_step` (s), where they are not

    Raises
    ------
    KeyError
        If it is none.
    ValueError
        If what is stated contradicts the weights, or they do not tell enough.
    """
    given = {"sequence_length": window, "latent_step": step}
    config, vocab = _their_sizes(state, _agreed(stated, given)), _their_names(state)
    target = Target(names=tuple(map(str, range(len(state["readout.weight"])))))
    net = build(config, vocab, target)
    theirs = {k: v for k, v in from_torch_brain(state).items() if isinstance(v, Tensor)}
    theirs = {k: v for k, v in theirs.items() if k != "rotary_emb.omega"} | {"scale": net.scale}
    missing, more = set(net.state_dict()) - set(theirs), set(theirs) - set(net.state_dict())
    if missing or more:
        words = [f"lacks {min(missing)}"] if missing else [f"has {min(more)}, which that has not"]
        raise KeyError(words[0])
    for name, value in net.state_dict().items():
        if value.shape != theirs[name].shape:
            raise ValueError(f"{name} is {tuple(theirs[name].shape)} where the other weights want {tuple(value.shape)}")
    net.load_state_dict(theirs)
    return config, vocab, net


_SIZES = {
    "dim": "dim", "depth": "depth", "dim_head": "head_dim", "num_latents_per_step": "latents",
    "cross_heads": "cross_heads", "self_heads": "self_heads", "ffn_dropout": "inner_dropout",
    "lin_dropout": "block_dropout", "atn_dropout": "attention_dropout",
}  # fmt: skip


def _agreed(stated: Mapping[str, Any], given: Mapping[str, float | None]) -> dict[str, Any]:
    """Arguments of torch_brain's network: as the file states them, and what was given where it does not."""
    known = {k: v for k, v in stated.items() if isinstance(v, int | float) and not isinstance(v, bool)}
    for name, value in given.items():
        if name not in known and value is None:
            flag = "--window" if name == "sequence_length" else "--step"
            raise ValueError(f"does not say the {name} that it was trained with; give it in seconds with {flag}")
        if value is not None and abs(known.get(name, value) - value) > 1e-9:
            raise ValueError(f"says {name} {known[name]:g} and not {value:g}; leave it to the file")
    return {k: v for k, v in given.items() if v is not None} | known


def _their_sizes(state: Mapping[str, Any], agreed: Mapping[str, Any]) -> Config:
    """Sizes, read off the shapes of the weights; what is stated of them must be the same."""
    omega = state["rotary_emb.omega"]
    head, turned = 2 * len(omega), omega[omega > 0]
    blocks = {int(name.split(".")[1]) for name in state if name.startswith("proc_layers.")}
    sizes: dict[str, Any] = {
        "dim": state["readout.weight"].shape[1], "depth": len(blocks), "head_dim": head,
        "latents": len(state["latent_emb.weight"]), "cross_heads": len(state["enc_atn.to_q.weight"]) // head,
    }  # fmt: skip
    if blocks:
        sizes["self_heads"] = len(state["proc_layers.0.0.to_qkv.weight"]) // 3 // head
    said = {ours: agreed[theirs] for theirs, ours in _SIZES.items() if theirs in agreed}
    for theirs, ours in _SIZES.items():
        if ours in sizes and said.get(ours, sizes[ours]) != sizes[ours]:
            raise ValueError(f"says {theirs} {said[ours]}, but the weights are those of {sizes[ours]}")
    if len(turned) != head // 4:
        raise ValueError(f"turns {len(turned)} of the {head // 2} pairs of each head, where POYO turns half of them")
    times = (agreed.get("t_min", USUAL[0]), agreed.get("t_max", USUAL[1]))
    t_min, t_max = periods(turned, times if {"t_min", "t_max"} & set(agreed) else None)
    window, step = float(agreed["sequence_length"]), float(agreed["latent_step"])
    laid, here = len(np.arange(0, window, step)), max(round(window / step), 1)
    if laid != here:
        problem = f"lays out {laid} latent steps of {step:g} s in {window:g} s, where here there would be {here}"
        raise ValueError(f"{problem}; train it with a sequence_length that is a multiple of its latent_step")
    return Config(**said | sizes, window=window, step=step, t_min=t_min, t_max=t_max)


def _their_names(state: Mapping[str, Any]) -> dict[str, list[str]]:
    """Names by row, without row 0."""
    names_of = {}
    for ours, theirs in (("units", "unit_emb"), ("sessions", "session_emb")):
        row_of = state[f"{theirs}.vocab"]
        if not row_of:
            raise ValueError(f"has no names in {theirs}: its vocabulary was never set")
        names_of[ours] = [str(name) for name, row in sorted(row_of.items(), key=lambda item: item[1]) if row]
    return names_of


def build(config: Config, vocab: Mapping[str, Sequence[str]], target: Target, *more: Target) -> Poyo:
    """A network for these units, sessions and targets, whose features lie beside each other."""
    edges = np.cumsum([0, *(len(t.names) for t in (target, *more))]).tolist()
    classes = [(a, b) for t, a, b in zip((target, *more), edges, edges[1:]) if t.kind == CLASSES]
    return Poyo(config, vocab["units"], vocab["sessions"], edges[-1], classes)


SPEC = ModelSpec(
    title="POYO",
    paper="Azabou et al. 2023",
    config=Config,
    schedule=Schedule(),
    build=build,
    takes=Recording,
    spaces=("unit", "session", "time", "trial"),
    course="windows",
    reads_new_units=True,
    adopt=adopt,
    effort=Effort(passes=12, most=60, item="second", each=2.2e-3, million=2.2),
    compared=Compared(
        way="windows",
        shown=(
            Shown("one bin"),
            Shown("two bins"),
            Shown("whole trial", kind="classes"),
            Shown("nine bins", kind="values"),
        ),
        settings={
            "step": 0.25, "latents": 4, "dim": 64, "depth": 1, "t_max": 4.0, "t_min": 0.01, "steps": 300, "lr": 2e-3,
            "weight_decay": 1e-2, "average": 0.99, "batch": 32, "inner_dropout": 0.2, "block_dropout": 0.2,
            "least_units": 30, "usual_units": 150, "most_units": 200,
        },
    ),
)  # fmt: skip
