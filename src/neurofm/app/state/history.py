"""What can be undone: picks and edits alike, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from psygnal import Signal

Do = Callable[[], None]


class History:
    """Steps back and forth; each step knows how it is undone and done again.

    Attributes
    ----------
    changed : signal after each step, there or back
    """

    changed = Signal()

    def __init__(self) -> None:
        self._past: list[tuple[Do, Do]] = []
        self._future: list[tuple[Do, Do]] = []

    def did(self, undo: Do, redo: Do) -> None:
        """Remember what was just done; what had been undone is gone."""
        self._past.append((undo, redo))
        self._future.clear()
        self.changed.emit()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Let all steps that are done meanwhile be one."""
        first = len(self._past)
        yield
        steps = self._past[first:]
        if len(steps) > 1:
            back, forth = [undo for undo, _ in reversed(steps)], [redo for _, redo in steps]
            self._past[first:] = [(partial(_each, back), partial(_each, forth))]

    def clear(self) -> None:
        """Forget all steps."""
        self._past.clear()
        self._future.clear()
        self.changed.emit()

    def undo(self) -> bool:
        """Take the last step back; False if there is none."""
        return self._move(self._past, self._future, 0)

    def redo(self) -> bool:
        """Take the last undo back; False if there is none."""
        return self._move(self._future, self._past, 1)

    def _move(self, source: list[tuple[Do, Do]], target: list[tuple[Do, Do]], which: int) -> bool:
        if not source:
            return False
        source[-1][which]()  # one that fails stays where it is
        target.append(source.pop())
        self.changed.emit()
        return True


def _each(steps: Sequence[Do]) -> None:
    for step in steps:
        step()
