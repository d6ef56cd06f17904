"""What linear probes read from latents of behaviour, with what they read without a network beside it.

Rows are frames, some apart from each other, and sequences, as the mean of their frames. Every probe is fitted to what
the run learned from and judged on what was held out: classes by balanced logistic regression and weighted F1, numbers
by ridge regression with a chosen penalty and R².
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.checks import check_choice
from neurofm.data import spans
from neurofm.data.labels import are_classes, kinds, known, labels_of
from neurofm.data.shown import several
from neurofm.data.split import Split
from neurofm.data.stretches import Stretches, merge, moving
from neurofm.data.tracks import Tracks
from neurofm.errors import DataError
from neurofm.training.course import check_takes
from neurofm.training.courses.frames import seen_by
from neurofm.training.run import Run

PENALTIES = np.logspace(-2, 5, 8)  # of ridge regression on standardised features
MOST, FEW = 10_000, 4_000  # rows that a probe is fitted to or judged on, and PCA; more are thinned out evenly
LOOKED = 100_000  # frames that are looked at, at most
APART, AFTER = 0.17, 3.5  # seconds from row to row, and from the start of a stretch to its first row
PAST, WINDOW, PARTS = 1.0, 2.0, 80  # seconds of the moving mean and spread, and of the window of which PCA has parts
FRAME, SEQUENCE = "frame", "trial"  # what a row is
Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Rows:
    """Frames that are looked at, with all that is made of each.

    Parameters
    ----------
    frames : (row,) of the tracks
    features : (row, dim) by name
    learned, judged : (row,) what probes are fitted to, and judged on
    """

    frames: NDArray[np.int64]
    features: Mapping[str, Array]
    learned: NDArray[np.bool_]
    judged: NDArray[np.bool_]

    def of_trials(self, tracks: Tracks) -> tuple[Rows, NDArray[np.int64]]:
        """Means over the rows of each trial that has any, and which trial each is."""
        table = tracks.trials
        edges = np.zeros((0, 2)) if table is None else table[["start", "stop"]].to_numpy(float)
        rows = [np.flatnonzero((tracks.times[self.frames] >= a) & (tracks.times[self.frames] < b)) for a, b in edges]
        trials = np.flatnonzero([len(row) > 0 for row in rows])
        means = {name: np.stack([x[rows[k]].mean(0) for k in trials]) for name, x in self.features.items()}
        whole = [np.array([mask[rows[k]].all() for k in trials], bool) for mask in (self.learned, self.judged)]
        return Rows(trials, means, *whole), trials


def table(
    run: Run, tracks: Tracks, labels: Sequence[str] = (), *, seed: int = 0, step: Callable[..., None] | None = None
) -> pd.DataFrame:
    """What probes read of each label from each set of features, a row each.

    Columns are `label`, `of` ("frame" or "trial"), `features`, `score` ("F1" or "R2") and `value`, `chance` (of
    classes the weighted F1 of guessing as often as each comes), and `judged`: how many frames or trials that is over.
    A label of which there is but one class or value in what was learned from, or held out, has no row.

    Parameters
    ----------
    labels : of frames or trials, not of single animals; all that say anything if none
    seed : of the network with random weights

    Raises
    ------
    DataError, LookupError
        If the tracks have no such labels, or none that can be judged.
    """
    where = (*tracks.paths, tracks.session)[0]
    if not isinstance(tracks, Tracks):
        problem = f"is of the kind '{tracks.kind}', and labels of {Tracks.kind} are probed; name {Tracks.kind}"
        raise DataError(where, "", f"{problem} and a run that learned from them")
    check_takes(run.spec, tracks)
    there = labels_of(tracks)
    if not there:
        raise DataError(where, "labels", "has no labels to probe; add columns to its trials, or labels of frames")
    for name in labels:
        check_choice("label", name, there)
    rows = look(run, tracks, seed=seed, step=step)
    trials, which = rows.of_trials(tracks) if tracks.trials is not None else (rows, rows.frames)
    lines = []
    for name in labels or there:
        of = FRAME if name in tracks.labels else SEQUENCE
        here, values = (rows, tracks.labels[name][rows.frames]) if of == FRAME else (trials, there[name][which])
        if step:
            step(0.8, f"probing {name}")
        lines += [{"label": name, "of": of, **line} for line in read(here, values)]
    if not lines:
        problem = (
            f"{several(labels or there)} cannot be judged, with but one class in what was learned from or held out"
        )
        raise DataError(where, "labels", f"{problem}; name others, or train on tracks with more trials")
    return pd.DataFrame(lines)


def read(rows: Rows, values: Array, *, classes: bool | None = None) -> list[dict[str, Any]]:
    """Score of a label (row,) from each set of features; whether it tells classes is seen from its values if None."""
    told = known(values)
    learn, judge = (_thin(mask & told) for mask in (rows.learned, rows.judged))
    if len(kinds(values[learn])) < 2 or len(kinds(values[judge])) < 2:  # of one class any answer is right
        return []
    classes = are_classes(values) if classes is None else classes
    probe, score = (classify, "F1") if classes else (regress, "R2")
    chance = _guessing(values[judge]) if classes else 0.0
    return [
        {"features": name, "score": score, "value": probe(x[learn], values[learn], x[judge], values[judge]),
         "chance": chance, "judged": len(judge)}
        for name, x in rows.features.items()
    ]  # fmt: skip


def classify(x: Array, y: Array, judged: Array, truth: Array) -> float:
    """Weighted F1 of balanced logistic regression, fitted to x (row, dim) and y (row,)."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import f1_score

    (x, judged), (y, truth) = _standard(x, judged), (y.astype(str), truth.astype(str))
    said = LogisticRegression(class_weight="balanced", max_iter=300).fit(x, y).predict(judged)
    return float(f1_score(truth, said, average="weighted"))


def regress(x: Array, y: Array, judged: Array, truth: Array) -> float:
    """R² of ridge regression, its penalty chosen by leaving one out, fitted to x (row, dim) and y (row,)."""
    from sklearn.linear_model import RidgeCV

    x, judged = _standard(x, judged)
    return float(RidgeCV(PENALTIES).fit(x, y.astype(float)).score(judged, truth.astype(float)))


def between(x: Array, group: Array) -> float:
    """Share of the variance of x (row, dim) that lies between groups (row,) of rows."""
    x = x.astype(float)
    _, place, count = np.unique(group, return_inverse=True, return_counts=True)
    means = np.stack([np.bincount(place, column) / count for column in x.T], 1)
    whole = ((x - x.mean(0)) ** 2).sum()
    return float((count[:, None] * (means - x.mean(0)) ** 2).sum() / whole)


# ---- the rows, and what is made of them


def look(run: Run, tracks: Tracks, *, seed: int = 0, step: Callable[..., None] | None = None) -> Rows:
    """Frames of tracks with latents of all parts, those of random weights, and what needs no network."""
    every = seen_by(run, run.as_learned(tracks))
    frames = choose(every)
    split = split_of(run, tracks)
    learned, judged = (spans.inside(tracks.times[frames], part) for part in (split.train, split.test))
    features = dict[str, Array]()
    for before, net in (("", run.model), ("random weights, ", random(run, seed))):
        if step:
            step(0.1 if before else 0.0, f"embedding with {before or 'the run, '}{len(every)} stretches")
        latent = latents(net, every, frames)
        whole = " + ".join(net.parts)
        features |= {before + name: latent(part) for name, part in net.parts.items()}
        features[before + whole] = latent(slice(None))
    features |= plain(every, frames, learned)
    there = np.isfinite(np.concatenate([*features.values()], 1)).all(1)
    return Rows(frames[there], {name: x[there] for name, x in features.items()}, learned[there], judged[there])


def choose(every: Stretches) -> NDArray[np.int64]:
    """Frames that are a little apart, and late enough in their stretch, or in its second half if that is short.

    Of very long tracks they are further apart, so that what is made of them fits into memory.
    """
    rate = 1 / every.tracks.step
    late = np.minimum(round(AFTER * rate), every.lengths // 2)
    step = max(round(APART * rate), int(every.lengths.sum() / LOOKED), 1)
    return np.concatenate([np.arange(a + k, b, step) for (a, b), k in zip(every.rows, late)])


def latents(net: Any, every: Stretches, frames: NDArray[np.int64]) -> Callable[[slice], Array]:
    """What gives a part of the merged latents (row, dim) of some frames."""
    place = np.full(len(every.tracks.times), -1)
    place[frames] = np.arange(len(frames))
    read = [(place[r.first : r.last], r.latent, r.seen) for r in net.follow(every)]
    chosen = [(rows[rows >= 0], latent[rows >= 0], seen[rows >= 0]) for rows, latent, seen in read]
    order = np.argsort(np.concatenate([rows for rows, _, _ in chosen]))
    latent, seen = (np.concatenate([each[k] for each in chosen])[order] for k in (1, 2))
    return lambda part: merge(latent[..., part], seen)


def random(run: Run, seed: int = 0) -> Any:
    """The network of a run as it was before it learned anything, with the scales it has now."""
    import torch

    torch.manual_seed(seed + 1_000)
    net = run.blank()
    buffers = {name: value for name, value in run.model.state_dict().items() if name in dict(net.named_buffers())}
    net.load_state_dict(net.state_dict() | buffers)
    return net.eval().to(next(run.model.parameters()).device)


def plain(every: Stretches, frames: NDArray[np.int64], learned: NDArray[np.bool_]) -> dict[str, Array]:
    """What needs no network: the frame, its moving mean and spread, and PCA of a window; of several animals merged."""
    rate = 1 / every.tracks.step
    past, window = max(round(PAST * rate), 1), max(round(WINDOW * rate), 1)
    fitted = _directions(np.concatenate([w for _, w in _windows(every, frames[_thin(learned, FEW)], window)]))
    now, swept, parts = [], [], []
    for (given, seen, rows), windows in _windows(every, frames, window):
        now.append(merge(np.nan_to_num(given[rows]), seen[rows]))
        swept.append(merge(np.nan_to_num(moving(given, past)[rows]), seen[rows]))
        parts.append(fitted(windows))
    return {
        "frame": np.concatenate(now),
        f"mean and sd of {PAST:g} s": np.concatenate(swept),
        f"PCA of {WINDOW:g} s": np.concatenate(parts),
    }


def _windows(
    every: Stretches, frames: NDArray[np.int64], window: int
) -> Iterator[tuple[tuple[Array, Array, NDArray[np.int64]], Array]]:
    """Of each stretch what is given, whether it is seen and which rows are asked for, and the windows behind these."""
    for first, last in every.rows:
        rows = frames[(frames >= first) & (frames < last)] - first
        if len(rows):
            given = every.given(first, last)
            seen = np.asarray(np.isfinite(given).any(-1))
            behind = np.maximum(rows[:, None] - np.arange(window), 0)
            whole = np.nan_to_num(merge(np.nan_to_num(given), seen)).astype(np.float32)
            yield (given, seen, rows), whole[behind].reshape(len(rows), -1)


def _directions(x: Array) -> Callable[[Array], Array]:
    """What gives the main directions (row, 80), standardised and fitted to x (row, dim)."""
    from sklearn.decomposition import PCA

    mean, sd = x.mean(0), x.std(0) + 1e-6
    count = min(PARTS, x.shape[1], max(len(x) - 1, 1))
    fitted = PCA(count, svd_solver="randomized", random_state=0).fit((x - mean) / sd)
    return lambda other: np.asarray(fitted.transform((other - mean) / sd))


def split_of(run: Run, source: Any) -> Split:
    """What the run learned from and what it was kept from; of a source that it does not know, as it would split it."""
    name = run.called(source)
    if name in run.config["splits"]:
        return Split(*(run.spans(name, part) for part in ("train", "valid", "test")))
    split: Split = run.course.split(source, np.random.default_rng(0))
    return split


def _standard(x: Array, judged: Array) -> tuple[Array, Array]:
    mean, sd = x.mean(0, dtype=float), x.std(0, dtype=float) + 1e-6
    return (x - mean) / sd, (judged - mean) / sd


def _thin(chosen: NDArray[np.bool_], most: int = MOST) -> NDArray[np.int64]:
    """Rows that are chosen, at most so many, evenly spread."""
    rows = np.flatnonzero(chosen)
    return rows[np.linspace(0, len(rows) - 1, min(most, len(rows))).astype(int)]


def _guessing(truth: Array) -> float:
    """Weighted F1 of saying each class as often as it comes."""
    share = np.unique(truth.astype(str), return_counts=True)[1] / len(truth)
    return float((share**2).sum())
