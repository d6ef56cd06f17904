"""A run that chose to answer by ridge in part says so again when it is opened, and only of its own session."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import neurofm as nf
from neurofm import baseline
from neurofm.training.mixture import CHOICE, Choice, blend, keep, linear_of, mixed, read_choice


@pytest.fixture(scope="module")
def run(tmp_path_factory, recordings):
    sizes = {"dim": 16, "depth": 1, "latents": 2, "head_dim": 8, "self_heads": 2, "steps": 4, "batch": 4}
    return nf.train("poyo", recordings[0], tmp_path_factory.mktemp("mixture") / "run", settings=sizes, device="cpu")


def linear(recording):
    return baseline.fit(recording, "velocity", baseline.measured(recording, "velocity", [[0, 20]]))


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_the_share_that_was_chosen_is_in_every_prediction(run, recordings, share):
    (run.path / CHOICE).unlink(missing_ok=True)
    network, here = run.predict(recordings[0]), recordings[0]
    keep(run, Choice(session=here.session, core=1.0, ridge=share), linear(here))
    linear_of.cache_clear()
    again = nf.load(run.path)
    said = linear(here)(here, network.times)
    np.testing.assert_allclose(again.predict(here).values, (1 - share) * network.values + share * said, atol=1e-9)
    assert read_choice(again) == Choice(session=here.session, core=1.0, ridge=share)


def test_another_session_gets_the_network_alone(run, recordings):
    keep(run, Choice(session="another", ridge=1.0), linear(recordings[0]))
    values = np.zeros((3, 2))
    assert mixed(run, recordings[0], np.arange(3.0), values, classes=False) is values


def test_a_run_without_a_choice_answers_as_it_did(run, recordings):
    (run.path / CHOICE).unlink(missing_ok=True)
    values = np.ones((2, 2))
    assert mixed(run, recordings[0], np.arange(2.0), values, classes=False) is values
    assert read_choice(run) is None


@pytest.mark.parametrize("share", [0.2, 1.0])
def test_classes_stay_probabilities(share):
    network, ridge = np.array([[0.9, 0.1], [0.5, 0.5]]), np.array([[1.2, -0.2], [-0.3, 1.1]])
    said = blend(network, ridge, share, classes=True)
    np.testing.assert_allclose(said.sum(1), 1)
    assert (said >= 0).all()
    assert share < 1 or (blend(network, ridge, share, classes=False) < 0).any()


def test_ridge_comes_back_as_it_was(run, recordings):
    kept = replace(linear(recordings[0]), lags=(-0.1, 0.0, 0.1))
    keep(run, Choice(session="s"), kept)
    linear_of.cache_clear()
    back = linear_of(run.path)
    assert (back.sigma, back.lags) == (kept.sigma, kept.lags)
    np.testing.assert_array_equal(back.weight, kept.weight)
    assert json.loads((run.path / CHOICE).read_text()) == {"session": "s", "core": 0.0, "ridge": 0.0}
