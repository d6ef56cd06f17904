"""Decode behaviour from counts: folds, what a decoder is shown, and the simple decoders that a model must beat.

A row of every array is a moment: a bin of a trial, trial after trial. Answers are values, or probabilities of classes.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

from neurofm.baseline import spreads

Floats = NDArray[np.floating]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
Decoder = Callable[[Floats, Floats, Ints, Floats], Floats]
"""Inputs and answers to learn from, the trial of each, and inputs to answer; gives the answers."""

ONE, TWO, WHOLE, NINE = "one bin", "two bins", "whole trial", "nine bins"
AROUND = 4  # bins before and after that a value is decoded from, too
WIDE = 64  # of the recurrent network
EPOCHS = 60
LEAST = 1e-6  # probability, so that a logarithm exists


def trial_folds(trials: int, count: int = 5, share: float = 0.2) -> Iterator[tuple[Mask, Mask]]:
    """Masks (trial,) to learn from and to test on; fold k holds out a share of the trials, drawn with seed k."""
    for seed in range(count):
        held = np.zeros(trials, bool)
        held[np.random.default_rng(seed).permutation(trials)[: round(share * trials)]] = True
        yield ~held, held


def block_folds(trials: int, count: int = 5) -> Iterator[tuple[Mask, Mask]]:
    """Masks (trial,) of folds, for pieces of one long stretch; what touches a piece that is tested is not learned.

    A fold tests up to four contiguous blocks far apart, since animals change what they do in the course of a session.
    """
    each = min(max(trials // (4 * count), 1), 4)
    block = np.arange(trials) * count * each // trials
    for k in range(count):
        held = block % count == k
        yield np.convolve(held, [1, 1, 1], "same") == 0, held


def inputs(
    counts: NDArray[Any], trial: Ints, root: Callable[[Floats], Floats] = np.sqrt, *, classes: bool
) -> dict[str, Floats]:
    """Counts or other amounts (moment, unit), by what a decoder is shown: (moment, feature) each.

    One bin; two bins, it and the one before in its trial (its own for the first); for a class the whole trial's mean,
    the same for all of its bins, and for values nine bins, from four before to four after, NaN beyond its trial. Each
    is what `root` makes of it: of counts the square root.
    """
    each = root(counts.astype(float))
    shown = {ONE: each, TWO: np.hstack([each, each[beside(trial, -1)]])}
    if not classes:
        return shown | {NINE: np.hstack([_inside(each, trial, k) for k in range(-AROUND, AROUND + 1)])}
    names, place = np.unique(trial, return_inverse=True)
    total = np.zeros((len(names), counts.shape[1]))
    np.add.at(total, place, counts)
    return shown | {WHOLE: root(total / np.bincount(place)[:, None])[place]}


def beside(trial: Ints, by: int) -> Ints:
    """(moment,) the row so many bins later, or the nearest to it in the same trial."""
    first = np.searchsorted(trial, trial)
    last = np.searchsorted(trial, trial, "right") - 1
    return np.clip(np.arange(len(trial)) + by, first, last)


def _inside(each: Floats, trial: Ints, by: int) -> Floats:
    """(moment, unit) of the row so many bins later; NaN where that is of another trial, or of none."""
    there = np.arange(len(trial)) + by == beside(trial, by)
    return np.where(there[:, None], each[beside(trial, by)], np.nan)


def pooled(answer: Floats, trial: Ints) -> Floats:
    """Probabilities (moment, class) of whole trials: logarithms of those of their bins added up."""
    names, place = np.unique(trial, return_inverse=True)
    total = np.zeros((len(names), answer.shape[1]))
    np.add.at(total, place, np.log(np.maximum(answer, LEAST)))
    odds = np.exp(total - total.max(1, keepdims=True))
    return np.asarray((odds / odds.sum(1, keepdims=True))[place])


def decoders(*, classes: bool) -> dict[str, Decoder]:
    """What is tried on every input, by name."""
    if classes:
        return {"mean": mean, "logistic": logistic, "LDA": discriminant, "MLP": perceptron}
    return {"mean": mean, "ridge": ridge, "MLP": perceptron_values}


def mean(x: Floats, y: Floats, trial: Ints, asked: Floats) -> Floats:
    """The mean answer, or the share of each class, whatever is shown."""
    return np.tile(y.mean(0), (len(asked), 1))


def ridge(x: Floats, y: Floats, trial: Ints, asked: Floats) -> Floats:
    """Ridge regression; with several bins a Wiener filter. The penalty is the best on trials left out."""
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import GridSearchCV

    x, asked = _weighed(x, asked)
    search = GridSearchCV(Ridge(), {"alpha": np.logspace(0, 5, 6)}, cv=_inner(trial))
    return np.asarray(search.fit(x, y).predict(asked)).reshape(len(asked), -1)


def logistic(x: Floats, y: Floats, trial: Ints, asked: Floats) -> Floats:
    """Logistic regression; the penalty is the best on trials left out."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    x, asked = _scaled(x, asked)
    search = GridSearchCV(LogisticRegression(max_iter=500), {"C": np.logspace(-4, 0, 5)}, cv=_inner(trial))
    return _probabilities(search, x, y, asked)


def discriminant(x: Floats, y: Floats, trial: Ints, asked: Floats) -> Floats:
    """Linear discriminants; the covariance is shrunk as Ledoit and Wolf 2004 have it."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    x, asked = _scaled(x, asked)
    return _probabilities(LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"), x, y, asked)


def perceptron(x: Floats, y: Floats, trial: Ints, asked: Floats) -> Floats:
    """A network of 128 hidden units with a strong penalty, for classes."""
    from sklearn.neural_network import MLPClassifier

    x, asked = _scaled(x, asked)
    return _probabilities(MLPClassifier(hidden_layer_sizes=(128,), alpha=10.0, random_state=0), x, y, asked)


def perceptron_values(x: Floats, y: Floats, trial: Ints, asked: Floats) -> Floats:
    """The same for values."""
    from sklearn.neural_network import MLPRegressor

    x, asked = _weighed(x, asked)
    middle, sd = y.mean(0), y.std(0) + 1e-9
    net = MLPRegressor(hidden_layer_sizes=(128,), alpha=10.0, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it stops after 200 passes, converged or not
        net.fit(x, ((y - middle) / sd).squeeze())
    return np.asarray(net.predict(asked).reshape(len(asked), -1) * sd + middle)


def recurrent(x: Floats, y: Floats, trial: Ints, asked: Floats, asked_trial: Ints, *, classes: bool) -> Floats:
    """A recurrent network (GRU) that reads each trial's bins in both directions; half of its inputs are left out."""
    torch.manual_seed(0)
    x, asked = _scaled(x, asked)
    middle, sd = (0.0, 1.0) if classes else (y.mean(0), y.std(0) + 1e-9)
    net = _Gru(x.shape[1], y.shape[1])
    _learn(net, _tensor(x), _tensor((y - middle) / sd), trial, classes=classes)
    with torch.inference_mode():
        said = net.eval()(_tensor(asked), _lengths(asked_trial))
    return np.asarray(said.softmax(-1).numpy() if classes else said.numpy() * sd + middle)


def inner_folds(trials: Ints, count: int = 3) -> Iterator[tuple[Ints, Ints]]:
    """Trials to fit on and trials to choose by, each of `trials` once among the latter."""
    mixed = np.random.default_rng(7).permutation(trials)
    for part in np.array_split(mixed, count):
        yield np.setdiff1d(trials, part), np.sort(part)


def best(scores: Mapping[str, float]) -> str:
    """The name with the highest score; the first of equal ones."""
    return max(scores, key=lambda name: scores[name])


def _scaled(x: Floats, asked: Floats) -> tuple[Floats, Floats]:
    """Both in standard deviations of what is learned from; what never varies there, as a silent unit, says nothing."""
    middle, sd = x.mean(0), x.std(0)
    sd = np.where(sd > 1e-9, sd, np.inf)
    return (x - middle) / sd, (asked - middle) / sd


def _weighed(x: Floats, asked: Floats) -> tuple[Floats, Floats]:
    """Both in `neurofm.baseline.spreads`: what varies more counts for more, what never varies says nothing.

    What is NaN is taken to be as the mean.
    """
    known = np.isfinite(x)
    middle = np.where(known, x, 0).sum(0) / known.sum(0).clip(1)
    x, asked = (np.where(np.isfinite(one), one - middle, 0.0) for one in (x, asked))
    sd = np.where(x.std(0) > 1e-9, spreads(x), np.inf)
    return x / sd, asked / sd


def _inner(trial: Ints) -> list[tuple[Ints, Ints]]:
    """Rows to fit on and rows to choose a penalty by, apart in trials."""
    return [
        (np.flatnonzero(np.isin(trial, a)), np.flatnonzero(np.isin(trial, b))) for a, b in inner_folds(np.unique(trial))
    ]


def _probabilities(model: Any, x: Floats, y: Floats, asked: Floats) -> Floats:
    """(moment, class) of a scikit-learn classifier; 0 for classes that it has never seen."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of steps that ran out
        model.fit(x, y.argmax(1))
    shares = np.zeros((len(asked), y.shape[1]))
    shares[:, model.classes_] = model.predict_proba(asked)
    return shares


class _Gru(nn.Module):
    """Bins of trials in, behind each other (moment, unit), and as many answers out."""

    def __init__(self, units: int, features: int) -> None:
        super().__init__()
        self.drop = nn.Dropout(0.5)
        self.gru = nn.GRU(units, WIDE, batch_first=True, bidirectional=True)
        self.readout = nn.Linear(2 * WIDE, features)

    def forward(self, x: Tensor, lengths: list[int]) -> Tensor:
        padded = pad_sequence(list(self.drop(x).split(lengths)), batch_first=True)
        packed = pack_padded_sequence(padded, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
        seen, _ = pad_packed_sequence(self.gru(packed)[0], batch_first=True)
        answers: Tensor = self.readout(self.drop(torch.cat([row[:n] for row, n in zip(seen, lengths)])))
        return answers


def _learn(net: nn.Module, x: Tensor, y: Tensor, trial: Ints, *, classes: bool) -> None:
    """Passes over the trials in new orders, sixteen at a time."""
    optimizer = torch.optim.AdamW(net.parameters(), 3e-3, weight_decay=1e-2)
    error = nn.functional.cross_entropy if classes else nn.functional.mse_loss
    rows, rng = np.split(np.arange(len(trial)), np.flatnonzero(np.diff(trial)) + 1), np.random.default_rng(0)
    for _ in range(EPOCHS):
        for part in np.array_split(rng.permutation(len(rows)), -(-len(rows) // 16)):
            there = np.concatenate([rows[k] for k in part])
            loss = error(net(x[there], [len(rows[k]) for k in part]), y[there])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


def _lengths(trial: Ints) -> list[int]:
    """Moments of each trial."""
    return np.unique(trial, return_counts=True)[1].tolist()


def _tensor(x: Floats) -> Tensor:
    return torch.as_tensor(np.asarray(x, np.float32))
