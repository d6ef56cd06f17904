"""Key points are put where they are, undone, and done again by the script and in a saved session."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from neurofm import io
from neurofm.app.session import Session
from neurofm.errors import DataError
from tests.io import pose_files

PLACE = [(2, "ada", "snout", 5.5, 6.5)]


@pytest.fixture
def tracked(tmp_path, monkeypatch) -> Session:
    """Tracks of two animals in a file."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Session([pose_files.export(tmp_path / "box.analysis.h5")], folder=tmp_path / "runs")


def name_of(session: Session) -> str:
    return next(iter(session.sources))


def point(session: Session) -> list[float]:
    return session.sources[name_of(session)].points[2, 0, 0].tolist()


def test_a_point_is_moved_told_and_undone(tracked):
    name, said = name_of(tracked), []
    tracked.changed.connect(lambda *what: said.append(what))
    before = tracked.sources[name]
    assert tracked.correct(name, PLACE) == 1
    assert point(tracked) == [5.5, 6.5]
    assert tracked.sources[name].confidence[2, 0, 0] == 1.0
    assert said == [("source", name)]
    assert before.points[2, 0, 0].tolist() != [5.5, 6.5]
    assert tracked.correct(name, PLACE) == 0  # it is there already
    tracked.undo()
    assert tracked.sources[name] is before
    tracked.redo()
    assert point(tracked) == [5.5, 6.5]


@pytest.mark.parametrize(
    "table",
    [
        "frame,individual,keypoint,x,y\n2,ada,snout,5.5,6.5\n0,bo,tailbase,,\n",
        "Keypoint,Individual,y,x,Frame,who\nsnout,ada,6.5,5.5,2,me\ntailbase,bo,,,0,me\n",
    ],
)
def test_points_come_from_a_table(tracked, tmp_path, table):
    (tmp_path / "wrong.csv").write_text(table)
    assert tracked.correct(name_of(tracked), tmp_path / "wrong.csv") == 2
    assert point(tracked) == [5.5, 6.5]
    assert np.isnan(tracked.sources[name_of(tracked)].points[0, 1, 1]).all()


@pytest.mark.parametrize(
    ("points", "problem"),
    [
        ([(3, "ada", "snout", 1, 2)], "frame must be a whole number from 0 to 2, got 3"),
        ([(0.5, "ada", "snout", 1, 2)], "frame must be a whole number"),
        ([(0, "eve", "snout", 1, 2)], "no individual 'eve'"),
        ([(0, "ada", "ear", 1, 2)], "no key point 'ear'"),
        ([(0, "ada", "snout", 1)], "is 2 finite numbers"),
        ([(0, "ada", "snout", 1, float("inf"))], "is 2 finite numbers"),
        ([(0, "ada", "snout", "left", 2)], "must be numbers"),
        ([(0, "ada")], "is a frame, an individual, a key point"),
        (pd.DataFrame({"frame": [0], "keypoint": ["snout"], "x": [1], "y": [2]}), "individual is missing"),
        (pd.DataFrame([[0, "ada", "snout", 1, None]], columns=["frame", "individual", "keypoint", "x", "y"]),
         "no number for each of x, y"),
    ],
)  # fmt: skip
def test_what_is_no_point_is_refused(tracked, points, problem):
    before = tracked.sources[name_of(tracked)]
    with pytest.raises((ValueError, LookupError), match=problem):
        tracked.correct(name_of(tracked), points)
    assert tracked.sources[name_of(tracked)] is before


def test_the_script_and_a_saved_session_have_it(tracked, tmp_path):
    tracked.correct(name_of(tracked), PLACE)
    tracked.correct(name_of(tracked), [(0, "bo", "tailbase")])
    names: dict = {}
    exec(compile(tracked.script(), "script", "exec"), names)
    again = Session.restore(tracked.save(tmp_path / "kept.neurofm"))
    for other in (names["session"], again):
        np.testing.assert_array_equal(other.sources[name_of(other)].points, tracked.sources[name_of(tracked)].points)
    assert "session.correct(" in again.script()


def test_what_was_corrected_goes_into_the_file(tracked, tmp_path):
    name, path = name_of(tracked), tmp_path / "box.analysis.h5"
    with pytest.raises(ValueError, match=r"no point of .* was corrected"):
        tracked.overwrite(name)
    tracked.correct(name, PLACE)
    kept = tracked.overwrite(name)
    assert io.read(path).points[2, 0, 0].tolist() == [5.5, 6.5]
    assert io.read(kept).points[2, 0, 0].tolist() != [5.5, 6.5]
    with pytest.raises(DataError, match="holds these points already"):
        tracked.overwrite(name)


def test_what_is_undone_once_it_is_in_the_file_is_undone_in_the_script(tracked, tmp_path):
    name, was = name_of(tracked), point(tracked)
    tracked.correct(name, PLACE)
    tracked.overwrite(name)
    for step, wanted in ((tracked.undo, was), (tracked.redo, [5.5, 6.5]), (tracked.undo, was)):
        step()
        names: dict = {}
        exec(compile(tracked.script(), "script", "exec"), names)
        assert point(names["session"]) == point(tracked) == wanted
    tracked.overwrite(name)
    assert io.read(tmp_path / "box.analysis.h5").points[2, 0, 0].tolist() == was
    tracked.redo()
    tracked.overwrite(name)
    assert io.read(tmp_path / "box.analysis.h5").points[2, 0, 0].tolist() == [5.5, 6.5]


def test_a_restored_session_puts_it_into_the_file(tracked, tmp_path):
    tracked.correct(name_of(tracked), PLACE)
    again = Session.restore(tracked.save(tmp_path / "kept.neurofm"))
    again.overwrite(name_of(again))
    assert io.read(tmp_path / "box.analysis.h5").points[2, 0, 0].tolist() == [5.5, 6.5]


def test_tracks_of_no_file_are_exported_instead(tracked):
    tracks = tracked.sources[name_of(tracked)]
    session = Session()
    session.add(type(tracks)(session="made", times=tracks.times, points=tracks.points,
                             keypoints=tracks.keypoints, individuals=tracks.individuals))  # fmt: skip
    session.correct("made", PLACE)
    with pytest.raises(DataError, match=r"no file holds these tracks.*export"):
        session.overwrite("made")
