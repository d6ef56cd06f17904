"""The table of worms has all of its lines, and matching by wiring leads where the truth was planted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from neurofm.bench import correspond_worms
from neurofm.data.graph import Graph
from neurofm.errors import DataError
from neurofm.io import graph as io

COUNT, ANIMALS = 40, 3


def worms(*, named=True):
    """Animals of one wiring with noise, side by side."""
    rng = np.random.default_rng(0)
    base = np.where(rng.random((COUNT, COUNT)) < 0.2, rng.exponential(8, (COUNT, COUNT)), 0)
    edges, weights, nodes = [], [], []
    for k in range(ANIMALS):
        order = rng.permutation(COUNT)
        synapses = rng.poisson(base)[order][:, order]
        edges.append(np.stack(np.nonzero(synapses)) + k * COUNT)
        weights.append(synapses[np.nonzero(synapses)])
        nodes.append(pd.DataFrame({"label": [f"n{j}" for j in order], "type": [f"t{j % 4}" for j in order]}))
    return Graph(
        session="worms", nodes=pd.concat(nodes), edges=np.concatenate(edges, 1), named=named,
        links=pd.DataFrame({"weight": np.concatenate(weights)}), of=np.repeat(np.arange(ANIMALS), COUNT),
        subjects=pd.DataFrame({"label": ["ada", "bo", "cy"]}),
    )  # fmt: skip


def test_wiring_leads_and_controls_are_at_chance(tmp_path):
    path = str(io.write(worms(), tmp_path / "worms.graph.h5"))
    lines = correspond_worms.run([path], True, 0, "")
    told = {(line["case"], line["system"], line["metric"]): line["mean"] for line in lines}
    pair = {system: told["bo to cy, 20% known", system, "top-1"] for system in correspond_worms.SYSTEMS}
    assert pair["chance"] == pytest.approx(1 / 32)
    assert pair["wiring"] > 0.9 > pair["strengths of nodes alone"]
    assert pair["wiring, links shuffled"] < 0.3
    for share in ("5%", "10%", "20%", "40%"):
        assert ("couples of animals", f"wiring, {share} known", "top-1") in told
    assert told["couples", "called at 20%", "false among called"] <= 0.2
    assert ("couples, 30% of each taken away", "called at 10%", "found of shared") in told
    case = "animal left out, placed into an atlas of the others"
    assert told[case, "atlas", "top-1"] > 0.9
    assert told[case, "atlas", "right type"] > 0.9 > told[case, "most frequent class", "right type"]
    assert told[case, "atlas", "hidden"] == 32


def test_what_has_no_names_in_common_is_refused(tmp_path):
    path = str(io.write(worms(named=False), tmp_path / "worms.graph.h5"))
    with pytest.raises(DataError, match="whose nodes have names that mean the same"):
        correspond_worms.run([path], True, 0, "")
    assert correspond_worms.run([], True, 0, "")[0]["note"].startswith("give a file")


def test_taking_nodes_away_leaves_some_without_a_like():
    one, other = correspond_worms.apart(worms())[:2]
    whole, part = (correspond_worms._task(one, other, 0.2, 0, taken) for taken in (0.0, 0.3))
    assert (whole.true >= 0).all()
    assert len(part.true) == 28
    assert (part.true < 0).any()
    assert part.top(np.where(np.arange(28) == part.true[:, None], 0.0, 1.0)) == 1
