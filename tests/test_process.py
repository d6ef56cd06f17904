"""What a process does with its machine comes out the same in both ways."""

import importlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from neurofm.process import LOOKS, share_cores, slowed, why_ended

WAYS = ("_linux", "_portable")
CHILD = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])"
PARENT = f"import subprocess, sys, time; child = {CHILD}; print(child.pid, flush=True); "


@pytest.fixture(params=WAYS)
def way(request):
    return importlib.import_module(f"neurofm.process.{request.param}")


@pytest.fixture(params=["", "1"], ids=WAYS)
def in_child(request, monkeypatch):
    """Runs code in a process that takes one of both ways; gives what it prints."""
    monkeypatch.setenv("NEUROFM_PORTABLE", request.param)

    def run(code):
        call = [sys.executable, "-c", code]
        return subprocess.run(call, capture_output=True, text=True, timeout=60, check=True).stdout

    return run


def alive(pid):
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def gone(*pids, seconds=5.0):
    """Whether none of them is left soon."""
    end = time.monotonic() + seconds
    while any(map(alive, pids)) and time.monotonic() < end:
        time.sleep(0.005)
    return not any(map(alive, pids))


def test_what_the_user_set_stays(monkeypatch):
    monkeypatch.setenv("GOMP_SPINCOUNT", "7")
    monkeypatch.delenv("KMP_BLOCKTIME", raising=False)
    share_cores()
    assert (os.environ["GOMP_SPINCOUNT"], os.environ["KMP_BLOCKTIME"]) == ("7", "0")


def test_threads_look_briefly(monkeypatch):
    monkeypatch.delenv("GOMP_SPINCOUNT", raising=False)
    share_cores()
    assert os.environ["GOMP_SPINCOUNT"] == LOOKS


def test_a_variable_chooses_the_way(in_child):
    told = in_child("from neurofm import process; print(process.PORTABLE, process.Tree.__module__)").split()
    portable = os.environ["NEUROFM_PORTABLE"] == "1"
    assert told == [str(portable), f"neurofm.process.{WAYS[portable]}"]


@pytest.mark.parametrize("measure", ["peak_mb", "private_mb"])
def test_memory_is_this_process_own(in_child, measure):
    code = f"from neurofm.process import {measure} as mb; a = mb(); held = bytearray(400_000_000); print(a, mb())"
    before, after = map(float, in_child(code).split())
    assert 5 < before < 200
    assert after - before == pytest.approx(400, abs=30)


def test_the_peak_of_the_parent_is_not_that_of_the_child():
    held = bytearray(400_000_000)
    call = [sys.executable, "-c", "from neurofm.process import peak_mb; print(peak_mb())"]
    told = float(subprocess.run(call, capture_output=True, text=True, check=True).stdout)
    assert told < len(held) / 2e6


@pytest.mark.parametrize("last_words", ["time.sleep(600)", "sys.exit(3)"], ids=["alive", "ended before"])
def test_a_tree_ends_with_all_that_it_started(way, last_words):
    with way.Tree([sys.executable, "-c", PARENT + last_words], stdout=subprocess.PIPE) as tree:
        child = int(tree.stdout.readline())
        if "exit" in last_words:
            assert tree.wait(10) == 3
        assert alive(child)
        tree.end()
        assert gone(tree.pid, child)
    tree.end()  # once more does no harm


def test_a_process_ends_itself_and_what_it_started(way):
    code = f"from neurofm.process.{way.__name__.rpartition('.')[2]} import end_self; {PARENT} end_self()"
    with way.Tree([sys.executable, "-c", code], stdout=subprocess.PIPE) as tree:
        assert gone(int(tree.stdout.readline()), tree.pid)


def test_a_process_ends_with_its_parent_though_its_input_stays_open(way):
    name = way.__name__
    code = f"from {name} import end_with_parent; import time; end_with_parent(); print(1, flush=True); time.sleep(600)"
    start = f"from {name} import Tree; import sys, time; tree = Tree([sys.executable, '-c', {code!r}], stdout=-1)"
    start += "; tree.stdout.readline(); print(tree.pid, flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", start], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        child = int(parent.stdout.readline())
        assert alive(child)
        parent.kill()
        parent.wait(10)
        assert gone(child)


def test_a_modest_process_is_nicer_by_five(in_child):
    nicer = "import os; from neurofm.process import be_modest; a = os.nice(0); be_modest(); print(os.nice(0) - a)"
    assert int(in_child(nicer)) == min(5, 19 - os.nice(0))


@pytest.mark.parametrize("folder", [False, True], ids=["file", "folder"])
def test_what_is_synced_stays_as_it_is(way, tmp_path, folder):
    (tmp_path / "page").write_text("words")
    way.sync(tmp_path if folder else tmp_path / "page")
    assert (tmp_path / "page").read_text() == "words"


def test_a_full_disk_is_told_when_a_file_is_synced(way, tmp_path, monkeypatch):
    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    (tmp_path / "page").write_text("words")
    with pytest.raises(OSError, match="No space left"):
        way.sync(tmp_path / "page")


def test_a_file_takes_the_place_of_another(way, tmp_path):
    (tmp_path / "new").write_text("new")
    (tmp_path / "old").write_text("old")
    assert way.move(tmp_path / "new", tmp_path / "old") == tmp_path / "old"
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("old", "new")]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (-signal.SIGKILL, "was killed (exit -9), most likely because memory ran out; choose a smaller batch"),
        (0xC0000017, "was killed (exit 3221225495), most likely because memory ran out; choose a smaller batch"),
        (-signal.SIGSEGV, "crashed (SIGSEGV); log.txt says where"),
        (-63, "crashed (signal 63); log.txt says where"),
        (0xC0000005, "crashed (0xC0000005); log.txt says where"),
        (3, "ended early (exit 3); log.txt says why"),
        (0, "ended early (exit 0); log.txt says why"),
    ],
)
def test_an_exit_code_becomes_words(code, words):
    assert why_ended(code, Path("log.txt")) == words


@pytest.mark.parametrize(("load", "times"), [(0.0, 1.0), (2.0, 1.5), (12.0, 4.0)])
def test_what_else_runs_slows_all(monkeypatch, load, times):
    monkeypatch.setattr(psutil, "getloadavg", lambda: (load, 0.0, 0.0))
    monkeypatch.setattr(psutil, "cpu_count", lambda: 4)
    assert slowed() == times
