"""Pictures that take long: what was asked for last is read first, in the background, and whoever shows it is told."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psygnal import EmitLoopError, Signal

KEPT = 128 << 20  # bytes of pictures that are kept
WAITING = 8  # pictures that wait to be read; older wishes are dropped


class Late:
    """Pictures by key, each read once.

    Attributes
    ----------
    ready : tells the key of a picture that is there by now, or that failed
    failed : what could not be read, by key
    """

    ready = Signal(object)

    def __init__(self) -> None:
        self.failed: dict[Hashable, str] = {}
        self._kept: OrderedDict[Hashable, NDArray[Any]] = OrderedDict()
        self._wishes: OrderedDict[Hashable, Callable[[], NDArray[Any]]] = OrderedDict()
        self._lock = threading.Lock()
        self._reading = False
        self._begun: Hashable = None  # what is being read

    def get(self, key: Hashable, read: Callable[[], NDArray[Any]]) -> NDArray[Any] | None:
        """The picture if it is there; else None, and it is read."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            if key in self.failed or key == self._begun:
                return None
            self._wishes[key] = read
            self._wishes.move_to_end(key)
            while len(self._wishes) > WAITING:
                self._wishes.popitem(last=False)
            begin, self._reading = not self._reading, True
        if begin:
            _readers().submit(self._read)
        return None

    def again(self) -> None:
        """Forget what failed, so that it is tried once more."""
        with self._lock:
            self.failed.clear()

    def _read(self) -> None:
        while True:
            with self._lock:
                if not self._wishes:
                    self._reading = False
                    return
                key, read = self._wishes.popitem()
                self._begun = key
            try:
                self._keep(key, np.asarray(read()))
            except Exception as error:  # whatever a store raises is told, and all else goes on
                self.failed[key] = str(error) or type(error).__name__
            self._begun = None
            with suppress(EmitLoopError):  # of who shows it; the next picture is read all the same
                self.ready.emit(key)

    def _keep(self, key: Hashable, picture: NDArray[Any]) -> None:
        with self._lock:
            self._kept[key] = picture
            while len(self._kept) > 1 and sum(p.nbytes for p in self._kept.values()) > KEPT:
                self._kept.popitem(last=False)


_pool: list[ThreadPoolExecutor] = []


def _readers() -> ThreadPoolExecutor:
    """Threads that all pictures share."""
    if not _pool:
        _pool.append(ThreadPoolExecutor(4, "pictures"))
    return _pool[0]
