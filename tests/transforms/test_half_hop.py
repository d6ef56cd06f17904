"""Half-Hop against a plain loop, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.transforms import half_hop as module
from neurofm.transforms.half_hop import half_hop

RING = np.array([[0, 1, 2, 3], [1, 2, 3, 0]])
GRAPHS = {
    "directed": (6, RING),
    "both ways": (6, np.concatenate([RING, RING[::-1]], 1)),
    "isolated nodes": (9, np.array([[2, 5], [5, 2]])),
    "self loops": (4, np.array([[0, 1, 1, 3, 2], [0, 1, 2, 3, 1]])),
    "only loops": (3, np.array([[0, 2], [0, 2]])),
    "duplicates": (3, np.array([[0, 0, 0, 1, 1], [1, 1, 1, 2, 1]])),
    "no edges": (3, np.zeros((2, 0))),
    "no nodes": (0, np.zeros((2, 0), int)),
    "random": (40, np.random.default_rng(0).integers(0, 40, (2, 300))),
}
SETTINGS = [(alpha, p) for alpha in (0, 0.3, 0.5, 1) for p in (0, 0.3, 1)]
CASES = [(graph, np.float32) for graph in GRAPHS] + [("random", kind) for kind in (float, np.int64, np.uint8, bool)]


def features(count, dtype=np.float32, width=5):
    return (np.random.default_rng(1).normal(size=(count, width)) * 9).astype(dtype)


def loop(x, edges, alpha, p, rng):
    """Edge by edge, as it is defined."""
    x = x if x.dtype.kind == "f" else x.astype(np.float32)
    drawn = [p == 1 for _ in x] if p in (0, 1) else [rng.random() < p for _ in x]
    rows, kept, first, second, third = list(x), [], [], [], []
    for s, t in edges.T.astype(int):
        if s == t or not drawn[t]:
            kept.append((s, t))
            continue
        m = len(rows)
        rows.append(x[t] if alpha == 0 else x[s] if alpha == 1 else alpha * x[s] + (1 - alpha) * x[t])
        first.append((s, m))
        second.append((m, t))
        third.append((t, m))
    woven = np.array([*kept, *first, *second, *third], np.int64).reshape(-1, 2).T
    return np.array(rows, x.dtype).reshape(-1, x.shape[1]), woven, np.arange(len(rows)) >= len(x)


@pytest.mark.parametrize(("alpha", "p"), SETTINGS)
@pytest.mark.parametrize(("graph", "dtype"), CASES)
def test_it_is_what_a_plain_loop_gives(graph, alpha, p, dtype, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 7)
    count, edges = GRAPHS[graph]
    x = features(count, dtype)
    before = x.copy(), edges.copy()
    hop = half_hop(x, edges, alpha=alpha, p=p, generator=np.random.default_rng(3))
    wanted = loop(x, edges, alpha, p, np.random.default_rng(3))
    for ours, theirs in zip((hop.x, hop.edges, hop.slow), wanted):
        np.testing.assert_array_equal(ours, theirs, strict=True)
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(edges, before[1])
    assert not np.shares_memory(hop.x, x)
    assert not np.shares_memory(hop.edges, edges)


@pytest.mark.parametrize(("alpha", "p"), SETTINGS)
@pytest.mark.parametrize("graph", GRAPHS)
def test_tensors_give_the_same_and_gradients_reach_x(graph, alpha, p):
    torch = pytest.importorskip("torch")
    count, edges = GRAPHS[graph]
    extra = {"labels": np.arange(count), "masks": {"train": np.arange(count) % 2 == 0}}
    ours = half_hop(features(count), edges, alpha=alpha, p=p, generator=np.random.default_rng(3), **extra)
    x = torch.tensor(features(count), requires_grad=True)
    hop = half_hop(x, torch.tensor(edges), alpha=alpha, p=p, generator=np.random.default_rng(3), **extra)
    for name in ("edges", "slow", "labels"):
        np.testing.assert_array_equal(getattr(hop, name).numpy(), getattr(ours, name), strict=True)
    np.testing.assert_array_equal(hop.masks["train"].numpy(), ours.masks["train"], strict=True)
    np.testing.assert_allclose(hop.x.detach().numpy(), ours.x, rtol=1e-6, atol=1e-6)
    weights = torch.tensor(np.random.default_rng(4).normal(size=(len(hop.slow), 1)))
    (hop.x * weights).sum().backward()
    wanted = weights[:count, 0].numpy().copy()
    source, target = ours.edges[:, ours.edges[1] >= count], ours.edges[:, ours.edges[0] >= count]
    slow = weights[count:, 0].numpy()
    np.add.at(wanted, source[0, : len(slow)], alpha * slow)
    np.add.at(wanted, target[1], (1 - alpha) * slow)
    np.testing.assert_allclose(x.grad.numpy(), np.repeat(wanted[:, None], 5, 1), rtol=1e-4, atol=1e-5)


def test_tensors_of_whole_numbers_become_floating():
    torch = pytest.importorskip("torch")
    hop = half_hop(torch.arange(8).reshape(4, 2), RING, alpha=0.5)
    assert hop.x.dtype == torch.float32
    np.testing.assert_array_equal(hop.x.numpy(), half_hop(np.arange(8).reshape(4, 2), RING, alpha=0.5).x)


def test_labels_and_masks_say_nothing_of_slow_nodes():
    masks = {"train": np.array([1, 0, 1, 0], bool), "splits": np.ones((4, 10), bool)}
    labels = np.arange(4, dtype=np.uint8)
    hop = half_hop(features(4), RING, labels=labels, masks=masks)
    assert hop.labels.tolist() == [0, 1, 2, 3, -1, -1, -1, -1]
    assert {name: mask.shape for name, mask in hop.masks.items()} == {"train": (8,), "splits": (8, 10)}
    assert hop.masks["train"].tolist() == [True, False, True, False] + [False] * 4
    assert not hop.masks["splits"][4:].any()
    assert half_hop(features(4), RING).labels is None


def test_what_is_not_known_stays_where_it_is_read():
    x = features(4)
    x[0], x[2] = np.nan, np.inf
    slow = {alpha: half_hop(x, RING, alpha=alpha).x[4:] for alpha in (0, 0.5, 1)}
    unread = {alpha: np.flatnonzero(~np.isfinite(rows).all(1)).tolist() for alpha, rows in slow.items()}
    assert unread == {0: [1, 3], 0.5: [0, 1, 2, 3], 1: [0, 2]}


def test_as_many_targets_are_drawn_as_p_says_and_the_seed_alone_decides():
    edges = np.stack([np.arange(20_000), np.roll(np.arange(20_000), 1)])
    x = np.zeros((20_000, 1), np.float32)
    first, again, other = (half_hop(x, edges, p=0.3, generator=np.random.default_rng(s)).edges for s in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert first.shape != other.shape or (first != other).any()
    assert abs((first.shape[1] - 20_000) / 2 - 6000) < 300


def test_all_or_none_takes_no_draw():
    rng = np.random.default_rng(0)
    for p in (0, 1):
        half_hop(features(4), RING, p=p, generator=rng)
    assert rng.random() == np.random.default_rng(0).random()


X = features(4)
WRONG = {
    "alpha must be in 0 to 1, got 1.5": {"alpha": 1.5},
    "alpha must be in 0 to 1, got -0.1": {"alpha": -0.1},
    "alpha must be in 0 to 1, got nan": {"alpha": np.nan},
    "alpha must be in 0 to 1, got 'half'": {"alpha": "half"},
    "p must be in 0 to 1, got 2": {"p": 2},
    "p must be in 0 to 1, got nan": {"p": float("nan")},
    "p must be in 0 to 1, got True": {"p": True},
    "p of 0.5 draws nodes; give a generator": {"p": 0.5},
    "an edge names node 4, where nodes are 0 to 3": {"edges": [[0], [4]]},
    "an edge names node -1, where": {"edges": [[-1], [0]]},
    r"edges must be integers \(2, edge\), got float64": {"edges": [[0.0], [1.0]]},
    r"edges must be integers \(2, edge\), got int64 of shape \(3, 2\)": {"edges": [[0, 1], [1, 2], [2, 3]]},
    r"edges must be integers \(2, edge\), got bool": {"edges": np.ones((2, 2), bool)},
    r"x must be .* \(node, feature\), got float32 of shape \(4,\)": {"x": X[:, 0]},
    r"x must be .* got object": {"x": X.astype(object)},
    r"x must be .* got complex64": {"x": X.astype(np.complex64)},
    r"x must be .* got list": {"x": X.tolist()},
    "labels must be integers for 4 nodes, got float64": {"labels": np.zeros(4)},
    r"labels must be integers for 4 nodes, got int64 of shape \(3,\)": {"labels": [0, 1, 2]},
    "mask train must be bool for 4 nodes, got int64": {"masks": {"train": [0, 1, 1, 0]}},
    r"mask valid must be bool for 4 nodes, got bool of shape \(5,\)": {"masks": {"valid": np.ones(5, bool)}},
}


@pytest.mark.parametrize("told", WRONG)
def test_what_cannot_be_is_refused(told):
    asked = {"x": X, "edges": RING} | WRONG[told]
    with pytest.raises(ValueError, match=told):
        half_hop(asked.pop("x"), asked.pop("edges"), **asked)
