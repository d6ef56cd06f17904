"""What is now: the one time, and which source is the current one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from psygnal import Signal

from neurofm.checks import check_choice, number
from neurofm.data.source import start, stop

if TYPE_CHECKING:
    from neurofm.data.source import Source


class Now:
    """The one time, and the source that was opened or chosen last.

    Attributes
    ----------
    time_changed : signal (seconds) of the one time
    changed : as in `Catalog`
    """

    time_changed = Signal(float)
    changed = Signal(str, str)
    sources: dict[str, Source]

    def __init__(self) -> None:
        self._time: float | None = None
        self._recent: list[str] = []  # sources that were current, the current one last

    @property
    def current(self) -> str:
        """The source that was opened or chosen last, "" if nothing is open; pictures without a choice show it."""
        return self.latest(self.sources)

    @current.setter
    def current(self, name: str) -> None:
        self.make_current(name)
        self.changed.emit("current", name)

    def make_current(self, name: str) -> None:
        """Let a source be the current one, and go to its time; who opens it tells of it."""
        check_choice("source", name, self.sources)
        self._recent = [*(one for one in self._recent if one != name and one in self.sources), name]
        source = self.sources[name]
        if source.clock and self._time is not None and not start(source) <= self._time <= stop(source):
            self.set_time(start(source))

    def latest(self, names: Iterable[str]) -> str:
        """Of these sources the one that was current last, the first of those that never were; "" of none."""
        places = {name: place for place, name in enumerate(self._recent)}
        return max(names, key=lambda name: places.get(name, -1), default="")

    @property
    def time(self) -> float:
        """The one time (s)."""
        return self._time or 0.0

    @time.setter
    def time(self, seconds: float) -> None:
        self.set_time(seconds)

    @property
    def time_or_none(self) -> float | None:
        """The one time (s), None as long as nothing has one."""
        return self._time

    def begin_time(self, seconds: float) -> None:
        """Begin at `seconds`, unless there is a time already."""
        self._time = seconds if self._time is None else self._time

    def retime(self, seconds: float | None) -> None:
        """Another time, or none, in place of the one of a session before."""
        self._time = None  # so that it is told
        if seconds is not None:
            self.set_time(seconds)

    def set_time(self, seconds: float) -> None:
        """Move the one time everywhere; ValueError if it is no finite number."""
        moved = number("time", seconds, "a number of seconds")
        if moved != self._time:
            self._time = moved
            self.time_changed.emit(moved)
