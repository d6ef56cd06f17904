"""Pictures that take long: what was asked for last is read first, in the background, and whoever shows it is told."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from weakref import WeakSet, ref

import numpy as np
from numpy.typing import NDArray
from psygnal import EmitLoopError, Signal

KEPT = 128 << 20  # bytes of pictures that are kept
RETRIED = 30.0  # seconds after which what failed is tried again, if it is looked at still
WAITING = 8  # pictures that wait to be read; older wishes are dropped


_all: WeakSet[Late] = WeakSet()


class Late:
    """Pictures by key, each read once.

    Parameters
    ----------
    of : what they are pictures of, by which `renew` knows them

    Attributes
    ----------
    ready : tells the key of a picture that is there by now, or that failed
    failed : what could not be read, by key
    """

    ready = Signal(object)

    def __init__(self, of: Any = None) -> None:
        self.of = None if of is None else ref(of)
        self.failed: dict[Hashable, str] = {}
        self._kept: OrderedDict[Hashable, NDArray[Any]] = OrderedDict()
        self._wishes: OrderedDict[Hashable, Callable[[], NDArray[Any]]] = OrderedDict()
        self._lock = threading.Lock()
        self._reading = False
        self._begun: Hashable = None  # what is being read
        self._failed_at: dict[Hashable, float] = {}
        self._old: set[Hashable] = set()  # kept, and to be read once more when looked at
        _all.add(self)

    def get(self, key: Hashable, read: Callable[[], NDArray[Any]]) -> NDArray[Any] | None:
        """The picture if it is there; else None, and it is read, as is one that is old."""
        with self._lock:
            there = self._kept.get(key)
            if there is not None:
                self._kept.move_to_end(key)
                if key not in self._old or key == self._begun:
                    return there
            if key in self.failed and time.monotonic() - self._failed_at[key] >= RETRIED:
                del self.failed[key]
            if key in self.failed or key == self._begun:
                return there
            self._wishes[key] = read
            self._wishes.move_to_end(key)
            while len(self._wishes) > WAITING:
                self._wishes.popitem(last=False)
            begin, self._reading = not self._reading, True
        if begin:
            _readers().submit(self._read)
        return there

    def renew(self) -> None:
        """Read all that is there once more where it is looked at; until then it is shown as it was."""
        with self._lock:
            self._old = {*self._kept, self._begun}
            key = next(reversed(self._kept), None)
        with suppress(EmitLoopError):
            self.ready.emit(key)

    def again(self, *, anew: bool = False) -> int:
        """Forget what failed, or all where it is to be read `anew`, so that it is tried once more; gives how much."""
        with self._lock:
            forgotten = [*self.failed, *(self._kept if anew else ())]
            self.failed.clear()
            if anew:
                self._kept.clear()
        if forgotten:
            with suppress(EmitLoopError):
                self.ready.emit(forgotten[0])
        return len(forgotten)

    def _read(self) -> None:
        while True:
            with self._lock:
                if not self._wishes:
                    self._reading = False
                    return
                key, read = self._wishes.popitem()
                self._begun = key
                self._old.discard(key)
            try:
                self._keep(key, np.asarray(read()))
            except Exception as error:  # whatever a store raises is told, and all else goes on
                self._failed_at[key] = time.monotonic()
                self.failed[key] = str(error) or type(error).__name__
            self._begun = None
            with suppress(EmitLoopError):  # of who shows it; the next picture is read all the same
                self.ready.emit(key)

    def _keep(self, key: Hashable, picture: NDArray[Any]) -> None:
        with self._lock:
            self._kept[key] = picture
            while len(self._kept) > 1 and sum(p.nbytes for p in self._kept.values()) > KEPT:
                self._kept.popitem(last=False)


def again(*, anew: bool) -> int:
    """The same for all pictures that are shown anywhere."""
    return sum(one.again(anew=anew) for one in list(_all))


def renew(of: Any) -> None:
    """Let all pictures of something that has grown be read once more."""
    for one in list(_all):
        if one.of is not None and one.of() is of:
            one.renew()


_pool: list[ThreadPoolExecutor] = []


def _readers() -> ThreadPoolExecutor:
    """Threads that all pictures share."""
    if not _pool:
        _pool.append(ThreadPoolExecutor(4, "pictures"))
    return _pool[0]
