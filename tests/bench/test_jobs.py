"""What a window costs a job, from what both of them tell."""

from __future__ import annotations

import subprocess
import sys

import psutil
import pytest

from neurofm.bench import _window, jobs
from neurofm.errors import NeuroFMError


class Pretended:
    """A window that tells in a fixed order, and when it was frozen."""

    def __init__(self, *lines):
        self.first, self.lines, self.frozen = lines[0], iter(lines[1:]), []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def ask(self, line):
        return next(self.lines)

    def freeze(self):
        self.frozen.append(True)

    def thaw(self):
        self.frozen.append(False)


class Block:
    """A training whose blocks take so many seconds."""

    def __init__(self, window, seconds):
        self.window, self.seconds, self.frozen = window, seconds, []

    def block(self):
        self.frozen.append(bool(self.window.frozen) and self.window.frozen[-1])
        return self.seconds


@pytest.mark.parametrize(("how", "case"), [("rest", "window rests"), ("pan", "window is panned")])
def test_the_plain_script_has_the_machine_to_itself(how, case):
    window = Pretended({}, *({"cpu": float(k)} for k in range(100)))
    gates = {"worker": Block(window, 0.03), "plain": Block(window, 0.02)}
    plain, worker, ratio, cores = jobs._compare(window, gates, how, 3)
    assert {line["case"] for line in (plain, worker, ratio, cores)} == {case}
    assert (plain["mean"], worker["mean"], ratio["mean"]) == pytest.approx((20, 30, 1.5))
    assert cores["n"] == 3
    assert gates["plain"].frozen == [True] * 4
    assert gates["worker"].frozen == [False] * 4


def test_stalls_are_told_at_rest_and_at_work(monkeypatch):
    lines = [{"case": c, "longest_ms": 40.0, "p999_ms": 9.0, "work_ms": 5.0, "n": 7} for c in "abc"]
    monkeypatch.setattr(_window, "command", lambda module: [])
    monkeypatch.setattr(_window, "Window", lambda call: Pretended(*lines))
    rows = jobs._stalls(1.0)
    assert [line["case"] for line in rows] == ["a", "b", "c"]
    assert (rows[0]["mean"], rows[0]["n"]) == (40.0, 7)
    assert rows[0]["note"] == "99.9 % under 9 ms; its own work 5 ms at most"


def test_a_cancelled_training_leaves_no_process():
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)  # no process of the job
    try:
        call, gone, left = jobs._cancel(1, 0)
        assert other.poll() is None
    finally:
        other.communicate(b"\n")
    assert call["mean"] < 1000
    assert gone["mean"] < 10
    assert left["mean"] == 0


def test_what_does_not_happen_is_told():
    jobs._until(lambda: True, 0.0)
    with pytest.raises(NeuroFMError, match="nothing happened in 0 s"):
        jobs._until(lambda: False, 0.0)


def test_a_process_that_has_ended_is_not_alive():
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    told = psutil.Process(process.pid)
    assert jobs._alive(told)
    process.communicate(b"\n")
    assert not jobs._alive(told)
