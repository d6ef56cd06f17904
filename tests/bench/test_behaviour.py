"""The table of behaviour: every row is there, and the target of the released code is what it learns from alone."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.analysis import probes
from neurofm.bench import behaviour
from neurofm.bench._bams_peer import Race
from neurofm.data.stretches import cut
from neurofm.models import bams
from neurofm.nn import histogram
from neurofm.synthetic import quadrupeds


@pytest.fixture(scope="module")
def rows():
    hour = {"seconds": {"open": [0.5], "pose": [0.1, 0.2]}, "browsed_mb": 2.0, "private_mb": 3.0, "peak_mb": 4.0}
    told = {"write": {"frames": 108_000, "mb": 1.0}, "browse": hour}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(behaviour, "_called", lambda what, *_: told[what])
        patch.setattr(probes, "classify", lambda x, y, judged, truth: float(np.isfinite(judged).all() and len(y) > 0))
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


def test_the_published_network_races_and_long_tracks_are_browsed(rows):
    race = {line["system"]: line for line in rows if line["case"] == "quadrupeds, to gait F1 0.85"}
    assert list(race) == ["BAMS", "published network", "BAMS / published network"]
    assert race["BAMS / published network"]["mean"] == race["BAMS"]["mean"] / race["published network"]["mean"]
    assert race["BAMS"]["note"] == "1 steps"
    hours = {line["metric"]: line for line in rows if line["case"] == "1 h of tracks at 30 Hz"}
    assert hours["open"]["note"] == "108,000 frames, 1 MB on disk"
    assert (hours["pose"]["mean"], hours["private memory at most, browsed"]["mean"]) == (pytest.approx(0.15), 2.0)


def test_a_race_that_the_published_network_does_not_end_is_a_bound(monkeypatch):
    races = {"BAMS": Race(10.0, 0.9, True, 50), "published network": Race(40.0, 0.3, False, 20)}
    monkeypatch.setattr(behaviour, "_race", lambda seed, quick: races)
    *_, theirs, share = behaviour._raced([0, 1], quick=False)
    assert theirs["note"] == "not reached: 0.30 after 20 steps, 0.30 after 20 steps"
    assert (share["mean"], share["note"]) == (0.25, "at most, since it was stopped on its way")


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
