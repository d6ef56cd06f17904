"""Bouts from an embedding: an ethogram of each source on its clock, tied to all else by time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from neurofm import io, registry
from neurofm.app.pictures.scene import Viewport
from neurofm.app.session import Session
from neurofm.app.verbs import bouts
from neurofm.data import Embedding
from neurofm.data.ids import moments, pack, seconds, unpack
from neurofm.data.source import start
from neurofm.data.tracks import Tracks

VALUES = np.repeat([[0.0, 0.0], [9.0, 0.0], [0.0, 9.0], [9.0, 0.0]], 25, axis=0)  # of 0.2 s each: four bouts of 5 s


def embed(session, *names, name="a time"):
    """Moments of recordings that are in three clusters, one of them twice."""
    rng = np.random.default_rng(0)
    ids, values = [], []
    for k, source in enumerate(session.sources[one] for one in names):
        ids.append(pack(k, moments(start(source) + np.arange(0.1, 20, 0.2), start(source))))
        values.append(VALUES + rng.normal(size=VALUES.shape))
    rows = np.concatenate(values)
    whole = next(iter(session.embeddings.values()))
    session.add(replace(whole, name=name, ids=np.concatenate(ids), values=rows, xy=rows, sessions=names))


def do(session, tmp_path, **options):
    """Ask for bouts and do the job here."""
    job = session.bouts("a time", **options)
    result = bouts.SPEC.work(lambda *_: None, tmp_path, **job.arguments)
    session.jobs.end(job, **result)
    return job


@pytest.fixture
def two(session, make, fake_jobs, tmp_path) -> Session:
    session.add(make.recording("mouse", seed=4))
    session.folder = tmp_path / "runs"
    embed(session, "rat", "mouse")
    return session


def test_each_source_gets_an_ethogram_on_its_clock(two, tmp_path):
    do(two, tmp_path, count=3, shortest=1.0)
    assert list(two.sources) == ["rat", "mouse", "rat bouts", "mouse bouts"]
    for name in ("rat", "mouse"):
        one = two.sources[f"{name} bouts"]
        assert one.clock == two.sources[name].clock
        assert one.subject == two.sources[name].subject
        assert (one.edges[:, 0] - 100).round(6).tolist() == [0, 5, 10, 15]
        assert one.bouts["behavior"].tolist()[1] == one.bouts["behavior"].tolist()[3] == "cluster 1"
        assert len(one.behaviors) == 3
        assert "clusters of 'a time'" in one.notes[0]


def test_a_picked_bout_lights_up_its_moments_and_back(two, tmp_path):
    do(two, tmp_path, count=3)
    two.selection.pick("bout", ["rat bouts/bout 2"])
    number, local = unpack(two.selection.picked("time"))
    assert set(number.tolist()) == {two.number("rat")}
    times = seconds(local, 100.0)
    assert (times.min() > 109.99, times.max() < 115) == (True, True)
    assert len(times) >= 25
    two.selection.pick("time", two.selection.picked("time")[:1])
    assert two.selection.picked("bout").tolist() == [pack(two.number("rat bouts"), 2)]


def test_asked_again_it_stands_beside_the_first(two, tmp_path):
    do(two, tmp_path, count=3)
    do(two, tmp_path, count=2)
    assert [name for name in two.sources if name.startswith("rat bouts")] == ["rat bouts", "rat bouts 2"]
    assert len(two.sources["rat bouts 2"].behaviors) == 2


def test_of_an_embedding_made_in_python_the_script_reads_the_bouts(two, tmp_path):
    do(two, tmp_path, count=3)
    script = two.script()
    assert "session.bouts" not in script
    names: dict = {}
    exec(compile(script, "script", "exec"), names)
    again = names["session"].sources["rat bouts"]
    np.testing.assert_array_equal(again.edges, two.sources["rat bouts"].edges)


def test_of_an_embedding_of_a_run_the_script_does_it_again(two, tmp_path, monkeypatch):
    two.actions.add("embed", "a time", run="a", names=["rat"], of="time")
    do(two, tmp_path, count=3)
    assert [action.kind for action in two.actions if action.kind == "bouts"] == ["bouts"]
    assert two.actions.last("open", "rat bouts") is None
    held = two.sources["rat bouts"]
    assert io.origin(held) is None  # its job's folder goes, a copy in the cache stays
    assert Path(two.files(["rat bouts"])[0]).exists()


def test_a_job_that_fails_leaves_nothing(two):
    job = two.bouts("a time", count=3)
    two.jobs.end(job, "failed")
    assert list(two.sources) == ["rat", "mouse"]
    assert not any(action.kind == "bouts" for action in two.actions)


def test_the_newest_with_times_is_meant_where_none_is_named(two):
    assert bouts.timed(two) == ["a time"]
    assert two.bouts(count=2).title == "Bouts of a time"
    two.close("rat")
    two.close("mouse")
    with pytest.raises(LookupError, match="no embedding has rows with a time"):
        two.bouts()


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"embedding": "a unit"}, "rows of 'a unit' have no times"),
        ({"embedding": "nothing"}, "no embedding 'nothing'"),
        ({"count": 1}, "count must be 2 to 1000 clusters"),
        ({"count": -3}, "count must be 2 to 1000 clusters"),
        ({"shortest": -1.0}, "shortest must be a number of seconds from 0 on"),
        ({"shortest": float("nan")}, "shortest must be"),
    ],
)
def test_what_cannot_be_is_refused_at_once(two, options, error):
    with pytest.raises((ValueError, LookupError), match=error):
        two.bouts(**options)
    assert not any(action.kind == "bouts" for action in two.actions)


def test_frames_do_as_well_as_moments(fake_jobs, tmp_path):
    times = 5.0 + np.arange(100) / 10
    points = np.zeros((100, 1, 2, 2), np.float32)
    tracks = Tracks(session="cam", times=times, points=points, keypoints=("nose", "tail"), individuals=("ada",))
    session = Session([tracks], folder=tmp_path / "runs")
    rows = VALUES + np.random.default_rng(0).normal(size=VALUES.shape)
    session.add(Embedding(name="a time", space="frame", ids=np.arange(100), values=rows, xy=rows, sessions=("cam",)))
    do(session, tmp_path, count=3, shortest=1.0)
    np.testing.assert_allclose(session.sources["cam bouts"].edges[:, 0], [5.0, 7.45, 9.95, 12.45])
    session.selection.pick("bout", ["cam bouts/bout 1"])
    assert unpack(session.selection.picked("frame"))[1].tolist() == list(range(25, 50))
    session.selection.pick("frame", [3])
    assert session.selection.picked("bout").tolist() == [pack(session.number("cam bouts"), 0)]


def test_animals_embedded_apart_give_one_ethogram_with_a_row_for_each(session, make, fake_jobs, tmp_path):
    session.folder = tmp_path / "runs"
    for name in ("ada", "bo"):
        embed(session, "rat", name=f"run time of {name}")
        shown = session.embeddings[f"run time of {name}"]
        session.embeddings[shown.name] = replace(shown, run="run")
    names = bouts.siblings(session, "run time of ada")
    assert names == ["run time of ada", "run time of bo"]
    job = session.bouts(names, count=3, shortest=1.0)
    session.jobs.end(job, **bouts.SPEC.work(lambda *_: None, tmp_path, **job.arguments))
    made = session.sources["rat bouts"]
    assert made.subjects == ("ada", "bo")
    assert [len(made.bouts[made.bouts["subject"] == name]) for name in ("ada", "bo")] == [4, 4]
    state = session.view("ethogram")
    state.rows = "subject"
    words = [
        word for _, word in registry.get("neurofm.app.views", "ethogram").scene(state, session, Viewport()).y.ticks
    ]
    assert set(words) == {"ada", "bo"}
    out = io.write(made, tmp_path / "rows.tsv")
    assert io.read(out).subjects == ("ada", "bo")
    with pytest.raises(ValueError, match="one animal each"):
        session.bouts([names[0], names[0]])
