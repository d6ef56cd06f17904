"""Maps of a latent space that can be drawn: PCA at once, UMAP when there is time, and one laid onto another."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurofm.checks import check_shape

FLAT = 1e-9  # of the widest spread, below which a direction is none
NEXT = 5  # rows among which one is placed that was not fitted
EACH_TENTH_EPOCH = {"mininterval": 0, "miniters": 10}  # by count: a quick machine is told as much as a slow one
CHUNK = 10_000  # rows that are placed at once
Step = Callable[..., Any]


def pca(values: ArrayLike, dims: int = 2) -> NDArray[np.float64]:
    """(row, dims) coordinates along the directions of most variance; the same for the same values.

    Each direction points to where its largest weight is positive. Directions that the values lack are 0.

    Raises
    ------
    ValueError
        If values are not (row, dim) or not finite.
    """
    centred = _finite("values", values)
    centred = centred - centred.mean(0) if len(centred) else centred
    axes = _axes(centred, dims)
    signs = np.sign(axes[np.abs(axes).argmax(0), np.arange(axes.shape[1])])
    xy = np.zeros((len(centred), dims))
    xy[:, : axes.shape[1]] = centred @ (axes * signs)
    return xy


def umap(
    values: ArrayLike,
    dims: int = 2,
    seed: int = 0,
    *,
    neighbors: int = 15,
    sample: int = 20_000,
    step: Step | None = None,
) -> NDArray[np.float64]:
    """(row, dims) map that keeps near rows near, begun at the PCA; the same for the same values and seed.

    Parameters
    ----------
    neighbors : rows around each that should stay around it
    sample : the map is fitted on at most so many rows; each other one lies among those that are nearest to it
    step : called as step(fraction, text)

    Raises
    ------
    ValueError
        If values are not (row, dim), not finite, or too little for neighbours to mean anything (`umap_lacks`).
    """
    values = _finite("values", values)
    start = pca(values, dims)
    lack = umap_lacks(start)
    if lack:
        raise ValueError(lack)
    rows = np.random.default_rng(seed).permutation(len(values))[:sample]
    fitted, placed = np.sort(rows), np.setdiff1d(np.arange(len(values)), rows)
    tell = step or (lambda *_: None)
    words = f"UMAP of {len(fitted):,} rows" + (f" of {len(values):,}" if len(placed) else "")
    tell(0.0, f"{words}: looking for neighbours")
    share = 0.8 if len(placed) else 1.0
    reducer = _reducer(start[fitted], neighbors, seed, lambda done: tell(share * (0.1 + 0.9 * done), words))
    xy = np.empty((len(values), dims))
    xy[fitted] = reducer.fit_transform(values[fitted])
    if len(placed):
        xy[placed] = _among(
            values[placed],
            values[fitted],
            xy[fitted],
            lambda done: tell(share + 0.2 * done, f"{words}: placing the rest"),
        )
    tell(1.0, "UMAP done")
    return xy


def umap_lacks(start: NDArray[np.floating]) -> str:
    """Why rows with this PCA (row, dims) have no UMAP, in a sentence; "" where they have one."""
    rows, dims = start.shape
    if rows <= dims + 2:
        return f"UMAP in {dims} dimensions needs {dims + 3} rows or more, got {rows}; keep the PCA"
    spread = np.ptp(start, 0)
    lying = int((spread > FLAT * spread.max()).sum())
    if lying < dims:
        where = ("in one place", "on a line", "in a plane")[lying]
        return f"UMAP in {dims} dimensions needs rows that spread, these lie {where}; keep the PCA"
    return ""


def align(xy: ArrayLike, onto: ArrayLike) -> NDArray[np.float64]:
    """`xy` turned, mirrored and moved, never scaled, to lie as near to `onto` as it can (orthogonal Procrustes).

    Raises
    ------
    ValueError
        If the two are not maps of the same rows, or not finite.
    """
    xy, onto = _finite("xy", xy), _finite("onto", onto)
    if xy.shape != onto.shape:
        raise ValueError(f"maps to align must have the same rows and dims, got {xy.shape} and {onto.shape}")
    if not len(xy):
        return xy
    moved, wanted = xy - xy.mean(0), onto - onto.mean(0)
    left, _, right = np.linalg.svd(moved.T @ wanted)
    return moved @ (left @ right) + onto.mean(0)


def _reducer(start: NDArray[np.float64], neighbors: int, seed: int, epoch: Callable[[float], Any]) -> Any:
    """UMAP of rows that begin at `start` (row, dims), which calls `epoch` with the share of them that is done."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImportWarning)  # it says that tensorflow is missing, which nobody here needs
        from umap import UMAP
    return UMAP(
        n_neighbors=min(neighbors, len(start) - 1),
        n_components=start.shape[1],
        init=start,
        random_state=seed,
        tqdm_kwds={"file": _Epochs(epoch), "bar_format": "{n}/{total}", "disable": False} | EACH_TENTH_EPOCH,
        n_jobs=1,  # with more threads, equal seeds give unequal maps
    )


def _among(
    values: NDArray[np.float64], near: NDArray[np.float64], xy: NDArray[np.float64], told: Callable[[float], Any]
) -> NDArray[np.float64]:
    """(row, dims) where `values` lie: in the middle of the rows of `near` next to each, the nearest counting most.

    This is how UMAP's own transform begins; that goes on to move rows for longer than the fit takes.
    """
    from sklearn.neighbors import NearestNeighbors

    tree, places = NearestNeighbors(n_neighbors=min(NEXT, len(near))).fit(near), []
    for k in range(0, len(values), CHUNK):
        told(k / len(values))
        far, rows = tree.kneighbors(values[k : k + CHUNK])
        weight = 1 / np.maximum(far, 1e-12)
        places.append((weight[..., None] * xy[rows]).sum(1) / weight.sum(1, keepdims=True))
    return np.concatenate(places)


class _Epochs:
    """A file to which "3/200" is written."""

    def __init__(self, told: Callable[[float], Any]) -> None:
        self._told = told

    def write(self, words: str) -> None:
        done, slash, total = words.strip().partition("/")
        if slash:
            self._told(int(done) / int(total))

    def flush(self) -> None:
        """Nothing is kept back."""


def _axes(centred: NDArray[np.float64], dims: int) -> NDArray[np.float64]:
    """(dim, dims or fewer) directions; from the covariance where there are more rows than dims, since that is quick."""
    if len(centred) <= centred.shape[1]:
        return np.linalg.svd(centred, full_matrices=False)[2][:dims].T
    return np.linalg.eigh(centred.T @ centred)[1][:, ::-1][:, :dims]


def _finite(name: str, values: ArrayLike) -> NDArray[np.float64]:
    values = np.asarray(values, np.float64)
    check_shape(name, values, "row dim")
    bad = int((~np.isfinite(values)).any(1).sum())
    if bad:
        raise ValueError(f"{bad} of {len(values)} rows of {name} are NaN or infinite; leave them out first")
    return values
