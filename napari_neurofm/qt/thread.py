"""Between threads: short work outside the GUI's, signals that are heard inside it, and how a window ends."""

from __future__ import annotations

import gc
import inspect
import threading
from collections.abc import Callable
from typing import Any
from weakref import WeakMethod, ref

from psygnal import Signal
from qtpy.compat import isalive
from qtpy.QtCore import QObject


class _Relay:
    """Carries a result from its thread to the GUI's."""

    done = Signal(object)


def in_thread(work: Callable[[], Any], owner: QObject, done: Callable[[Any], None]) -> None:
    """Do `work` in a thread and hand `done`, in the GUI thread, what it returned or the exception it raised."""
    relay = _Relay()
    follow(relay.done, owner, done)
    threading.Thread(target=lambda: relay.done.emit(_result(work)), daemon=True, name="neurofm").start()


def follow(signal: Any, owner: QObject, slot: Callable[..., Any]) -> None:
    """Call `slot` in the GUI thread whenever `signal` speaks, for as long as `owner` lives.

    What other threads say waits in a queue, and may come out when the window is gone already.
    """
    here = ref(owner)
    method = WeakMethod(slot) if inspect.ismethod(slot) and slot.__self__ is owner else lambda: slot

    def call(*values: Any) -> None:
        alive, do = here(), method()
        if alive is not None and do is not None and isalive(alive):
            do(*values)

    signal.connect(call, thread="main")
    owner.destroyed.connect(lambda: signal.disconnect(call, missing_ok=True))


def end(session: Any, autosave: Any, idle: Any, *_: Any) -> None:
    """Stop all jobs, in a thread: what they say in the GUI's would reach widgets that are being destroyed."""
    gc.unfreeze()  # what `spare` kept may go with the window

    idle.close()

    def close() -> None:
        autosave.close()
        session.jobs.close()

    threading.Thread(target=close, name="neurofm's end").start()


def spare() -> None:
    """Leave all that is loaded by now out of Python's searches for garbage: each held the window for 150 ms."""
    gc.collect()
    gc.freeze()


def _result(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except Exception as error:  # told by the one who asked
        return error
