"""Labels are probed in the background, and what was read stands in the table, the script and the saved session."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest

import neurofm as nf
from neurofm import io, registry
from neurofm.app.pictures.draw import draw
from neurofm.app.pictures.scene import Viewport
from neurofm.app.session import Session
from neurofm.app.verbs import probe
from neurofm.app.views.table import State
from neurofm.synthetic import quadrupeds
from neurofm.synthetic.demo import demo

STATE = SimpleNamespace(recording="")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("walkers")
    walkers = io.write(quadrupeds.session(14, frames=150, name="walkers"), folder / "walkers.tracks.h5")
    run = nf.train("bams", walkers, folder / "run", settings={"steps": 2, "width": 8, "sequence": 4.0})
    return SimpleNamespace(walkers=walkers, run=run.path)


@pytest.fixture(autouse=True)
def jobs(fake_jobs):
    """No job of this test runs by itself."""


@pytest.fixture
def session(files):
    session = Session()
    session.open(files.walkers)
    session.load(files.run)
    return session


def done(session):
    """What the job that was asked for last came to."""
    job = list(session.jobs)[-1]
    session.jobs.end(job, **probe.work(lambda *_, **__: None, None, **job.arguments))
    return session.results["probe"]["walkers"]


def test_all_labels_are_read_from_all_features(session):
    session.probe()
    table = done(session).table
    assert table["label"].unique().tolist() == ["gait", "terrain", "speed", "morphology"]
    assert set(table["features"]) >= {"short", "long", "short + long", "frame", "random weights, short + long"}
    gait = table[table["label"] == "gait"]
    assert gait["value"].is_monotonic_decreasing
    assert (table["judged"] > 0).all()


def test_the_table_shows_it(session):
    session.probe(labels=["gait"])
    done(session)
    scene = draw(registry.get("neurofm.app.views", "table"), State(of="probe"), session, Viewport())
    assert scene.note == "9 probes of walkers from run, on what was held out"
    assert session.results["probe"]["walkers"].run == "run"


def test_it_is_kept_and_repeated(session, tmp_path):
    session.probe(labels=["gait"], seed=3)
    before = done(session)
    again = Session.restore(session.save(tmp_path / "a.neurofm")).results["probe"]["walkers"]
    pd.testing.assert_frame_equal(again.table, before.table)
    assert "session.probe('run', 'walkers', labels=['gait'], seed=3)" in session.script()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"run": "other"}, "no run that can be probed 'other'"),
        ({"source": "rat"}, "no tracks with labels 'rat'"),
        ({"labels": ["mood"]}, "no label 'mood'; there are"),
    ],
)
def test_what_is_not_there_is_told(session, asked, words):
    with pytest.raises(LookupError, match=words):
        session.probe(**asked)


def test_without_a_run_or_labels_it_says_what_to_do(session, files):
    empty = Session(demo(duration=5.0))
    assert probe._missing(STATE, empty) == (
        "Train a model on tracks or on patches to see what it knows of labels",
        "train",
    )
    with pytest.raises(LookupError, match="train a model on tracks or on patches first"):
        empty.probe()
    plain = Session([replace(io.read(files.walkers), labels={}, trials=None)])
    plain.load(files.run)
    assert probe._missing(STATE, plain)[1] == "open"
    with pytest.raises(LookupError, match="open tracks with labels"):
        plain.probe()
    assert probe._missing(STATE, session)[1] == "probe"
    session.probe()
    assert probe._missing(STATE, session) == ("Labels are being probed …", "jobs")


def test_labels_are_looked_for_once(session, monkeypatch):
    probe.labelled(session)
    monkeypatch.setattr("neurofm.analysis.probing.labels_of", lambda tracks: {})
    assert probe.labelled(session) == ["walkers"]


def test_a_probe_that_failed_leaves_nothing(session):
    job = session.probe()
    session.jobs.end(job, "failed")
    assert "probe" not in {action.kind for action in session.actions}
    assert not session.results.get("probe")
