"""Work that was not saved is there after a crash, and only then."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest

from neurofm.app.saved import folder as keep
from neurofm.app.saved.autosave import Autosave, folder, set_aside, unsaved
from neurofm.app.session import Session
from neurofm.errors import DataError


@pytest.fixture(autouse=True)
def own_data(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def test_only_changes_are_kept(session):
    with Autosave(session) as autosave:
        assert not autosave.tick()
        session.selection.pick("unit", [1])
        assert autosave.tick()
        assert not autosave.tick()
        session.view("latent").filter = "rate > 1"
        assert autosave.tick()
        (home,) = folder().iterdir()
        kept = Session.restore(home / "unsaved.neurofm")
        assert kept.selection.picked("unit").tolist() == [1]
        assert kept.views == session.views
        assert unsaved() == []  # its program is alive
    assert not list(folder().iterdir())


def test_what_is_saved_is_not_kept_twice(session, tmp_path):
    with Autosave(session) as autosave:
        session.time = 111.0
        assert autosave.tick()
        session.save(tmp_path / "w.neurofm")
        assert not autosave.tick()
        assert not list(folder().iterdir())
        session.undo()
        session.time = 112.0
        assert autosave.tick()


def test_a_session_that_was_just_opened_is_not_kept(session, tmp_path):
    again = Session.restore(session.save(tmp_path / "w.neurofm"))
    with Autosave(again) as autosave:
        assert not autosave.tick()
        again.group("g", "unit", [1])
        assert autosave.tick()


def test_a_thread_keeps_it_and_ends_with_it(session):
    written = threading.Event()
    autosave = Autosave(session, every=0.01)
    tick = autosave.tick
    autosave.tick = lambda: written.set() if tick() else None
    with autosave:
        session.time = 113.0
        assert written.wait(10)
    assert not [t for t in threading.enumerate() if t.name == "neurofm autosave"]


@pytest.mark.parametrize(
    "error", [DataError("w", "", "cannot be written"), KeyError("closed meanwhile"), ImportError("another's verb")]
)
def test_nothing_that_goes_wrong_once_ends_the_watch(session, monkeypatch, caplog, error):
    tried, twice = [], threading.Event()

    def save(*given):
        tried.append(given)
        if len(tried) > 1:
            twice.set()
        raise error

    monkeypatch.setattr(keep, "save", save)
    with Autosave(session, every=0.01):
        session.time = 114.0
        assert twice.wait(10)
    assert "could not be kept" in caplog.text


CRASH = """
import sys
from neurofm.app.saved.autosave import Autosave
from neurofm.app.session import Session
from neurofm.synthetic.demo import demo
session = Session(demo(duration=5.0)[:1])
autosave = Autosave(session).start()
session.selection.pick("unit", [3])
autosave.tick()
print("kept", flush=True)
sys.stdin.read()
"""


def test_what_a_killed_program_had_is_offered(make):
    with subprocess.Popen([sys.executable, "-c", CRASH], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        assert program.stdout.readline() == b"kept\n"
        assert unsaved() == []
        os.kill(program.pid, signal.SIGKILL)
        program.wait(10)
    (left,) = unsaved()
    assert left.recordings == ("ada",)
    again = Session()
    with Autosave(again) as autosave:
        left.restore(again)
        assert again.selection.picked("unit").tolist() == [3]
        assert unsaved() == []
        assert "nf.read" in again.script()  # what was opened can be read though its folder is gone
        assert autosave.tick()  # and is kept until the user saves it


def test_work_on_runs_alone_is_offered_too(make, tmp_path):
    session = Session()
    session.add(make.run(tmp_path / "run-1", "a"))
    keeper = Autosave(Session())
    keeper.session = session
    assert keeper.tick()
    keeper._held.release()  # what the end of a process does
    (left,) = unsaved()
    again = Session()
    left.restore(again)
    assert (left.recordings, list(again.runs)) == ((), ["run-1"])


def test_what_was_restored_stays_kept_until_it_is_saved(session, tmp_path):
    session.time = 112.0
    again, third = Session(), Session()
    keeper = Autosave(again)
    set_aside(session).restore(again, keeper)
    assert unsaved() == []  # its program is alive
    keeper._held.release()  # what the end of a process does
    (left,) = unsaved()
    with Autosave(third) as autosave:
        left.restore(third, autosave)
        assert (third.time, autosave.tick()) == (112.0, False)
        third.time = 113.0
        assert autosave.tick()
        (home,) = folder().iterdir()
        assert Session.restore(home / "unsaved.neurofm").time == 113.0
        third.save(tmp_path / "w.neurofm")
        autosave.tick()
        assert not list(folder().iterdir())


def test_what_is_set_aside_is_offered_unless_it_was_saved(session, tmp_path):
    session.time = 112.0
    before = set_aside(session)
    assert [work.path for work in unsaved()] == [before.path]
    again = Session()
    before.restore(again)
    assert (again.time, unsaved()) == (112.0, [])
    session.save(tmp_path / "kept.neurofm")
    assert set_aside(session) is None
    assert set_aside(Session()) is None


def test_what_cannot_be_set_aside_is_told_and_leaves_nothing_behind(session, monkeypatch):
    def full(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(keep, "save", full)
    with pytest.raises(DataError, match=r"cannot keep what is open .*No space left.*; save it first"):
        set_aside(session)
    assert not list(folder().iterdir())


def test_only_the_newest_that_were_set_aside_stay(session):
    for second in range(8):
        session.time = 100.0 + second
        kept = set_aside(session)
    assert len(unsaved()) == 5
    assert kept.path in [work.path for work in unsaved()]


def test_rubbish_beside_what_was_kept_is_passed_over():
    (folder() / "x").mkdir(parents=True)
    (folder() / "x" / "in-use").write_text("")
    (folder() / "file").write_text("")
    assert unsaved() == []
