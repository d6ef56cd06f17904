"""Scores of a run are means over its sessions, with ridge beside them where something is decoded."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from neurofm.baseline import answers, ridge
from neurofm.data import Prediction, spans
from neurofm.data.motion import moving
from neurofm.data.target import CLASSES, RATES, Target
from neurofm.metrics import r2
from neurofm.synthetic import reaching
from neurofm.training.scoring import beside_ridge, preview

SPLIT = {"train": np.array([[0.0, 20.0]]), "test": np.array([[21.0, 30.0]])}


@pytest.fixture(scope="module")
def recordings():
    return reaching.sessions(2, units=4, duration=30.0, seed=5)


def run(target):
    return SimpleNamespace(target=target, target_of=lambda _: (target, 0), spans=lambda _, name: SPLIT[name])


def said(kind="values", metrics=(), values=None):
    truth = np.eye(2)[[0, 1, 1, 0]]
    return Prediction(
        session="s", target="x", times=np.arange(4.0), ids=np.arange(4), truth=truth, kind=kind, names=("a", "b"),
        values=truth if values is None else values, held_out=np.ones(4, bool), metrics=dict(metrics),
    )  # fmt: skip


def test_ridge_is_that_of_the_same_split_and_the_mean_is_over_sessions(recordings):
    velocity = Target(series="velocity", names=("vx", "vy"))
    own = {r.session: {"r2": k / 2, "r2_vx": 0.1} for k, r in enumerate(recordings)}
    told = []
    scores = beside_ridge(
        run(velocity), recordings, lambda r: said(metrics=own[r.session]), lambda done, text: told.append(text)
    )
    wanted = [float(np.mean(ridge(r, "velocity", SPLIT["train"], SPLIT["test"]))) for r in recordings]
    network = [answers(r, "velocity", SPLIT["train"], SPLIT["test"]) for r in recordings]
    network = [float(r2(truth, said["mlp"]).mean()) for truth, said in network]
    assert [scores["sessions"][r.session]["mlp_r2"] for r in recordings] == pytest.approx(network)
    assert [scores["sessions"][r.session]["ridge_r2"] for r in recordings] == pytest.approx(wanted)
    assert (scores["r2"], scores["ridge_r2"]) == pytest.approx((0.25, np.mean(wanted)))
    assert scores.keys() == {"r2", "ridge_r2", "mlp_r2", "over", "sessions"}
    assert scores["over"] == "all held-out times"
    assert told == [f"scoring {r.session} on held-out time" for r in recordings]


def test_rates_have_all_their_scores_and_no_ridge(recordings):
    own = {"bits_per_spike": 0.1, "forward": 0.2}
    scores = beside_ridge(run(Target(kind=RATES)), recordings, lambda r: said(RATES, own), lambda *_: None)
    assert scores == {**own, "over": "all held-out times", "sessions": {r.session: own for r in recordings}}


def test_a_score_that_one_session_lacks_is_not_in_the_mean(recordings):
    each = iter([{"bits_per_spike": 0.1, "inter_region": 0.3}, {"bits_per_spike": 0.2}])
    scores = beside_ridge(run(Target(kind=RATES)), recordings, lambda r: said(RATES, next(each)), lambda *_: None)
    assert scores.keys() == {"bits_per_spike", "over", "sessions"}


@pytest.mark.parametrize(
    ("prediction", "scores"),
    [
        (said(), {"r2": 1.0}),
        (said(metrics={"r2": 0.3, "r2_a": 0.2}), {"r2": 0.3}),
        (said(CLASSES), {"accuracy": 1.0}),
        (replace(said(), truth=np.full((4, 2), np.nan)), {}),
    ],
    ids=["values", "scored already", "classes", "nothing measured"],
)
def test_a_preview_has_the_main_score(prediction, scores):
    shown = preview(prediction, units="vectors")
    assert shown.scores == scores
    assert shown.shown == {"trace": prediction, "units": "vectors"}


def resting(recording):
    """The recording with its animal at rest in every other five seconds."""
    series = recording.series["velocity"]
    values = np.where((series.times % 10 < 5)[:, None], series.values, 0.0)
    return replace(recording, series={"velocity": replace(series, values=values)})


def test_ridge_is_judged_over_the_times_that_the_model_is(recordings):
    velocity, one = Target(series="velocity", names=("vx", "vy")), resting(recordings[0])
    own = {"r2": 0.1, "all_r2": 0.3, "moving": 0.6}
    series, both = one.series["velocity"], beside_ridge(
        run(velocity), [one], lambda r: said(metrics=own), lambda *_: None
    )  # fmt: skip
    truth, said_by = answers(one, "velocity", SPLIT["train"], SPLIT["test"])
    judged = series.times[spans.inside(series.times, SPLIT["test"])]
    moves = spans.inside(judged, moving(series))
    assert 0.4 < moves.mean() < 0.8
    for name, answer in said_by.items():
        assert both[f"{name}_r2"] == pytest.approx(np.mean(r2(truth[moves], answer[moves])))
        assert both[f"all_{name}_r2"] == pytest.approx(np.mean(r2(truth, answer)))
    assert both["over"] == "held-out times at which the target moves (60 %)"
    assert both["sessions"][one.session].keys() == {*own, "ridge_r2", "all_ridge_r2", "mlp_r2", "all_mlp_r2"}


def test_where_one_session_rests_the_mean_over_all_times_is_of_every_session(recordings):
    velocity = Target(series="velocity", names=("vx", "vy"))
    each = iter([{"r2": 0.1, "all_r2": 0.3, "moving": 0.6}, {"r2": 0.5}])
    data = [resting(recordings[0]), recordings[1]]
    both = beside_ridge(run(velocity), data, lambda r: said(metrics=next(each)), lambda *_: None)
    assert (both["r2"], both["all_r2"], both["moving"]) == pytest.approx((0.3, 0.4, 0.8))
    names = {"r2", "ridge_r2", "mlp_r2"}
    assert both.keys() == {*names, *(f"all_{name}" for name in names), "moving", "over", "sessions"}


def test_a_preview_is_scored_while_it_moves():
    truth = np.array([[0.0, 0.0], [1.0, 2.0], [2.0, 1.0], [0.0, 0.0]])
    wrong = said(values=np.where(np.array([1, 0, 0, 1])[:, None], 5.0, truth))
    moves = np.array([False, True, True, False])
    assert preview(replace(wrong, truth=truth), moves).scores == {"r2": 1.0}
    assert preview(replace(wrong, truth=truth)).scores["r2"] < 0
