"""Sessions on disk come back as they were, and whatever is wrong with one has a name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from neurofm import io
from neurofm.app.saved import folder as folders
from neurofm.app.session import Session
from neurofm.errors import DataError
from tests.app.saved.conftest import page_of, rewrite, same


def test_a_session_comes_back_as_it_was(full, tmp_path):
    folder = full.save(tmp_path / "work.neurofm")
    again = Session.restore(folder)
    same(full, again)
    assert not again.undo()  # what could be undone is not kept
    assert again.save(tmp_path / "again.neurofm").is_dir()
    assert page_of(tmp_path / "again.neurofm") == page_of(folder)


def test_closed_recordings_keep_their_numbers(make, tmp_path):
    session = Session([make.recording("a"), make.recording("b")])
    session.add(make.units(*session.recordings.values()))
    session.close("a")
    session.group("g", "unit", [(1 << 44) + 3])
    again = Session.restore(session.save(tmp_path / "w.neurofm"))
    assert again.number("b") == 1
    same(session, again)


def test_the_current_source_stays_current_and_is_in_the_script(make, tmp_path):
    session = Session([make.recording("a"), make.recording("b")])
    session.current = "b"
    assert "session.current" not in session.script()  # since it is opened last
    session.current = "a"
    assert "session.current = 'a'" in session.script()
    assert Session.restore(session.save(tmp_path / "w.neurofm")).current == "a"


def test_saving_what_is_saved_changes_no_file(full, tmp_path):
    folder = full.save(tmp_path / "w.neurofm")
    before = {p: p.stat().st_mtime_ns for p in folder.rglob("*")}
    full.save(folder)
    assert {p: p.stat().st_mtime_ns for p in folder.rglob("*") if p.is_file()} == {
        p: t for p, t in before.items() if p.is_file()
    }


def test_an_export_is_one_file_that_opens_anywhere(full, tmp_path):
    exported = full.save(tmp_path / "w.zip")
    assert exported == tmp_path / "w.zip"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cache", "w.zip"]
    same(full, Session.restore(exported))
    same(full, Session.restore(exported))  # from the cache


def test_a_session_is_saved_only_where_none_is_or_a_session_is(full, tmp_path):
    (tmp_path / "photos.neurofm").mkdir()
    (tmp_path / "photos.neurofm" / "cat.png").write_bytes(b"cat")
    with pytest.raises(DataError, match="is something else than a session"):
        full.save(tmp_path / "photos.neurofm")
    with pytest.raises(DataError, match=r"call the folder work\.neurofm"):
        full.save(tmp_path / "work")
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot be written"):
        full.save(tmp_path / "file" / "w.neurofm")


def test_a_failed_save_leaves_the_last_one(full, tmp_path, monkeypatch):
    folder = full.save(tmp_path / "w.neurofm")
    before = page_of(folder)
    full.time = 111.0
    monkeypatch.setattr(os, "fsync", lambda handle: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(DataError, match="No space left on device"):
        full.save(folder)
    assert page_of(folder) == before
    assert not list(folder.glob(".part-*"))


def test_opening_a_session_takes_the_place_of_what_is_open_and_tells(full, make, tmp_path, heard):
    folder = full.save(tmp_path / "w.neurofm")
    session = Session([make.recording("other")])
    held = session.view("latent")
    said = heard(session.changed)
    picked = heard(session.selection.changed)
    assert session.open(folder) == "w"
    same(full, session)
    assert held is session.views["latent"]
    assert held.filter == "rate > 2"
    assert {("source", "other"), ("source", "rat"), ("group", "good"), ("table", "moods")} <= set(said)
    assert {space for space, _ in picked} == {"unit", "time", "trial"}


def test_a_session_that_cannot_be_opened_leaves_what_is_open(full, make, tmp_path, heard):
    folder = full.save(tmp_path / "w.neurofm")
    rewrite(folder, time="late")
    other = make.recording("other")
    session = Session([other])
    session.selection.pick("unit", [1])
    said = heard(session.changed)
    with pytest.raises(DataError, match=r"session\.json: time: must be a number"):
        session.open(folder)
    assert session.recordings == {"other": other}
    assert session.selection.picked("unit").tolist() == [1]
    assert said == []


@pytest.mark.usefixtures("fake_jobs")
def test_no_session_is_opened_under_a_job(make, tmp_path):
    session = Session([make.recording("a")], folder=tmp_path)
    folder = session.save(tmp_path / "w.neurofm")
    session.train("poyo").over = False
    with pytest.raises(ValueError, match="a job is still at work"):
        session.open(folder)


def test_an_export_is_opened_like_a_folder_and_another_zip_is_none(full, tmp_path):
    session = Session()
    assert session.open(full.save(tmp_path / "w.zip")) == "w"
    same(full, session)
    for name, content in (("cut.zip", (tmp_path / "w.zip").read_bytes()[:-30]), ("text.zip", b"no zip")):
        (tmp_path / name).write_bytes(content)
        assert not folders.is_session(tmp_path / name)
        with pytest.raises(DataError):
            session.open(tmp_path / name)
    assert not folders.is_session(tmp_path / "nowhere.zip")
    assert not folders.is_session(["a", "b"])


def test_readers_of_recordings_say_what_a_session_is(full, tmp_path):
    with pytest.raises(DataError, match=r"is a session; open it with neurofm app, or in Python with Session\.restore"):
        io.read(full.save(tmp_path / "w.neurofm"))


@pytest.mark.parametrize("name", ["../evil.txt", "/tmp/evil", "arrays/../../evil.h5", "arrays/evil.py"])
def test_an_export_that_leads_out_of_its_folder_is_refused(full, tmp_path, name):
    exported = full.save(tmp_path / "w.zip")
    with zipfile.ZipFile(exported, "a") as file:
        file.writestr(name, b"evil")
    with pytest.raises(DataError, match="is no part of a session"):
        Session.restore(exported)
    assert not list(tmp_path.rglob("evil*"))


def test_an_export_that_blows_up_or_is_cut_off_is_refused(full, tmp_path):
    exported = full.save(tmp_path / "w.zip")
    whole = exported.read_bytes()
    exported.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match="is no session that was exported"):
        Session.restore(exported)


def test_a_large_session_opens_within_three_seconds(make, tmp_path):
    import time
    from dataclasses import replace

    from neurofm.data import Spikes

    rng = np.random.default_rng(0)
    spikes = Spikes(np.sort(rng.uniform(100, 120, 10_000_000)), rng.integers(0, 5, 10_000_000).astype(np.int32))
    session = Session([replace(make.recording("a"), spikes=spikes)])
    for k in range(5):
        for kind in ("latent", "raster", "trace", "tuning"):
            session.view(f"{kind} {k + 2}")
    folder = session.save(tmp_path / "w.neurofm")
    began = time.monotonic()
    again = Session.restore(folder)
    assert time.monotonic() - began < 3
    assert len(again.views) == 20
    assert len(again.recordings["a"].spikes) == 10_000_000


def test_whether_anything_has_changed_is_told_without_writing(full, tmp_path):
    before = folders.state(full)
    assert folders.state(full) == before
    for change in (lambda: setattr(full, "time", 104.0), lambda: full.undo(), lambda: full.ungroup("good")):
        change()
        assert folders.state(full) != before
        before = folders.state(full)
    assert list(tmp_path.iterdir()) == []


# ---- two writers


SAVED_BESIDE = r"w\.neurofm holds what another session saved at .* as w \(2\)\.neurofm"
HAND = """
import sys
from neurofm.app.session import Session
session = Session.restore(sys.argv[1])
session.group(sys.argv[2], "unit", [0])
print("open", flush=True)
sys.stdin.readline()
print(session.save(sys.argv[1]))
"""


def hand(folder, group):
    """Another program, with a group of its own in the session that it opened."""
    call = [sys.executable, "-W", "ignore", "-c", HAND, str(folder), group]
    program = subprocess.Popen(call, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert program.stdout.readline() == "open\n"
    return program


def kept(folder):
    """Names of the groups in every page of a session."""
    pages = [folder / name for name in ("session.json", "session.previous.json") if (folder / name).exists()]
    return [{group["name"] for group in json.loads(page.read_text())["groups"]} for page in pages]


@pytest.mark.parametrize("together", [False, True], ids=["one after the other", "at once"])
def test_two_programs_with_one_session_lose_nothing(full, tmp_path, together):
    folder = full.save(tmp_path / "w.neurofm")
    hands = [hand(folder, group) for group in ("ada's", "bo's")]
    for program in hands:
        program.stdin.write("\n")
        program.stdin.flush()
        if not together:
            program.wait(60)
    written = sorted(program.communicate(timeout=60)[0].strip() for program in hands)
    assert written == [str(tmp_path / "w (2).neurofm"), str(folder)]
    groups = [set(Session.restore(path).groups) for path in written]
    assert sorted(groups, key=sorted) == [{"ada's", "good"}, {"bo's", "good"}]


@pytest.mark.parametrize("as_", ["opened", "saved", "opened before the last", "never seen, of another program"])
def test_what_another_saved_meanwhile_is_never_replaced(full, make, tmp_path, monkeypatch, as_):
    folder = full.save(tmp_path / "w.neurofm")
    full.time = 111.0
    full.save(folder)
    if as_ == "saved":
        mine = full
    elif as_ == "never seen, of another program":
        monkeypatch.setattr(folders, "_written", {})
        mine = Session([make.recording()])
    else:
        mine = Session.restore(folder / ("session.json" if as_ == "opened" else "session.previous.json"))
    if as_ != "never seen, of another program":
        other = Session.restore(folder)
        other.group("theirs", "unit", [1])
        other.save(folder)
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    mine.group("mine", "unit", [2])
    for k in range(3):
        mine.time = 112.0 + k
        with pytest.warns(UserWarning, match=SAVED_BESIDE) as told:
            assert mine.save(folder) == tmp_path / "w (2).neurofm"
        assert told[0].filename == __file__
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before
    assert [names >= {"mine"} for names in kept(tmp_path / "w (2).neurofm")] == [True, True]
    assert Session.restore(tmp_path / "w (2).neurofm").time == 114.0


def test_who_saves_again_replaces_what_is_his(full, tmp_path):
    folder = full.save(tmp_path / "w.neurofm")
    for take in (lambda: full, lambda: Session.restore(folder), lambda: Session.restore(folder / "session.json")):
        again = take()
        again.time += 1
        assert again.save(folder) == folder
    anew = Session(full.sources.values())  # a cell that is run again
    assert anew.save(folder) == folder
    assert not list(tmp_path.glob("w (*"))
