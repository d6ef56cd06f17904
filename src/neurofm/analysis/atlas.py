"""An atlas of what animals have in common, into which a new animal is placed without learning anything anew.

Of graphs whose nodes have names it is one graph, in which links are as strong as they are in the middle of the animals
that have both ends. Of units that were sorted into groups it is the mean profile of each group.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from neurofm.analysis import wiring
from neurofm.analysis.calibration import Calibration, joined, rates
from neurofm.checks import check_shape, floats
from neurofm.data.graph import LABEL, Graph, words
from neurofm.data.matches import Matches

Floats = NDArray[np.float32]
Named = tuple[str, str]
GROUP, ANIMALS = "group", "animals"
TINY = 1e-12


@dataclass(frozen=True, eq=False)
class WiringAtlas:
    """How named nodes are wired in several animals.

    Parameters
    ----------
    groups : a row a name: `label`, of how many `animals`, and what else most of them say of it, such as its class
    kinds : of links
    strengths : (kind, group, group) of links from the first to the second
    """

    groups: pd.DataFrame
    kinds: tuple[str, ...]
    strengths: Floats


@dataclass(frozen=True, eq=False)
class ProfileAtlas:
    """Mean profiles of groups of like units.

    Parameters
    ----------
    groups : a row a group: `label`, and of how many `animals`
    profiles : (group, feature)
    known : what units of each animal score that is placed into the others, by which new ones are judged
    """

    groups: pd.DataFrame
    profiles: Floats
    known: Calibration


def atlas(of: Matches | Sequence[Graph]) -> WiringAtlas | ProfileAtlas:
    """The atlas of graphs by the names of their nodes, or of matched animals by the groups of their units.

    Raises
    ------
    ValueError
        If there is no graph, or no unit is in a group that has a profile.
    """
    if not isinstance(of, Matches):
        return of_graphs(of)
    if not of.profiles.shape[1]:
        raise ValueError(f"{of.session} has no profiles; match by a way that has conditions")
    rows, group = [of.rows(k) for k in range(len(of.animals))], of.units[GROUP].to_numpy(object)
    return of_profiles([of.profiles[own] for own in rows], [group[own].tolist() for own in rows])


def of_graphs(graphs: Sequence[Graph]) -> WiringAtlas:
    """One graph of several whose nodes have names that mean the same in all.

    Logarithms of strengths are brought to one scale in each animal, and averaged over those that have both ends.

    Raises
    ------
    ValueError
        If there is no graph.
    """
    if not graphs:
        raise ValueError("an atlas needs one graph at least")
    kinds, own = wiring.kinds(graphs), [wiring.labels(graph) for graph in graphs]
    names = pd.Index(sorted({name for labels in own for name in labels}))
    total, there = np.zeros((len(kinds), len(names), len(names))), np.zeros((len(names), len(names)))
    for graph, labels in zip(graphs, own):
        rows = names.get_indexer(pd.Index(labels))
        total[:, rows[:, None], rows] += wiring.scaled(wiring.strengths(graph, kinds))
        there[rows[:, None], rows] += 1
    return WiringAtlas(_groups(graphs, names), kinds, np.expm1(total / np.maximum(there, 1)).astype(np.float32))


def of_profiles(profiles: Sequence[ArrayLike], groups: Sequence[Sequence[str]]) -> ProfileAtlas:
    """Mean profiles of the groups of several animals' units.

    Parameters
    ----------
    profiles : (unit, feature) of each animal, of the same features
    groups : (unit,) name of the group of each, "" for none

    Raises
    ------
    ValueError
        If shapes do not fit, or no unit is in a group.
    """
    rows, own = [np.asarray(table, float) for table in profiles], [np.asarray(each, object) for each in groups]
    for one, each in zip(rows, own):
        check_shape("profiles", one, "unit feature")
        if len(one) != len(each) or one.shape[1] != rows[0].shape[1]:
            raise ValueError(f"profiles {one.shape} need a group for each unit, and features as the first animal")
    names: list[str] = sorted({str(name) for labels in own for name in labels if name})
    if not names:
        raise ValueError("no unit is in a group, so there is nothing to place others into")
    known = [_blind(rows, own, names, k) for k in range(len(rows))] if len(rows) > 1 else []
    table = pd.DataFrame({LABEL: names, ANIMALS: [sum(name in labels for labels in own) for name in names]})
    return ProfileAtlas(table, _means(rows, own, names).astype(np.float32), joined(known))


def place(
    atlas: WiringAtlas | ProfileAtlas, animal: Graph | ArrayLike, known: Iterable[Named] = (), *, seed: int = 0
) -> pd.DataFrame:
    """Which group each node of a new graph, or unit of a new animal, is like.

    Parameters
    ----------
    animal : graph of one animal; (unit, feature) profiles for an atlas of these
    known : of a graph, pairs of a node's label and the atlas's label of it, those that are known
    seed : of the parts in which known ones are matched blind

    Returns
    -------
    A row a node or unit: `group`, `distance`, and `q`, the least false-discovery rate at which it is called of that
    group. Of a graph also `label`; whether the node was `given`; and each column of the atlas's groups, such as a
    class, as it is for those groups that have most of the node together. There `q` is 1 where another node is liker.

    Raises
    ------
    LookupError
        If a node or a group is not there.
    ValueError
        If nothing is known of a graph, or the animal is not what the atlas is of.
    """
    if isinstance(atlas, ProfileAtlas):
        return _profiles_placed(atlas, animal)
    if not isinstance(animal, Graph):
        raise ValueError(f"the atlas is of graphs; a graph is needed, got {type(animal).__name__}")
    labels, groups = wiring.labels(animal), atlas.groups[LABEL].tolist()
    pairs, mine = _pairs(known, labels, groups), wiring.strengths(animal, atlas.kinds)
    matched = wiring.match(mine, atlas.strengths, pairs)
    sure = wiring.sure(mine, atlas.strengths, pairs, matched, seed=seed)
    best, q = matched.distance.argmin(1), np.ones(len(labels))
    row, column = sure["row"].to_numpy(), sure["column"].to_numpy()
    q[row] = np.where(best[row] == column, sure["q"], 1.0)
    q[pairs[:, 0]] = np.nan
    told = {str(name): _vote(matched.same, atlas.groups[name]) for name in atlas.groups.columns[2:]}
    distance, given = matched.distance[np.arange(len(best)), best], np.isin(np.arange(len(best)), pairs[:, 0])
    placed = {LABEL: labels, GROUP: np.array(groups, object)[best], "distance": distance, "q": q, "given": given}
    return pd.DataFrame({**placed, **told})


# ---- parts of them


def _profiles_placed(atlas: ProfileAtlas, profiles: Any) -> pd.DataFrame:
    rows = floats("profiles", profiles).astype(float)
    check_shape("profiles", rows, "unit feature")
    if rows.shape[1] != atlas.profiles.shape[1]:
        raise ValueError(f"profiles must have the {atlas.profiles.shape[1]} features of the atlas, got {rows.shape}")
    away = _away(rows, atlas.profiles)
    best, score = _nearest(away)
    label, q = atlas.groups[LABEL].to_numpy(object)[best], rates(score, atlas.known, len(rows))
    return pd.DataFrame({GROUP: label, "distance": away[np.arange(len(rows)), best], "q": q})


def _groups(graphs: Sequence[Graph], names: pd.Index) -> pd.DataFrame:
    """Names, of how many animals each is, and what most of these say of it."""
    every = pd.concat([graph.nodes for graph in graphs], ignore_index=True)
    every = every.assign(**{LABEL: words(every[LABEL])})
    table = pd.DataFrame({LABEL: names, ANIMALS: every[LABEL].value_counts().reindex(names).to_numpy()})
    columns = sorted(set.intersection(*(set(graph.classes()) for graph in graphs)))
    for column in columns:
        counts = pd.DataFrame({LABEL: every[LABEL], column: words(every[column])}).value_counts().reset_index()
        most = counts.sort_values(["count", column], ascending=[False, True]).drop_duplicates(LABEL)
        table[column] = most.set_index(LABEL)[column].reindex(names).to_numpy()
    return table


def _pairs(known: Iterable[Named], labels: list[str], groups: list[str]) -> NDArray[np.int64]:
    pairs = []
    for node, group in known:
        for name, there, what in ((node, labels, "node"), (group, groups, "group of the atlas")):
            if name not in there:
                raise LookupError(f"no {what} '{name}'")
        pairs.append((labels.index(node), groups.index(group)))
    return np.array(sorted(pairs), np.int64).reshape(-1, 2)


def _vote(same: Floats, column: pd.Series) -> NDArray[np.object_]:
    """(node,) value of the groups that have most of it together, the first of equals."""
    code, values = pd.factorize(column, sort=True)
    votes = np.stack([same[:, code == k].sum(1) for k in range(len(values))], 1)
    return np.asarray(values, object)[votes.argmax(1)]


def _means(
    rows: Sequence[NDArray[np.float64]], own: Sequence[NDArray[np.object_]], names: Sequence[str]
) -> NDArray[np.float64]:
    """(group, feature) of all units of each; NaN where there is none."""
    every, labels = np.concatenate(list(rows)), np.concatenate(list(own))
    some = [every[labels == name] for name in names]
    return np.stack([one.mean(0) if len(one) else np.full(every.shape[1], np.nan) for one in some])


def _blind(
    rows: Sequence[NDArray[np.float64]], own: Sequence[NDArray[np.object_]], names: Sequence[str], k: int
) -> Calibration:
    """What the units of animal k score among the groups of all others, and without their own group."""
    others = [j for j in range(len(rows)) if j != k]
    means = _means([rows[j] for j in others], [own[j] for j in others], names)
    there = np.isfinite(means).all(1)
    group = pd.Index(np.asarray(names, object)[there]).get_indexer(own[k])
    away = _away(rows[k][group >= 0], means[there])
    group = group[group >= 0]
    best, score = _nearest(away)
    away[np.arange(len(away)), group] = np.inf
    return Calibration(score[best == group], score[best != group], _nearest(away)[1])


def _away(rows: NDArray[np.float64], means: ArrayLike) -> NDArray[np.float64]:
    """(unit, group) mean squared differences."""
    away: NDArray[np.float64] = ((rows[:, None] - np.asarray(means, float)) ** 2).mean(-1)
    return away


def _nearest(away: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(unit,) nearest group, and how many times farther the next is, as a logarithm; 0 where there is one group."""
    if not away.size:
        return np.zeros(len(away), np.int64), np.zeros(len(away))
    order = np.sort(np.log(np.maximum(away, TINY)), 1)
    following = order[:, 1] if order.shape[1] > 1 else order[:, 0]
    return away.argmin(1), np.where(np.isfinite(following), following - order[:, 0], 0.0)
