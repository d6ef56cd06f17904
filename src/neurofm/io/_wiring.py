"""Wiring of several kinds as edges: a link column for each kind, and `weight`, which is their sum.

A gap junction leads both ways: where a list names it in one direction only, the other is added and told.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.graph import WEIGHT

ELECTRICAL = ("electrical", "electric", "gap", "gap junction", "gap_junction", "gapjunction", "gj", "ej")
ENDS = ["pre", "post"]

Wires = tuple[NDArray[np.int64], NDArray[np.float64]]  # (edge, 2) rows of nodes, (edge,) weights


def wired(kinds: Mapping[str, Wires]) -> tuple[NDArray[np.int64], pd.DataFrame, list[str]]:
    """(2, edge) each pair once, its links, and what was summed or added."""
    whole = pd.DataFrame(columns=ENDS)
    notes: list[str] = []
    for kind, (ends, weights) in kinds.items():
        table = pd.DataFrame(ends, columns=ENDS).assign(weight=weights)
        single = table.groupby(ENDS).sum().reset_index()
        if len(single) < len(table):
            notes.append(f"{kind}: {len(table) - len(single):,} pairs come again, and were added up")
        if kind.lower() in ELECTRICAL:
            single, told = _both_ways(kind, single)
            notes += told
        whole = whole.merge(single.rename(columns={WEIGHT: kind}), how="outer", on=ENDS)
    links = whole[list(kinds)].fillna(0.0).astype(float)
    edges = whole[ENDS].to_numpy(np.int64).T
    return edges, links.assign(weight=links.sum(axis=1)), notes


def rule(kinds: Collection[str]) -> str:
    """The sentence on what a weight is."""
    both = [kind for kind in kinds if kind.lower() in ELECTRICAL]
    told = f"weight: the sum of {' and '.join(kinds)}" if len(kinds) > 1 else f"weight: that of {next(iter(kinds))}"
    return f"{told}; {both[0]} links lead both ways" if both else told


def _both_ways(kind: str, table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Each pair in both directions, with the larger weight where the two differ."""
    back = table.rename(columns=dict(zip(ENDS, ENDS[::-1])))[[*ENDS, WEIGHT]]
    full = pd.concat([table, back]).groupby(ENDS).max().reset_index()
    added = len(full) - len(table)
    listed = full.merge(table, on=ENDS, suffixes=("", " listed"))
    raised = int((listed[WEIGHT] != listed[f"{WEIGHT} listed"]).sum())
    notes = [f"{kind}: {added:,} are listed in one direction only; the other was added"] if added else []
    notes += [f"{kind}: {raised:,} differ between the directions; the larger was taken"] if raised else []
    return full, notes
