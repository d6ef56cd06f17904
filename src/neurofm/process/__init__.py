"""What a process does with its machine, in one way on Linux and in another on every other system.

Nothing else in NeuroFM calls what only some systems have. Set ``NEUROFM_PORTABLE=1`` to go the other systems' way on
Linux, too; workers inherit it.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from neurofm.process.lock import Hold, hold, holder, try_hold

PORTABLE = sys.platform != "linux" or os.environ.get("NEUROFM_PORTABLE", "") not in ("", "0")

if TYPE_CHECKING or not PORTABLE:
    from neurofm.process._linux import (
        Tree,
        be_modest,
        end_self,
        end_with_parent,
        move,
        peak_mb,
        private_mb,
        processor,
        sync,
    )
else:
    from neurofm.process._portable import (
        Tree,
        be_modest,
        end_self,
        end_with_parent,
        move,
        peak_mb,
        private_mb,
        processor,
        sync,
    )

__all__ = [
    "Hold",
    "Tree",
    "be_modest",
    "end_self",
    "end_with_parent",
    "hold",
    "holder",
    "move",
    "peak_mb",
    "private_mb",
    "processor",
    "share_cores",
    "slowed",
    "sync",
    "try_hold",
    "why_ended",
]

LOOKS = "5000"  # times that a thread looks for its next piece of work before it sleeps: some microseconds
# Measured on two cores (ms a step): at 2000 looks alone 31.4, beside a busy core 38, two jobs at once 80; where threads
# sleep at once (OMP_WAIT_POLICY=PASSIVE) 46, 48 and 50; where they look as long as they do by default 31, 72 and 110.
# Against that default a step alone takes 1.06 times as long at 2000 looks, 1.03 at 5000 and 1.02 at 10000; beside a
# raster that is panned 2.4, 2.9 and 3.4 times.

KILLED = -9  # as Linux does with the largest when memory runs out
NO_MEMORY = 0xC0000017  # STATUS_NO_MEMORY of Windows; all its crashes are called so, from 0xC0000000 on


def share_cores() -> None:
    """Let threads of torch look briefly for their next piece of work, then sleep; call it before torch is loaded.

    By default they look for milliseconds, and where they share their cores with a window (or anything) a step takes
    much longer then.
    """
    for name, value in (("GOMP_SPINCOUNT", LOOKS), ("KMP_BLOCKTIME", "0")):
        os.environ.setdefault(name, value)


def slowed() -> float:
    """Times that work on all cores takes longer now than on a machine that does nothing else: 1 or more."""
    import psutil

    return 1 + psutil.getloadavg()[0] / (psutil.cpu_count() or 1)


def why_ended(code: int, log: Path) -> str:
    """What an exit code says of the end of a process, as the end of a sentence.

    Parameters
    ----------
    code : below 0 the signal that ended it; from 0xC0000000 on what Windows calls a crash
    log : what it wrote
    """
    if code in (KILLED, NO_MEMORY):
        return f"was killed (exit {code}), most likely because memory ran out; choose a smaller batch"
    if code < 0:
        return f"crashed ({_signal(-code)}); {log} says where"
    if code >= 0xC0000000:
        return f"crashed (0x{code:08X}); {log} says where"
    return f"ended early (exit {code}); {log} says why"


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time one
        return f"signal {number}"
