"""EIT beside logistic regression on reaching monkeys, and on simulated bodies that circle each other.

With recordings (binned reaching with a target): the first four bins of each trial, windows of two, trials in order, the
first 80 % for training. What is scored is the target in each bin of each test window. Then the part for units alone,
learned on the first recording, is frozen, and a read-out of the second recording's units is learned on it; beside it
the same read-out on a random such part and on centred counts.

Without: which of four bodies belong together and which are light, after five rounds of the training sequences; whom
attention goes to, then and after forty; three bodies to a system; and what is learned of two pairs carried over to
three.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from neurofm import progress
from neurofm.bench import _bodies
from neurofm.bench._bodies import PAIRS, TRIPLETS, Task
from neurofm.bench._table import Row, row
from neurofm.data import Recording
from neurofm.data.split import Split
from neurofm.data.trials import Trials
from neurofm.errors import DataError
from neurofm.io import read_recording
from neurofm.models.eit import Eit
from neurofm.specs import BenchSpec
from neurofm.training import Run, finetune, train
from neurofm.training.trials import all_trials

TARGET, SHARE = "target", 0.8  # column of the trials; share of them that is learned from
SETTINGS: dict[str, Any] = {"bins": 4, "length": 2, "target": TARGET, "steps": 400, "batch": 16, "lr": 1e-3}
ADAPT = {"steps": 400, "batch": 16, "lr": 3e-3}
HEAD_STEPS, HEAD_LR, HEAD_BATCH = 1000, 3e-3, 64
ROUNDS, LONG = 5, 8  # of the training sequences of bodies; how many times as long once more
PARTNER = "attention to the partner"


@dataclass(frozen=True, eq=False)
class Bins:
    """Every bin of every window of a recording: its trial, class, and the counts of its whole window (bin, feature)."""

    trial: NDArray[np.int64]
    truth: NDArray[np.int64]
    counts: NDArray[np.float64]
    test: NDArray[np.bool_]

    def hit(self, said: NDArray[np.int64]) -> NDArray[np.float64]:
        """(test bin,) 1 where what was said is right."""
        return (said == self.truth[self.test]).astype(float)


@dataclass(frozen=True, eq=False)
class Reaching:
    """A recording and how it is split."""

    recording: Recording

    @property
    def name(self) -> str:
        """As in the table."""
        return self.recording.session

    @cached_property
    def split(self) -> Split:
        """Trials in order, no validation."""
        spans = self.recording.intervals["trials"][["start", "stop"]].to_numpy(float)
        first = round(SHARE * len(spans))
        return Split(spans[:first], np.zeros((0, 2)), spans[first:])

    def bins(self, net: Eit, trials: Trials) -> Bins:
        """In the order of `windows`."""
        parts = []
        for trial, place, _ in net.batches(trials):
            there = place >= 0
            counts = np.where(there[..., None], trials.counts[trial[:, None], place], 0)
            counts = counts.reshape(len(trial), -1).astype(float)
            answer: Any = trials.answer
            truth = answer[trial[:, None], place].argmax(-1)
            wide = place.shape[1]
            every = (trial.repeat(wide), truth.ravel(), counts.repeat(wide, 0))
            parts.append([x[there.ravel()] for x in every])
        trial, truth, counts = (np.concatenate(x) for x in zip(*parts))
        test = trials.within(self.split.test)[trial]
        return Bins(trial, truth, counts, test)


def logistic(bins: Bins, *, root: bool) -> NDArray[np.float64]:
    """(test bin,) 1 where logistic regression on the window's centred counts, or their roots, is right."""
    from sklearn.linear_model import LogisticRegression

    x = np.sqrt(bins.counts) if root else bins.counts
    x = x - x[~bins.test].mean(0)
    model = LogisticRegression(max_iter=5000).fit(x[~bins.test], bins.truth[~bins.test])
    return bins.hit(model.predict(x[bins.test]))


def said(net: Eit, trials: Trials) -> NDArray[np.int64]:
    """(bin,) class that is most likely, in the order of `Reaching.bins`."""
    likely = _every_bin(net, trials, lambda batch: net(batch).prediction)
    return np.asarray(likely.argmax(-1))


def alone(net: Eit, trials: Trials) -> NDArray[np.float32]:
    """(bin, unit) what the part for units alone says of each unit, in the order of `Reaching.bins`."""
    narrow: Any = net.narrow_alone
    return _every_bin(net, trials, lambda batch: narrow(net.look(batch)).squeeze(-1))


def counts(net: Eit, trials: Trials) -> NDArray[np.float32]:
    """(bin, unit) centred counts, in the order of `Reaching.bins`."""
    return _every_bin(net, trials, lambda batch: batch["rates"][batch["which"], :, 0].transpose(1, 2))


def head(x: NDArray[np.floating], bins: Bins, seed: int) -> NDArray[np.float64]:
    """(test bin,) 1 where a linear read-out with dropout is right; features are centred, and scaled by one number."""
    torch.manual_seed(seed)
    x = x - x[~bins.test].mean(0)
    scaled = torch.as_tensor(x / x[~bins.test].std(), dtype=torch.float32)
    truth = torch.as_tensor(bins.truth)
    learned = torch.as_tensor(np.flatnonzero(~bins.test))
    read = nn.Sequential(nn.Dropout(0.5), nn.Linear(x.shape[1], int(bins.truth.max()) + 1))
    optimizer = torch.optim.Adam(read.parameters(), HEAD_LR)
    for _ in range(HEAD_STEPS):
        rows = learned[torch.randint(len(learned), (HEAD_BATCH,))]
        optimizer.zero_grad()
        nn.functional.cross_entropy(read(scaled[rows]), truth[rows]).backward()
        optimizer.step()
    with torch.inference_mode():
        return bins.hit(read.eval()(scaled[torch.as_tensor(bins.test)]).argmax(-1).numpy())


def paired(case: str, system: str, gain: NDArray[np.float64], bins: Bins) -> Row:
    """Mean over seeds of a gain (seed, test bin), with the 95 % bootstrap range over test trials."""
    trial = bins.trial[bins.test]
    names = np.unique(trial)
    each = np.array([gain[:, trial == k].mean() for k in names])
    weight = np.array([(trial == k).sum() for k in names])
    rows = np.random.default_rng(0).integers(0, len(names), (10_000, len(names)))
    low, high = np.percentile((each * weight)[rows].sum(1) / weight[rows].sum(1), [2.5, 97.5])
    line = row(case, system, "accuracy", gain.mean(1), "", f"range over {len(names)} test trials")
    return line | {"low": float(low), "high": float(high)}


def once(data: Sequence[Reaching], seed: int, settings: dict[str, Any]) -> dict[tuple[str, str], Any]:
    """Hits (test bin,) of one seed, by (case, system)."""
    hits: dict[tuple[str, str], Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        runs = [_trained(d, Path(folder) / str(k), seed, settings) for k, d in enumerate(data)]
        for d, run in zip(data, runs):
            hits |= _single(d, run)
        if len(data) > 1:
            adapt = ADAPT | {"steps": settings["steps"]}
            hits |= _transfer(data[0], data[1], runs[0], runs[1], Path(folder) / "adapted", seed, adapt)
    return hits


def run(paths: Sequence[str], quick: bool, seed: int, peer: str) -> list[Row]:
    """Accuracies over five seeds (one, and a fiftieth of the steps, if quick).

    Raises
    ------
    DataError
        If a recording has no units, or its trials no target.
    """
    if not paths:
        return _simulated(quick, seed)
    data = [Reaching(_recording(p)) for p in paths[:2]]
    settings = SETTINGS | ({"steps": 8} if quick else {})
    every = [once(data, k, settings) for k in progress.each(range(seed, seed + (1 if quick else 5)), "seed")]
    rows = [row(*name, "accuracy", [f[name].mean() for f in every]) for name in every[0] if name[1] != "bins"]
    for case in dict.fromkeys(case for case, _ in every[0]):
        rows += _gains(case, every)
    return rows


def _gains(case: str, every: list[dict[tuple[str, str], Any]]) -> list[Row]:
    bins: Bins = every[0][case, "bins"]
    have = {name: np.array([f[case, name] for f in every]) for c, name in every[0] if c == case and name != "bins"}
    pairs = [
        ("EIT", "logistic, counts"), ("EIT", "logistic, roots"), ("EIT, units only", "logistic, counts"),
        ("frozen part, new read-out", "logistic, counts"), ("frozen part, new read-out", "logistic, roots"),
        ("frozen part, new read-out", "random part, new read-out"), ("frozen part, new read-out", "counts, read-out"),
    ]  # fmt: skip
    return [paired(case, f"{a} - {b}", have[a] - have[b], bins) for a, b in pairs if a in have and b in have]


def _trained(data: Reaching, place: Path, seed: int, settings: dict[str, Any]) -> Run:
    given: dict[str, Any] = {"seed": seed, "device": "cpu", "settings": settings, "splits": {data.name: data.split}}
    return train("eit", data.recording, place, **given)


def _single(data: Reaching, run: Run) -> dict[tuple[str, str], Any]:
    trials = all_trials(run, data.recording)
    bins = data.bins(run.model, trials)
    return {
        (data.name, "bins"): bins,
        (data.name, "EIT"): bins.hit(said(run.model, trials)[bins.test]),
        (data.name, "logistic, counts"): logistic(bins, root=False),
        (data.name, "logistic, roots"): logistic(bins, root=True),
    }


def _transfer(
    old: Reaching, new: Reaching, base: Run, own: Run, place: Path, seed: int, adapt: dict[str, Any]
) -> dict[tuple[str, str], Any]:
    """Hits on the second recording of what was learned on the first."""
    case = f"{old.name} to {new.name}"
    given: dict[str, Any] = {"seed": seed, "device": "cpu", "splits": {new.name: new.split}}
    adapted = finetune(base, new.recording, place, units_only=True, settings=adapt, **given)
    trials = all_trials(adapted, new.recording)
    bins = new.bins(adapted.model, trials)
    torch.manual_seed(seed + 1000)
    blank = own.blank().eval()
    blank.prepare(trials.take(trials.within(new.split.train)))
    return {
        (case, "bins"): bins,
        (case, "EIT, units only"): bins.hit(said(adapted.model, trials)[bins.test]),
        (case, "frozen part, new read-out"): head(alone(adapted.model, trials), bins, seed),
        (case, "random part, new read-out"): head(alone(blank, trials), bins, seed),
        (case, "counts, read-out"): head(counts(blank, trials), bins, seed),
        (case, "logistic, counts"): logistic(bins, root=False),
        (case, "logistic, roots"): logistic(bins, root=True),
    }


def _every_bin(net: Eit, trials: Trials, call: Any) -> NDArray[Any]:
    parts = []
    with torch.inference_mode():
        for _, place, batch in net.batches(trials):
            answer = call(batch)  # (window, bin, feature)
            parts.append(answer.flatten(0, 1).numpy()[place.ravel() >= 0])
    return np.concatenate(parts)


def _recording(path: str) -> Recording:
    recording = read_recording(path)
    trials = recording.intervals.get("trials")
    if trials is None or TARGET not in trials or not len(recording.units):
        raise DataError(path, TARGET, "is missing; give reaching recordings whose trials have a target")
    return recording


def _simulated(quick: bool, seed: int) -> list[Row]:
    scores = [_bodies_once(k, quick) for k in progress.each(range(seed, seed + (1 if quick else 3)), "seed")]
    return [row(*name, [f[name] for f in scores]) for name in scores[0]]


def _bodies_once(seed: int, quick: bool) -> dict[tuple[str, str, str], float]:
    """Every score of one seed, by (case, system, metric)."""
    steps = 3 if quick else ROUNDS * _bodies.EPOCH
    pairs = Task("connection")
    scores: dict[tuple[str, str, str], float] = {}
    for task in (pairs, Task("type")):
        net = _bodies.learn(_bodies.fresh(task, PAIRS, seed), task, seed, steps)
        scores |= _judged(task.name, net, task, seed)
        if task == pairs:
            scores[task.name, "EIT, its best head", PARTNER] = _bodies.best_head(net, task, seed)
            learned = net
    net = _bodies.learn(_bodies.fresh(pairs, PAIRS, seed), pairs, seed, LONG * steps)
    scores |= _judged(f"{pairs.name}, {LONG} times the steps", net, pairs, seed)
    triplets = Task("connection", 2, 3)
    net = _bodies.learn(_bodies.fresh(triplets, TRIPLETS, seed), triplets, seed, 2 if quick else 300)
    scores[triplets.name, "EIT", "accuracy"] = _bodies.accuracy(net, triplets, seed)
    more = Task("connection", 3, 2)
    for name, start in (("EIT, frozen", learned), ("EIT, random and frozen", _bodies.fresh(pairs, PAIRS, seed + 1000))):
        net = _bodies.learn(_bodies.moved(start, more, seed), more, seed, steps)
        scores[more.name, name, "accuracy"] = _bodies.accuracy(net, more, seed)
    net = _bodies.learn(_bodies.fresh(more, PAIRS, seed), more, seed, steps)
    scores[more.name, "EIT", "accuracy"] = _bodies.accuracy(net, more, seed)
    return scores


def _judged(case: str, net: Eit, task: Task, seed: int) -> dict[tuple[str, str, str], float]:
    """Answers, and whom attention goes to, by what heads bring back and by their looks alone."""
    return {
        (case, "EIT", "accuracy"): _bodies.accuracy(net, task, seed),
        (case, "EIT", PARTNER): _bodies.partner_share(net, task, seed),
        (case, "EIT, heads averaged", PARTNER): _bodies.partner_share(net, task, seed, looks=True),
    }


SPEC = BenchSpec(title="Reach direction from windows of counts, and bodies that circle each other", run=run)
