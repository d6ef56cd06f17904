"""Bouts: clusters of an embedding over time, none of them shorter than a user says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.embedding import Embedding
from neurofm.data.ethogram import Ethogram
from neurofm.data.ids import unpack
from neurofm.data.series import gaps
from neurofm.data.source import Source, when
from neurofm.data.spans import SpanArray, tidy
from neurofm.words import things

FEWEST, MOST = 2, 12  # clusters that are tried where nobody says how many
SAMPLE = 2000  # rows by which their number is chosen
EVER = (-np.inf, np.inf)  # s
STARTS = 4  # of k-means, the best of which counts

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
Step = Callable[[float, str], Any]


def ethograms(
    embedding: Embedding | Sequence[Embedding],
    sources: Iterable[Source],
    *,
    count: int = 0,
    shortest: float = 0.5,
    seed: int = 0,
    step: Step = lambda done, words: None,
) -> list[Ethogram]:
    """Bouts in which the rows of an embedding stay in one cluster, an ethogram for each of its sources.

    Sources share the clusters, which are numbered from the one that most time is spent in.

    Parameters
    ----------
    embedding : whose rows are of moments, or of frames: of whatever happens at a time; or several, each of one animal
        of the same sources, whose bouts are told apart by its name
    sources : in which they are
    count : clusters; as many as tell the rows apart best (by their silhouette) if 0
    shortest : seconds that a bout lasts at least
    seed : of k-means

    Raises
    ------
    ValueError
        If its rows have no times, or are too few.
    """
    named = {source.session: source for source in sources}
    every = [embedding] if isinstance(embedding, Embedding) else list(embedding)
    rows = [(one, *row) for one in every for row in _rows(one, named)]
    values = np.concatenate([one.values[k] for one, _, k, _ in rows]).astype(float)
    step(0.1, "Looking for clusters")
    centers, chosen = clusters(values, count, seed)
    parts, cost = [], _squares(values, centers)
    for one, source, k, times in rows:
        own, cost = cost[: len(k)], cost[len(k) :]
        parts.append((_whose(one, source), source, times, *bouts(times, own, shortest, _lasts(source))))
        step(0.3 + 0.7 * len(parts) / len(rows), f"Bouts of {one.individual or source.session}")
    rank = _rank([part[1:] for part in parts], len(centers))
    notes = [f"clusters of '{every[0].name}' ({chosen}), each bout at least {shortest:g} s"]
    lost = sum(len(one.ids) for one in every) - len(values)
    all_rows = lost + len(values)
    notes += [f"{lost:,} of {all_rows:,} rows have no latents or no time of their own"] if lost else []
    of = f"clusters of {every[0].name}"
    own_parts = {name: [part for part in parts if part[1].session == name] for name in named}
    return [_together(each, rank, of, tuple(notes)) for each in own_parts.values() if each]


def _whose(one: Embedding, source: Source) -> str:
    """The animal that rows are of: that of the embedding, or the only one of the source; "" where there are several."""
    individuals = tuple(getattr(source, "individuals", ()))
    return one.individual or (individuals[0] if len(individuals) == 1 else "")


def _together(
    parts: list[tuple[str, Source, Floats, SpanArray, Labels]], rank: Labels, of: str, notes: tuple[str, ...]
) -> Ethogram:
    """The bouts of a source, of one animal or of several."""
    tables = [_table(edges, rank[label], of).assign(subject=who) for who, _, _, edges, label in parts]
    seen = [stretches(times, _lasts(source)) for _, source, times, _, _ in parts]
    whole = pd.concat(tables, ignore_index=True)
    whole = whole if any(who for who, *_ in parts) else whole.drop(columns="subject")
    return _ethogram(parts[0][1], tidy(np.concatenate(seen)), whole, notes)


def timed_space(spaces: Iterable[str], sources: Iterable[Source]) -> str:
    """The first of some spaces in which things of a source have times.

    Raises
    ------
    ValueError
        If there is none.
    """
    names, there = tuple(spaces), tuple(sources)
    first = np.zeros(1, np.int64)
    timed = (name for name in names if any(when(source, name, first) is not None for source in there))
    space = next(timed, "")
    if not space:
        raise ValueError(f"nothing that can be placed has a time, only {', '.join(names)}; train another model")
    return space


def clusters(values: Floats, count: int = 0, seed: int = 0) -> tuple[Floats, str]:
    """(cluster, dim) centres by k-means, and in words how they were chosen.

    Parameters
    ----------
    values : (row, dim)
    count : how many; that of the best silhouette from 2 to 12 if 0

    Raises
    ------
    ValueError
        If there are not enough rows that differ.
    """
    distinct = len(np.unique(values, axis=0)) if len(values) < SAMPLE else len(values)
    least = max(count, FEWEST)
    if count < 0 or count == 1 or distinct <= least:
        have = f"{distinct} rows that differ"
        raise ValueError(f"clusters must be two or more and fewer than the rows that differ, got {count} for {have}")
    if count:
        return _means(values, count, seed), f"k-means, {count} as asked for"
    from sklearn.metrics import silhouette_score

    sample = np.random.default_rng(seed).permutation(len(values))[:SAMPLE]
    few = values[np.sort(sample)]
    scores = {}
    for k in range(FEWEST, min(MOST, distinct - 1) + 1):
        label = _squares(few, _means(few, k, seed)).argmin(1)
        scores[k] = silhouette_score(few, label) if len(set(label.tolist())) > 1 else -1.0
    best = max(scores, key=lambda k: scores[k])
    tried = f"{min(scores)} to {max(scores)}"
    return _means(values, best, seed), f"k-means, {best} of {tried} by the best silhouette, {scores[best]:.2f}"


def bouts(
    times: Floats, cost: Floats, shortest: float = 0.0, within: tuple[float, float] = EVER
) -> tuple[SpanArray, Labels]:
    """Edges (s) and clusters of the bouts that cost least, none shorter than `shortest` and none across a gap.

    A row lasts from half way after the one before to half way before the next. Where time without a gap is shorter than
    `shortest`, it is one bout.

    Parameters
    ----------
    times : (row,) seconds, ascending
    cost : (row, cluster) what it costs that a row is in a cluster: its squared distance from the centre
    within : seconds before and behind which no row lasts
    """
    edges, labels = [np.zeros((0, 2))], [np.zeros(0, np.int64)]
    last = np.isin(times, gaps(times)[:, 0])
    ends = np.r_[np.flatnonzero(last) + 1, len(times)]
    half = float(np.median(np.diff(times))) / 2 if len(times) > 1 else 0.05
    for a, b in zip(np.r_[0, ends[:-1]], ends):
        own = times[a:b]
        middle = (own[1:] + own[:-1]) / 2
        borders = np.clip(np.r_[own[0] - half, middle, own[-1] + half], *within)
        begins, stops = borders[:-1], borders[1:]
        label = _cheapest(cost[a:b], begins, stops, shortest)
        first = np.flatnonzero(np.r_[True, label[1:] != label[:-1]])
        edges.append(np.stack([begins[first], stops[np.r_[first[1:], len(own)] - 1]], 1))
        labels.append(label[first])
    return np.concatenate(edges), np.concatenate(labels)


def stretches(times: Floats, within: tuple[float, float] = EVER) -> SpanArray:
    """(k, 2) seconds that rows last without a gap."""
    return bouts(times, np.zeros((len(times), 1)), within=within)[0]


def _rows(embedding: Embedding, named: dict[str, Source]) -> list[tuple[Source, NDArray[np.intp], Floats]]:
    """For each source its rows in the order of time, and their seconds."""
    number, local = unpack(embedding.ids)
    parts = []
    for n in np.unique(number).tolist():
        name = embedding.sessions[n] if n < len(embedding.sessions) else ""
        if name not in named:
            raise ValueError(f"embedding '{embedding.name}' has rows of '{name}', which is not given; give it too")
        here = np.flatnonzero(number == n)
        times = when(named[name], embedding.space, local[here])
        if times is None:
            what = things(embedding.space)
            raise ValueError(f"embedding '{embedding.name}' is of {what}, which happen at no moment; choose another")
        seconds, first = np.unique(times, return_index=True)
        known = np.isfinite(seconds) & np.isfinite(embedding.values[here[first]]).all(1)
        parts.append((named[name], here[first[known]], seconds[known]))
    if sum(len(k) for _, k, _ in parts) <= FEWEST:
        raise ValueError(f"embedding '{embedding.name}' has too few rows with a time; embed more of the recording")
    return [part for part in parts if len(part[1])]


def _means(values: Floats, count: int, seed: int) -> Floats:
    from sklearn.cluster import KMeans

    centers: Floats = KMeans(count, n_init=STARTS, random_state=seed).fit(values).cluster_centers_
    return centers


def _squares(values: Floats, centers: Floats) -> Floats:
    """(row, cluster) squared distances."""
    cross = -2 * values @ centers.T + (values**2).sum(1, keepdims=True) + (centers**2).sum(1)
    return np.asarray(np.maximum(cross, 0.0))


def _cheapest(cost: Floats, begins: Floats, stops: Floats, shortest: float) -> Labels:
    """(row,) clusters of least cost, each kept for at least so long; exact, by dynamic programming over the rows."""
    count = len(cost)
    if stops[-1] - begins[0] < shortest * (1 + 1e-9):
        return np.full(count, cost.sum(0).argmin(), np.int64)
    total = np.r_[np.zeros((1, cost.shape[1])), np.cumsum(cost, 0)]
    # the last row that a bout which is long enough by the end of a row can begin with; -1 for none
    latest = np.searchsorted(begins, stops - shortest + 1e-9, "right") - 1
    latest = np.minimum(latest, np.arange(count))
    best = np.full((count + 1, cost.shape[1]), np.inf)  # of the rows before, where the last bout is of this cluster
    came = np.full((count + 1, cost.shape[1]), -1, np.int64)  # the row that bout began with; -1: it began before
    least = np.full(count + 1, np.inf)
    least[0], done = 0.0, -1
    for t in range(1, count + 1):
        best[t] = best[t - 1] + cost[t - 1]
        for j in range(done + 1, latest[t - 1] + 1):
            fresh = least[j] + total[t] - total[j]
            better = fresh < best[t]
            best[t, better], came[t, better] = fresh[better], j
        done = max(done, int(latest[t - 1]))
        least[t] = best[t].min()
    return _back(best, came)


def _back(best: Floats, came: Labels) -> Labels:
    """The way back along which the least cost came about."""
    t = len(best) - 1
    labels = np.zeros(t, np.int64)
    cluster = int(best[t].argmin())
    while t > 0:
        begin = int(came[t, cluster])
        if begin < 0:
            labels[t - 1] = cluster
            t -= 1
            continue
        labels[begin:t] = cluster
        t = begin
        cluster = int(best[t].argmin())
    return labels


def _ethogram(source: Source, seen: SpanArray, table: pd.DataFrame, notes: tuple[str, ...]) -> Ethogram:
    """Bouts on the clock of their source, which was looked at while rows last."""
    return Ethogram(
        session=f"{source.session} bouts",
        bouts=table,
        subject=source.subject,
        clock=source.clock or source.session,
        zero=getattr(source, "zero", 0.0),  # so that it moves along
        domain=seen,
        notes=notes,
    )


def _lasts(source: Source) -> tuple[float, float]:
    """Seconds from which to which it lasts."""
    return (float(source.domain[0, 0]), float(source.domain[-1, 1])) if len(source.domain) else EVER


def _rank(parts: list[tuple[Source, Floats, SpanArray, Labels]], count: int) -> Labels:
    """(cluster,) place of each by the time that is spent in it."""
    spent = np.zeros(count)
    for *_, edges, label in parts:
        spent += np.bincount(label, np.diff(edges, axis=1)[:, 0], minlength=count)
    rank = np.empty(count, np.int64)
    rank[np.argsort(-spent, kind="stable")] = np.arange(count)
    return rank


def _table(edges: SpanArray, label: Labels, origin: str) -> pd.DataFrame:
    names = [f"cluster {k + 1}" for k in label]
    return pd.DataFrame({"start": edges[:, 0], "stop": edges[:, 1], "behavior": names, "origin": origin})
