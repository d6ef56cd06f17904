"""One model of sessions whose behaviour differs: each is decoded as its own."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import neurofm as nf
from neurofm.data import Series
from neurofm.errors import DataError
from neurofm.synthetic import reaching

TINY = {"dim": 16, "depth": 1, "latents": 2, "head_dim": 8, "self_heads": 2, "steps": 24, "batch": 6}


@pytest.fixture(scope="module")
def recordings():
    """One with a velocity, one with its speed, one with trials that go left or right."""
    first, second, third = reaching.sessions(3, units=8, duration=60.0, seed=4)
    velocity = second.series["velocity"]
    speed = Series(velocity.times, 5 + np.hypot(*velocity.values.T)[:, None], ("speed",), "cm/s")
    start = np.arange(0, 60.0, 1.5)
    side = np.where(third.series["velocity"].at(start + 0.5)[:, 0] > 0, "right", "left")
    trials = pd.DataFrame({"start": start, "stop": start + 1.0, "side": side})
    return [first, replace(second, series={"speed": speed}), replace(third, series={}, intervals={"trials": trials})]


@pytest.fixture(scope="module")
def run(recordings, tmp_path_factory):
    return nf.train("poyo", recordings, tmp_path_factory.mktemp("runs") / "a", settings=TINY)


def test_each_session_is_decoded_as_its_own(run, recordings):
    predictions = [run.predict(r) for r in recordings]
    assert [(p.target, p.kind, p.names) for p in predictions] == [
        ("velocity", "values", ("vx", "vy")), ("speed", "values", ("speed",)), ("side", "classes", ("left", "right")),
    ]  # fmt: skip
    assert 3 < np.nanmean(predictions[1].values) < 8  # in its own unit
    np.testing.assert_allclose(predictions[2].values.sum(1), 1, atol=1e-5)
    scores = run.metrics["sessions"]
    for recording, main in zip(recordings, ["r2", "r2", "accuracy"], strict=True):
        assert {main, f"ridge_{main}", f"mlp_{main}"} <= set(scores[recording.session])


def test_a_reloaded_run_says_the_same(run, recordings):
    again = nf.load(run.path)
    for r in recordings:
        np.testing.assert_array_equal(run.predict(r).values, again.predict(r).values)


def test_no_target_learns_from_the_others_sessions(run, recordings):
    """The features of one target get no gradient from a session that has another."""
    from neurofm.batch import collate
    from neurofm.data.windows import Window

    net = nf.load(run.path).model.train()
    target, first = run.target_of(recordings[1].session)
    sample = net.tokenize(Window(recordings[1], 1.0, 2.0), target.series, first=first)
    batch = collate([sample])
    net.loss(net(batch), batch).backward()
    moved = net.readout.weight.grad.abs().sum(1) > 0
    assert moved.tolist() == [False, False, True, False, False]


def test_a_new_session_takes_the_target_that_it_shares(run, recordings, tmp_path):
    new = reaching.sessions(4, units=8, duration=60.0, seed=9)[3]
    made = nf.finetune(run, new, tmp_path / "b", units_only=True, settings={"steps": 4})
    assert made.predict(new).target == "velocity"
    velocity = new.series["velocity"]
    speed = Series(velocity.times, np.hypot(*velocity.values.T)[:, None], ("speed",), "cm/s")
    other = nf.finetune(
        run, replace(new, series={"speed": speed}), tmp_path / "c", settings={"steps": 4, "target": "speed"}
    )
    assert other.predict(replace(new, series={"speed": speed})).names == ("speed",)


def test_a_target_that_was_asked_for_must_be_in_all(recordings, tmp_path):
    with pytest.raises(DataError, match="has no series 'velocity'"):
        nf.train("poyo", recordings, tmp_path / "a", settings=TINY | {"target": "velocity"})
