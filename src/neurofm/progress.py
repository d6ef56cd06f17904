"""How far long work is, for who waits for it in Python: a line in a terminal, a bar in a cell, nothing elsewhere.

Work inside other work, such as a training of a bench, is told behind what is told of that.
"""

from __future__ import annotations

import html
import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol, TextIO

SOON = 1.0  # seconds after which anything is shown
PACE = 0.2  # seconds between two changes of a line or a bar
SELDOM = 20.0  # seconds between two lines where they all stay, as in a file
WIDTH = 100  # characters of a line
ERASE = "\r\x1b[K"

Step = Callable[..., None]
Clock = Callable[[], float]


class Place(Protocol):
    """Where it is shown, and how often that may change."""

    pace: float

    def show(self, words: str, done: float) -> None:
        """Show this now."""

    def end(self, words: str) -> None:
        """It is over; how long it took."""


class Line:
    """One line of a terminal, written again and again."""

    pace = PACE

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def show(self, words: str, done: float) -> None:
        self.stream.write(f"{ERASE}{words[:WIDTH]}")
        self.stream.flush()

    def end(self, words: str) -> None:
        self.stream.write(ERASE)
        self.stream.flush()


class Lines:
    """Lines below each other, for what is no terminal."""

    pace = SELDOM

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def show(self, words: str, done: float) -> None:
        self.stream.write(f"{words}\n")
        self.stream.flush()

    def end(self, words: str) -> None:
        """What was written stays."""


class Cell:
    """A bar below a cell of a notebook."""

    pace = 2 * PACE

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, words: str, done: float) -> None:
        from IPython.display import HTML, display

        bar = f'<progress value="{done:.4f}" max="1" style="width: 16em"></progress>'
        shown = HTML(f"{bar if done else ''} {html.escape(words)}")
        if self._handle is None:
            self._handle = display(shown, display_id=True)
        else:
            self._handle.update(shown)

    def end(self, words: str) -> None:
        """How long it took stays, without a bar that moves no more."""
        if self._handle is not None:
            self.show(words, 0.0)


class Progress:
    """What is told of one piece of work.

    Parameters
    ----------
    title : what it is; "" where the steps say enough
    place : where it is shown
    clock : seconds
    """

    def __init__(self, title: str, place: Place, clock: Clock = time.monotonic) -> None:
        self.title, self.place, self._clock = title, place, clock
        self._began = clock()
        self._shown = -math.inf
        self._parts: list[tuple[float, float, str]] = []  # begin and end among all of it, and words, of nested parts

    def step(self, fraction: float, text: str, preview: object = None, metrics: object = None) -> None:
        """How far it is, as long work tells it."""
        self._show(fraction, [self.title, text, left(fraction, self._clock() - self._began)])

    def inside(self) -> Step:
        """The same for work inside of it, which says nothing of the whole."""
        began = self._clock()

        def step(fraction: float, text: str, preview: object = None, metrics: object = None) -> None:
            rest = left(fraction, self._clock() - began)
            self._show(self._done, [*self._words(), text, f"{rest} for this" if rest else ""])

        return step

    @contextmanager
    def part(self, number: int, count: int, words: str) -> Iterator[None]:
        """While one of so many parts of the innermost part is done."""
        low, high = self._parts[-1][:2] if self._parts else (0.0, 1.0)
        size = (high - low) / count
        self._parts.append((low + number * size, low + (number + 1) * size, f"{words} {number + 1} of {count}"))
        self._show(self._done, self._words())
        try:
            yield
        finally:
            self._parts.pop()

    def end(self) -> None:
        """It is over."""
        took = self._clock() - self._began
        lasted = f"took {took / 60:.0f} min" if took >= 90 else f"took {took:.0f} s"
        self.place.end(" · ".join(filter(None, (self.title, lasted))))

    @property
    def _done(self) -> float:
        return self._parts[-1][0] if self._parts else 0.0

    def _words(self) -> list[str]:
        return [self.title, *(words for _, _, words in self._parts), left(self._done, self._clock() - self._began)]

    def _show(self, fraction: float, words: list[str]) -> None:
        now = self._clock()
        if now - self._began >= SOON and (now - self._shown >= self.place.pace or fraction >= 1):
            self._shown = now
            self.place.show(" · ".join(word for word in words if word), fraction)


def left(fraction: float, seconds: float) -> str:
    """The time that is probably left: "40 s left", "3 min left"; "" while nobody can tell, and in the end."""
    if not 0.0 < fraction < 1.0:
        return ""
    rest = seconds * (1 / fraction - 1)
    if round(rest) < 1:
        return ""
    return f"{rest / 60:.0f} min left" if rest >= 90 else f"{rest:.0f} s left"


@contextmanager
def told(title: str = "", *, step: Step | None = None, always: bool = False) -> Iterator[Step]:
    """The `step` of long work: the one given, else one that shows where somebody looks how far it is.

    Parameters
    ----------
    always : whether lines are written even to what is no terminal
    """
    outer, place = _outer.get(), _place(always=always)
    if step is not None:
        yield step
        return
    if outer is not None or place is None:
        yield _quiet if outer is None else outer.inside()
        return
    progress = Progress(title, place)
    token = _outer.set(progress)
    if always:
        place.show(title, 0.0)
    try:
        yield progress.step
    finally:
        _outer.reset(token)
        progress.end()


def each(items: Iterable[Any], words: str) -> Iterator[Any]:
    """The items, each told by its number while something is done with it, if anything is told at all."""
    outer, rows = _outer.get(), list(items)
    for number, item in enumerate(rows):
        if outer is None:
            yield item
            continue
        with outer.part(number, len(rows), words):
            yield item


_outer: ContextVar[Progress | None] = ContextVar("told", default=None)


def _quiet(*_: Any, **__: Any) -> None:
    """Nobody looks."""


def _place(*, always: bool) -> Place | None:
    """Where somebody looks: a notebook, a terminal, or a file where that is asked for."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    if shell is not None and getattr(shell, "kernel", None) is not None:
        return Cell()
    if sys.stderr is not None and sys.stderr.isatty():
        return Line(sys.stderr)
    return Lines(sys.stderr) if always and sys.stderr is not None else None
