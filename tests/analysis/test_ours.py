"""Any model takes part by its SPEC, and nothing of the held-out trials reaches it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurofm import registry
from neurofm.analysis import ours
from neurofm.analysis.binned import binned
from neurofm.analysis.decode import ONE, TWO
from neurofm.analysis.fits import Plan
from neurofm.data import Spikes, spans
from neurofm.specs import Compared, Shown
from neurofm.training import fit, train
from neurofm.training.loop import quiet
from tests.analysis.conftest import HELD, LEARN, STEPS


def other(data):
    """The same with other classes and spikes in the trials that are held out."""
    recording, gone = data.trials.recording, data.spans[HELD]
    table = recording.intervals["trials"].copy()
    table.loc[HELD, "target"] = 1 - table.loc[HELD, "target"]
    unit = np.where(spans.inside(recording.spikes.times, gone), 5 - recording.spikes.unit, recording.spikes.unit)
    spikes = Spikes(recording.spikes.times, unit.astype(np.int32))
    return binned(replace(recording, spikes=spikes, intervals={"trials": table}))


def test_held_out_trials_change_nothing_that_a_model_learns(data):
    learned, settings = data.of(LEARN), {name: {**usual, **STEPS} for name, usual in ours.settings().items()}
    one, two = (dict(ours.models(d, LEARN, Plan(settings))) for d in (data, other(data)))
    for key, call in one.items():
        a, b = call(quiet), two[key](quiet)
        assert np.isfinite(a).all(), key
        np.testing.assert_array_equal(a[learned], b[learned], err_msg=str(key))
        assert not np.array_equal(a[~learned], b[~learned]), key


def test_models_of_windows_come_first_and_those_that_are_read_out_last():
    assert list(ours.settings()) == ["poyo", "eit", "mtm", "swap_vae"]


@pytest.fixture
def spec_of(monkeypatch):
    """Models of the tests, by name, in place of those that there are."""
    spec_of = {name: replace(spec) for name, spec in registry.specs("neurofm.models").items()}
    monkeypatch.setattr(registry, "specs", lambda package: spec_of)
    monkeypatch.setattr(registry, "get", lambda package, name: spec_of[name])
    return spec_of


def test_a_model_takes_part_by_its_spec(data, spec_of):
    compared = Compared(way="trials", shown=(Shown("two bins"),), settings={"steps": 7})
    spec_of["zeta"] = replace(spec_of["eit"], title="Zeta", compared=compared)
    spec_of["poyo"] = replace(spec_of["poyo"], compared=None)
    settings = ours.settings()
    assert list(settings) == ["eit", "zeta", "mtm", "swap_vae"]
    assert settings["zeta"] == {"steps": 7}
    keys = [key for key, _ in ours.models(data, LEARN, Plan({"zeta": settings["zeta"]}))]
    assert keys == [("Zeta", TWO)]


def test_no_run_stays_without_a_folder(data):
    assert ours.complete({("EIT", ONE): 1.0}, data, HELD, Plan({"eit": {}})) == {}


def test_beside_each_of_ours_stands_the_same_untrained(data):
    settings = {name: {**usual, "steps": 40} for name, usual in ours.settings().items() if name in ("eit", "swap_vae")}
    plan = Plan(settings)
    trained, drawn = dict(ours.models(data, LEARN, plan)), dict(ours.untrained(data, LEARN, plan))
    assert list(drawn) == [(f"{name}, untrained", what) for name, what in trained]
    for (name, what), call in drawn.items():
        answer, learned = call(quiet), trained[name.removesuffix(", untrained"), what](quiet)
        assert not np.array_equal(answer, learned), name
        assert np.isfinite(answer).all()


@pytest.mark.parametrize("name", ["poyo", "eit", "mtm", "swap_vae"])
def test_what_is_called_untrained_has_the_weights_that_were_drawn(data, name, tmp_path):
    recording = data.trials.recording
    run = train(name, recording, tmp_path / "run", settings=dict(ours.settings()[name]) | ours.ONE_STEP)
    for parameter, drawn in fit._network(run, [recording]).named_parameters():
        np.testing.assert_allclose(run.model.state_dict()[parameter], drawn.detach(), atol=2e-7, err_msg=parameter)
