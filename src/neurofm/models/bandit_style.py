"""Bandit style: what somebody will choose next, from latent spaces of a few trials, of some dozens, and of all of them.

After Azabou et al. 2023 ("Learning signatures of decision making from many individuals playing the same game"): three
encoders of different time scales predict the next choice; close moments are alike in the short space, and any two
parts of one subject's trials in the long one, which so comes to hold what is the subject's own.

Arms are read one by one with the same weights, each beside the mean of all, so that the network is equivariant to their
order: nothing needs to be shuffled, and any number of arms will do. What is each arm's own in the long space are a few
numbers behind the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from neurofm.batch import Batch, Output
from neurofm.data.choices import Choices
from neurofm.data.target import Target
from neurofm.nn.leaky import integrate
from neurofm.specs import Effort, ModelSpec, Schedule

KERNEL, LAYERS = 3, 2  # of the recent space: five trials
NEAR = 5  # trials within which two moments are near
PAIRS = 16  # of them, a subject and step
TASTE = 4  # numbers of the long space for each arm
LEAST = 8  # trials of a part that is told apart from others


@dataclass(frozen=True, kw_only=True)
class Config:
    """Sizes, and the weights of what is learned beside the next choice."""

    recent: Annotated[int, {"min": 2, "max": 256}] = 16  # numbers for the last five trials, an arm
    short: Annotated[int, {"min": 2, "max": 256}] = 32  # numbers that follow what each arm gave, an arm
    long: Annotated[int, {"min": 2, "max": 256}] = 32  # numbers for the subject
    hidden: Annotated[int, {"min": 4, "max": 1024}] = 64  # width between
    near: Annotated[float, {"min": 0.0, "max": 10.0}] = 0.02  # weight of alike short spaces at near moments
    own: Annotated[float, {"min": 0.0, "max": 10.0}] = 0.05  # weight of telling subjects apart by their long spaces
    temperature: Annotated[float, {"min": 0.01, "max": 10.0}] = 0.15  # of telling them apart


class Spaces(NamedTuple):
    """The latents after 0, 1, ... trials.

    Parameters
    ----------
    recent, short : (batch, arm, 1 + trial, dim)
    long : (batch, 1 + trial, dim)
    taste : (batch, arm, 1 + trial, `TASTE`), without what all arms share
    sums : (batch, arm, 1 + trial, feature) what the long space is the mean of, summed up to there
    """

    recent: Tensor
    short: Tensor
    long: Tensor
    taste: Tensor
    sums: Tensor


PARTS = ("recent", "short", "long")


class Style(nn.Module):
    """Choices and outcomes in, the logits of the next choice out.

    Parameters
    ----------
    config : sizes
    outcomes : how many a trial has
    """

    parts = PARTS
    mean: Tensor
    sd: Tensor

    def __init__(self, config: Config, outcomes: int) -> None:
        super().__init__()
        c = self.config = config
        wide, both = 3 + 2 * outcomes, c.recent + c.short
        self.register_buffer("mean", torch.zeros(outcomes))
        self.register_buffer("sd", torch.ones(outcomes))
        self.recent = nn.ModuleList(nn.Linear(KERNEL * (wide if k == 0 else c.recent), c.recent) for k in range(LAYERS))
        self.short = nn.Sequential(nn.Linear(wide, c.hidden // 2), nn.GELU(), nn.Linear(c.hidden // 2, 2 * c.short))
        self.habit = _Mixed(both, c.hidden)
        self.event = nn.Linear(wide, c.hidden)
        self.habits = nn.Linear(c.hidden, c.hidden)
        self.long = nn.Sequential(nn.Linear(c.hidden + 1, c.hidden), nn.GELU(), nn.Linear(c.hidden, c.long))
        self.taste = nn.Linear(c.hidden, TASTE)
        self.mix = _Mixed(both, c.hidden)
        self.turns = nn.ModuleList(_Turn(c.hidden, c.long) for _ in range(2))
        self.between = nn.Linear(c.hidden, c.hidden)
        self.say = nn.Linear(c.hidden, 1)
        self.forecast = nn.Sequential(nn.Linear(c.short, 2 * c.short), nn.GELU(), nn.Linear(2 * c.short, c.short))
        self.tell = nn.Linear(c.long, c.long)
        rates: Any = self.short[2].bias
        with torch.no_grad():  # from slow to fast
            rates[: c.short].copy_(torch.linspace(-3.0, 1.5, c.short))

    @property
    def tables(self) -> list[nn.Parameter]:
        """None: nothing is learned of single subjects."""
        return []

    def adapt(self, vocab: Mapping[str, Any]) -> None:
        """Nothing is new with other subjects."""

    def scale(self, mean: Tensor, sd: Tensor) -> None:
        """Tell what outcomes are like, (outcome,) each."""
        self.mean.copy_(mean)
        self.sd.copy_(sd)

    def forward(self, batch: Batch) -> Output:
        """Logits (batch, trial, arm) of each choice from what came before it.

        Its latent (batch, arm, 1 + trial, dim) is the short space, and behind it what the long one is the mean of.
        """
        s = self.spaces(batch)
        return Output(self.logits(s)[:, :-1], torch.cat([s.short, s.sums], -1))

    def loss(self, output: Output, batch: Batch) -> Tensor:
        """Surprise by each choice, and what keeps near moments and parts of one subject alike."""
        c, action = self.config, batch["action"]
        short, sums = output.latent.split([c.short, c.hidden], -1)
        surprise = F.cross_entropy(output.prediction.flatten(0, 1), action.flatten(), ignore_index=-1)
        return surprise + c.near * self._near(short, action) + c.own * self._own(sums, action)

    def spaces(self, batch: Batch) -> Spaces:
        """All latents of (batch, trial) actions, -1 behind a subject's last, and outcomes (batch, trial, outcome)."""
        events = self.events(batch)
        recent = events
        for layer in self.recent:
            recent = F.gelu(layer(_windows(recent)))
        rate, value = self.short(events).chunk(2, -1)
        short = integrate(rate.sigmoid(), value)
        before = torch.cat([recent, short], -1)[:, :, :-1]
        habit = self.habits(F.gelu(self.habit(before) + self.event(events[:, :, 1:])))
        sums = F.pad(habit.cumsum(2), (0, 0, 1, 0))
        count = torch.arange(sums.shape[2], device=sums.device)
        return Spaces(recent, short, *self.settle(sums, count), sums)

    def latents(self, batch: Batch, part: str = "") -> Tensor:
        """(batch, 1 + trial, dim) after each trial: one of the spaces, its arms behind each other, or all of them."""
        s = self.spaces(batch)
        recent, short, taste = (x.transpose(1, 2).flatten(2) for x in (s.recent, s.short, s.taste))
        spaces = dict(zip(PARTS, (recent, short, torch.cat([s.long, taste], -1))))
        return spaces[part] if part else torch.cat(list(spaces.values()), -1)

    def events(self, batch: Batch) -> Tensor:
        """(batch, arm, 1 + trial, feature) what each arm has seen of a trial; first that there was none yet."""
        action, outcomes = batch["action"], (batch["outcomes"] - self.mean) / self.sd
        arms = torch.arange(int(batch["arms"]), device=action.device)
        chosen = (action[:, None] == arms[:, None]).to(outcomes.dtype)[..., None]
        gave = torch.nan_to_num(outcomes)[:, None]
        x = torch.cat([chosen, 1 - chosen, chosen * gave, (1 - chosen) * gave, torch.zeros_like(chosen)], -1)
        first = torch.zeros_like(x[:, :, :1])
        first[..., -1] = 1
        return torch.cat([first, x], 2)

    def settle(self, sums: Tensor, count: Tensor) -> tuple[Tensor, Tensor]:
        """The long space and tastes from sums (batch, arm, trial, feature) over `count` trials each."""
        many = count.to(sums.dtype)[..., None]
        mean = sums / many.clamp(min=1)
        shared, told = mean.mean(1), (many.log1p() / 5).expand_as(sums[..., :1]).mean(1)
        return self.long(torch.cat([shared, told], -1)), self.taste(mean - shared[:, None])

    def logits(self, s: Spaces) -> Tensor:
        """(batch, 1 + trial, arm) of the choice that follows."""
        first, second = self.turns
        x = first(self.mix(torch.cat([s.recent, s.short], -1)), s.long, s.taste)
        x = second(self.between(F.gelu(x)), s.long, s.taste)
        return self.say(F.gelu(x))[..., 0].transpose(1, 2)

    def _near(self, short: Tensor, action: Tensor) -> Tensor:
        """How unlike short spaces are a few trials apart, once one is carried over to the other."""
        last = action.shape[1]
        if last <= NEAR:
            return short.sum() * 0
        at = torch.randint(1, last - NEAR + 1, (PAIRS,), device=action.device)
        to = at + torch.randint(0, NEAR + 1, at.shape, device=action.device)
        there = (action[:, to - 1] >= 0)[:, None].expand(-1, short.shape[1], -1)
        alike = F.cosine_similarity(self.forecast(short[:, :, at]), short[:, :, to].detach(), dim=-1)
        return ((1 - alike) * there).sum() / there.sum().clamp(min=1)

    def _own(self, sums: Tensor, action: Tensor) -> Tensor:
        """How badly two parts of each subject's trials are told from those of the others."""
        lengths = (action >= 0).sum(1)
        rows = (lengths >= 2 * LEAST).nonzero()[:, 0]
        if len(rows) < 2:
            return sums.sum() * 0
        many, who = lengths[rows], torch.arange(len(rows), device=action.device)
        cut = (LEAST + torch.rand(len(rows), device=action.device) * (many - 2 * LEAST + 1)).long()
        middle, end = sums[rows, :, cut], sums[rows, :, many]
        first, second = (self._told(part, count) for part, count in ((middle, cut), (end - middle, many - cut)))
        near = first @ second.T / self.config.temperature
        return (F.cross_entropy(near, who) + F.cross_entropy(near.T, who)) / 2

    def _told(self, sums: Tensor, count: Tensor) -> Tensor:
        """(batch, dim) directions from sums (batch, arm, feature) over `count` trials."""
        long, _ = self.settle(sums[:, :, None], count[:, None, None])
        return F.normalize(self.tell(long[:, 0]), dim=-1)


class _Mixed(nn.Module):
    """A linear map of each arm and of the mean of all arms."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.each, self.all = nn.Linear(before, after), nn.Linear(before, after, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        mixed: Tensor = self.each(x) + self.all(x.mean(1, keepdim=True))
        return mixed


class _Turn(nn.Module):
    """Normalises, then scales and shifts by what is known of the subject and of its taste for the arm."""

    def __init__(self, width: int, long: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.subject, self.arm = nn.Linear(long, 2 * width), nn.Linear(TASTE, 2 * width, bias=False)

    def forward(self, x: Tensor, long: Tensor, taste: Tensor) -> Tensor:
        gain, shift = (self.subject(long)[:, None] + self.arm(taste)).chunk(2, -1)
        turned: Tensor = self.norm(x) * (1 + gain) + shift
        return turned


def _windows(x: Tensor) -> Tensor:
    """(..., time, KERNEL * dim) each moment behind those before it."""
    past = F.pad(x, (0, 0, KERNEL - 1, 0))
    return torch.cat([past[..., k : k + x.shape[-2], :] for k in range(KERNEL)], -1)


def build(config: Config, vocab: Mapping[str, Any], target: Target) -> Style:
    """A network for choices with these outcomes."""
    return Style(config, len(vocab["outcomes"]))


SPEC = ModelSpec(
    title="Bandit style",
    paper="Azabou et al. 2023",
    config=Config,
    schedule=Schedule(steps=1500, batch=32, lr=5e-3, weight_decay=1e-4, rise=0.15, hold=0.15),
    build=build,
    takes=Choices,
    spaces=("subject", "trial"),
    parts=("recent", "short", "long"),
    course="choices",
    decodes="choice",
    effort=Effort(passes=70, most=200, item="subject", each=1.5e-5, million=0.0),
)
