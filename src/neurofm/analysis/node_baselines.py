"""What tells the classes of nodes without pretraining: shares, features, neighbours' features, wiring, small networks.

Splits are (split, node) of `neurofm.data.graph.TRAIN`, `VALID`, `TEST`, or -1; labels are (node,) numbers of classes,
-1 where unknown. What is chosen is chosen on the nodes of VALID, for each split by itself; answers are (split, node).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.linalg import eigsh

from neurofm.data.graph import TEST, TRAIN, VALID
from neurofm.transforms.half_hop import HalfHop, half_hop

SHARES = (0.48, 0.32)  # to learn from and to choose by, as in the public splits
STRENGTHS = np.logspace(-2, 4, 7)  # of what logistic regression may be sure of, and one over ridge's penalty
VECTORS = 16  # of the wiring
DENSE = 1000  # nodes up to which all vectors are computed, of which the smoothest are taken
SPARSE = 0.2  # share of numbers that are not 0 below which features are held sparse
DRAWS = 5  # of slow nodes over which answers are the mean, where not all nodes are drawn

Array = NDArray[Any]
Answer = Callable[[Array], Array]


def accuracy(said: Array, labels: Array, splits: Array, part: int = TEST) -> NDArray[np.float64]:
    """(split,) share of the nodes of a part whose class is known for which it is the one that was said."""
    asked = (splits == part) & (labels >= 0)
    return np.asarray(((said == labels) & asked).sum(1) / np.maximum(asked.sum(1), 1), float)


def stratified(labels: Array, count: int, rng: np.random.Generator) -> NDArray[np.int8]:
    """(split, node) `count` divisions of the nodes whose class is known, each class in the shares of `SHARES`."""
    splits = np.full((count, len(labels)), -1, np.int8)
    for split in splits:
        for kind in np.unique(labels[labels >= 0]):
            rows = rng.permutation(np.flatnonzero(labels == kind))
            ends = np.round(np.cumsum(SHARES) * len(rows)).astype(int)
            for part, some in zip((TRAIN, VALID, TEST), np.split(rows, ends)):
                split[some] = part
    return splits


def majority(labels: Array, splits: Array) -> Array:
    """The class that most of the nodes to learn from have."""
    most = [np.bincount(labels[learned]).argmax() for learned in _learned(labels, splits)]
    return np.repeat(np.array(most)[:, None], len(labels), 1)


def features(x: Array) -> NDArray[np.float32]:
    """(node, feature) whose sizes add up to 1 in each row; what is not known is the mean of its column, or 0."""
    known = np.isfinite(x)
    mean = np.where(known, x, 0).sum(0) / np.maximum(known.sum(0), 1)
    filled = np.where(known, x, mean)
    return (filled / np.maximum(np.abs(filled).sum(1, keepdims=True), 1e-12)).astype(np.float32)


def propagated(x: Array, edges: Array, steps: int = 2) -> NDArray[np.float32]:
    """(node, feature x (1 + steps)) x, Rx, R²x, where R takes the mean over those that a node has an edge with."""
    both = np.concatenate([edges, edges[::-1]], 1)
    there = sp.csr_array(sp.coo_array((np.ones(both.shape[1]), (both[1], both[0])), (len(x), len(x))))
    there.data[:] = 1
    mean = sp.diags_array(1 / np.maximum(there.sum(1), 1)) @ there
    taken = [np.asarray(x, float)]
    for _ in range(steps):
        taken.append(mean @ taken[-1])
    return np.concatenate(taken, 1).astype(np.float32)


def wiring(edges: Array, count: int, vectors: int = VECTORS) -> NDArray[np.float32]:
    """(node, 2 + vectors) log of edges in and out, and vectors of the normalised adjacency, the smoothest first.

    Vectors have a length of 1 over nodes times the root of these, and are larger at their largest end.
    """
    into, out = (np.bincount(edges[k], minlength=count) for k in (1, 0))
    both = np.concatenate([edges, edges[::-1]], 1)
    there = sp.csr_array(sp.coo_array((np.ones(both.shape[1]), tuple(both)), (count, count)))
    scale = sp.diags_array(1 / np.sqrt(np.maximum(there.sum(1), 1)))
    smooth = scale @ there @ scale
    if count > DENSE:
        _, vector = eigsh(smooth, vectors, which="LA", v0=np.ones(count))
    else:
        _, vector = np.linalg.eigh(smooth.toarray())
    chosen = vector[:, ::-1][:, :vectors] * np.sqrt(count)
    if count:
        chosen = chosen * np.sign(chosen[np.abs(chosen).argmax(0), np.arange(chosen.shape[1])])
    return np.concatenate([np.log1p([into, out]).T, chosen], 1).astype(np.float32)


def logistic(x: Array, labels: Array, splits: Array) -> Array:
    """Classes by logistic regression of x (node, feature), as sure as suits the nodes to choose by."""
    from sklearn.linear_model import LogisticRegression

    rows = sp.csr_array(x) if np.count_nonzero(x) < SPARSE * x.size else x

    def ways(learned: Array) -> list[Array]:
        if len(np.unique(labels[learned])) == 1:
            return [np.full(len(labels), labels[learned][0])]
        models = (LogisticRegression(C=c, max_iter=300, tol=1e-3) for c in STRENGTHS)
        return [model.fit(rows[learned], labels[learned]).predict(rows) for model in models]

    return _chosen(ways, labels, splits)


def closed_form(x: Array, labels: Array, splits: Array) -> Array:
    """Classes by ridge regression of which each node is of, its penalty chosen."""
    alike = np.asarray(x, float) @ np.asarray(x, float).T  # as many rows as nodes, however many features

    def ways(learned: Array) -> list[Array]:
        wanted = np.eye(labels.max() + 1)[labels[learned]]
        mean = wanted.mean(0)
        value, vector = np.linalg.eigh(alike[np.ix_(learned, learned)])
        told = vector.T @ (wanted - mean)
        to_all = alike[:, learned] @ vector
        return [(mean + to_all @ (told / (value + 1 / c)[:, None])).argmax(1) for c in STRENGTHS]

    return _chosen(ways, labels, splits)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How a small network is trained.

    Parameters
    ----------
    kind : of layers, see `neurofm.nn.graphs.ways`
    alpha : of Half-Hop, None for the graph as it is
    p : of Half-Hop. Below 1 nodes are drawn anew each epoch, and answers, every `DRAWS` epochs, are means over `DRAWS`
        draws that stay
    decay : half the weight of squares in the loss
    """

    kind: str
    alpha: float | None = None
    p: float = 1.0
    decay: float = 5e-4
    depth: int = 2
    hidden: int = 64
    dropout: float = 0.5
    lr: float = 0.01
    epochs: int = 200


@dataclass(frozen=True, kw_only=True, eq=False)
class Told:
    """What networks say at the epoch that suits the nodes to choose by: `said` (split, node) classes.

    `right` and `loss` (split,) on those nodes; `energy` (split,) how unlike hidden states of neighbours are at the end.
    """

    said: Array
    right: Array
    loss: Array
    energy: Array


def network(x: Array, edges: Array, labels: Array, splits: Array, plan: Plan, seed: int) -> Told:
    """Train one network for each split, all at once.

    Parameters
    ----------
    x, edges, labels : (node, feature), (2, edge), (node,)
    """
    import torch

    from neurofm.nn.graphs import Network

    torch.manual_seed(seed)
    rng = np.random.default_rng([seed, 1])
    still = [_view(x, edges, plan, rng) for _ in range(DRAWS if _drawn(plan) else 1)]
    net = Network(plan.kind, len(splits), x.shape[1], plan.hidden, int(labels.max()) + 1, plan.depth, plan.dropout)
    optimizer = torch.optim.Adam(net.parameters(), plan.lr, weight_decay=plan.decay, fused=True)
    wanted, best = _Wanted(labels, splits), _Best(splits, labels)
    for epoch in range(plan.epochs):
        net.train()
        view = _view(x, edges, plan, rng) if _drawn(plan) else still[0]
        optimizer.zero_grad()
        wanted.loss(net(*view)[0], TRAIN).sum().backward()
        optimizer.step()
        if (epoch + 1) % len(still):
            continue
        net.eval()
        with torch.inference_mode():
            best.see(sum(net(*one)[0][: len(labels)].softmax(2) for one in still) / len(still))
    with torch.inference_mode():
        hidden = net(*still[0])[1]
    energy = smoothness(hidden[: len(labels)].numpy(), edges) if plan.depth > 1 else np.full(len(splits), np.nan)
    return Told(said=best.said, right=best.right, loss=best.loss, energy=energy)


def smoothness(states: Array, edges: Array) -> NDArray[np.float64]:
    """(set,) Dirichlet energy of states (node, set, dim) over their squares: 0 where neighbours are alike.

    x' (1 - D^-1/2 A D^-1/2) x / x'x, with edges both ways and a loop at each node.
    """
    count = len(states)
    both = np.concatenate([edges, edges[::-1], np.tile(np.arange(count), (2, 1))], 1)
    there = sp.csr_array(sp.coo_array((np.ones(both.shape[1]), (both[0], both[1])), (count, count)))
    there.data[:] = 1
    scale = sp.diags_array(1 / np.sqrt(there.sum(1)))
    flat = states.reshape(count, -1).astype(float)
    unlike = (flat * (flat - scale @ there @ scale @ flat)).reshape(states.shape).sum((0, 2))
    return np.asarray(unlike / np.maximum((states.astype(float) ** 2).sum((0, 2)), 1e-300))


def best_of(told: Sequence[Told]) -> NDArray[np.int64]:
    """(split,) which of several is best on the nodes to choose by; of equal ones that with the least loss."""
    right, loss = (np.stack([getattr(one, name) for one in told]) for name in ("right", "loss"))
    return np.array([np.lexsort((loss[:, k], -right[:, k]))[0] for k in range(right.shape[1])])


def held(x: NDArray[np.float32]) -> Any:
    """Features (node, feature) as layers take them: sparse if most numbers are 0."""
    import torch

    from neurofm.nn.graphs import Sparse

    return Sparse(sp.csr_array(x)) if np.count_nonzero(x) < SPARSE * x.size else torch.from_numpy(x)


class _Wanted:
    """Cross-entropy on a part of each split."""

    def __init__(self, labels: Array, splits: Array) -> None:
        import torch

        self.labels = torch.from_numpy(np.maximum(labels, 0))
        self.parts = {
            part: torch.from_numpy(((splits == part) & (labels >= 0)).T.astype(np.float32)) for part in (0, 1)
        }

    def loss(self, said: Any, part: int) -> Any:
        import torch

        asked = self.parts[part]  # (node, split)
        logs = said[: len(asked)].log_softmax(2)
        each = -logs.gather(2, self.labels[:, None, None].expand(*asked.shape, 1))[..., 0]
        return (each * asked).sum(0) / torch.clamp(asked.sum(0), min=1)


class _Best:
    """What was said at the best epoch of each split."""

    def __init__(self, splits: Array, labels: Array) -> None:
        self.asked, self.labels = (splits == VALID) & (labels >= 0), np.maximum(labels, 0)
        self.said = np.zeros(splits.shape, np.int64)
        self.right, self.loss = np.full(len(splits), -1.0), np.full(len(splits), np.inf)

    def see(self, chances: Any) -> None:
        """Chances (node, split, class) of another epoch."""
        each = chances.numpy().transpose(1, 0, 2)
        said, count = each.argmax(2), np.maximum(self.asked.sum(1), 1)
        right = ((said == self.labels) & self.asked).sum(1) / count
        logs = -np.log(np.maximum(each[:, np.arange(len(self.labels)), self.labels], 1e-12))
        loss = (logs * self.asked).sum(1) / count
        better = (right > self.right) | ((right == self.right) & (loss < self.loss))
        self.said[better], self.right[better], self.loss[better] = said[better], right[better], loss[better]


def _drawn(plan: Plan) -> bool:
    return plan.alpha is not None and plan.p < 1


def _view(x: Array, edges: Array, plan: Plan, rng: np.random.Generator) -> tuple[Any, Any]:
    """Features and edges as a network takes them."""
    from neurofm.nn.graphs import Sparse, ways

    if plan.alpha is None:
        return held(x), ways(plan.kind, edges, len(x))
    hop = half_hop(np.zeros((len(x), 0)), edges, alpha=plan.alpha, p=plan.p, generator=rng)
    mixed = Sparse(_mixing(hop, len(x), plan.alpha), after=held(x))
    return mixed, ways(plan.kind, hop.edges, len(hop.slow))


def _mixing(hop: HalfHop, count: int, alpha: float) -> sp.csr_array:
    """(node + slow, node) that makes features of a graph with slow nodes of those it had: far fewer numbers."""
    slow = len(hop.slow) - count
    (source, _, _), (_, target, _) = hop.edges[:, hop.edges.shape[1] - 3 * slow :].reshape(2, 3, slow)
    nodes, middle = np.arange(count), np.arange(count, count + slow)
    values = np.repeat(np.array([1, alpha, 1 - alpha], np.float32), [count, slow, slow])
    places = np.concatenate([nodes, middle, middle]), np.concatenate([nodes, source, target])
    matrix = sp.csr_array(sp.coo_array((values, places), (count + slow, count)))
    matrix.eliminate_zeros()
    return matrix


def _learned(labels: Array, splits: Array) -> list[Array]:
    rows = [np.flatnonzero((split == TRAIN) & (labels >= 0)) for split in splits]
    for k, some in enumerate(rows):
        if not len(some):
            raise ValueError(f"split {k} has no node of a known class to learn from")
    return rows


def _chosen(ways: Callable[[Array], list[Array]], labels: Array, splits: Array) -> Array:
    """Of each split the answers of the way that is best on the nodes to choose by."""
    said = []
    for learned, split in zip(_learned(labels, splits), splits):
        tries = ways(learned)
        right = [accuracy(one[None], labels, split[None], VALID)[0] for one in tries]
        said.append(tries[int(np.argmax(right))])
    return np.stack(said)
