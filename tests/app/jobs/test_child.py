"""The parent hears whole lines only, and hears of the end once nothing is left."""

import sys
import threading

import pytest

from neurofm.app.jobs.child import Child

TALK = "import json, sys; [print(json.dumps({'echo': line.strip()}), flush=True) for line in sys.stdin]"
CUT = 'import sys; sys.stdout.write(\'{"whole": 1}\\n{"cut\'); sys.stdout.flush(); sys.exit(3)'
LEFT = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])"


class Parent:
    """Hears a child that runs some code."""

    def __init__(self, code, folder):
        self.lines, self.line, self.end = [], threading.Event(), threading.Event()
        self.child = Child([sys.executable, "-c", code], folder / "log.txt", self.heard, lambda child: self.end.set())

    def heard(self, child, line):
        self.lines.append(line)
        self.line.set()


@pytest.fixture
def start(tmp_path):
    parents = []

    def start(code):
        parents.append(Parent(code, tmp_path))
        return parents[-1]

    yield start
    for parent in parents:
        parent.child.kill()
        parent.child.join()


def test_what_is_said_is_answered(start):
    parent = start(TALK)
    parent.child.send("ĝis")
    assert parent.line.wait(20)
    assert parent.lines == [{"echo": "ĝis"}]
    assert not parent.end.is_set()


def test_a_folder_is_given_as_a_line_and_makes_the_child_used(start, tmp_path):
    parent = start(TALK)
    parent.child.last = {"state": "done"}
    parent.child.give(tmp_path)
    assert (parent.child.used, parent.child.last) == (True, {})
    assert parent.line.wait(20)
    assert parent.lines == [{"echo": str(tmp_path)}]


@pytest.mark.parametrize(
    ("code", "lines", "exit_code"),
    [(CUT, [{"whole": 1}], 3), (LEFT, [], 0), ("import sys; sys.exit(7)", [], 7)],
    ids=["a line that is cut short", "a child of its own holds the pipe", "no words"],
)
def test_the_end_is_heard_whatever_is_left(start, code, lines, exit_code):
    parent = start(code)
    assert parent.end.wait(20)
    assert (parent.lines, parent.child.process.returncode) == (lines, exit_code)
    parent.child.send("anybody there?")


def test_a_kill_may_wait(start):
    parent = start("import time; time.sleep(600)")
    parent.child.kill_after(0.05)
    assert parent.end.wait(20)
    assert parent.child.process.returncode != 0


def test_what_it_prints_on_stderr_is_in_the_log(start, tmp_path):
    parent = start("import sys; sys.stderr.write('a word')")
    assert parent.end.wait(20)
    assert (tmp_path / "log.txt").read_text() == "a word"
