"""The kernel's loop: where this front does everything, one thing after another.

Signals speak in whichever thread made the change, and what a page says may come in yet another. Both are carried over
to the loop that runs the cells, so that a busy cell delays them and loses none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any


class Loop:
    """The loop that runs where this is made; where none does, as in a script, everything is done at once."""

    def __init__(self) -> None:
        self._loop = _running()

    def do(self, call: Callable[..., None], *values: Any) -> None:
        """Do it now if this is the loop's thread, else as soon as the loop is free."""
        if self._there() and _running() is not self._loop:
            self.later(call, *values)
        else:
            call(*values)

    def later(self, call: Callable[..., None], *values: Any) -> None:
        """Do it once the loop is free."""
        if self._loop is None or not self._there():
            call(*values)
        else:
            self._loop.call_soon_threadsafe(call, *values)

    def after(self, seconds: float, call: Callable[[], None]) -> asyncio.TimerHandle | None:
        """Do it in `seconds`, unless the handle is cancelled before; never where no loop runs."""
        return self._loop.call_later(seconds, call) if self._loop is not None and self._there() else None

    def beside(
        self, work: Callable[[], Any], done: Callable[[Any], Any], failed: Callable[[BaseException], Any]
    ) -> None:
        """Work in a thread, so that pages are answered meanwhile, and hand on what came of it where the loop runs."""
        if self._loop is None or not self._there():
            return _settle(_attempt(work), done, failed)
        future = self._loop.run_in_executor(None, work)
        return future.add_done_callback(lambda future: _settle(future, done, failed))

    def _there(self) -> bool:
        return self._loop is not None and not self._loop.is_closed()


class Once:
    """Something done once, soon, however often and in whichever thread it is asked for."""

    def __init__(self, loop: Loop, call: Callable[[], None]) -> None:
        self._loop, self._call = loop, call
        self._lock, self._due = Lock(), False

    def ask(self, *_: Any) -> None:
        """Do it soon; any signal can be connected to this."""
        with self._lock:
            if self._due:
                return
            self._due = True
        try:
            self._loop.later(self._run)
        except RuntimeError:  # the loop has ended meanwhile
            self._due = False
            raise

    def _run(self) -> None:
        self._due = False  # first, so that what changes meanwhile is not missed
        self._call()


def _attempt(work: Callable[[], Any]) -> Future[Any]:
    """The work, done, as a future."""
    with ThreadPoolExecutor(1) as threads:
        future = threads.submit(work)
    return future


def _settle(future: Any, done: Callable[[Any], Any], failed: Callable[[BaseException], Any]) -> None:
    error = future.exception()
    if error is None:
        done(future.result())
    else:
        failed(error)


def _running() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
