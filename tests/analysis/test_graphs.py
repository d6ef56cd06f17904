from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from neurofm.analysis import graphs
from neurofm.data import Recording, Spikes
from neurofm.data.cells import Cells
from neurofm.data.volume import Held, Pyramid, Volume


def pairs(graph: object) -> set[tuple[int, int]]:
    return {(int(a), int(b)) for a, b in graph.edges.T}  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def driven() -> Recording:
    """Two units that follow one slow rate, and four that fire on their own; 200 s."""
    rng = np.random.default_rng(1)
    rate = 20 * np.exp(np.repeat(rng.normal(size=400), 5)) / 1.6
    counts = rng.poisson(0.1 * np.stack([rate, rate, *np.full((4, 2000), 20.0)], 1))
    bins, unit = np.nonzero(counts)
    times = np.repeat(bins * 0.1 + 0.05, counts[bins, unit])
    unit = np.repeat(unit, counts[bins, unit]).astype(np.int32)
    trials = pd.DataFrame({"start": np.arange(0, 200, 10.0), "stop": np.arange(1, 201, 10.0), "side": ["l", "r"] * 10})
    return Recording(
        session="driven", spikes=Spikes(times, unit), units=pd.DataFrame({"label": list("abcdef")}),
        intervals={"trials": trials}, domain=[[0.0, 200.0]],
    )  # fmt: skip


def test_units_that_fire_together_are_connected_and_no_others(driven: Recording) -> None:
    graph = graphs.by_correlation(driven, seed=2)
    assert pairs(graph) == {(0, 1), (1, 0)}
    assert graph.links["r"].min() > 0.5
    assert graph.things[:2] == ("driven/a", "driven/b")
    assert graph.nodes["rate"].between(10, 40).all()
    assert np.array_equal(graph.edges, graphs.by_correlation(driven, seed=2).edges)


def test_a_share_of_pairs_is_connected_by_chance() -> None:
    rng = np.random.default_rng(0)
    times = np.sort(rng.uniform(0, 100, 40_000))
    spikes = Spikes(times, rng.integers(0, 60, len(times)).astype(np.int32))
    units = pd.DataFrame({"label": [str(k) for k in range(60)]})
    noise = Recording(session="noise", spikes=spikes, units=units, domain=[[0.0, 100.0]])
    share = graphs.by_correlation(noise, level=0.05).edges.shape[1] / (60 * 59)
    assert 0.02 < share < 0.09


@pytest.mark.parametrize("some", [{"domain": [[0.0, 2.0]]}, {"units": pd.DataFrame({"label": ["a"]})}])
def test_too_little_to_correlate_is_refused(driven: Recording, some: dict[str, object]) -> None:
    spikes = Spikes(np.arange(0, 2, 0.1), np.zeros(20, np.int32))
    with pytest.raises(ValueError, match="are needed"):
        graphs.by_correlation(replace(driven, **{"spikes": spikes, "intervals": {}, **some}))  # type: ignore[arg-type]


def test_the_nearest_are_connected_in_both_directions() -> None:
    values = np.array([[0.0], [1.0], [3.0], [np.nan]])
    graph = graphs.nearest(values, list("abcd"), of="unit", session="s", count=1)
    assert pairs(graph) == {(0, 1), (1, 0), (1, 2), (2, 1)}
    assert graph.links["distance"].tolist() == [1.0, 1.0, 2.0, 2.0]
    assert graph.links["weight"][0] > graph.links["weight"][2]
    assert graph.notes == ("1 rows that are not finite are connected to nothing",)
    with pytest.raises(ValueError, match="two are needed"):
        graphs.nearest(values[2:], list("ab"), of="unit", session="s")


def test_trials_become_nodes_with_what_is_known_of_them(driven: Recording) -> None:
    graph = graphs.of_trials(driven, count=3)
    assert len(graph.nodes) == 20
    assert graph.nodes["side"].tolist() == ["l", "r"] * 10
    assert np.bincount(graph.edges[0]).min() >= 3
    with pytest.raises(ValueError, match="no two trials"):
        graphs.of_trials(replace(driven, intervals={}))


def labelled(numbers: np.ndarray, **more: object) -> Volume:
    labels = Pyramid((Held(numbers.astype(np.uint16)),), np.array([2.0, 1.0, 1.0]))
    return Volume(**{"session": "em", "labels": {"neuron": labels}, **more})  # type: ignore[arg-type]


def test_bodies_that_share_faces_touch() -> None:
    numbers = np.zeros((2, 4, 6), int)
    numbers[:, :2, :3], numbers[:, :2, 3:], numbers[1, 2:, :3], numbers[:, 3, 5] = 4, 9, 7, 2
    graph = graphs.touching(labelled(numbers))
    number = dict(enumerate(graph.numbers))
    assert {(number[a], number[b]) for a, b in pairs(graph)} == {(4, 9), (9, 4), (4, 7), (7, 4)}
    told = {(number[a], number[b]): w for (a, b), w in zip(graph.edges.T, graph.links["weight"])}
    assert told[4, 9] == 2 * 2 * 2.0  # two planes of two faces, each 2 um high and 1 um wide
    assert told[4, 7] == 1 * 3 * 2.0
    assert graph.boxes.shape == (4, 2, 3)


def test_contacts_across_blocks_are_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    numbers = rng.integers(0, 4, (8, 8, 8))
    whole = graphs.touching(labelled(numbers))

    def boxes(voxels: object) -> list[tuple[slice, ...]]:
        return [(slice(a, min(a + 3, 8)), slice(b, b + 4), slice(0, 8)) for a in (0, 3, 6) for b in (0, 4)]

    monkeypatch.setattr(graphs, "blocks", boxes)
    cut = graphs.touching(labelled(numbers))
    assert np.array_equal(cut.edges, whole.edges)
    assert np.allclose(cut.links["weight"], whole.links["weight"])
    sides = [(np.delete(numbers, 0, axis), np.delete(numbers, 7, axis)) for axis in range(3)]
    assert whole.links["faces"].sum() == 2 * sum(int(((a != b) & (a > 0) & (b > 0)).sum()) for a, b in sides)


def test_a_plane_shares_lengths() -> None:
    graph = graphs.touching(labelled(np.array([[[1, 1], [2, 2]]])))
    assert graph.links["weight"].tolist() == [2.0, 2.0]


def test_one_body_touches_nothing_and_is_refused() -> None:
    with pytest.raises(ValueError, match="holds 1 bodies"):
        graphs.touching(labelled(np.ones((2, 2, 2))))


def test_cells_that_lie_near_each_other() -> None:
    table = pd.DataFrame({"number": [3, 5, 8], "z": 0.0, "y": 0.0, "x": [0.0, 1.0, 10.0], "size": [1.0, 2.0, 4.0]})
    cells = Cells(session="slab", cells=table)
    assert pairs(graphs.near(cells, within=2.0)) == {(0, 1), (1, 0)}
    graph = graphs.near(cells, count=1)
    assert pairs(graph) == {(0, 1), (1, 0), (1, 2), (2, 1)}
    assert graph.things == ("slab/cell 3", "slab/cell 5", "slab/cell 8")
    assert graph.x[:, 0].tolist() == sorted(graph.x[:, 0].tolist())
    with pytest.raises(ValueError, match="holds 1 cells"):
        graphs.near(Cells(session="one", cells=table[:1]))


def test_neurons_of_real_microscopy_touch(shared_data) -> None:
    file = np.load(shared_data("em_fibsem") / "medulla_128.npz")
    neuron = file["neuron"][:32, :100, :100]
    graph = graphs.touching(labelled(neuron))
    assert len(graph.nodes) == len(np.unique(neuron[neuron > 0]))
    assert graph.both_ways
    assert graph.edges.shape[1] > len(graph.nodes)
