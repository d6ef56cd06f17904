"""An atlas of several animals: a new one is placed into it by its wiring, or by the profiles of its units."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from neurofm import io
from neurofm.analysis import wiring
from neurofm.analysis.atlas import atlas, of_graphs, of_profiles, place
from neurofm.data.graph import Graph, apart
from neurofm.data.matches import Matches

COUNT, TYPES = 50, 5


def worms(count=5, seed=0, shape=1.0):
    """Animals of one wiring, which differ by gamma noise of that shape, and in which nodes they lack."""
    rng = np.random.default_rng(seed)
    base = np.where(rng.random((COUNT, COUNT)) < 0.2, rng.exponential(6, (COUNT, COUNT)), 0)
    return [_worm(f"worm{k}", base, np.random.default_rng([seed, k]), shape) for k in range(count)]


def _worm(label, base, rng, shape):
    order = rng.permutation(COUNT)[: COUNT - 5]
    synapses = rng.poisson(base * rng.gamma(shape, 1 / shape, base.shape))[order][:, order]
    edges = np.stack(np.nonzero(synapses))
    nodes = pd.DataFrame({"label": [f"n{k}" for k in order], "type": [f"t{k % TYPES}" for k in order]})
    links = pd.DataFrame({"chemical": synapses[tuple(edges)], "weight": 1.0})
    return Graph(session=label, nodes=nodes, edges=edges, links=links, named=True)


def told(graph, groups, count=10, seed=0):
    """Nodes that are known by name."""
    return [(name, name) for name in wiring.draw([wiring.labels(graph), groups["label"]], count / COUNT, seed)]


def right(placed):
    hidden = placed[~placed["given"]]
    return (hidden["label"] == hidden["group"]).mean()


def test_a_new_animal_is_placed_better_into_all_others_than_into_one():
    new, *others = worms()
    every, single = of_graphs(others), of_graphs(others[:1])
    into_all = place(every, new, told(new, every.groups))
    into_one = place(single, new, told(new, single.groups))
    assert right(into_all) > 0.85
    assert right(into_all) >= right(into_one)
    true = dict(zip(wiring.labels(new), new.nodes["type"]))
    assert (into_all["type"] == into_all["label"].map(true)).mean() > 0.85
    assert into_all["given"].sum() == round(0.2 * len(set(wiring.labels(new)) & set(every.groups["label"])))
    called = into_all[into_all["q"] <= 0.1]
    assert len(called) > 20
    assert (called["label"] == called["group"]).mean() > 0.85


def test_links_of_the_atlas_are_those_of_the_animals_that_have_both_ends():
    one, other = worms(2)
    alone, both = of_graphs([one]), of_graphs([one, other])
    lacking = sorted(set(wiring.labels(one)) - set(wiring.labels(other)))
    rows = both.groups.set_index("label").index.get_indexer(lacking)
    assert (both.groups["animals"].to_numpy()[rows] == 1).all()
    np.testing.assert_allclose(
        both.strengths[:, rows][:, :, rows],
        alone.strengths[:, alone.groups["label"].isin(lacking)][:, :, alone.groups["label"].isin(lacking)],
        rtol=1e-5,
    )
    assert both.kinds == ("chemical",)


def test_neither_the_order_of_animals_nor_that_of_nodes_matters():
    new, *others = worms()
    one, other = of_graphs(others), of_graphs(others[::-1])
    pd.testing.assert_frame_equal(one.groups, other.groups)
    np.testing.assert_allclose(one.strengths, other.strengths, atol=1e-5)
    known, order = told(new, one.groups), np.random.default_rng(0).permutation(len(new.nodes))
    moved = replace(new, nodes=new.nodes.iloc[order], edges=np.argsort(order)[new.edges])
    first = place(one, new, known).set_index("label")
    again = place(one, moved, known[::-1]).set_index("label").loc[first.index]
    pd.testing.assert_series_equal(again["group"], first["group"])
    np.testing.assert_allclose(again["distance"], first["distance"], atol=1e-2)


def test_names_that_are_not_there_are_refused():
    new, *others = worms(3)
    every = of_graphs(others)
    with pytest.raises(LookupError, match="no node 'zoe'"):
        place(every, new, [("zoe", "n1")])
    with pytest.raises(LookupError, match="no group of the atlas 'zoe'"):
        place(every, new, [(wiring.labels(new)[0], "zoe")])
    with pytest.raises(ValueError, match="the atlas is of graphs"):
        place(every, np.ones((2, 3)))
    with pytest.raises(ValueError, match="one graph at least"):
        atlas([])


def profiles(animals=4, units=40, noise=0.5, seed=0):
    """Units of three groups in each animal."""
    rng = np.random.default_rng(seed)
    means = np.random.default_rng(99).normal(size=(3, 12))
    group = rng.integers(0, 3, (animals, units))
    return [means[own] + noise * rng.normal(size=(units, 12)) for own in group], [[f"g{k}" for k in g] for g in group]


def test_units_of_a_new_animal_are_placed_by_their_profiles():
    rows, groups = profiles(5)
    every = of_profiles(rows[:4], groups[:4])
    placed = place(every, rows[4])
    assert (placed["group"] == groups[4]).mean() > 0.95
    assert (placed["q"] <= 0.1).mean() > 0.8
    assert every.groups["animals"].tolist() == [4, 4, 4]
    order = np.random.default_rng(0).permutation(40)
    pd.testing.assert_frame_equal(place(every, rows[4][order]), placed.iloc[order].reset_index(drop=True))


def test_units_that_are_like_no_group_are_not_called():
    rows, groups = profiles()
    strangers = np.random.default_rng(5).normal(size=(200, 12)) * 0.5
    assert (place(of_profiles(rows, groups), strangers)["q"] <= 0.1).mean() < 0.1


def test_one_animal_says_nothing_of_how_sure_others_are():
    rows, groups = profiles(2)
    assert np.isnan(place(of_profiles(rows[:1], groups[:1]), rows[1])["q"]).all()


def test_matched_animals_give_an_atlas_of_their_types():
    rows, groups = profiles(2, 10)
    matches = Matches(
        session="a, b", space="unit", animals=pd.DataFrame({"label": ["a", "b"], "found": np.nan, "chance": np.nan}),
        units=pd.DataFrame({"label": [f"{k}" for k in range(20)], "group": np.concatenate(groups)}),
        animal=np.repeat([0, 1], 10), pairs=pd.DataFrame({"a": [0], "b": [10], "q": [0.0], "given": [False]}),
        distances={}, profiles=np.concatenate(rows), features=tuple("abcdefghijkl"),
    )  # fmt: skip
    every = atlas(matches)
    assert every.groups["label"].tolist() == ["g0", "g1", "g2"]
    assert (place(every, rows[0])["group"] == groups[0]).mean() > 0.9
    with pytest.raises(ValueError, match="has no profiles"):
        atlas(replace(matches, profiles=np.zeros((20, 0)), features=()))


@pytest.mark.parametrize(
    ("rows", "groups", "words"),
    [
        ([np.ones((2, 3))], [["", ""]], "no unit is in a group"),
        ([np.ones((2, 3))], [["a"]], "need a group for each unit"),
        ([np.ones((2, 3)), np.ones((2, 4))], [["a", "b"]] * 2, "features as the first animal"),
        ([np.ones(3)], [["a", "b", "c"]], r"must be \(unit, feature\)"),
    ],
)
def test_profiles_that_do_not_fit_are_refused(rows, groups, words):
    with pytest.raises(ValueError, match=words):
        of_profiles(rows, groups)
    with pytest.raises(ValueError, match="3 features of the atlas"):
        place(of_profiles([np.ones((2, 3))], [["a", "b"]]), np.ones((2, 4)))


def test_a_real_worm_is_placed_among_others(shared_data):
    graphs = {worm.subject: worm for worm in apart(io.read(shared_data("c_elegans") / "connectomes.npz"))}
    new = graphs.pop("Witvliet4")
    every = of_graphs([graphs[f"Witvliet{k}"] for k in (3, 5, 6)])
    placed = place(every, new, told(new, every.groups, 20))
    assert right(placed) > 0.9
    hidden = ~placed["given"]
    true = new.nodes["cell_class"].to_numpy()
    assert (placed["cell_class"].to_numpy() == true)[hidden].mean() > 0.9
