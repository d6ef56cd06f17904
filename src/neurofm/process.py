"""What a process does with its machine: how its threads wait for each other, and the most memory it held."""

from __future__ import annotations

import os
import sys
from pathlib import Path

LOOKS = "5000"  # times that a thread looks for its next piece of work before it sleeps: some microseconds
# Measured on two cores (ms a step): at 2000 looks alone 31.4, beside a busy core 38, two jobs at once 80; where threads
# sleep at once (OMP_WAIT_POLICY=PASSIVE) 46, 48 and 50; where they look as long as they do by default 31, 72 and 110.
# Against that default a step alone takes 1.06 times as long at 2000 looks, 1.03 at 5000 and 1.02 at 10000; beside a
# raster that is panned 2.4, 2.9 and 3.4 times.


def share_cores() -> None:
    """Let threads of torch look briefly for their next piece of work, then sleep; call it before torch is loaded.

    By default they look for milliseconds, and where they share their cores with a window (or anything) a step takes
    much longer then.
    """
    for name, value in (("GOMP_SPINCOUNT", LOOKS), ("KMP_BLOCKTIME", "0")):
        os.environ.setdefault(name, value)


def peak_mb() -> float:
    """Most memory that this process ever held, in MB."""
    status = Path("/proc/self/status")
    if status.exists():  # what getrusage says there includes the program that started this one
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1e3
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
