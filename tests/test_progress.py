"""How far work is, told once it takes longer than a moment, and only where somebody looks."""

from __future__ import annotations

import io
import sys
from types import SimpleNamespace

import pytest

from neurofm import progress
from neurofm.progress import Cell, Line, Lines, Progress, each, left, told


class Clock:
    """Seconds that a test moves."""

    now = 0.0

    def __call__(self):
        return self.now


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(Progress.__init__, "__defaults__", (clock,))
    return clock


@pytest.fixture
def terminal(monkeypatch):
    stream = Terminal()
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=stream, modules={}))  # pytest sets its own stderr anew
    return stream


def lines(stream):
    return [line for line in stream.getvalue().replace("\n", "\r").replace("\x1b[K", "").split("\r") if line]


@pytest.mark.parametrize(
    ("fraction", "seconds", "words"),
    [
        (0.0, 9, ""),
        (0.5, 30, "30 s left"),
        (0.1, 60, "9 min left"),
        (0.25, 30, "2 min left"),
        (0.99, 5, ""),
        (1, 5, ""),
    ],
)
def test_the_time_left_in_words(fraction, seconds, words):
    assert left(fraction, seconds) == words


def test_a_terminal_has_one_line_that_goes_in_the_end(clock, terminal):
    with told("train poyo") as step:
        for k in range(11):
            clock.now = float(k)
            step(k / 10, f"step {k} of 10")
        assert lines(terminal)[0] == "train poyo · step 1 of 10 · 9 s left"
        assert len(lines(terminal)) == 10  # none before a second has passed
        assert "\n" not in terminal.getvalue()
    assert terminal.getvalue().endswith(progress.ERASE)


def test_what_takes_a_moment_shows_nothing(clock, terminal):
    with told("quick") as step:
        for k in range(100):
            clock.now = k / 101
            step(k / 100, "on the way")
    assert lines(terminal) == []


def test_a_line_changes_a_few_times_a_second_only(clock, terminal):
    with told() as step:
        for k in range(1000):
            clock.now = 1 + k / 1000
            step(0.5, "much")
    assert len(lines(terminal)) == 5


@pytest.mark.parametrize(("always", "written"), [(False, []), (True, ["bench x: words"])])
def test_a_file_gets_lines_where_they_are_asked_for_and_nothing_else(monkeypatch, clock, always, written):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with told("bench x: words", always=always) as step:
        for k in range(60):
            clock.now = float(k)
            step(k / 60, "x")
    assert lines(stream)[:1] == written
    assert len(lines(stream)) == (4 if always else 0)
    assert "\r" not in stream.getvalue()


def test_a_step_that_is_given_is_the_one_that_is_told(terminal):
    mine = object()
    with told("train", step=mine) as step:
        assert step is mine
    assert terminal.getvalue() == ""


@pytest.mark.parametrize("stream", [None, io.StringIO()])
def test_nobody_who_looks_costs_nothing(monkeypatch, stream):
    monkeypatch.setattr(sys, "stderr", stream)
    with told("train") as step:
        step(0.5, "half", preview="x", metrics={})
    assert list(each([1, 2], "fold")) == [1, 2]


def test_parts_of_parts_tell_where_they_are_and_the_time_left_of_all(clock, terminal):
    with told("bench ca1"):
        for fold in each(range(3), "fold"):
            for seed in each(range(2), "seed"):
                clock.now += 10
                with told("train poyo") as step:
                    clock.now += 10
                    step(0.25, f"step {fold}{seed}")
    told_lines = lines(terminal)
    assert "bench ca1 · fold 1 of 3 · seed 1 of 2 · step 00 · 30 s left for this" in told_lines
    assert "bench ca1 · fold 2 of 3 · seed 1 of 2 · 2 min left · step 10 · 30 s left for this" in told_lines
    assert "bench ca1 · fold 2 of 3 · seed 2 of 2 · 80 s left · step 11 · 30 s left for this" in told_lines


def test_a_loop_that_is_left_early_leaves_no_part_behind(clock, terminal):
    with told("bench"):
        for fold in each(range(3), "fold"):
            if fold == 1:
                break
        clock.now = 5.0
        for _ in each(range(2), "seed"):
            pass
    assert any(line.startswith("bench · seed 1 of 2") for line in lines(terminal))


def test_work_that_fails_takes_its_line_away_and_the_next_begins_anew(clock, terminal):
    with pytest.raises(ValueError, match="no"), told("first"):
        raise ValueError("no")
    with told("second") as step:
        clock.now = 2.0
        step(0.5, "half")
    assert lines(terminal) == ["second · half · 2 s left"]


def test_a_cell_has_a_bar_that_is_written_again(monkeypatch, clock):
    shown = []
    display = pytest.importorskip("IPython.display")
    handle = SimpleNamespace(update=lambda html: shown.append(html.data))
    monkeypatch.setattr(display, "display", lambda html, display_id: shown.append(html.data) or handle)
    monkeypatch.setattr(sys.modules["IPython"], "get_ipython", lambda: SimpleNamespace(kernel=object()))
    with told("train <b>") as step:
        for k in range(4):
            clock.now = float(k)
            step(k / 4, "step")
    assert len(shown) == 4
    assert shown[-1] == " train &lt;b&gt; · took 3 s"  # no bar any more
    assert 'value="0.5000"' in shown[1]
    assert "train &lt;b&gt; · step · 2 s left" in shown[1]


def test_places_have_their_own_pace():
    assert Line.pace < Cell.pace < Lines.pace
