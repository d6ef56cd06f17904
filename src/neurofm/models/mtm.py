"""MtM: predict whatever part of a population's activity is hidden (Zhang et al. 2024).

A transformer reads binned counts of many units, some of them hidden, and learns to fill in the rates. Which part is
hidden (units, time, a region, the rest of a region) changes from batch to batch, and a prompt says which.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from neurofm.batch import Batch, Output
from neurofm.data import Recording
from neurofm.data.target import Target
from neurofm.data.trials import JUDGED, Cut, Trials, judged
from neurofm.metrics import bits_per_spike, pooled_bits
from neurofm.nn.dropout import Dropout
from neurofm.nn.rotary import Rotary
from neurofm.nn.sessions import Sessions, put
from neurofm.nn.transformer import Block
from neurofm.specs import Compared, Effort, ModelSpec, Schedule, Shown

PROMPTS = ("neuron", "causal", "inter", "intra")  # what a prompt can say is hidden
TEMPORAL = "temporal"  # bins hidden at random while all others are seen: the baseline, which has no prompt of its own
GROUPS = 4  # of units that are hidden in turn
FORWARD = 0.2  # seconds at a trial's end that are to be foreseen
PRIOR = 0.5  # spikes that each unit is thought to have fired at the mean rate of all, beside its own
PERIODS = (4.0, 1000.0)  # bins, shortest and longest of rotary positions
PREFIX = 2  # tokens before the bins: session and prompt


@dataclass(frozen=True, kw_only=True)
class Config(Cut):
    """Sizes of a small MtM that a laptop trains in minutes; the paper's are in `PAPER`."""

    bin: Annotated[float, {"min": 0.001, "max": 10.0}] = 0.02  # seconds a bin
    masks: Literal["mtm", "temporal", "neuron", "causal", "inter", "intra"] = "mtm"  # what is hidden; mtm: any of four
    mixed: bool = True  # hide something else in each trial of a batch; the paper draws one way for all of it
    prompt: bool = True  # tell the network what is hidden
    position: Literal["rotary", "learned"] = "rotary"  # how the network knows the place of a bin; the paper learned it
    dim: Annotated[int, {"min": 8, "max": 2048}] = 128  # width of every token
    depth: Annotated[int, {"min": 1, "max": 48}] = 3  # blocks
    heads: Annotated[int, {"min": 1, "max": 32}] = 4
    stitch: Annotated[int, {"min": 8, "max": 4096}] = 128  # width that all sessions share
    dropout: Annotated[float, {"min": 0.0, "max": 0.9}] = 0.1  # of tokens
    block_dropout: Annotated[float, {"min": 0.0, "max": 0.9}] = 0.1  # inside blocks
    neuron_share: Annotated[float, {"min": 0.01, "max": 0.99}] = 0.3  # of units that are hidden
    causal_share: Annotated[float, {"min": 0.01, "max": 1.0}] = 0.6  # of bins
    ahead: Annotated[int, {"min": 1, "max": 1000}] = 10  # bins foreseen at most; the paper hides them singly
    temporal_share: Annotated[float, {"min": 0.01, "max": 0.99}] = 0.3  # of bins, for the baseline
    spread: Annotated[float, {"min": 0.01, "max": 100.0}] = 1.0  # by which a log rate is thought to vary; paper: by any


PAPER = Config(
    dim=512, depth=5, heads=8, stitch=668, dropout=0.2, block_dropout=0.4, before=0.5, after=1.5, bins=100, spread=100,
)  # fmt: skip


class Mtm(Sessions):
    """Counts with a part hidden in, log rates of all units out.

    Parameters
    ----------
    config : sizes; `bins` is set
    sessions : names; each has weights of its own for its units
    sizes : units of each session
    """

    def __init__(self, config: Config, sessions: Sequence[str], sizes: Sequence[int]) -> None:
        super().__init__()
        c = self.config = config
        self.read, self.write, self.names = nn.ModuleList(), nn.ModuleList(), nn.ParameterList()
        self.embed = nn.Sequential(nn.Linear(c.stitch, 2 * c.stitch), nn.Softsign(), nn.Linear(2 * c.stitch, c.dim))
        self.place = nn.Parameter(0.02 * torch.randn(c.bins, c.dim)) if c.position == "learned" else None
        self.rotary = Rotary(c.dim // c.heads, PERIODS[0], PERIODS[1])
        self.prompts = nn.Parameter(0.02 * torch.randn(len(PROMPTS), c.dim))
        self.drop = Dropout(c.dropout)
        self.blocks = nn.ModuleList(
            Block(c.dim, c.heads, 2 * c.dim, c.block_dropout, bias=True) for _ in range(c.depth)
        )
        self.norm = nn.LayerNorm(c.dim)
        self.adapt({"sessions": sessions, "sizes": sizes})

    @property
    def tables(self) -> list[nn.Parameter]:
        """What is learned of single sessions and their units; all else is the core."""
        return [*self.read.parameters(), *self.write.parameters(), *self.names.parameters()]

    def begin(self, number: int, size: int) -> None:
        read, write = nn.Linear(size, self.config.stitch), nn.Linear(self.config.dim, size)
        nn.init.zeros_(write.bias)  # until `prepare` sets it
        put(self.read, number, read.to(self.prompts))
        put(self.write, number, write.to(self.prompts))
        if number == len(self.names):
            self.names.append(nn.Parameter(0.02 * torch.randn(self.config.dim).to(self.prompts)))

    def units(self, number: int) -> int:
        write: Any = self.write[number]
        return int(write.out_features)

    def prepare(self, trials: Trials) -> None:
        """Begin with the mean rates of the training trials, unless the session has learned something already."""
        bias: Any = self.write[self.number(trials)].bias
        if bias.any():
            return
        counts = trials.counts[trials.seen]
        rate = (counts.sum(0) + PRIOR) / (len(counts) + PRIOR / _mean(trials))
        with torch.no_grad():
            bias.copy_(torch.as_tensor(np.log(rate)))

    def draw(self, trials: Trials, size: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
        """Some trials with one kind of hiding: counts, what is hidden, what is asked for, and how it is prompted."""
        number = self.number(trials)
        chosen = trials.take(rng.choice(len(trials), min(size, len(trials)), replace=False))
        regions = _regions(chosen)
        schemes = self._schemes(regions)
        drawn = rng.choice(schemes, len(chosen) if self.config.mixed else 1).repeat(
            1 if self.config.mixed else len(chosen)
        )
        hidden = np.zeros(chosen.counts.shape, bool)
        asked = np.zeros(chosen.counts.shape, bool)
        for scheme in sorted(set(drawn)):  # in the same order in every process
            here = drawn == scheme
            hidden[here], asked[here] = self._hide(scheme, chosen.take(here), regions, rng)
        return {
            "counts": chosen.counts.astype(np.float32), "hidden": hidden, "asked": asked & chosen.seen[..., None],
            "seen": chosen.seen, "session": np.array(number), "prompt": np.array([_prompt(s) for s in drawn]),
            "bins": np.array(trials.seen.sum(), np.float32), "mean": np.array(_mean(trials), np.float32),
        }  # fmt: skip

    def forward(self, batch: Batch) -> Output:
        number = int(batch["session"])
        latent = self.think(batch["counts"].masked_fill(batch["hidden"], 0.0), batch["seen"], number, batch["prompt"])
        return Output(self._log_rates(number, latent), latent)

    def think(self, counts: Tensor, seen: Tensor, number: int, prompt: Tensor) -> Tensor:
        """(trial, bin, dim) what the network makes of counts (trial, bin, unit) of session `number`.

        Parameters
        ----------
        prompt : (trial,) number of what it is told that is hidden
        """
        x = self._embedded(self.read[number], counts)
        if self.place is not None:
            x = x + self.place[: counts.shape[1]]
        told = self.prompts[prompt] * float(self.config.prompt)
        prefix = torch.stack([self.names[number].expand_as(told), told], 1)
        x = self.drop(torch.cat([prefix, x], 1))
        mask = _who_sees_whom(seen, prompt == PROMPTS.index("causal"))
        place = torch.arange(x.shape[1], device=x.device).clamp(min=PREFIX - 1)
        turns = None if self.place is not None else self.rotary(place, x.dtype)
        for block in self.blocks:
            x = block(x, mask, turns)
        return self.norm(x[:, PREFIX:])

    def loss(self, output: Output, batch: Batch) -> Tensor:
        """Poisson negative log likelihood of what was asked for, the mean over its entries.

        The paper's code sums them, so that its learning rate hangs on how much a scheme hides, and learns the few
        spikes of a quiet unit by heart, since all steps of Adam are as long. Here each unit is thought to have fired
        `PRIOR` spikes more, and its log rate to vary by about `spread`.
        """
        write: Any = self.write[int(batch["session"])]
        asked, bins = batch["asked"], batch["bins"]
        log_rate, more = output.prediction[asked], PRIOR / bins
        each = (1 + more / batch["mean"]) * log_rate.exp() - (batch["counts"][asked] + more) * log_rate
        varies = self.config.dim * write.weight.square().sum(1).mean() / self.config.spread**2
        return each.sum() / asked.sum().clamp(min=1) + varies / (2 * bins)

    def fill(self, trials: Trials, hidden: NDArray[np.bool_], prompt: str = "neuron") -> Tensor:
        """(trial, bin, unit) spikes a bin that are expected when some of the counts are hidden.

        Parameters
        ----------
        hidden : broadcast to (trial, bin, unit)
        prompt : what to tell the network: neuron, causal, inter or intra
        """
        number = self.number(trials)
        device = self.prompts.device
        counts = torch.as_tensor(np.where(hidden, 0, trials.counts).astype(np.float32), device=device)
        seen = torch.as_tensor(trials.seen, device=device)
        told = torch.full((len(trials),), PROMPTS.index(prompt), device=device)
        return self._log_rates(number, self.think(counts, seen, number, told)).exp()

    def answer(self, trials: Trials) -> Tensor:
        """(trial, bin, unit) rates in Hz, each unit's from the others: a fourth of them is hidden at a time.

        With nothing hidden the network sees more than it ever did while it learned, and its rates are off.
        """
        units = np.arange(trials.counts.shape[2])
        groups = min(GROUPS, len(units))
        rates = [self.fill(trials, (units % groups == g)[None, None]) for g in range(groups)]
        return torch.stack(rates, -1)[..., units, units % groups] / trials.width

    def latents(self, trials: Trials, part: str = "") -> Tensor:
        """(trial, bin, dim) what the network makes of each bin."""
        number, device = self.number(trials), self.prompts.device
        counts = torch.as_tensor(trials.counts.astype(np.float32), device=device)
        told = torch.zeros(len(trials), dtype=torch.int64, device=device)
        return self.think(counts, torch.as_tensor(trials.seen, device=device), number, told)

    def unit_vectors(self, session: str) -> Tensor:
        """(unit, dim) how each unit's rate is read from the latents."""
        weight: Any = self.write[self.find(session)].weight
        return torch.as_tensor(weight)

    def session_vector(self, session: str) -> Tensor:
        """(dim,) what the network is told of a session."""
        return self.names[self.find(session)]

    def scores(self, trials: Trials, most: int = JUDGED) -> dict[str, float]:
        """Bits per spike of all units together in what the paper asks for; of at most so many trials, twice the units.

        `bits_per_spike` is co-smoothing: each unit in turn is hidden and filled in from the others.
        """
        bits_of = {name: pooled_bits(*filled) for name, filled in self.filled(trials, most).items()}
        finite = {name: bits for name, bits in bits_of.items() if np.isfinite(bits)}
        return {"bits_per_spike": finite.pop("co_smoothing")} | finite if "co_smoothing" in finite else {}

    def bits(self, trials: Trials, most: int = 0) -> dict[str, NDArray[np.float64]]:
        """(unit,) bits per spike by task."""
        return {name: bits_per_spike(*filled) for name, filled in self.filled(trials, most).items()}

    def filled(self, trials: Trials, most: int = 0) -> dict[str, tuple[NDArray[Any], NDArray[Any]]]:
        """Spikes a bin that are filled in, and those that there were, (bin, unit) each, of units that fired, by task.

        These are co_smoothing, forward, and with regions intra_region and inter_region.

        Parameters
        ----------
        most : trials looked at, evenly chosen, and twice as many units; 0 for all
        """
        mode = self.training
        self.eval()
        try:
            with torch.inference_mode():
                return self._filled(*judged(trials, most))
        finally:
            self.train(mode)

    def _filled(self, trials: Trials, units: NDArray[np.int64]) -> dict[str, tuple[NDArray[Any], NDArray[Any]]]:
        if not len(units):
            return {}
        regions, everyone = _regions(trials), np.arange(trials.counts.shape[2])
        last = trials.seen & (trials.times >= (trials.stop - FORWARD)[:, None])
        ahead = _numpy(self.fill(trials, last[..., None], "causal"))[..., units]
        rates = {"co_smoothing": self._each(trials, units, lambda n: everyone == n, "neuron"), "forward": ahead}
        placed = units[regions[units] >= 0]
        if len(set(regions[regions >= 0])) > 1 and len(placed):
            inside = lambda n: (regions != regions[n]) | (everyone == n)  # noqa: E731
            rates["intra_region"] = self._each(trials, placed, inside, "intra")
            hides = {r: _numpy(self.fill(trials, (regions == r)[None, None], "inter")) for r in set(regions[placed])}
            rates["inter_region"] = np.stack([hides[regions[n]][..., n] for n in placed], -1)
        asked = {n: (last if n == "forward" else trials.seen, placed if "region" in n else units) for n in rates}
        return {n: (rates[n][where], trials.counts[where][:, rows].astype(float)) for n, (where, rows) in asked.items()}

    def _each(self, trials: Trials, units: NDArray[Any], hides: Any, prompt: str) -> NDArray[Any]:
        """(trial, bin, unit) what is expected of each unit while what `hides(unit)` says is hidden."""
        return np.stack([_numpy(self.fill(trials, hides(n)[None, None], prompt)[..., n]) for n in units], -1)

    def _schemes(self, regions: NDArray[np.int64]) -> list[str]:
        """Ways of hiding that make sense here: without two regions or more, none that need them."""
        wanted = list(PROMPTS) if self.config.masks == "mtm" else [self.config.masks]
        placed = len(set(regions[regions >= 0])) > 1
        return [s for s in wanted if placed or s not in ("inter", "intra")] or ["neuron"]

    def _hide(
        self, scheme: str, trials: Trials, regions: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """What is hidden and what is asked for, each to be broadcast to (trial, bin, unit)."""
        (count, bins, units), c = trials.counts.shape, self.config
        if scheme in ("causal", TEMPORAL):
            share, longest = (c.causal_share, c.ahead) if scheme == "causal" else (c.temporal_share, 1)
            hidden = _blocks(count, bins, share, longest, rng)[..., None]
            return hidden, hidden
        some = rng.random((count, 1, units)) < c.neuron_share
        if scheme == "neuron":
            return some, some
        here = regions == rng.choice(sorted(set(regions[regions >= 0])), (count, 1))  # (trial, unit)
        here = here[:, None]
        return (here, here) if scheme == "inter" else (~here | some, here & some)

    def _embedded(self, read: Any, counts: Tensor) -> Tensor:
        """(trial, bin, dim) of counts; of the maps the first two are linear, and one where that is less work."""
        wide: Any = self.embed[0]
        rest = self.embed[1:]
        units, shared, after = read.in_features, read.out_features, wide.out_features
        bins = counts.shape[0] * counts.shape[1]
        if after * units * (shared + bins) > bins * shared * (units + after):
            return torch.as_tensor(rest(wide(read(counts))))
        once = F.linear(counts, wide.weight @ read.weight, F.linear(read.bias, wide.weight, wide.bias))
        return torch.as_tensor(rest(once))

    def _log_rates(self, number: int, latent: Tensor) -> Tensor:
        written: Tensor = self.write[number](latent)
        return written


def _who_sees_whom(seen: Tensor, causal: Tensor) -> Tensor | None:
    """(trial, 1, token or 1, token) True where a token may look; None if all may look at all.

    In causal trials bins look back only, and the prefix looks at itself alone: in the paper's code it looks at all bins
    and tells later ones back to earlier ones from the second block on.

    Parameters
    ----------
    seen : (trial, bin) True for bins of the trial
    causal : (trial,)
    """
    some = bool(causal.any())
    if not some and bool(seen.all()):
        return None
    tokens = seen.shape[1] + PREFIX
    there = torch.cat([seen.new_ones(len(seen), PREFIX), seen], 1)[:, None, None]  # as keys
    if not some:
        return there
    back = torch.ones(tokens, tokens, dtype=torch.bool, device=seen.device).tril()
    back[:PREFIX, :PREFIX] = True
    own = torch.eye(tokens, dtype=torch.bool, device=seen.device)  # so that no row looks at nothing
    return ((back | ~causal[:, None, None, None]) & there) | own


def _blocks(count: int, bins: int, share: float, longest: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """(trial, bin) a share of the bins, in blocks; each trial has blocks of one length, from one bin to `longest`."""
    length = rng.integers(1, longest + 1, (count, 1))
    place = (np.arange(bins) + rng.integers(0, length)) // length
    return np.take_along_axis(rng.random((count, bins + 1)) < share, place, 1)


def _prompt(scheme: str) -> int:
    return PROMPTS.index(scheme) if scheme in PROMPTS else 0


def _regions(trials: Trials) -> NDArray[np.int64]:
    """(unit,) number of its region, -1 where that is unknown."""
    names = trials.regions
    regions = sorted(set(names) - {""})
    return np.array([regions.index(n) if n in regions else -1 for n in names], np.int64)


def _mean(trials: Trials) -> float:
    """Spikes of a unit in a bin."""
    return max(float(trials.counts[trials.seen].mean()), 1e-9)


def _numpy(x: Tensor) -> NDArray[Any]:
    return np.asarray(x.float().cpu().numpy())


def build(config: Config, vocab: Mapping[str, Sequence[Any]], target: Target) -> Mtm:
    """A network for these sessions."""
    return Mtm(config, vocab["sessions"], vocab["sizes"])


SPEC = ModelSpec(
    title="MtM",
    paper="Zhang et al. 2024",
    config=Config,
    schedule=Schedule(steps=1500, batch=16, lr=1e-3, weight_decay=0.01, rise=0.15, hold=0.15),
    build=build,
    takes=Recording,
    spaces=("unit", "session", "time", "trial"),
    course="trials",
    decodes="rates",
    fills=True,
    effort=Effort(passes=60, each=7e-5, million=0.05, width="dim", enough=140),
    compared=Compared(
        way="trials, read out",
        shown=(
            Shown("one bin", {"masks": "neuron", "depth": 1}),
            Shown("two bins", {"masks": "neuron", "depth": 1}),
            Shown("whole trial"),
        ),
        settings={"steps": 300},
    ),
)
