"""Simple ways to fill in a unit from what the others do at the time, which a model that fills in must beat.

Poisson regression on the smoothed roots of the others' counts, and factor analysis of these roots. What is to be chosen
(penalty, smoothing, how many factors) is chosen on a third of the trials to learn from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from neurofm.data.trials import Trials, judged
from neurofm.metrics import pooled_bits

WIDTH, WIDTHS = 3, (1, 3, 9)  # bins over which others are smoothed: while a penalty is chosen, and to choose from
PENALTIES = (1000.0, 300.0, 100.0, 30.0, 10.0)  # half of which the squared weights cost, in log likelihood
FACTORS = (5, 10, 20)  # that drive all units
GAIN = 1.0  # penalty on how much more than its factors say a unit is said to fire
PRIOR = 0.5  # spikes that each unit is thought to have fired at the mean rate of all, beside its own
LEFT = 3  # one trial in so many is left out to choose by
WORK = 2e9  # bins learned from times the square of the units; of more, trials are thinned out evenly
ROUNDS = 40  # of the solver

T = TypeVar("T")


class Population(NamedTuple):
    """Trials as tensors.

    Parameters
    ----------
    counts : (trial, bin, unit) spikes
    seen : (trial, bin)
    """

    counts: Tensor
    seen: Tensor

    def take(self, k: NDArray[np.bool_]) -> Population:
        return Population(*(x[torch.as_tensor(k)] for x in self))

    @property
    def fired(self) -> Tensor:
        """(bin, unit) spikes of all bins that are seen."""
        return self.counts[self.seen]


Way = Callable[[Population, Population], Tensor]  # learn from some, give the log rates of others


def fillings(learn: Trials, asked: Trials) -> dict[str, NDArray[np.float64]]:
    """(trial, bin, unit) spikes a bin of each unit from the others, by "poisson" regression and "factor" analysis.

    Parameters
    ----------
    learn : trials to fit on
    asked : trials of the same units
    """
    thin = int(np.ceil(learn.seen.sum() * learn.counts.shape[2] ** 2 / WORK))
    learned, other = _population(learn.take(slice(None, None, thin))), _population(asked)
    penalty = _best(learned, PENALTIES, lambda p: _regression(p, WIDTH))
    width = _best(learned, WIDTHS, lambda w: _regression(penalty, w))
    fewer = [n for n in FACTORS if n < learn.counts.shape[2]] or [1]
    count = _best(learned, fewer, lambda n: _factors(n, width))
    ways = {"poisson": _regression(penalty, width), "factor": _factors(count, width)}
    return {name: way(learned, other).exp().double().numpy() for name, way in ways.items()}


def scores(learn: Trials, held: Trials) -> dict[str, float]:
    """Bits per spike of these ways, of the trials and units of which a model that fills in is judged, too.

    Parameters
    ----------
    learn : trials to fit on
    held : trials that are held out
    """
    asked, units = judged(held)
    counts = asked.counts[asked.seen][:, units].astype(float)
    rates_of = fillings(learn, asked) if len(units) else {}
    return {name: pooled_bits(rates[asked.seen][:, units], counts) for name, rates in rates_of.items()}


def solve(x: Tensor, counts: Tensor, allowed: Tensor, penalty: float) -> tuple[Tensor, Tensor]:
    """Weight (feature, unit) and bias (unit,) of Poisson regression with a penalty on the squared weights.

    Parameters
    ----------
    x : (bin, feature)
    counts : (bin, unit) spikes
    allowed : (feature, unit) 1 where a feature may tell of a unit, else 0
    """
    more = PRIOR / counts.mean().clamp(min=1e-9)  # bins in which a unit fires PRIOR spikes at the mean rate of all
    bias = torch.log((counts.sum(0) + PRIOR) / (len(counts) + more)).requires_grad_()
    weight = torch.zeros_like(allowed).requires_grad_()
    solver = torch.optim.LBFGS([weight, bias], max_iter=ROUNDS, history_size=8, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        solver.zero_grad()
        free = weight * allowed
        log_rate = torch.addmm(bias, x, free)
        prior = (more * bias.exp() - PRIOR * bias).sum() + penalty / 2 * free.square().sum()
        total: Tensor = ((log_rate.exp() - counts * log_rate).sum() + prior) / len(counts)
        total.backward()
        return total

    with torch.enable_grad():
        solver.step(loss)
    return (weight * allowed).detach(), bias.detach()


def left_out(loading: NDArray[np.float64], noise: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    """(..., unit) what is expected of each unit given all others, where factors drive them.

    Parameters
    ----------
    loading : (factor, unit)
    noise : (unit,) variance of what is not shared
    x : (..., unit) above its mean
    """
    told = loading / np.maximum(noise, 1e-6)  # (factor, unit)
    without = np.eye(len(loading)) + told @ loading.T - np.einsum("fu,gu->ufg", told, loading)  # (unit, factor, factor)
    reads = np.linalg.solve(without, loading.T[..., None])[..., 0]  # (unit, factor)
    expected: NDArray[np.float64] = (x @ told.T) @ reads.T - (reads.T * told).sum(0) * x
    return expected


def _regression(penalty: float, width: int) -> Way:
    def way(learn: Population, asked: Population) -> Tensor:
        x, other = _inputs(learn, asked, width)
        weight, bias = solve(x[learn.seen], learn.fired, 1 - torch.eye(x.shape[-1]), penalty)
        return other @ weight + bias

    return way


def _factors(count: int, width: int) -> Way:
    from sklearn.decomposition import FactorAnalysis

    def way(learn: Population, asked: Population) -> Tensor:
        x, other = (part.double().numpy() for part in _inputs(learn, asked, width))
        model = FactorAnalysis(count, random_state=0).fit(x[learn.seen.numpy()])
        said, of = (
            torch.as_tensor(left_out(model.components_, model.noise_variance_, rows)).float() for rows in (x, other)
        )
        gain, bias = solve(said[learn.seen], learn.fired, torch.eye(x.shape[-1]), GAIN)
        return of @ gain + bias

    return way


def _best(learn: Population, values: Iterable[T], way_of: Callable[[T], Way]) -> T:
    """The first of some values after which it gets worse on trials left out."""
    first, *rest = values
    left = np.arange(len(learn.counts)) % LEFT == LEFT - 1
    if not left.any():
        return first
    part, judge = learn.take(~left), learn.take(left)
    best, height = first, _log_likelihood(way_of(first)(part, judge), judge)
    for value in rest:
        now = _log_likelihood(way_of(value)(part, judge), judge)
        if now <= height:
            break
        best, height = value, now
    return best


def _log_likelihood(log_rate: Tensor, judge: Population) -> float:
    """Of Poisson counts, but for what does not hang on the rates."""
    return float((judge.counts * log_rate - log_rate.exp())[judge.seen].sum())


def _inputs(learn: Population, asked: Population, width: int) -> tuple[Tensor, Tensor]:
    """(trial, bin, unit) roots of counts, above their mean while learning and averaged over the bins around."""
    mean = learn.fired.sqrt().mean(0)
    return _smoothed(learn, mean, width), _smoothed(asked, mean, width)


def _smoothed(of: Population, mean: Tensor, width: int) -> Tensor:
    there = of.seen[..., None].to(of.counts.dtype)
    roots, share = (
        nn.functional.avg_pool1d(x.transpose(1, 2), width, 1, width // 2).transpose(1, 2)
        for x in ((of.counts.sqrt() - mean) * there, there)
    )
    return roots / share.clamp(min=0.5 / width)


def _population(trials: Trials) -> Population:
    return Population(torch.as_tensor(trials.counts.astype(np.float32)), torch.as_tensor(trials.seen))
