"""Commands about poses: a table corrects points, and they go into the file on request."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from neurofm import io
from neurofm.app import commands
from neurofm.app.command import Context
from tests.io import pose_files

TABLE, WRITE = "Correct points from a table…", "Put corrected points into their file"


@pytest.fixture
def posed(session, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    session.open(pose_files.wide(tmp_path / "box.csv"))
    return session


def titles(session, kind, name):
    return {entry.words for entry in commands.menu(Context(session=session, kind=kind, name=name))} & {TABLE, WRITE}


@pytest.mark.parametrize(("kind", "name"), [("source", "box"), ("view", "pose")])
def test_they_are_offered_for_what_has_points(posed, host, tmp_path, kind, name):
    assert titles(posed, kind, name) == {TABLE}
    assert titles(posed, "source", "rat") == titles(posed, "view", "raster") == set()
    (tmp_path / "wrong.csv").write_text("frame,keypoint,x,y\n2,snout,5.5,6.5\n")
    host.paths = [tmp_path / "wrong.csv"]
    commands.do("correct", host, kind=kind, name=name)
    assert host.told[-1] == "1 point of box corrected; the file is as it was"
    assert titles(posed, kind, name) == {TABLE, WRITE}
    commands.do("overwrite", host, kind=kind, name=name)
    assert "kept in box.csv~1" in host.told[-1]
    assert io.read(tmp_path / "box.csv").points[2, 0, 0].tolist() == [5.5, 6.5]
    assert titles(posed, kind, name) == {TABLE}


def test_animals_are_placed_and_their_bouts_found_one_by_one(posed, host, fake_jobs, tracks):
    posed.add(tracks)
    run = SimpleNamespace(
        takes="tracks", spaces=("frame",), path="runs/r", parts=("short",), sessions=(), reads_new_units=False
    )
    posed.runs["r"] = run
    each = "Place each animal by itself"
    assert each in [entry.words for entry in commands.menu(Context(session=posed, kind="run", name="r"))]
    commands.do("embed_each", host, kind="run", name="r")
    assert [(job.arguments["part"], len(job.arguments["data"])) for job in posed.jobs] == [("of ada", 1), ("of bo", 1)]
    assert host.shown == ["jobs"]
