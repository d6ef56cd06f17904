"""The Linux way: groups of processes, a signal when the parent dies, and what `/proc` tells."""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

NICENESS = 5  # the window comes first; at 10 a busy machine would let no step come, and no end after a kill
FIRST_TO_GO = "500"  # added to a process' claim to be killed when memory runs out
SET_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG


class Tree(subprocess.Popen[Any]):
    """A process in a group of its own, so that all it starts can be ended with it.

    Parameters
    ----------
    command, options : as `subprocess.Popen` takes them
    """

    def __init__(self, command: Sequence[str], **options: Any) -> None:
        super().__init__(command, process_group=0, **options)

    def end(self) -> None:
        """Kill it and all it started, also if it has ended itself before."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)


def end_self() -> None:
    """End this process, and what it started where the group is its own."""
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def end_with_parent() -> None:
    """End when the parent dies, even if a process that it left behind holds our stdin open."""
    parent = os.getppid()

    def hang_up(*_: object) -> None:
        if os.getppid() != parent:  # the signal also comes when just the parent's thread that started us ends
            end_self()

    signal.signal(signal.SIGHUP, hang_up)
    ctypes.CDLL(None).prctl(SET_DEATH_SIGNAL, signal.SIGHUP)


def be_modest() -> None:
    """Let others have the processor first, and if memory runs out lose this process, not them."""
    with suppress(OSError):
        os.nice(NICENESS)
        Path("/proc/self/oom_score_adj").write_text(FIRST_TO_GO)


def peak_mb() -> float:
    """Most memory that this process ever held, in MB."""
    return _status("VmHWM") / 1e3  # what getrusage says includes the program that started this one


def private_mb() -> float:
    """Memory that this process holds now and shares with no other, in MB."""
    return _status("RssAnon") / 1024


def processor() -> str:
    """What the processor is called."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":")[1].strip()
    return platform.processor()


def move(path: Path, target: Path) -> Path:
    """Move a file to where another may lie, in one go."""
    return path.replace(target)


def sync(path: Path) -> None:
    """Have a file, or what a folder lists, on the disk before something refers to it."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _status(field: str) -> int:
    """A figure in kB of what the system knows of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field))
