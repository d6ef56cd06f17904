"""Bandit style: what somebody will choose next, from latent spaces of a few trials, of some dozens, and of all of them.

After Azabou et al. 2023 ("Learning signatures of decision making from many individuals playing the same game"): three
encoders of different time scales predict the next choice; close moments are alike in the short space, and any two
parts of one subject's trials in the long one, which so comes to hold what is the subject's own.

Two things are our own. Arms are read one by one with the same weights, each beside the mean of all, so that the network
is equivariant to their order: nothing needs to be shuffled, and any number of arms will do. And the long space is no
plain summary: recent and short space give reasons for each arm, a subject has weights by which these count for it and
tastes for arms, and the long space is what one should believe of these after all its trials so far, as in a logistic
regression with a prior (the Laplace approximation, around what was believed of them before each trial). So what is of
all subjects is learned by gradients, and what is of one is inferred, which takes few trials. Further columns, such as
reaction times, foretell no choice; how large they usually are and how they spread is part of what is a subject's own.
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
EVERY = 5  # trials after which the long space is made anew while it learns; after each one later on
TURNS = 2  # how often weights are inferred, the second time around what came of the first
TINY = 1e-12  # added to shares, whose roots have no slope at 0
LEAST = 2 * EVERY  # trials of a part that is told apart from others


@dataclass(frozen=True, kw_only=True)
class Config:
    """Sizes, and the weights of what is learned beside the next choice."""

    recent: Annotated[int, {"min": 2, "max": 256}] = 16  # numbers for the last five trials, an arm
    short: Annotated[int, {"min": 2, "max": 256}] = 32  # numbers that follow what each arm gave, an arm
    reasons: Annotated[int, {"min": 1, "max": 64}] = 12  # what speaks for an arm, and weights of a subject
    long: Annotated[int, {"min": 2, "max": 256}] = 32  # numbers for the subject, beside its weights
    hidden: Annotated[int, {"min": 4, "max": 1024}] = 64  # width between
    near: Annotated[float, {"min": 0.0, "max": 10.0}] = 0.02  # weight of alike short spaces at near moments
    own: Annotated[float, {"min": 0.0, "max": 10.0}] = 0.05  # weight of telling subjects apart by their long spaces
    temperature: Annotated[float, {"min": 0.01, "max": 10.0}] = 0.15  # of telling them apart
    columns: str = ""  # of numbers, further ones of the trials that tell of subjects: "rt_ms"; none by default


class Evidence(NamedTuple):
    """What trials say of a subject's weights, a quadratic form that is summed over them.

    Parameters
    ----------
    bend : (..., weight, weight) how sharply
    pull : (..., weight) towards what, times that
    """

    bend: Tensor
    pull: Tensor


class Spaces(NamedTuple):
    """The latents after 0, 1, ... trials; those of the long space after each stop, of which `stop` is the last.

    Parameters
    ----------
    recent, short : (batch, arm, 1 + trial, dim)
    reasons : (batch, 1 + trial, arm, weight) that are learned, and then one for each arm itself
    weights : (batch, 1 + stop, weight) by which these count
    long : (batch, 1 + stop, dim)
    evidence : (batch, 1 + stop, ...)
    stop : (1 + trial,)
    """

    recent: Tensor
    short: Tensor
    reasons: Tensor
    weights: Tensor
    long: Tensor
    evidence: Evidence
    stop: Tensor


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
        self.speak = _Mixed(both, c.hidden)
        self.reasons, self.plain = nn.Linear(c.hidden, c.reasons), nn.Linear(both, c.reasons)
        self.usual = nn.Parameter(torch.randn(c.reasons) * 0.3)  # weights of subjects, before anything is known of one
        self.sure = nn.Parameter(torch.zeros(c.reasons))  # log of how little they vary
        self.sure_taste = nn.Parameter(torch.ones(1))
        self.long = nn.Sequential(nn.Linear(2 * c.reasons, c.hidden), nn.GELU(), nn.Linear(c.hidden, c.long))
        self.straight = nn.Linear(c.reasons, c.long)
        self.mix = _Mixed(both, c.hidden)
        self.turns = nn.ModuleList(_Turn(c.hidden, c.long) for _ in range(2))
        self.between = nn.Linear(c.hidden, c.hidden)
        self.say = nn.Linear(c.hidden, 1, bias=False)
        self.forecast = nn.Sequential(nn.Linear(c.short, 2 * c.short), nn.GELU(), nn.Linear(2 * c.short, c.short))
        self.tell = nn.Linear(c.long, c.long)
        nn.init.zeros_(self.say.weight)
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

        Its latent (batch, 1 + stop, dim) is the short space of all arms and the evidence, behind each other.
        """
        s = self.spaces(batch)
        at = (torch.arange(s.long.shape[1], device=s.stop.device) * self.every).clamp(max=len(s.stop) - 1)
        kept = (s.short[:, :, at].transpose(1, 2), s.evidence.bend, s.evidence.pull)
        return Output(self.logits(s)[:, :-1], torch.cat([x.flatten(2) for x in kept], -1))

    def loss(self, output: Output, batch: Batch) -> Tensor:
        """Surprise by each choice, and what keeps near moments and parts of one subject alike."""
        c, action, arms = self.config, batch["action"], int(batch["arms"])
        many = c.reasons + arms
        short, bend, pull = output.latent.split([arms * c.short, many * many, many], -1)
        stops = -(-(action >= 0).sum(1) // self.every)  # that each subject has
        surprise = F.cross_entropy(output.prediction.flatten(0, 1), action.flatten(), ignore_index=-1)
        near = self._near(short.unflatten(-1, (arms, c.short)), stops)
        return surprise + c.near * near + c.own * self._own(Evidence(bend.unflatten(-1, (many, many)), pull), stops)

    @property
    def every(self) -> int:
        """Trials from one stop to the next."""
        return EVERY if self.training else 1

    def spaces(self, batch: Batch) -> Spaces:
        """All latents of (batch, trial) actions, -1 behind a subject's last, and outcomes (batch, trial, outcome)."""
        events = self.events(batch)
        recent = events
        for layer in self.recent:
            recent = F.gelu(layer(_windows(recent)))
        rate, value = self.short(events).chunk(2, -1)
        short = integrate(rate.sigmoid(), value)
        reasons = self.speaks(torch.cat([recent, short], -1))
        evidence = self.evidence(reasons[:, :-1], events[:, :, 1:, 0].transpose(1, 2))
        weights = self.believed(evidence)
        stop = torch.arange(reasons.shape[1], device=reasons.device) // self.every
        return Spaces(recent, short, reasons, weights, self.settle(weights, evidence), evidence, stop)

    def latents(self, batch: Batch, part: str = "") -> Tensor:
        """(batch, 1 + trial, dim) after each trial: one of the spaces, its arms behind each other, or all of them."""
        s = self.spaces(batch)
        recent, short = (x.transpose(1, 2).flatten(2) for x in (s.recent, s.short))
        own = torch.cat([torch.cat([s.long, s.weights], -1)[:, s.stop], _usually(batch["columns"])], -1)
        spaces = dict(zip(PARTS, (recent, short, own)))
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

    def speaks(self, both: Tensor) -> Tensor:
        """(batch, 1 + trial, arm, weight) reasons for each arm, from (batch, arm, 1 + trial, dim)."""
        learned = (self.reasons(F.gelu(self.speak(both))) + self.plain(both)).transpose(1, 2)
        arms = learned.shape[2]
        itself = torch.eye(arms, device=both.device).expand(*learned.shape[:2], arms, arms)
        return torch.cat([learned, itself], -1)

    def evidence(self, reasons: Tensor, chosen: Tensor) -> Evidence:
        """Of (batch, trial, arm) choices, of which a row of zeros is none, up to each stop."""
        trials, every = chosen.shape[1], self.every
        behind = -trials % every
        reasons, chosen = F.pad(reasons, (0, 0, 0, 0, 0, behind)), F.pad(chosen, (0, 0, 0, behind))
        reasons, chosen = reasons.unflatten(1, (-1, every)), chosen.unflatten(1, (-1, every))
        before = self._usual(reasons)[0].expand(len(chosen), chosen.shape[1], -1)
        for turn in range(TURNS):
            evidence = _gathered(reasons, chosen, before)
            if turn < TURNS - 1:
                before = self.believed(evidence).detach()[:, :-1]
        return evidence

    def believed(self, evidence: Evidence) -> Tensor:
        """(..., weight) most probable weights."""
        usual, sure = self._usual(evidence.pull)
        most: Tensor = torch.linalg.solve(evidence.bend + sure.diag(), evidence.pull + sure * usual)
        return most

    def settle(self, weights: Tensor, evidence: Evidence) -> Tensor:
        """(..., dim) the long space: what all arms share of the weights, and how sure one may be of them."""
        many = self.config.reasons
        unlike = weights[..., :many] - self.usual
        known = (evidence.bend.diagonal(dim1=-2, dim2=-1)[..., :many] / self.sure.exp()).log1p()
        settled: Tensor = self.long(torch.cat([unlike, known], -1)) + self.straight(unlike)
        return settled

    def logits(self, s: Spaces) -> Tensor:
        """(batch, 1 + trial, arm) of the choice that follows: the reasons as they count, and what these miss."""
        first, second = self.turns
        tastes = s.weights[..., self.config.reasons :].transpose(1, 2)[..., None]
        x = first(self.mix(torch.cat([s.recent, s.short], -1)), s.long, tastes, s.stop)
        x = second(self.between(F.gelu(x)), s.long, tastes, s.stop)
        count = (s.reasons * s.weights[:, s.stop][:, :, None]).sum(-1)
        return count + self.say(F.gelu(x))[..., 0].transpose(1, 2)

    def _usual(self, like: Tensor) -> tuple[Tensor, Tensor]:
        """Weights (weight,) before anything is known, and how sure they are; as many as the last axis of `like`."""
        tastes = like.shape[-1] - self.config.reasons
        return F.pad(self.usual, (0, tastes)), torch.cat([self.sure, self.sure_taste.expand(tastes)]).exp()

    def _near(self, short: Tensor, stops: Tensor) -> Tensor:
        """How unlike short spaces (batch, 1 + stop, arm, dim) are from stop to stop, once one is carried on."""
        there = (torch.arange(1, short.shape[1], device=short.device) <= stops[:, None])[..., None].expand_as(
            short[:, 1:, :, 0]
        )
        alike = F.cosine_similarity(self.forecast(short[:, :-1]), short[:, 1:].detach(), dim=-1)
        return ((1 - alike) * there).sum() / there.sum().clamp(min=1)

    def _own(self, evidence: Evidence, stops: Tensor) -> Tensor:
        """How badly two parts of each subject's trials are told from those of the others."""
        least = LEAST // self.every
        rows = (stops >= 2 * least).nonzero()[:, 0]
        if len(rows) < 2:
            return evidence.pull.sum() * 0
        many, who = stops[rows], torch.arange(len(rows), device=stops.device)
        cut = (least + torch.rand(len(rows), device=stops.device) * (many - 2 * least + 1)).long()
        middle, end = (Evidence(*(x[rows, at] for x in evidence)) for at in (cut, many))
        rest = Evidence(end.bend - middle.bend, end.pull - middle.pull)
        near = self._told(middle) @ self._told(rest).T / self.config.temperature
        return (F.cross_entropy(near, who) + F.cross_entropy(near.T, who)) / 2

    def _told(self, evidence: Evidence) -> Tensor:
        """(batch, dim) directions from what parts say."""
        return F.normalize(self.tell(self.settle(self.believed(evidence), evidence)), dim=-1)


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
        self.subject, self.arm = nn.Linear(long, 2 * width), nn.Linear(1, 2 * width, bias=False)

    def forward(self, x: Tensor, long: Tensor, tastes: Tensor, stop: Tensor) -> Tensor:
        gain, shift = (self.subject(long)[:, None] + self.arm(tastes)).chunk(2, -1)
        turned: Tensor = self.norm(x) * (1 + gain[:, :, stop]) + shift[:, :, stop]
        return turned


def _gathered(reasons: Tensor, chosen: Tensor, before: Tensor) -> Evidence:
    """Up to each stop, of (batch, stop, trial, arm, weight) and (batch, stop, trial, arm), around weights before it."""
    there = chosen.sum(-1, keepdim=True)
    share = torch.einsum("bstaw,bsw->bsta", reasons, before).softmax(-1)
    apart = reasons - (share[..., None] * reasons).sum(-2, keepdim=True)
    root = ((there * (share + TINY).sqrt())[..., None] * apart).flatten(2, 3)
    bend = root.transpose(-1, -2) @ root
    pull = torch.einsum("bsta,bstaw->bsw", chosen - there * share, reasons) + (bend @ before[..., None])[..., 0]
    return Evidence(F.pad(bend.cumsum(1), (0, 0, 0, 0, 1, 0)), F.pad(pull.cumsum(1), (0, 0, 1, 0)))


def _usually(columns: Tensor) -> Tensor:
    """(batch, 1 + trial, 2 column) mean and log of the variance of (batch, trial, column) by then, of what is known.

    They are as if one trial had been like those of all subjects, whose mean is 0 and variance 1.
    """
    x = F.pad(columns, (0, 0, 1, 0), value=torch.nan)
    there = x.isfinite()
    x = torch.where(there, x, 0.0)
    count, total, square = (values.cumsum(1) for values in (there.to(x.dtype), x, x.square()))
    mean = total / (count + 1)
    return torch.cat([mean, ((square + 1) / (count + 1) - mean.square()).clamp(min=TINY).log()], -1)


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
    schedule=Schedule(steps=600, batch=32, lr=5e-3, weight_decay=1e-4, rise=0.15, hold=0.15),
    build=build,
    takes=Choices,
    spaces=("subject", "trial"),
    parts=("recent", "short", "long"),
    course="choices",
    decodes="choice",
    effort=Effort(passes=16, most=55, least=0.03, item="subject", each=7e-6, million=0.0),
)
