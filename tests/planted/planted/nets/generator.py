"""Nets whose nodes tell a number by what is known of them."""

from __future__ import annotations

import numpy as np

from planted.nets import Net


def net(session="web", *, nodes=100, seed=0):
    """Four numbers a node, two of which count, two regions, and three times as many edges as nodes."""
    rng = np.random.default_rng([seed, nodes])
    x = rng.normal(size=(nodes, 4))
    y = x @ [1.0, -2.0, 0.5, 0.0] + 0.1 * rng.normal(size=nodes)
    edges, region = rng.integers(0, nodes, (2, 3 * nodes)), (x[:, 0] > 0).astype(int)
    return Net(session=session, x=x, y=y, edges=edges, region=region, subject="a worm")
