"""Folders that one program writes at a time; the system itself frees what a program held when it dies."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from filelock import BaseFileLock

LOCK, HOLDER = ".lock", ".lock.json"  # in the folder; the second says who, since Windows lets nobody read the first
POLL = 0.02  # seconds between two tries
PATIENCE = 2.0  # seconds in which one that holds a folder has said who it is


class Hold:
    """A folder that is held until `release`, or until this process ends."""

    def __init__(self, folder: Path, lock: BaseFileLock) -> None:
        self._words, self._lock = folder / HOLDER, lock
        try:
            self._words.write_text(json.dumps(_me()), "utf-8")
        except OSError:
            lock.release()
            raise

    def release(self) -> None:
        """Let others have it, and leave nothing in it; the folder itself may be gone by now."""
        from filelock import UnixFileLock

        self._words.unlink(missing_ok=True)
        if isinstance(self._lock, UnixFileLock):  # others do so themselves; who waits for it notices and begins anew
            Path(self._lock.lock_file).unlink(missing_ok=True)
        self._lock.release()


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Hold a folder while the block runs, once nobody else does."""
    lock = _lock(folder)
    lock.acquire(poll_interval=POLL)
    held = Hold(folder, lock)
    try:
        yield
    finally:
        held.release()


def try_hold(folder: Path) -> Hold | None:
    """Hold a folder unless somebody else does (see `holder`).

    Raises
    ------
    OSError
        If nothing can be written to it.
    """
    from filelock import Timeout

    lock = _lock(folder)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return None
    return Hold(folder, lock)


def holder(folder: Path) -> str:
    """Who holds a folder, in words: "ada on lab-3 (process 4711) since 2026-03-01 12:05"; "" if nobody says so.

    One that has only just taken it is given a moment to say so; what one that died has left does not count.
    """
    words, end = _said(folder), time.monotonic() + PATIENCE
    while not words and (folder / LOCK).exists() and time.monotonic() < end:
        time.sleep(POLL)
        words = _said(folder)
    return words


def _said(folder: Path) -> str:
    import socket

    import psutil

    try:
        who = json.loads((folder / HOLDER).read_text("utf-8"))
        since = time.strftime("%Y-%m-%d %H:%M", time.localtime(who["time"]))
        dead = who["host"] == socket.gethostname() and not psutil.pid_exists(who["pid"])
        return "" if dead else f"{who['user']} on {who['host']} (process {who['pid']}) since {since}"
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _lock(folder: Path) -> BaseFileLock:
    from filelock import FileLock

    return FileLock(folder / LOCK, thread_local=False)  # one thread may hold, another release


def _me() -> dict[str, str | int | float]:
    import getpass
    import socket

    user = "somebody"
    with suppress(ImportError, KeyError, OSError):  # a number that no list of users has
        user = getpass.getuser()
    return {"pid": os.getpid(), "host": socket.gethostname(), "user": user, "time": time.time()}
