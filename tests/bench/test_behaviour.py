"""The table of behaviour: every row is there, and the target of the released code is what it learns from alone."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.bench import behaviour
from neurofm.data.stretches import cut
from neurofm.models import bams
from neurofm.nn import histogram
from neurofm.synthetic import quadrupeds


@pytest.fixture(scope="module")
def rows():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(behaviour, "QUICK", (6, 4))
        return behaviour.run([], True, 0, "")


def test_every_system_has_every_metric(rows):
    held = {(line["system"], line["metric"]) for line in rows if line["case"] == "quadrupeds"}
    metrics = {"gait F1", "gait F1, settled", "terrain F1", "morphology F1", "speed R2", "variance between sequences"}
    systems = {"frame", "mean and sd of 1 s", "PCA of 2 s"}
    systems |= {f"{name}, {part}" for name in ("BAMS", "BAMS 2022", "BAMS, released target", "random weights")
                for part in ("short", "long", "short + long")}  # fmt: skip
    assert {(system, metric) for system in systems for metric in metrics} <= held
    assert {("BAMS", "EMD below"), ("BAMS", "EMD, mix below"), ("BAMS, released target", "EMD below")} <= held
    assert ("BAMS 2022", "EMD below") not in held
    assert all(np.isfinite(line["mean"]) for line in rows)


def test_square_waves_are_beside(rows):
    assert {line["system"] for line in rows if line["case"] == "square waves"} == {"BAMS", "BAMS, released target"}


def test_labels_of_mice_are_ranked(rows):
    held = {(line["system"], line["metric"]) for line in rows if line["case"] == "triplets"}
    systems = {"BAMS", "BAMS 2022", "frame", "mean and sd of 1 s", "PCA of 2 s", "random weights, short + long"}
    assert {system for system, metric in held if metric == "mean rank"} == systems
    assert len({metric for _, metric in held if metric.endswith(" read")}) >= 6


def test_rank_is_one_for_what_reads_every_label_best():
    scores = behaviour.ranked("x", {"a": {"p": 0.9, "q": 0.5}, "b": {"p": 0.8, "q": 0.1}, "c": {"p": 0.1, "q": 0.3}})
    assert [scores["x", system, "mean rank"] for system in "abc"] == [1.0, 2.5, 2.5]
    assert scores["x", "b", "p read"] == 0.8


def test_frames_know_how_long_their_gait_lasts():
    tracks = quadrupeds.session(2, frames=120)
    since = behaviour._since(tracks).reshape(2, 120)
    gait = tracks.labels["gait"].reshape(2, 120)
    assert (since[:, 0] == 0).all()
    change = np.flatnonzero(gait[0, 1:] != gait[0, :-1])[0] + 1
    np.testing.assert_allclose(since[0, change - 1 : change + 2], [(change - 1) / 30, 0, 1 / 30], atol=1e-9)


@pytest.mark.parametrize(("system", "spike"), [("BAMS", False), ("BAMS, released target", True)])
def test_only_what_is_learned_from_is_another(system, spike):
    bins, frames = np.array([[0], [1], [2], [2]]), np.array([0])
    truth = histogram.ahead(bins, frames, 3, 3)[0]
    with behaviour._target(system):
        learned = bams.histogram.ahead(bins, frames, 3, 3)[0]
        np.testing.assert_array_equal(histogram.ahead(bins, frames, 3, 3)[0], truth)
    assert np.array_equal(learned, truth) != spike
    assert bams.histogram is histogram


def test_sequences_are_split_in_order():
    tracks = quadrupeds.session(4, frames=30)
    split = behaviour._split(tracks, 3)
    assert [len(cut(tracks).within(part)) for part in (split.train, split.valid, split.test)] == [3, 0, 1]
