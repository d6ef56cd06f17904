"""Between threads: short work outside the GUI's, and signals that are heard inside it."""

from __future__ import annotations

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


def _result(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except Exception as error:  # told by the one who asked
        return error
