"""Graphs from what was recorded: units that fire together, things that lie near each other, bodies that touch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from neurofm.analysis import cell_tables
from neurofm.analysis.cells import Step, blocks, silent
from neurofm.data.cells import CELL, Cells
from neurofm.data.graph import LABEL, Graph, both_directions, single
from neurofm.data.recording import TRIAL, TRIALS, UNIT, Recording
from neurofm.data.source import Source
from neurofm.data.volume import Volume

BIN = 0.1  # seconds in which spikes are counted
SHUFFLES = 20  # in which each unit is moved by another time
LEVEL = 0.01  # share of the pairs that are connected although nothing but chance does it
NEAREST = 8  # neighbours that a node is connected to
COMPONENTS = 20  # of the counts of trials, between which distances are taken
FEWEST_BINS = 50
BIG = 5_000  # units of which all pairs are still looked at
SAMPLED = 200_000  # pairs at most from which chance is told


def by_correlation(
    recording: Recording, *, bin: float = BIN, shuffles: int = SHUFFLES, level: float = LEVEL, seed: int = 0,
    step: Step = silent,
) -> Graph:  # fmt: skip
    """Units whose spike counts go together more than by chance, with Pearson's r of each pair.

    Chance is what is left when each unit is moved along the recording by a time of its own, which leaves how it fires
    by itself as it was. A pair is connected if its |r| is above all but `level` of those of the moved ones. Nodes have
    `rate` (Hz) and `fano` factor; links `weight` |r| and `r`.

    Parameters
    ----------
    bin : seconds in which spikes are counted
    shuffles : times that units are moved
    level : share of unconnected pairs that may be above

    Raises
    ------
    ValueError
        If there are fewer than two units, or fewer than 50 bins.
    """
    count = len(recording.units)
    counts = _counts(recording, bin)
    if count < 2 or len(counts) < FEWEST_BINS or count > BIG:
        problem = f"{count} units in {len(counts)} bins of {bin:g} s"
        raise ValueError(f"{recording.session} has {problem}; two to {BIG:,} in {FEWEST_BINS} bins are needed")
    z = _scaled(np.sqrt(counts))
    upper = np.triu_indices(count, 1)
    r = (z.T @ z)[upper] / len(z)
    rng = np.random.default_rng(seed)
    some = np.sort(rng.choice(len(r), SAMPLED, replace=False)) if len(r) > SAMPLED else np.arange(len(r))
    chance = np.zeros((shuffles, len(some)))
    for k in range(shuffles):
        step(k / shuffles, f"moving {count} units apart, {k + 1} of {shuffles}")
        moved = _moved(z, rng)
        chance[k] = np.abs((moved.T @ moved)[upper][some] / len(z))
    limit = float(np.quantile(chance, 1 - level))
    there = np.abs(r) > limit
    pair = np.stack(upper)[:, there]
    edges, links = _both(pair, pd.DataFrame({"weight": np.abs(r[there]), "r": r[there]}))
    mean, variance = counts.mean(0), counts.var(0)
    about = {"rate": mean / bin, "fano": np.divide(variance, mean, out=np.ones(count), where=mean > 0)}
    note = f"|r| of counts in {bin:g} s above {limit:.3f}, which {level:.0%} of pairs reach by chance"
    return Graph(
        session=f"{recording.session} correlation", subject=recording.subject, edges=edges, links=links,
        nodes=_nodes(recording.units, about), x=_features(about), features=("log rate", "log fano"),
        stands_for=UNIT, things=tuple(_labels(recording, UNIT)), notes=(note,),
    )  # fmt: skip


def nearest(
    values: ArrayLike, names: ArrayLike, *, of: str, session: str, count: int = NEAREST,
    table: pd.DataFrame | None = None,
) -> Graph:  # fmt: skip
    """Each thing and those nearest to it in a latent space; x is where it is there.

    Parameters
    ----------
    values : (thing, dim)
    names : (thing,) label of each, unique among all that is open
    of : their space
    count : neighbours of each; a pair is connected if either is among those of the other
    table : a row a thing, of what is known of it

    Raises
    ------
    ValueError
        If there are fewer than two whose values are all finite.
    """
    values, labels = np.asarray(values, np.float32), [str(name) for name in np.asarray(names, object)]
    finite = np.isfinite(values).all(1)
    if finite.sum() < 2:
        raise ValueError(f"{session} has {int(finite.sum())} rows that are finite, and two are needed")
    rows = np.flatnonzero(finite)
    edges, links = _weighed(rows[_nearest(values[finite], count)], values)
    about = pd.DataFrame(index=range(len(labels))) if table is None else table.drop(columns=LABEL, errors="ignore")
    nodes = about.reset_index(drop=True).assign(label=labels)
    lost = int((~finite).sum())
    return Graph(
        session=session, nodes=_label_first(nodes), edges=edges, links=links, x=values, stands_for=of,
        things=tuple(labels), notes=(f"{lost} rows that are not finite are connected to nothing",) if lost else (),
    )  # fmt: skip


def of_trials(recording: Recording, *, count: int = NEAREST, step: Step = silent) -> Graph:
    """Trials and those in which the same units fired as much: nearest by 20 components of root spike counts.

    Raises
    ------
    ValueError
        If there are fewer than two trials.
    """
    from neurofm.projection import pca

    trials = recording.intervals.get(TRIALS)
    if trials is None or len(trials) < 2 or not len(recording.units):
        raise ValueError(f"{recording.session} has no two trials with units; choose another way to connect")
    spans = trials[["start", "stop"]].to_numpy(float)
    spans = np.where(np.isfinite(spans).all(1, keepdims=True), spans, 0.0)  # those that never ended hold nothing
    fired = [recording.spikes.between(begin, end).unit for begin, end in spans]
    counts = np.stack([np.bincount(unit, minlength=len(recording.units)) for unit in fired])
    step(0.5, f"looking for trials like each of {len(trials):,}")
    rates = np.sqrt(counts / np.maximum(np.diff(spans), 1e-9))
    values, names = pca(rates, min(COMPONENTS, *rates.shape)), _labels(recording, TRIAL)
    return nearest(values, names, of=TRIAL, session=f"{recording.session} trials", count=count, table=trials)


def touching(volume: Volume, label: str = "", *, step: Step = silent) -> Graph:
    """Bodies of a volume's labels, each number by itself, and which of them touch.

    Links have `weight`, the um^2 of the faces that a pair shares (um in a plane), and how many `faces` that are. Nodes
    have what is measured of cells; x is its logarithm.

    Raises
    ------
    LookupError
        If there are no such labels.
    ValueError
        If they hold fewer than two bodies.
    """
    label = cell_tables.labels_of(volume, label)
    cells = cell_tables.measure(
        volume, label, 0, None, image=volume.image, step=lambda done, words: step(done / 2, words)
    )
    if len(cells.cells) < 2:
        raise ValueError(f"'{label}' of {volume.session} holds {len(cells.cells)} bodies, and two are needed")
    pyramid = volume.labels[label]
    rest: Step = lambda done, words: step((1 + done) / 2, words)  # noqa: E731
    pair, faces, area = _contacts(pyramid.levels[0], pyramid.spacing[0], cells.numbers, rest)
    edges, links = _both(pair, pd.DataFrame({"weight": area, "faces": faces}))
    graph = _of_cells(cells, edges, links, f"{volume.session} touching")
    where = next(iter(volume.paths), "")
    labels = [volume.name(label, number) for number in cells.numbers]
    nodes = graph.nodes.assign(label=labels if len(set(labels)) == len(labels) else cells.numbers.astype(str))
    return _placed(graph, cells, nodes, volume=where, labels=label)


def near(cells: Cells, *, count: int = NEAREST, within: float = 0.0, step: Step = silent) -> Graph:
    """Cells and those nearest to them, or all that are `within` so many um if that is not 0.

    Links have `weight`, smaller the farther two are, and `distance` (um).

    Raises
    ------
    ValueError
        If there are fewer than two cells.
    """
    if len(cells.cells) < 2:
        raise ValueError(f"{cells.session} holds {len(cells.cells)} cells, and two are needed")
    step(0.5, f"looking for neighbours of {len(cells.cells):,} cells")
    pair = _within(cells.places, within) if within else _nearest(cells.places, count)
    edges, links = _weighed(pair, cells.places)
    graph = _of_cells(cells, edges, links, f"{cells.session} near")
    names = tuple(_labels(cells, CELL))
    nodes = graph.nodes.assign(label=cells.numbers.astype(str))
    return _placed(graph, cells, nodes, volume=cells.volume, labels=cells.labels, stands_for=CELL, things=names)


# ---- parts of them


def _labels(source: Source, space: str) -> list[str]:
    table = source.spaces()[space].table
    return [] if table is None else table()["label"].tolist()


def _counts(recording: Recording, bin: float) -> NDArray[np.float64]:
    """(bin, unit) spikes in the bins of each stretch of the domain."""
    parts, count = [], len(recording.units)
    for begin, end in recording.domain:
        bins = int((end - begin) / bin + 1e-9)
        spikes = recording.spikes.between(begin, begin + bins * bin)
        at = np.minimum(((spikes.times - begin) / bin).astype(np.int64), bins - 1)
        keys = at * count + spikes.unit
        parts.append(np.bincount(keys, minlength=bins * count).reshape(bins, count))
    return np.concatenate([np.zeros((0, count)), *parts])


def _scaled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(bin, unit) mean 0 and sd 1; 0 for units that never change."""
    sd = values.std(0)
    return np.asarray((values - values.mean(0)) / np.where(sd > 0, sd, 1.0))


def _moved(z: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Each unit later by a time of its own, what comes out at the end put in front."""
    by = rng.integers(len(z) // 10, len(z) - len(z) // 10, z.shape[1])
    return np.take_along_axis(z, (np.arange(len(z))[:, None] - by) % len(z), 0)


def _both(pair: NDArray[np.int64], links: pd.DataFrame) -> tuple[NDArray[np.int64], pd.DataFrame]:
    """Edges in both directions, with the links of each."""
    return np.concatenate([pair, pair[::-1]], 1), pd.concat([links, links], ignore_index=True)


def _nearest(values: NDArray[Any], count: int) -> NDArray[np.int64]:
    """(2, edge) each row and those nearest to it."""
    from scipy.spatial import cKDTree

    count = min(count, len(values) - 1)
    near = cKDTree(values).query(values, count + 1)[1]
    pair = np.stack([np.repeat(np.arange(len(values)), count + 1), near.ravel()]).astype(np.int64)
    return pair[:, pair[0] != pair[1]]


def _within(places: NDArray[np.float64], far: float) -> NDArray[np.int64]:
    from scipy.spatial import cKDTree

    return cKDTree(places).query_pairs(far, output_type="ndarray").T.reshape(2, -1).astype(np.int64)


def _weighed(pair: NDArray[np.int64], values: NDArray[Any]) -> tuple[NDArray[np.int64], pd.DataFrame]:
    """Edges in both directions, each once, nearer ones heavier: 1 at no distance, a half at the usual one."""
    edges = both_directions(pair, len(values))
    distance = np.linalg.norm(values[edges[0]].astype(float) - values[edges[1]], axis=1)
    usual = float(np.median(distance)) if len(distance) else 1.0
    return edges, pd.DataFrame({"weight": 1 / (1 + distance / (usual or 1.0)), "distance": distance})


def _contacts(
    voxels: Any, spacing: NDArray[np.float64], numbers: NDArray[np.int64], step: Step
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """(2, pair) rows of bodies that share faces, (pair,) how many, and (pair,) their size."""
    size = np.array([np.prod(np.delete(spacing, k)) for k in range(3)])
    size = size / spacing[0] if voxels.shape[0] == 1 else size  # lengths, in a plane
    pairs, faces, order = [np.zeros((2, 0), np.int64)], [np.zeros((0, 3), np.int64)], np.argsort(numbers)
    every = blocks(voxels)
    for done, box in enumerate(every):
        step(done / len(every), f"looking for contacts, box {done + 1} of {len(every)}")
        part = voxels[tuple(slice(s.start, min(s.stop + 1, n)) for s, n in zip(box, voxels.shape))]
        inner = tuple(s.stop - s.start for s in box)
        for axis in range(3):
            pair, count = _meeting(part, inner, axis)
            rows = order[np.clip(np.searchsorted(numbers, pair, sorter=order), 0, len(order) - 1)]
            there = (numbers[rows] == pair).all(0)
            pairs.append(np.sort(rows[:, there], 0))
            faces.append(count[there, None] * (np.arange(3) == axis))
    together, total = single(np.concatenate(pairs, 1), np.concatenate(faces), len(numbers))
    return together, total.sum(1), total @ size


def _meeting(part: NDArray[Any], inner: tuple[int, ...], axis: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(2, pair) different numbers on both sides of faces across an axis, and how often, of a block one voxel larger."""
    own = [slice(0, n) for n in inner]
    low, high = list(own), list(own)
    reach = min(inner[axis], part.shape[axis] - 1)
    low[axis], high[axis] = slice(0, reach), slice(1, reach + 1)
    a, b = part[tuple(low)], part[tuple(high)]
    meets = (a != b) & (a > 0) & (b > 0)
    both = np.sort(np.stack([a[meets], b[meets]]).astype(np.int64), 0)
    pair, count = np.unique(both, axis=1, return_counts=True)
    return pair, count


def _of_cells(cells: Cells, edges: NDArray[np.int64], links: pd.DataFrame, session: str) -> Graph:
    """A graph whose x are logarithms of what is measured of cells."""
    about = {name: cells.cells[name].to_numpy(float) for name in ("size", "intensity") if name in cells.cells}
    about = {name: values for name, values in about.items() if np.isfinite(values).any()}
    return Graph(
        session=session, subject=cells.subject, nodes=_label_first(cells.cells.assign(label=cells.numbers.astype(str))),
        edges=edges, links=links, x=_features(about), features=tuple(f"log {name}" for name in about), unit=cells.unit,
    )  # fmt: skip


def _placed(graph: Graph, cells: Cells, nodes: pd.DataFrame, **where: Any) -> Graph:
    nodes = nodes.drop(columns=["number", "voxels", "border"], errors="ignore")
    nodes = nodes.drop(columns=[name for name in nodes if nodes[name].isna().all()])
    whole = bool(np.isfinite(cells.boxes).all())
    boxes: dict[str, Any] = {"boxes": cells.boxes, "numbers": cells.numbers} if whole else {}
    return replace(graph, nodes=nodes, **boxes, **where)


def _nodes(table: pd.DataFrame, about: Mapping[str, NDArray[np.float64]]) -> pd.DataFrame:
    return _label_first(table.reset_index(drop=True).assign(**dict(about)))


def _label_first(nodes: pd.DataFrame) -> pd.DataFrame:
    return nodes[[LABEL, *(name for name in nodes if name != LABEL)]]


def _features(about: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float32]:
    """(node, feature) logarithms, with mean 0 and sd 1; NaN where a number is none."""
    told = [np.log(np.where(values >= 0, values, np.nan) + 1e-3) for values in about.values()]
    spread = [
        (values - np.nanmean(values)) / (np.nanstd(values) or 1.0) for values in told if np.isfinite(values).any()
    ]
    return np.stack(spread, 1).astype(np.float32) if spread else np.zeros((0, 0), np.float32)
