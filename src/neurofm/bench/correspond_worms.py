"""Neurons of worms matched by their wiring while their names are hidden, how sure that is, and an atlas of all.

A share of the names that two animals share is told, a fifth unless said. Top-1 is over neurons that both have and whose
name is hidden; they are looked for among all hidden ones of the other. The sharpness of matches and the cosine at which
a neuron stays alone were chosen on pairs among Witvliet 2 to 6, and on White and Cook beside these; not on the pairs
that are named here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm import io, progress
from neurofm.analysis import wiring
from neurofm.analysis.atlas import WiringAtlas, of_graphs, place
from neurofm.bench._table import Row, missing, row, tell
from neurofm.data.graph import Graph, apart
from neurofm.errors import DataError
from neurofm.specs import BenchSpec

PAIRS = (("Witvliet7", "Witvliet8"), ("Witvliet1", "Witvliet8"))
SHARE, SHARES = 0.2, (0.05, 0.1, 0.2, 0.4)
LEVELS = (0.05, 0.1, 0.2)
SEEDS, QUICK_SEEDS, QUICK_COUPLES, QUICK_PLACED = 10, 1, 2, 1
TAKEN = (0.0, 0.15, 0.3)  # of the neurons of each animal that are taken away, so that many have no like
WORST = 5  # couples that are listed
TOP, FALSE, POWER = "top-1", "false among called", "found of shared"


class Task(NamedTuple):
    """Two animals: (kind, node, node) links of each, (pair, 2) known nodes, (node,) where each truly is, -1 nowhere."""

    one: NDArray[np.float32]
    other: NDArray[np.float32]
    known: NDArray[np.int64]
    true: NDArray[np.int64]

    @property
    def hidden(self) -> NDArray[np.int64]:
        """Nodes of one that both have, and of which nothing is known."""
        return np.setdiff1d(np.flatnonzero(self.true >= 0), self.known[:, 0])

    def top(self, distance: NDArray[Any]) -> float:
        """Share of the hidden ones whose nearest is the true one; equal ones count in part."""
        free = wiring.unknown(self.other.shape[1], self.known[:, 1])
        own, away = distance[self.hidden, self.true[self.hidden]], distance[np.ix_(self.hidden, free)]
        first = own == away.min(1)
        return float((first / (away == own[:, None]).sum(1)).mean())


def run(paths: Sequence[str], quick: bool, seed: int, peer: str) -> list[Row]:
    """Ten seeds of known names for the named pairs, one for each couple of animals."""
    if not paths:
        return [missing("worms", TOP, "give a file of several animals whose nodes have names, such as connectomes.npz")]
    worms = [worm for path in paths for worm in _worms(path)]
    seeds = range(seed, seed + (QUICK_SEEDS if quick else SEEDS))
    couples = list(combinations(worms, 2))[: QUICK_COUPLES if quick else None]
    rows = list(_named(worms, seeds))
    rows += _shares(couples, seed)
    rows += [line for taken in TAKEN for line in _sure(couples, seed, taken)]
    return [*rows, *_atlas(worms, worms[: QUICK_PLACED if quick else None], seed)]


def _worms(path: str) -> list[Graph]:
    graph = io.read(path)
    if not isinstance(graph, Graph) or not graph.named or len(graph.subjects) < 3:
        raise DataError(path, "", "must be graphs of three animals or more whose nodes have names that mean the same")
    return apart(graph)


def _task(one: Graph, other: Graph, share: float, seed: int, taken: float = 0.0) -> Task:
    """Some names known, all others hidden; a part of the nodes of each taken away before."""
    names, kinds = [wiring.labels(graph) for graph in (one, other)], wiring.kinds([one, other])
    tables = [wiring.strengths(graph, kinds) for graph in (one, other)]
    rng = np.random.default_rng([seed, 1])
    kept = [np.sort(rng.permutation(len(own))[round(taken * len(own)) :]) for own in names]
    tables = [table[:, rows][:, :, rows] for table, rows in zip(tables, kept)]
    names = [[own[k] for k in rows] for own, rows in zip(names, kept)]
    known = wiring.places(wiring.draw(names, share, seed), *names)
    return Task(tables[0], tables[1], known, pd.Index(names[1]).get_indexer(pd.Index(names[0])).astype(np.int64))


# ---- pairs


def _named(worms: Sequence[Graph], seeds: Sequence[int]) -> Iterator[Row]:
    """The named pairs by all systems; the last two animals where there is none of that name."""
    by_name = {worm.subject: worm for worm in worms}
    there = [pair for pair in PAIRS if set(pair) <= set(by_name)] or [(worms[-2].subject, worms[-1].subject)]
    for pair in there:
        tasks = [_task(by_name[pair[0]], by_name[pair[1]], SHARE, seed) for seed in progress.each(seeds, "seed")]
        for name, system in SYSTEMS.items():
            scores = [task.top(system(task, seed)) for task, seed in zip(tasks, seeds)]
            tell(f"{pair[0]} to {pair[1]}, {name}: {np.mean(scores):.3f}")
            yield row(f"{pair[0]} to {pair[1]}, {SHARE:.0%} known", name, TOP, scores)


def _shares(couples: Sequence[tuple[Graph, Graph]], seed: int) -> Iterator[Row]:
    """How it depends on what is known, over all couples."""
    for share in SHARES:
        tasks = (_task(one, other, share, seed) for one, other in progress.each(couples, "couple"))
        scores = [task.top(_matched(task, seed)) for task in tasks]
        tell(f"{share:.0%} known: {np.mean(scores):.3f}")
        yield row("couples of animals", f"wiring, {share:.0%} known", TOP, scores)


def _chance(task: Task, seed: int) -> NDArray[Any]:
    return np.zeros((len(task.true), task.other.shape[1]))


def _by_degree(task: Task, seed: int) -> NDArray[Any]:
    """How strong all links of a node are together, in and out and of each kind."""
    one, other = (_degrees(table) for table in (task.one, task.other))
    return np.asarray(((one[:, None] - other) ** 2).sum(-1))


def _degrees(table: NDArray[np.float32]) -> NDArray[Any]:
    both = np.concatenate([np.log1p(table.sum(1)), np.log1p(table.sum(2))]).T
    return np.asarray((both - both.mean(0)) / np.maximum(both.std(0), 1e-9))


def _one_round(task: Task, seed: int) -> NDArray[Any]:
    """1 - cosine of the scaled strengths to and from known nodes."""
    rows = []
    for table, known in ((task.one, task.known[:, 0]), (task.other, task.known[:, 1])):
        scaled = wiring.scaled(table)
        side = np.concatenate([part for kind in scaled for part in (kind[:, known], kind[known].T)], 1)
        rows.append(side / np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-9))
    return np.asarray(1 - rows[0] @ rows[1].T)


def _faq(task: Task, seed: int) -> NDArray[Any]:
    """Fast approximate quadratic assignment with the known ones as seeds, of the sum of both kinds."""
    from scipy.optimize import quadratic_assignment

    size = max(len(task.true), task.other.shape[1])
    one, other = (wiring.scaled(table).sum(0) for table in (task.one, task.other))
    padded = [np.pad(table, (0, size - len(table))) for table in (one, other)]
    options = {"maximize": True, "partial_match": task.known, "rng": np.random.default_rng(seed)}
    found = quadratic_assignment(*padded, method="faq", options=options)
    distance = np.ones((size, size))
    distance[np.arange(size), found.col_ind] = 0
    return distance[: len(task.true), : task.other.shape[1]]


def _first(task: Task, seed: int) -> NDArray[Any]:
    return wiring.match(task.one, task.other, task.known, rounds=1).distance


def _matched(task: Task, seed: int) -> NDArray[Any]:
    return wiring.match(task.one, task.other, task.known).distance


def _shuffled(task: Task, seed: int) -> NDArray[Any]:
    """The other's links lead anywhere."""
    order = np.random.default_rng(seed).permutation(task.other[0].size)
    other = task.other.reshape(len(task.other), -1)[:, order].reshape(task.other.shape)
    return wiring.match(task.one, other, task.known).distance


SYSTEMS: dict[str, Callable[[Task, int], NDArray[Any]]] = {
    "chance": _chance,
    "strengths of nodes alone": _by_degree,
    "links to known ones, nearest": _one_round,
    "seeded quadratic assignment (FAQ)": _faq,
    "wiring, one round": _first,
    "wiring": _matched,
    "wiring, links shuffled": _shuffled,
}


# ---- confidence


def _sure(couples: Sequence[tuple[Graph, Graph]], seed: int, taken: float) -> Iterator[Row]:
    """False ones among the called, and found ones among those that both have, over all couples."""
    case = f"couples, {taken:.0%} of each taken away" if taken else "couples"
    told = [
        _called(_task(one, other, SHARE, seed, taken), seed) | {"who": f"{one.subject} and {other.subject}"}
        for one, other in progress.each(couples, "couple")
    ]
    table = pd.DataFrame(told)
    yield row(case, "all that are each other's best", FALSE, table["false"])
    for level in LEVELS:
        tell(f"{case}, called at {level:.0%}: {table[f'false {level}'].mean():.3f} false")
        yield row(case, f"called at {level:.0%}", FALSE, table[f"false {level}"])
        yield row(case, f"called at {level:.0%}", POWER, table[f"power {level}"])
    worst = table.sort_values("false 0.1", ascending=False).head(WORST)
    for _, line in worst[worst["false 0.1"] > 0.1].iterrows():
        yield row(f"{case}, most false at 10%", line["who"], FALSE, line["false 0.1"], note=f"{line['lone']:.0%} lone")


def _called(task: Task, seed: int) -> dict[str, Any]:
    """What is called at each level."""
    matched = wiring.match(task.one, task.other, task.known)
    table = wiring.sure(task.one, task.other, task.known, matched, seed=seed)
    right = (task.true[table["row"]] == table["column"]).to_numpy()
    few = min(len(task.true), task.other.shape[1]) - len(task.known)
    told: dict[str, Any] = {"false": float((~right).mean()), "lone": 1 - len(task.hidden) / max(few, 1)}
    for level in LEVELS:
        called = (table["q"] <= level).to_numpy()
        told[f"false {level}"] = float((~right[called]).mean()) if called.any() else 0.0
        told[f"power {level}"] = float(right[called].sum() / len(task.hidden))
    return told


# ---- atlas


def _atlas(worms: Sequence[Graph], placed: Sequence[Graph], seed: int) -> Iterator[Row]:
    """Each animal left out in turn, and placed among all others; what one other alone tells beside it."""
    told = pd.DataFrame([line for worm in progress.each(placed, "animal") for line in _left_out(worm, worms, seed)])
    case = "animal left out, placed into an atlas of the others"
    for system, lines in told.groupby("system", sort=False):
        for metric in [name for name in lines if name != "system" and lines[name].notna().any()]:
            yield row(case, str(system), str(metric), lines[metric])


def _left_out(worm: Graph, worms: Sequence[Graph], seed: int) -> Iterator[dict[str, Any]]:
    others = [other for other in worms if other is not worm]
    whole = of_graphs(others)
    known = wiring.draw([wiring.labels(worm), whole.groups["label"].tolist()], SHARE, seed)
    begun = time.process_time()
    mean = _placing(worm, whole, known, seed)
    yield {"system": "atlas", **mean, "CPU s to place": time.process_time() - begun}
    single = pd.DataFrame([_placing(worm, of_graphs([other]), known, seed) for other in others])
    shown = [TOP, *(name for name in single if str(name).startswith("right"))]
    yield {"system": "one other animal, mean", **single[shown].mean()}
    yield {"system": "one other animal, the best of all", **single[shown].max()}
    yield from _controls(worm, whole, known, seed)
    tell(f"{worm.subject}: {mean[TOP]:.3f} named")


def _placing(worm: Graph, atlas: WiringAtlas, known: Sequence[str], seed: int) -> dict[str, float]:
    there = set(atlas.groups["label"])
    table = place(atlas, worm, [(name, name) for name in known if name in there], seed=seed)
    scores = _scores(worm, atlas, table, known)
    hidden = table[~table["label"].isin(list(known))]
    called = hidden[hidden["q"] <= LEVELS[1]]
    return scores | {f"{FALSE} at 10%": float((called["label"] != called["group"]).mean()) if len(called) else 0.0}


def _scores(worm: Graph, atlas: WiringAtlas, table: pd.DataFrame, known: Sequence[str]) -> dict[str, float]:
    """Top-1 of hidden names that the atlas has; of all hidden nodes how many get the right class."""
    hidden = ~np.isin(wiring.labels(worm), list(known))
    shared = hidden & np.isin(wiring.labels(worm), atlas.groups["label"].tolist())
    told = {TOP: float((table["label"] == table["group"])[shared].mean())}
    for name in [name for name in atlas.groups.columns[2:] if name in table]:
        right = table[name].to_numpy(object) == worm.nodes[name].astype(str).to_numpy(object)
        told |= {f"right {name}": float(right[hidden].mean()), f"right {name}, count": float(right[hidden].sum())}
    return told | {"hidden": float(hidden.sum())}


def _controls(worm: Graph, atlas: WiringAtlas, known: Sequence[str], seed: int) -> Iterator[dict[str, Any]]:
    """The most frequent class, any name, and the name whose node has links as strong in sum."""
    groups, labels, columns = atlas.groups, wiring.labels(worm), list(atlas.groups.columns[2:])
    free = np.flatnonzero(~groups["label"].isin(list(known)))
    drawn = np.random.default_rng(seed).choice(free, len(labels))
    one, other = _degrees(wiring.strengths(worm, atlas.kinds)), _degrees(atlas.strengths)[free]
    near = free[((one[:, None] - other) ** 2).sum(-1).argmin(1)]
    for name, rows in (("any name", drawn), ("strengths of nodes alone", near)):
        table = groups.iloc[rows].reset_index(drop=True)
        yield {"system": name, **_scores(worm, atlas, table.assign(group=table["label"], label=labels), known)}
    most = {name: [groups[name].mode()[0]] * len(labels) for name in columns}
    told = _scores(worm, atlas, pd.DataFrame({"label": labels, "group": "", **most}), known)
    yield {"system": "most frequent class", **{name: score for name, score in told.items() if name != TOP}}


SPEC = BenchSpec(
    title="Neurons of worms matched by their wiring, and an atlas into which a new worm is placed", run=run
)
