"""The table of speed: both forms give the same, memory is counted, and all rows are there."""

from __future__ import annotations

import json

import numpy as np
import pytest

from neurofm.bench import graph_speed
from neurofm.transforms.half_hop import HalfHop


@pytest.mark.parametrize("way", graph_speed.WAYS.values(), ids=graph_speed.WAYS)
def test_what_is_compared_gives_the_same(way):
    rng = np.random.default_rng(0)
    x, edges = rng.normal(size=(50, 4)).astype(np.float32), rng.integers(0, 50, (2, 300))
    ours, usual = graph_speed._ours(x, edges, **way), graph_speed.indexed(x, edges, **way)
    for name in ("x", "edges", "slow"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(usual, name), strict=True)


@pytest.mark.parametrize("extra", [0, 1, 3])
def test_memory_beyond_the_output_is_a_share_of_it(extra):
    def form():
        held = [np.zeros(400_000, np.uint8) for _ in range(extra)]
        parts = {"x": np.zeros(400_000, np.uint8), "edges": np.zeros(0), "slow": np.zeros(0, bool)}
        assert len(held) == extra
        return HalfHop(**parts, labels=None, masks={})

    assert graph_speed.beyond(form) == pytest.approx(extra, abs=0.02)


def test_what_is_filled_up_says_the_same_of_the_nodes_that_are_there():
    import torch

    from neurofm.models.gcn import SPEC
    from neurofm.synthetic.graphs import Ranges, community
    from neurofm.training import graphs

    graph = community(0, ranges=Ranges(nodes=(30, 30), features=(5, 5)))
    kind = {"width": 5, "target": "class", "classes": sorted(set(graph.nodes["class"]))} | graphs.scale([graph])
    piece = graphs.pieces(graph, [kind], 0, both=True, place=True)[0]
    net = SPEC.build(SPEC.config(), {"kinds": [kind]}).eval()
    batches = [graphs.together([one]) for one in (piece, graph_speed._filled(piece, 50))]
    said, filled = (net(batch) for batch in batches)
    assert len(filled.prediction) == 50
    torch.testing.assert_close(filled.prediction[:30], said.prediction)
    torch.testing.assert_close(net.loss(filled, batches[1]), net.loss(said, batches[0]))


def test_all_take_turns():
    order = []
    took = graph_speed._turns({name: (lambda name=name: order.append(name)) for name in "abc"}, 3)
    assert order == list("abcbcacab")
    assert {name: len(each) for name, each in took.items()} == dict.fromkeys("abc", 3)


def test_a_quick_table_has_all_its_rows():
    rows = graph_speed.run([], True, 0, None)
    assert json.dumps(rows)
    metrics = {(line["system"], line["metric"]) for line in rows}
    assert {
        ("ours", "time"), ("ours", "times fill of the output"), ("ours", "times index and concatenate"),
        ("behind each other", "nodes of a step left empty"), ("filled up", "times behind each other"),
        ("ours", "memory beyond the output"), ("ours", "times half of the edges"), ("fill of the output", "time"),
    } <= metrics  # fmt: skip
