"""Swap-VAE: split activity into content, which lasts through a trial, and style, which varies in it (Liu et al. 2021).

Two bins of one trial, each with some units silenced, are encoded into content and style. Each must be rebuilt from its
own style with the content of the other, so that content holds what the two share. Nobody says what that is: the target,
where there is one, is only read out of what was learned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from neurofm.batch import Batch, Output
from neurofm.data import Recording
from neurofm.data.target import CLASSES, RATES, Target
from neurofm.data.trials import Cut, Trials
from neurofm.metrics import scores
from neurofm.nn.sessions import Sessions, put
from neurofm.specs import Compared, Effort, ModelSpec, Schedule, Shown

LEAST_RATE = 1e-7  # spikes a bin, so that a logarithm exists
TINY = 1e-30  # for the same reason
MOST = 20_000  # bins that the readout is fitted to; more are thinned out evenly
PENALTY = 10.0  # of the readout of classes, on standardised latents
RARE = -30.0  # log odds of a class that a session never had


@dataclass(frozen=True, kw_only=True)
class Config(Cut):
    """Sizes of the paper; its weights 10 and 1 of `kl` and `align` are for rates in Hz, ten times counts in 100 ms."""

    content: Annotated[int, {"min": 1, "max": 1024}] = 64  # numbers for what lasts
    style: Annotated[int, {"min": 1, "max": 1024}] = 64  # numbers for what varies
    hidden: Annotated[int, {"min": 4, "max": 4096}] = 128  # width between latents and the layer as wide as the units
    lag: Annotated[int, {"min": 0, "max": 1000}] = 5  # bins between the two of a pair, at most
    dropout: Annotated[float, {"min": 0.0, "max": 0.99}] = 0.6  # largest share of units silenced; 0 for pairs alone
    swap: bool = True  # rebuild each bin with the content of the other, too
    align: Annotated[float, {"min": 0.0, "max": 1000.0}] = 0.1  # weight of alike contents in the loss; 0 for none
    kl: Annotated[float, {"min": 0.0, "max": 1000.0}] = 1.0  # weight that keeps style close to a standard normal


JITTER_ONLY = Config(dropout=0.0)  # what the paper's code trains
PLAIN_VAE = Config(dropout=0.0, swap=False, align=0.0)


class Autoencoder(nn.Module):
    """Counts of one session to latents and back, and the target read out of them.

    Parameters
    ----------
    units : of the session
    features : of the target; 0 for none
    """

    weight: Tensor
    bias: Tensor

    def __init__(self, units: int, features: int, config: Config) -> None:
        super().__init__()
        c, width = config, config.content + config.style
        self.encode = nn.Sequential(
            *_layer(units, units), *_layer(units, c.hidden), _linear(c.hidden, width + c.style)
        )  # (..., content, mean of style, its log variance)
        self.decode = nn.Sequential(
            *_layer(width, c.hidden), *_layer(c.hidden, units), _linear(units, units), nn.Softplus()
        )
        self.register_buffer("weight", torch.zeros(features, width))
        self.register_buffer("bias", torch.zeros(features))


class SwapVae(Sessions):
    """Pairs of bins in, expected counts of both out.

    Its first layer is as wide as a session has units, and the paper trains anew for each animal; so every session has
    weights of its own, none are shared, and adapting to a session is training on it.

    Parameters
    ----------
    config : sizes and what the loss is made of
    sessions : names
    sizes : units of each session
    target : what is read out after training
    """

    def __init__(self, config: Config, sessions: Sequence[str], sizes: Sequence[int], target: Target) -> None:
        super().__init__()
        self.config, self.target = config, target
        self.own = nn.ModuleList()
        self.adapt({"sessions": sessions, "sizes": sizes})

    @property
    def tables(self) -> list[nn.Parameter]:
        """All there is, since nothing is shared."""
        return list(self.own.parameters())

    def begin(self, number: int, size: int) -> None:
        like = next(iter(self.own.parameters()), torch.zeros(0))
        put(self.own, number, Autoencoder(size, len(self.target.names), self.config).to(like))

    def units(self, number: int) -> int:
        own: Any = self.own[number]
        return int(own.encode[0].in_features)

    def prepare(self, trials: Trials) -> None:
        """Begin with the mean rates of the training trials, unless the session has learned something already."""
        bias: Any = self._of(trials).decode[-2].bias
        if not bias.any():
            mean = np.maximum(trials.counts[trials.seen].mean(0), 1e-3)
            with torch.no_grad():
                bias.copy_(torch.as_tensor(np.log(np.expm1(mean))))  # the paper begins at zero
        self.finish(trials)

    def finish(self, trials: Trials) -> None:
        """Fit the readout of the target to the latents of training trials."""
        own = self._of(trials)
        if trials.answer is None or self.target.kind == RATES:
            return
        told = np.argwhere(trials.seen & np.isfinite(trials.answer).all(-1))
        rows, bins = told[:: max(-(-len(told) // MOST), 1)].T
        mode = self.training
        with torch.no_grad():
            latent = self.eval()._latents(own, trials.counts[rows, bins]).double().cpu().numpy()
        self.train(mode)
        if len(rows) < 2 or not np.isfinite(latent).all():
            return
        fit = _classes if self.target.kind == CLASSES else _values
        weight, bias = fit(latent, trials.answer[rows, bins].astype(float))
        own.weight.copy_(torch.as_tensor(weight))
        own.bias.copy_(torch.as_tensor(bias))

    def draw(self, trials: Trials, size: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
        """Pairs of bins: (2, pair, unit) counts, some of them silenced."""
        row, bins = pairs(trials.seen, size, self.config.lag, rng)
        views = trials.counts[row, bins].astype(np.float32)
        share = rng.uniform(0, self.config.dropout, (*views.shape[:2], 1))
        views *= rng.random(views.shape, np.float32) >= share
        return {"views": views, "session": np.array(self.number(trials))}

    def forward(self, batch: Batch) -> Output:
        """Rates (way, 2, pair, unit), from a bin's own content and from the other's; latents (2, pair, latent).

        Both views go through a network together, so that its batch norm sees one mean of both; the paper's code
        takes them one after the other.
        """
        own: Any = self.own[int(batch["session"])]
        views = batch["views"]
        code = own.encode(views.flatten(0, 1)).unflatten(0, views.shape[:2])
        content, mean, spread = self._split(code)
        style = mean + torch.randn_like(mean) * (spread / 2).exp() if self.training else mean
        first: Any = own.decode[0]  # linear: each content and style goes through its half once, not once a way
        told, varied = first.weight.split([self.config.content, self.config.style], 1)
        shared, apart = F.linear(content, told), F.linear(style, varied, first.bias)
        ways = torch.stack([c + apart for c in ([shared, shared.flip(0)] if self.config.swap else [shared])])
        return Output(own.decode[1:](ways.flatten(0, 2)).unflatten(0, ways.shape[:3]), code)

    def loss(self, output: Output, batch: Batch) -> Tensor:
        """What the paper minimises, with half the Poisson deviance in place of the likelihood: a constant apart.

        Without swap the own reconstruction counts twice.
        """
        c, (content, mean, spread) = self.config, self._split(output.latent)
        rebuilt = 2 * half_deviance(output.prediction, batch["views"]).sum(-1).mean()
        normal = 0.5 * (mean**2 + spread.exp() - 1 - spread).sum(-1).mean()
        apart = (2 - 2 * F.cosine_similarity(content[0], content[1], dim=-1)).mean()
        return rebuilt + c.kl * normal + c.align * apart

    def answer(self, trials: Trials) -> Tensor:
        """(trial, bin, feature) what is read out: values, probabilities of classes, or rebuilt rates in Hz."""
        if self.target.kind == RATES:
            return self.rebuild(trials) / trials.width
        own = self._of(trials)
        read = self._latents(own, trials.counts) @ own.weight.T + own.bias
        return read.softmax(-1) if self.target.kind == CLASSES else read

    def rebuild(self, trials: Trials) -> Tensor:
        """(trial, bin, unit) spikes a bin that are expected from content and the mean of style."""
        latent = self.latents(trials)
        rates: Tensor = self._of(trials).decode(latent.flatten(0, 1))
        return rates.unflatten(0, latent.shape[:2])

    def latents(self, trials: Trials, part: str = "") -> Tensor:
        """(trial, bin, dim) content, the mean of style, or one behind the other."""
        latent = self._latents(self._of(trials), trials.counts)
        content = self.config.content
        return {"content": latent[..., :content], "style": latent[..., content:]}.get(part, latent)

    def scores(self, trials: Trials) -> dict[str, float]:
        """Bits per spike of rebuilt counts: of bins that the network sees, so no forecast."""
        mode = self.training
        with torch.inference_mode():
            rates = self.eval().rebuild(trials).cpu().numpy()
        self.train(mode)
        return scores(RATES, (), trials.counts[trials.seen].astype(float), rates[trials.seen].astype(float))

    def _split(self, code: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        content, mean, spread = code.split([self.config.content, self.config.style, self.config.style], -1)
        return content, mean, spread

    def _latents(self, own: Autoencoder, counts: NDArray[np.uint16]) -> Tensor:
        """(..., content and mean of style) of counts (..., unit)."""
        x = torch.as_tensor(counts.astype(np.float32), device=own.bias.device)
        code: Tensor = own.encode(x.flatten(0, -2))
        return code[:, : self.config.content + self.config.style].unflatten(0, x.shape[:-1])

    def _of(self, trials: Trials) -> Autoencoder:
        own: Any = self.own[self.number(trials)]
        return own


def pairs(
    seen: NDArray[np.bool_], size: int, lag: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Trial and bin (2, size) of random pairs: any two seen bins of a trial, at most `lag` apart, are as likely.

    A bin and a lag are drawn; where there is nothing at that lag, both are drawn again.
    """
    rows, bins = np.nonzero(seen)
    row, pair = np.zeros(0, np.int64), np.zeros((2, 0), np.int64)
    while len(row) < size:
        k, apart = rng.integers(len(rows), size=2 * size), rng.integers(-lag, lag + 1, 2 * size)
        other = np.clip(bins[k] + apart, 0, seen.shape[1] - 1)
        good = (other == bins[k] + apart) & seen[rows[k], other]
        row, pair = np.r_[row, rows[k][good]], np.c_[pair, np.stack([bins[k], other])[:, good]]
    return np.tile(row[:size], (2, 1)), pair[:, :size]


def half_deviance(rates: Tensor, counts: Tensor) -> Tensor:
    """Poisson negative log likelihood of counts above that of the best rates, the counts themselves."""
    deviance: Tensor = _HalfDeviance.apply(rates, counts)
    return deviance


class _HalfDeviance(torch.autograd.Function):
    """A third of the passes over memory that single steps would take."""

    @staticmethod
    def forward(ctx: Any, rates: Tensor, counts: Tensor) -> Tensor:
        r = rates.clamp(min=LEAST_RATE)
        share = counts / r
        ctx.save_for_backward(rates, share)
        return torch.addcmul(r, counts, share.clamp(min=TINY).log_()).sub_(counts)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        rates, share = ctx.saved_tensors
        return (1 - share).mul_(grads[0]).mul_(rates >= LEAST_RATE), None


def _layer(before: int, after: int) -> tuple[nn.Module, ...]:
    return _linear(before, after), nn.BatchNorm1d(after), nn.ReLU()


def _linear(before: int, after: int) -> nn.Linear:
    layer = nn.Linear(before, after)
    nn.init.kaiming_normal_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


def _values(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weight (feature, latent) and bias of ridge regression, its penalty chosen by leaving one out."""
    from sklearn.linear_model import RidgeCV

    mean, sd = x.mean(0), x.std(0) + 1e-6
    model = RidgeCV(np.logspace(-2, 5, 8)).fit((x - mean) / sd, y)
    weight = np.atleast_2d(model.coef_) / sd
    return weight, model.intercept_ - weight @ mean


def _classes(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weight (class, latent) and bias of logistic regression on classes y (bin, class) of 1 and 0."""
    from sklearn.linear_model import LogisticRegression

    mean, sd = x.mean(0), x.std(0) + 1e-6
    weight, bias = np.zeros((y.shape[1], x.shape[1])), np.full(y.shape[1], RARE)
    present = np.unique(y.argmax(1))
    bias[present] = 0.0
    if len(present) > 1:
        model = LogisticRegression(C=1 / PENALTY, max_iter=200).fit((x - mean) / sd, y.argmax(1))
        on = present[1:] if len(present) == 2 else present
        weight[on], bias[on] = model.coef_ / sd, model.intercept_
    return weight, bias - weight @ mean


def build(config: Config, vocab: Mapping[str, Sequence[Any]], target: Target) -> SwapVae:
    """A network for these sessions."""
    return SwapVae(config, vocab["sessions"], vocab["sizes"], target)


SPEC = ModelSpec(
    title="Swap-VAE",
    paper="Liu et al. 2021",
    config=Config,
    schedule=Schedule(steps=1500, batch=256, lr=5e-4, weight_decay=0.0, clip=0.0, rise=0.0, hold=1.0),
    build=build,
    takes=Recording,
    spaces=("time", "trial"),
    parts=("content", "style"),
    course="trials",
    decodes="class",
    supervised=False,
    effort=Effort(passes=400, item="bin", sees=1, each=1.5e-5, million=0.25),
    compared=Compared(way="bins, read out", shown=(Shown("one bin"), Shown("two bins")), settings={"steps": 600}),
)
