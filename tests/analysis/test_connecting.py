from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from neurofm.analysis import connecting
from neurofm.app.session import Session
from neurofm.data.embedding import Embedding
from neurofm.data.graph import Graph, take
from neurofm.synthetic.demo import demo


def worms(**more: object) -> Graph:
    """Two animals of three and two nodes."""
    nodes = pd.DataFrame({"label": list("abcab"), "type": list("iisii")})
    given = {"session": "worms", "nodes": nodes, "edges": [[0, 1, 2, 3], [1, 2, 2, 4]], "of": [0, 0, 0, 1, 1]}
    given |= {"links": pd.DataFrame({"weight": [1.0, 2.0, 3.0, 4.0]}), "x": np.arange(10).reshape(5, 2)}
    given |= {"subjects": pd.DataFrame({"label": ["ada", "bo"]}), "splits": {"own": [0, 1, 2, 0, 2]}}
    return Graph(**given | more)  # type: ignore[arg-type]


def test_slow_nodes_stand_between_and_the_others_stand_for_what_they_were() -> None:
    before = worms()
    after = connecting.with_slow_nodes(before)
    assert after.nodes["label"].tolist() == ["a", "b", "c", "a > b", "b > c", "a", "b", "a > b"]
    assert after.nodes["slow"].tolist() == [False] * 3 + [True] * 2 + [False] * 2 + [True]
    label, weight = after.nodes["label"], after.links["weight"]
    named = {(label[a], label[b], w) for (a, b), w in zip(after.edges.T, weight)}
    assert ("c", "c", 3.0) in named
    assert {("b", "b > c", 2.0), ("b > c", "c", 2.0), ("c", "b > c", 2.0)} <= named
    assert len(after.edges.T) == 1 + 3 * 3
    assert after.x[3].tolist() == before.x[1].tolist()
    assert after.splits["own"].tolist() == [0, 1, 2, -1, -1, 0, 2, -1]
    session = Session(before)
    session.add(after)
    node = session.everything("node")
    session.selection.pick("node", node[4:5])
    assert set(session.selection.picked("node")) == {node[4], node[5 + 6]}


@pytest.mark.parametrize("p", [0.0, 0.5, 1.0])
def test_a_share_of_nodes_is_reached_through_slow_ones(p: float) -> None:
    rng = np.random.default_rng(1)
    edges = rng.integers(0, 50, (2, 300))
    links = pd.DataFrame({"weight": edges[0] * 100.0 + edges[1]})
    graph = Graph(session="g", nodes=pd.DataFrame({"label": np.arange(50).astype(str)}), edges=edges, links=links)
    after = connecting.with_slow_nodes(graph, p=p, seed=3)
    slow = after.nodes["slow"].to_numpy()
    assert (slow.sum() == 0) == (p == 0)
    assert not after.nodes["label"].duplicated().any()
    weight = after.links["weight"].to_numpy()
    whole = ~slow[after.edges].any(0)
    assert (weight[whole] == after.edges[0, whole] * 100 + after.edges[1, whole]).all()
    into = slow[after.edges[1]] & ~slow[after.edges[0]]
    assert set(weight[into] % 100) <= set(after.edges[1, slow[after.edges[0]]])


def test_rows_of_an_embedding_take_what_is_known_of_them() -> None:
    ada = demo(duration=5.0)[0]
    labels = tuple(f"{ada.session}/{label}" for label in ada.units["label"])[::-1]
    xy = np.random.default_rng(0).normal(size=(len(labels), 2))
    shown = Embedding(name="mine", space="unit", ids=np.arange(len(labels)), values=xy, xy=xy, labels=labels)
    graph = connecting.of_rows(shown, [ada], count=2)
    assert graph.nodes["region"].tolist() == ada.units["region"].tolist()[::-1]
    assert connecting.ways_of(shown) == ["latent distance"]
    bare = Embedding(name="mine", space="time", ids=np.arange(3), values=xy[:3], xy=xy[:3])
    assert connecting.ways_of(bare) == []
    with pytest.raises(ValueError, match="have no names"):
        connecting.of_rows(bare)


def test_what_can_be_connected_how() -> None:
    ada = demo(duration=5.0)[0]
    assert connecting.ways_of(ada) == ["correlation", "trials"]
    assert connecting.ways_of(worms()) == ["class", "half-hop"]
    assert connecting.ways_of(take(worms(), [2])) == ["half-hop"]
    with pytest.raises(LookupError, match="no column 'layer'"):
        connecting.by_class(worms(), column="layer")
