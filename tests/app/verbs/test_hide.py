"""Hiding from end to end: picks, a worker, a script in another place, the same numbers."""

from __future__ import annotations

import numpy as np
import pytest

import neurofm as nf
from neurofm import registry
from neurofm.app.session import Session
from neurofm.app.verbs import hide as _hide
from neurofm.data.prediction import HIDES
from neurofm.data.target import Target
from neurofm.synthetic.demo import demo
from tests import small


@pytest.mark.slow
@pytest.mark.parametrize("what", ["units", "time"])
def test_a_script_hides_again_what_was_picked(what, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    (recording, _) = demo(duration=30.0)
    tiny = {"dim": 16, "stitch": 16, "depth": 1, "steps": 3}
    session = Session([recording], folder=tmp_path)
    session.add(nf.train("mtm", recording, tmp_path / "mtm-1", settings=tiny, device="cpu"))
    session.selection.pick("unit", [3, 25])
    session.selection.pick("time", session.moments("ada", 10.0, 14.0), "add")
    job = session.hide(what=what)
    assert job.wait(120)
    assert job.state == "done", job.error
    session.jobs.close()
    names: dict = {}
    exec(compile(session.script(), "script", "exec"), names)
    (made,), (again,) = session.predictions.values(), names["session"].predictions.values()
    assert (made.names, made.hides) == (again.names, again.hides) == (("unit 3", "unit 25"), what)
    assert np.array_equal(made.held_out, again.held_out)
    assert np.abs(made.values - again.values).max() < 1e-6
    assert made.metrics == pytest.approx(again.metrics, abs=1e-6)
    assert _hide.result(names["session"], _hide.wanted(names["session"], what=what)) is again


@pytest.mark.parametrize("name", registry.names("neurofm.models"))
def test_models_that_can_fill_in_are_known_without_torch(name):
    spec = registry.get("neurofm.models", name)
    sizes = {"bins": 4} if hasattr(spec.config(), "bins") else {}
    model = spec.build(spec.config(**sizes), small.VOCAB, Target(series="v", names=("x",)))
    assert hasattr(model, "fill") == spec.fills == registry.said("neurofm.models", name, "fills", False)


def test_ways_to_hide_are_the_same_everywhere():
    from neurofm.app.views.hide import State
    from neurofm.training.hiding import PROMPTS

    assert set(HIDES) == set(PROMPTS) == set(_hide.MISSING)
    assert all(State(what=what).what == what for what in HIDES)
