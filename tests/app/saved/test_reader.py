"""Files of the user are referred to, found again, and asked for by name."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from neurofm import io
from neurofm.app.saved import reader
from neurofm.app.session import Session
from neurofm.errors import DataError, MovedError
from tests.app.saved.conftest import page_of, rewrite, same


@pytest.fixture
def referring(make, tmp_path):
    """A saved session about a file, and about one in memory."""
    io.write(make.recording("a"), tmp_path / "data" / "a.h5")
    session = Session([make.recording("b")])
    session.open(tmp_path / "data" / "a.h5")
    session.add(make.units(session.recordings["a"], session.recordings["b"]))
    session.selection.pick("unit", [0, (1 << 44) + 1])
    return session, session.save(tmp_path / "w.neurofm")


def test_recordings_in_files_are_referred_to(referring, tmp_path):
    session, folder = referring
    assert len(list((folder / "arrays").glob("*.h5"))) == 1
    about = page_of(folder)["sources"][1]
    assert about["source"] == about["files"][0]["path"] == str(tmp_path / "data" / "a.h5")
    again = Session.restore(folder)
    same(session, again)
    assert again.recordings["a"].paths == (str(tmp_path / "data" / "a.h5"),)


@pytest.mark.parametrize("what", ["a.h5", "."])
def test_a_moved_file_is_asked_for_by_name(referring, tmp_path, what):
    session, folder = referring
    old, new = tmp_path / "data", tmp_path / "elsewhere"
    old.rename(new)
    with pytest.raises(MovedError, match=r"a\.h5 is not there any more; say where it is now") as error:
        Session.restore(folder)
    assert error.value.paths == (str(old / "a.h5"),)
    again = Session.restore(folder, moved={str(old / what): str(new / what)})
    same(session, again)
    assert str(new / "a.h5") in again.script()
    with pytest.raises(LookupError, match="the session refers to no '/nowhere'"):
        Session.restore(folder, moved={"/nowhere": str(new)})


def test_what_else_there_is_opens_without_a_file_that_is_gone(referring, tmp_path):
    _, folder = referring
    (tmp_path / "data" / "a.h5").unlink()
    again = Session.restore(folder, moved={str(tmp_path / "data" / "a.h5"): None})
    assert list(again.recordings) == ["b"]
    assert again.number("b") == 0
    assert again.embeddings["a unit"].labels == tuple(again.recordings["b"].unit_names)
    assert again.selection.picked("unit").tolist() == [0]


def test_a_changed_file_is_told_and_opened(referring, make, tmp_path):
    _, folder = referring
    io.write(make.recording("a", seed=5), tmp_path / "data" / "a.h5")
    with pytest.warns(UserWarning, match="has changed since the session was saved") as told:
        again = Session.restore(folder)
    assert told[0].filename == __file__  # the line of the user that opened it
    assert any("has changed" in note for note in again.recordings["a"].warnings())


def test_a_changed_file_with_fewer_units_than_are_picked_is_refused_by_name(referring, make, tmp_path):
    _, folder = referring
    io.write(make.recording("a", units=2), tmp_path / "data" / "a.h5")
    with (
        pytest.warns(UserWarning, match="has changed"),
        pytest.raises(DataError, match=r"embeddings\[0\]\.array: names unit 4 of a, which has 2"),
    ):
        Session.restore(folder)


def test_a_file_of_the_same_size_and_time_is_not_read_again_for_its_checksum(referring, tmp_path, monkeypatch):
    _, folder = referring
    seen: list[Path] = []
    monkeypatch.setattr(reader, "checksum", lambda path: seen.append(path))
    Session.restore(folder)
    assert seen == []


def test_a_run_is_referred_to(session, make, tmp_path):
    run = tmp_path / "run-1"
    make.run(run, "rat")
    (run / "metrics.json").write_text('{"r2": 0.5}')
    session.open(run)
    folder = session.save(tmp_path / "w.neurofm")
    assert Session.restore(folder).runs["run-1"].metrics == {"r2": 0.5}
    shutil.rmtree(run)
    with pytest.raises(MovedError, match="run-1 is not there"):
        Session.restore(folder)
    assert Session.restore(folder, moved={str(run): None}).runs == {}


@pytest.mark.parametrize(
    ("place", "items", "says"),
    [
        ("groups", [{"name": "g", "space": "unit", "ids": [99]}], r"\[0\]\.ids: names unit 99 of rat, which has 5"),
        ("groups", [{"name": "g", "space": "unit", "ids": [5 << 44]}], r"\[0\]\.ids: names source 5 of 1"),
        ("picks", [{"space": "trial", "ids": [4], "mode": "add"}], r"\[0\]\.ids: names trial 4 of rat, which has 4"),
    ],
)
def test_what_is_about_things_that_are_not_there_is_refused_by_field(full, tmp_path, place, items, says):
    folder = full.save(tmp_path / "w.neurofm")
    rewrite(folder, **{place: items})
    with pytest.raises(DataError, match=rf"session\.json: {place}{says}"):
        Session.restore(folder)


@pytest.mark.parametrize("key", ["mood", "gone"])
def test_a_table_whose_key_tells_no_rows_apart_is_refused_by_name(full, tmp_path, key):
    folder = full.save(tmp_path / "w.neurofm")
    (table,) = page_of(folder)["user_tables"]
    rewrite(folder, user_tables=[table | {"key": [key]}])
    with pytest.raises(DataError, match=r"user_tables\[0\]\.key: does not tell the rows of 'moods' apart"):
        Session.restore(folder)


def test_an_array_of_another_thing_than_the_page_says_is_refused_by_field(full, tmp_path):
    folder = full.save(tmp_path / "w.neurofm")
    page = page_of(folder)
    decoded, moments = page["predictions"][0]["array"], page["embeddings"][0]["array"]
    rewrite(folder, embeddings=[{"name": "a time", "array": decoded}])
    with pytest.raises(DataError, match=r"embeddings\[0\]\.array: is not the embedding 'a time'"):
        Session.restore(folder)
    rewrite(folder, embeddings=page["embeddings"], predictions=[{"name": "a rat", "array": moments}])
    with pytest.raises(DataError, match=r"predictions\[0\]\.array: is no prediction about a source of this session"):
        Session.restore(folder)


def test_a_source_under_another_name_than_the_page_says_is_refused(full, tmp_path):
    folder = full.save(tmp_path / "w.neurofm")
    (source,) = page_of(folder)["sources"]
    rewrite(folder, sources=[source | {"name": "cat"}])
    with pytest.raises(DataError, match=r"sources: 'cat' should be in .*, which holds 'rat'"):
        Session.restore(folder)


def lab(make, home, saved):
    """A session in `home`, saved as `saved`, about a file in data, two that are one recording, and a run."""
    for name, part in (("data/a.h5", make.recording("a")), ("data/deep/b.h5", make.recording("b", seed=1))):
        io.write(part, home / name)
    make.run(home / "runs" / "run-1", "a")
    session = Session()
    session.open(home / "data" / "a.h5")
    session.open([home / "data" / "deep" / "b.h5"])
    session.open(home / "runs" / "run-1")
    session.save(home / saved)
    return session


@pytest.mark.parametrize("saved", ["w.neurofm", "w.zip", "data/w.neurofm", "sessions/of may/w.neurofm"])
@pytest.mark.parametrize("how", ["moved", "copied, and the old changed", "copied, and the old is gone"])
def test_data_and_runs_that_moved_with_their_session_are_found(make, tmp_path, saved, how):
    session = lab(make, tmp_path / "here", saved)
    there = tmp_path / "far" / "away"
    there.parent.mkdir()
    if how == "moved":
        (tmp_path / "here").rename(there)
    else:
        shutil.copytree(tmp_path / "here", there)
        io.write(make.recording("a", seed=7), tmp_path / "here" / "data" / "a.h5")
        if how == "copied, and the old is gone":
            shutil.rmtree(tmp_path / "here")
    again = Session.restore(there / saved)
    same(session, again)
    assert again.recordings["a"].paths == (str(there / "data" / "a.h5"),)
    assert again.recordings["a"].notes == session.recordings["a"].notes
    assert str(there / "data" / "a.h5") in again.script()
    kept = "here" if how == "copied, and the old changed" else "far/away"
    assert again.runs["run-1"].path == tmp_path / kept / "runs" / "run-1"


@pytest.mark.parametrize("other", ["data/a.h5", "data/deep/b.h5", "runs/run-1/config.json"])
def test_what_lies_beside_a_moved_session_and_is_another_is_not_taken(make, tmp_path, other):
    lab(make, tmp_path / "here", "w.neurofm")
    (tmp_path / "here").rename(tmp_path / "there")
    path = tmp_path / "there" / other
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(MovedError, match="is not there any more") as error:
        Session.restore(tmp_path / "there" / "w.neurofm")
    (gone,) = error.value.paths
    assert (tmp_path / "here" / other).is_relative_to(gone)


@pytest.mark.parametrize(
    ("path", "then", "now", "leads"),
    [
        ("/lab/data/a.nwb", "/lab", "/disk", "/disk/data/a.nwb"),
        ("/lab/data/a.nwb", "/lab/saved", "/disk/saved", "/disk/data/a.nwb"),
        ("/lab/a.nwb", "/lab/saved/of may", "/disk/x/y", "/disk/a.nwb"),
        ("C:\\lab\\data\\a.nwb", "C:\\lab\\saved", "/disk/saved", "/disk/data/a.nwb"),
        ("//server/lab/data/a.nwb", "//server/lab/saved", "/disk/saved", "/disk/data/a.nwb"),
        ("D:\\data\\a.nwb", "C:\\lab", "/disk", "D:\\data\\a.nwb"),
    ],
)
def test_a_path_beside_leads_to_the_same_place_on_any_system(path, then, now, leads):
    assert reader.beside(path, then, Path(now)) == Path(leads)
