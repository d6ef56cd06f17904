"""Types of like units across animals, by clusters in the space in which they are compared."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurofm.analysis.profiles import squared

MOST = 12  # types
FEWEST = 8  # units from which types are looked for
CLEAR = 0.1  # mean silhouette from which clusters are types
MANY = 2000  # units that clusters are made of; others join the nearest


def types(profiles: NDArray[np.float32], used: NDArray[np.bool_]) -> list[str]:
    """(unit,) "type 1", the largest, "type 2", and so on; "" for units that are not used, and where none are apart.

    Clusters are those of Ward (1963), as many as have the best mean silhouette (Rousseeuw 1987).

    Parameters
    ----------
    profiles : (unit, feature)
    used : (unit,) those that are clustered
    """
    from scipy.cluster.hierarchy import fcluster, linkage
    from sklearn.metrics import silhouette_score

    names, rows = np.full(len(profiles), "", object), np.flatnonzero(used & np.isfinite(profiles).all(1))
    if len(rows) < FEWEST or not profiles.shape[1]:
        return names.tolist()
    space = profiles[rows]
    some = np.lexsort(space.T[::-1])[np.unique(np.linspace(0, len(rows) - 1, min(len(rows), MANY)).astype(int))]
    some = some[np.lexsort(space[some].T[::-1])]  # whatever order they came in
    tree, away = linkage(space[some], "ward"), np.sqrt(squared(space[some], space[some]))
    np.fill_diagonal(away, 0)
    cuts = [fcluster(tree, count, "maxclust") for count in range(2, min(MOST, len(some) - 1) + 1)]
    scores = [silhouette_score(away, cut, metric="precomputed") if cut.max() > 1 else -1.0 for cut in cuts]
    best = int(np.argmax(scores))
    if scores[best] < CLEAR:
        return names.tolist()
    middles = np.stack([space[some][cuts[best] == c].mean(0) for c in range(1, cuts[best].max() + 1)])
    near = squared(space, middles).argmin(1)
    near[some] = cuts[best] - 1
    order = np.argsort(-np.bincount(near, minlength=len(middles)), kind="stable")
    number = np.empty(len(order), int)
    number[order] = np.arange(1, len(order) + 1)
    names[rows] = [f"type {number[k]}" for k in near]
    return names.tolist()
