"""Open: a file is a source once, all of it or nothing, and the script finds it again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from neurofm import io
from neurofm.app.session import Session
from neurofm.errors import DataError


def test_two_recordings_of_one_name_are_refused_and_the_first_stays(make):
    first = make.recording("a")
    session = Session([first])
    assert session.add(first) == "a"
    with pytest.raises(ValueError, match="another recording called 'a'"):
        session.add(make.recording("a", seed=1))
    assert session.recordings == {"a": first}


def test_a_bad_file_changes_nothing(session, tmp_path, heard):
    bad = tmp_path / "bad.nwb"
    bad.write_bytes(b"nothing")
    before = (dict(session.recordings), dict(session.embeddings), list(session.actions))
    said = heard(session.changed)
    with pytest.raises(DataError, match=r"bad\.nwb"):
        session.open(bad)
    assert (dict(session.recordings), dict(session.embeddings), list(session.actions)) == before
    assert said == []


def test_a_file_opened_twice_is_open_once(make, tmp_path):
    io.write(make.recording("a"), tmp_path / "a.h5")
    session = Session()
    assert session.open(tmp_path / "a.h5") == session.open(str(tmp_path / "a.h5")) == "a"
    assert list(session.recordings) == ["a"]
    assert [a.kind for a in session.actions] == ["open"]


def test_a_relative_path_is_found_again_from_any_folder(make, tmp_path, monkeypatch):
    io.write(make.recording("a"), tmp_path / "a.h5")
    monkeypatch.chdir(tmp_path)
    session = Session()
    session.open("a.h5")
    monkeypatch.chdir("/")
    assert f"nf.read({str((tmp_path / 'a.h5').resolve())!r})" in session.script()


def test_what_tells_of_itself_only_in_part_leaves_no_trace(make, session, heard):
    class Broken(type(make.recording())):
        def ties(self):
            raise ValueError("the ties are torn")

    good = make.recording("b")
    broken = Broken(**{name: getattr(good, name) for name in ("session", "subject", "spikes", "units", "domain")})
    before = (dict(session.sources), dict(session.places), list(session.numbers), list(session.actions))
    said = heard(session.changed)
    with pytest.raises(ValueError, match="the ties are torn"):
        session.add(broken)
    assert (session.sources, session.places, session.numbers, list(session.actions)) == before
    assert said == []
    assert session.add(good) == "b"


@pytest.mark.usefixtures("fake_jobs")
@pytest.mark.parametrize("reader", ["", "trial_table"])
def test_workers_read_a_copy_of_what_needed_a_reader_chosen_by_hand(make, tmp_path, monkeypatch, reader):
    read = io.read
    monkeypatch.setattr("neurofm.io.read", lambda path, reader="": make.recording("a"))
    session = Session()
    session.open(tmp_path / "a.odd", reader=reader)
    (place,) = session.files(["a"])
    assert (place == str(tmp_path / "a.odd")) == (not reader)
    assert not reader or read(place).session == "a"
    assert session.actions[0].options == {"path": str(tmp_path / "a.odd"), "reader": reader}


@pytest.mark.parametrize(
    ("there", "written"), [(["a.h5"], "a.h5"), (["a.h5", "b.h5"], ["a.h5", "b.h5"]), (["a.h5", "gone.h5"], "")]
)
def test_what_was_read_in_python_is_found_again_in_its_files(make, tmp_path, there, written):
    for name in ("a.h5", "b.h5"):
        (tmp_path / name).touch()
    session = Session([replace(make.recording(), paths=tuple(str(tmp_path / name) for name in there))])
    whole = [str(tmp_path / name) for name in written] if isinstance(written, list) else written
    assert session.actions[0].options["path"] == (str(tmp_path / written) if written in there else whole)


def test_the_time_begins_with_the_first_source(make):
    session = Session([make.recording("a")])
    session.time = 107.0
    session.add(make.recording("b"))
    assert session.time == 107.0


@pytest.mark.parametrize(
    ("options", "call"),
    [
        ({"path": "a b.h5", "reader": ""}, "nf.read('a b.h5')"),
        ({"path": ["a.mat", "a.pos"]}, "nf.read(['a.mat', 'a.pos'])"),
        ({"path": "a.mat", "reader": "buzsaki"}, "nf.read('a.mat', reader='buzsaki')"),
    ],
)
def test_the_script_reads_the_same_files_in_the_same_way(lines, options, call):
    assert lines("open", "2 rats", **options) == [f"_2_rats = {call}", "session.add(_2_rats)"]
