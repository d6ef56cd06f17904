"""The way of other systems, by psutil: tried on Linux only, see docs/install.md."""

from __future__ import annotations

import os
import platform
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil

NICENESS = 5
MARK, OWNER = "NEUROFM_TREE", "NEUROFM_OWNER"  # what a tree's processes inherit: its name, and who started it
FLAGS = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | getattr(subprocess, "CREATE_NO_WINDOW", 0)
PATIENCE, WAIT = 2.0, 0.05  # seconds that another program may hold a file open; between two tries
BEGINNING = 50  # ms


class Tree(subprocess.Popen[Any]):
    """A process whose environment bears a mark, so that all it starts can be ended with it.

    Parameters
    ----------
    command, options : as `subprocess.Popen` takes them
    """

    def __init__(self, command: Sequence[str], **options: Any) -> None:
        self._mark, self._since = uuid4().hex, time.time() - 1.0  # clocks are coarse
        env = os.environ | {MARK: self._mark, OWNER: str(os.getpid())}
        super().__init__(command, env=env, creationflags=FLAGS, **options)

    def end(self) -> None:
        """Kill it and all it started, also if it has ended itself before."""
        family = _below(self.pid) if self.poll() is None else []
        with suppress(OSError):
            self.kill()
        _kill([*family, *_marked(self._mark, self._since)])


def end_self() -> None:
    """End this process and what it started."""
    _kill(_below(os.getpid()))
    os._exit(1)


def end_with_parent() -> None:
    """End when the process that started us dies, even if one that it left behind holds our stdin open."""
    owner = int(os.environ.get(OWNER) or os.getppid())  # on Windows a launcher stands between us in a venv
    threading.Thread(target=_follow, args=(owner,), daemon=True, name="owner's end").start()


def be_modest() -> None:
    """Let others have the processor first."""
    me, below_normal = psutil.Process(), getattr(psutil, "BELOW_NORMAL_PRIORITY_CLASS", None)
    with suppress(psutil.Error, OSError):
        me.nice(me.nice() + NICENESS if below_normal is None else below_normal)


def peak_mb() -> float:
    """Most memory that this process ever held, in MB; what it holds now where neither Windows nor macOS tells."""
    memory = psutil.Process().memory_info()
    if psutil.MACOS:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return getattr(memory, "peak_wset", memory.rss) / 1e6


def private_mb() -> float:
    """Memory that this process holds now and shares with no other, in MB."""
    return psutil.Process().memory_full_info().uss / 1024**2


def processor() -> str:
    """What the processor is called."""
    return platform.processor()


def move(path: Path, target: Path) -> Path:
    """Move a file to where another may lie, in one go, once no program has either open."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return path.replace(target)
        except PermissionError:
            if time.monotonic() > end:
                raise
            time.sleep(WAIT)


def sync(path: Path) -> None:
    """Have a file on the disk before something refers to it; folders take care of themselves."""
    if path.is_dir():
        return
    with path.open("r+b") as file:  # Windows refuses where nothing could have been written
        os.fsync(file.fileno())


def _follow(owner: int) -> None:
    try:
        psutil.Process(owner).wait()
    except psutil.AccessDenied:  # the end of our stdin has to do
        return
    except psutil.NoSuchProcess:
        pass
    end_self()


def _below(pid: int) -> list[psutil.Process]:
    with suppress(psutil.Error):
        return psutil.Process(pid).children(recursive=True)
    return []


def _marked(mark: str, since: float) -> Iterator[psutil.Process]:
    """Processes that inherited a mark: those that lost their parent, too, whom nothing else would find."""
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.create_time() >= since and _environment(process).get(MARK) == mark:
                yield process


def _environment(process: psutil.Process) -> dict[str, str]:
    """What a process inherited; one that is just beginning has nothing for a moment."""
    for _ in range(BEGINNING):
        if environment := process.environ():
            return environment
        time.sleep(0.001)
    return {}


def _kill(processes: Sequence[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.Error):
            process.kill()
