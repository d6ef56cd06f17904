"""Half-Hop: a slow node in the middle of each edge, so that a node listens less hastily to its neighbours.

Azabou et al. 2023. An edge from s to t becomes s -> m, m -> t and t -> m, where the slow node m starts between both.
Any model runs on what comes of it; slow nodes are left out of what it says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurofm.checks import number

CHUNK = 8192  # slow nodes that are mixed at once: both rows and the result stay in the cache


@dataclass(frozen=True, kw_only=True, eq=False)
class HalfHop:
    """A graph with slow nodes after its own: arrays, or tensors where `x` came as one.

    Parameters
    ----------
    x : (node + slow, feature) rows of nodes as they came, then of slow nodes in the order of their edges
    edges : (2, edge) int64 those that stayed, in their order, then all s -> m, all m -> t and all t -> m
    slow : (node + slow,) bool
    labels : (node + slow,) int64, -1 at slow nodes; None if none were given
    masks : by name, (node + slow, ...) bool, False at slow nodes
    """

    x: Any
    edges: Any
    slow: Any
    labels: Any
    masks: Mapping[str, Any]


def half_hop(
    x: Any,
    edges: Any,
    *,
    alpha: float = 0.0,
    p: float = 1.0,
    generator: np.random.Generator | None = None,
    labels: ArrayLike | None = None,
    masks: Mapping[str, ArrayLike] | None = None,
) -> HalfHop:
    """Put a slow node into every edge that leads to a node that was drawn; self loops stay.

    Parameters
    ----------
    x : (node, feature) numbers, those that are not floating become float32; an array, or a tensor, which gradients
        reach. A NaN stays in its row and spreads to slow nodes, but for what `alpha` of 0 or 1 does not read
    edges : (2, edge) rows of the nodes that each leads from and to; equal edges get a slow node each
    alpha : how much of a slow node is its source: x_m = alpha x_s + (1 - alpha) x_t
    p : how likely each node is drawn
    generator : of the draws; only needed if p is neither 0 nor 1
    labels : (node,) integers
    masks : by name, (node, ...) bool

    Raises
    ------
    ValueError
        If shapes do not fit, an edge names a node that is not there, `alpha` or `p` is no number in 0 to 1, labels or
        masks are of another kind, or a generator is missing.
    """
    count = _count(x)
    pairs = _pairs(edges, count)
    alpha, p = (_share(name, value) for name, value in (("alpha", alpha), ("p", p)))
    hopped = _drawn(count, p, generator)[pairs[1]] & (pairs[0] != pairs[1])
    source, target = np.take(pairs, np.flatnonzero(hopped), axis=1)
    slow = np.arange(count + len(source)) >= count
    longer = {name: _longer(f"mask {name}", mask, slow, bool) for name, mask in (masks or {}).items()}
    known = None if labels is None else _longer("labels", labels, slow, np.int64)
    woven = _woven(pairs[:, ~hopped], source, target, count)  # what stays is let go again
    if isinstance(x, np.ndarray):
        return HalfHop(x=_mixed(x, source, target, alpha), edges=woven, slow=slow, labels=known, masks=longer)
    whole, mask = (kind.new_tensor for kind in (x.new_empty(0).long(), x.new_empty(0).bool()))  # torch, unimported
    return HalfHop(
        x=_mixed_tensor(x, whole(source), whole(target), alpha), edges=whole(woven), slow=mask(slow),
        labels=None if known is None else whole(known), masks={name: mask(rows) for name, rows in longer.items()},
    )  # fmt: skip


def _count(x: Any) -> int:
    numeric = x.dtype.kind in "fiub" if isinstance(x, np.ndarray) else hasattr(x, "detach") and not x.is_complex()
    if not numeric or x.ndim != 2:
        told = f"{x.dtype} of shape {tuple(x.shape)}" if hasattr(x, "dtype") else type(x).__name__
        raise ValueError(f"x must be an array or tensor of real numbers (node, feature), got {told}")
    return len(x)


def _pairs(edges: Any, count: int) -> NDArray[np.int64]:
    pairs = _array(edges)
    if pairs.ndim != 2 or len(pairs) != 2 or (pairs.size and pairs.dtype.kind not in "iu"):
        raise ValueError(f"edges must be integers (2, edge), got {pairs.dtype} of shape {pairs.shape}")
    if pairs.size and (pairs.min() < 0 or pairs.max() >= count):
        wrong = pairs.min() if pairs.min() < 0 else pairs.max()
        raise ValueError(f"an edge names node {wrong}, where nodes are 0 to {count - 1}")
    return pairs.astype(np.int64, copy=False)


def _share(name: str, value: float) -> float:
    share = number(name, value, "in 0 to 1")
    if not 0 <= share <= 1:
        raise ValueError(f"{name} must be in 0 to 1, got {value}")
    return share


def _drawn(count: int, p: float, generator: np.random.Generator | None) -> NDArray[np.bool_]:
    if p in (0, 1):
        return np.full(count, p == 1)
    if generator is None:
        raise ValueError(f"p of {p} draws nodes; give a generator, such as np.random.default_rng(0)")
    drawn: NDArray[np.bool_] = generator.random(count) < p
    return drawn


def _longer(name: str, values: Any, slow: NDArray[np.bool_], kind: Any) -> NDArray[Any]:
    array = _array(values)
    count = int((~slow).sum())
    if array.dtype.kind not in ("b" if kind is bool else "iu") or not array.ndim or len(array) != count:
        wanted = "bool" if kind is bool else "integers"
        raise ValueError(f"{name} must be {wanted} for {count} nodes, got {array.dtype} of shape {array.shape}")
    longer = np.full((len(slow), *array.shape[1:]), False if kind is bool else -1, kind)
    longer[:count] = array
    return longer


def _woven(
    stay: NDArray[np.int64], source: NDArray[np.int64], target: NDArray[np.int64], count: int
) -> NDArray[np.int64]:
    """(2, edge) those that stay, s -> m, m -> t, t -> m."""
    slow = len(source)
    woven = np.empty((2, stay.shape[1] + 3 * slow), np.int64)
    woven[:, : stay.shape[1]] = stay
    (first, second), middle = woven[:, stay.shape[1] :].reshape(2, 3, slow), np.arange(count, count + slow)
    first[0], first[1], first[2] = source, middle, target
    second[0], second[1], second[2] = middle, target, middle
    return woven


def _mixed(x: NDArray[Any], source: NDArray[np.int64], target: NDArray[np.int64], alpha: float) -> NDArray[Any]:
    """(node + slow, feature) written once, in parts that stay in the cache."""
    mixed = np.empty((len(x) + len(source), x.shape[1]), x.dtype if x.dtype.kind == "f" else np.float32)
    nodes, slow = mixed[: len(x)], mixed[len(x) :]
    nodes[:] = x
    scratch = np.empty((min(CHUNK, len(source)), x.shape[1]), mixed.dtype)
    for start in range(0, len(source), CHUNK):
        part = slow[start : start + CHUNK]
        here, there = (rows[start : start + CHUNK] for rows in (source, target))
        # indices were checked; `clip` spares numpy a copy of the part
        np.take(nodes, there if alpha == 0 else here, axis=0, out=part, mode="clip")
        if 0 < alpha < 1:
            other = np.take(nodes, there, axis=0, out=scratch[: len(part)], mode="clip")
            np.multiply(part, alpha, out=part)
            np.multiply(other, 1 - alpha, out=other)
            np.add(part, other, out=part)
    return mixed


def _mixed_tensor(x: Any, source: Any, target: Any, alpha: float) -> Any:
    x = x if x.is_floating_point() else x.float()
    slow = x[target if alpha == 0 else source] if alpha in (0, 1) else alpha * x[source] + (1 - alpha) * x[target]
    mixed = x.new_empty((len(x) + len(slow), x.shape[1]))
    mixed[: len(x)], mixed[len(x) :] = x, slow
    return mixed


def _array(values: Any) -> NDArray[Any]:
    return np.asarray(values.detach().cpu() if hasattr(values, "detach") else values)
