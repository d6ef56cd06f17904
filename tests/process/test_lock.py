"""A folder has one holder, who can be named, and none once that one died."""

import getpass
import json
import os
import socket
import subprocess
import sys
import threading
import time

import pytest

from neurofm.process.lock import HOLDER, LOCK, hold, holder, try_hold

HIDE = "import sys, warnings; sys.modules['fcntl'] = None; warnings.simplefilter('ignore'); "
HOLD = "from pathlib import Path; from neurofm.process.lock import *; "
WAIT = "held = try_hold(Path(sys.argv[1])); print(held is not None, flush=True); sys.stdin.read()"


@pytest.fixture(params=["import sys; ", HIDE], ids=["by the system", "without fcntl"])
def another(request, tmp_path):
    """Starts another program that tries to hold the folder, and tells whether it does."""
    started = []

    def start():
        call = [sys.executable, "-c", request.param + HOLD + WAIT, str(tmp_path)]
        program = subprocess.Popen(call, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(program)
        return program, program.stdout.readline() == "True\n"

    yield start
    for program in started:
        program.kill()
        program.communicate()


def test_a_folder_that_another_program_holds_is_not_ours_until_it_died(another, tmp_path):
    first, held = another()
    assert held
    assert not another()[1]
    first.kill()
    first.wait()
    assert another()[1]


def test_a_program_says_who_holds_what_it_wants(tmp_path):
    assert holder(tmp_path) == ""
    held = try_hold(tmp_path)
    assert try_hold(tmp_path) is None
    words = holder(tmp_path)
    assert words.startswith(f"{getpass.getuser()} on ")
    assert f"(process {os.getpid()}) since {time.strftime('%Y-')}" in words
    held.release()
    assert holder(tmp_path) == ""


@pytest.mark.parametrize("before", ["", '{"pid": 1', "dead"], ids=["nothing", "half of it", "one that died"])
def test_who_has_only_just_taken_a_folder_is_named(tmp_path, before):
    (tmp_path / LOCK).touch()
    if before == "dead":
        gone = subprocess.Popen([sys.executable, "-c", ""])
        gone.wait()
        before = json.dumps({"pid": gone.pid, "host": socket.gethostname(), "user": "ada", "time": 0})
    (tmp_path / HOLDER).write_text(before)
    me = json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "user": "bo", "time": 0})
    late = threading.Timer(0.2, lambda: (tmp_path / HOLDER).write_text(me))
    late.start()
    assert holder(tmp_path).startswith("bo on ")
    late.join()


@pytest.mark.parametrize("text", ["", "[]", "{}", json.dumps({"user": 1, "host": 2, "pid": 3, "time": "x"})])
def test_who_cannot_be_read_is_nobody(tmp_path, text):
    (tmp_path / HOLDER).write_text(text)
    assert holder(tmp_path) == ""


def test_a_folder_is_held_while_a_block_runs(tmp_path):
    with hold(tmp_path):
        assert try_hold(tmp_path) is None
    assert not list(tmp_path.iterdir())
    try_hold(tmp_path).release()


def test_a_block_that_fails_frees_its_folder(tmp_path):
    with pytest.raises(ZeroDivisionError), hold(tmp_path):
        1 / 0  # noqa: B018
    try_hold(tmp_path).release()


def test_a_block_waits_until_a_folder_is_free_and_another_thread_may_free_it(tmp_path):
    held, entered = try_hold(tmp_path), threading.Event()

    def enter():
        with hold(tmp_path):
            entered.set()

    thread = threading.Thread(target=enter)
    thread.start()
    assert not entered.wait(0.2)
    held.release()
    assert entered.wait(10)
    thread.join()


def test_only_one_of_many_holds_a_folder_at_a_time(tmp_path):
    inside, together = [], []

    def enter():
        for _ in range(20):
            with hold(tmp_path):
                inside.append(1)
                together.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=enter) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == [1] * 80


def test_what_cannot_be_written_to_is_not_held(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        try_hold(tmp_path / "file")


def test_a_folder_whose_holder_cannot_be_named_stays_free(tmp_path):
    (tmp_path / HOLDER).mkdir()
    for _ in range(2):
        with pytest.raises(OSError):
            try_hold(tmp_path)
