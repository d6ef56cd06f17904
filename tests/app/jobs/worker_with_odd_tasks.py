"""A worker that knows tasks of the tests' own, started by them as a script."""

import ctypes
import errno
import os
import subprocess
import sys
import time
import warnings
from pathlib import Path

import psutil

from neurofm.app.jobs import worker
from neurofm.checks import check_choice
from neurofm.errors import NeuroFMError


def count(step, folder, *, steps=3, wait=0.0):
    for k in range(steps):
        step((k + 1) / steps, f"step {k + 1}", metrics={"k": k})
        time.sleep(wait)
    return {"out": str(folder / "out.npz")}


def show(step, folder):
    step(0.5, "looking", preview=folder)
    return {}


def pid(step, folder):
    return {"pid": os.getpid(), "nice": psutil.Process().nice(), "wait": os.environ["GOMP_SPINCOUNT"]}


def noisy(step, folder):
    sys.stdout.write('{"state": "failed", "error": "printed"}\n')
    os.system("echo from a child")
    write = ctypes.cdll.msvcrt._write if sys.platform == "win32" else ctypes.CDLL(None).write
    write(1, b"from C\n", 7)
    warnings.warn("a warning", stacklevel=1)
    return count(step, folder)


def deaf(step, folder, *, pids):
    """Never looks up, and has a child that is as deaf."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    forked = (os.fork() or time.sleep(600)) if hasattr(os, "fork") else child.pid
    Path(pids).write_text(f"{os.getpid()} {child.pid} {forked}\n")
    step(0.1, "away")
    time.sleep(600)


def killed(step, folder, *, out=""):
    if out:
        (Path(out) / "checkpoint.json").write_text("{}")
    step(0.5, "about to die")
    time.sleep(0.2)
    os.kill(os.getpid(), 9)


def crashed(step, folder):
    ctypes.string_at(0)


def leaves(step, folder):
    os._exit(3)


def full(step, folder, *, out):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), out)


def gpu(step, folder):
    raise AssertionError("Torch not compiled with CUDA enabled")


class OddError(NeuroFMError):
    code = "odd"


def coded(step, folder):
    raise OddError("this is odd; make it even")


def broken(step, folder):
    return {}["spikes"]


ODD = (count, show, pid, noisy, deaf, killed, crashed, leaves, full, gpu, coded, broken)
TASKS = {f.__name__: f for f in ODD}


def find(name):
    check_choice("task", name, TASKS)
    return TASKS[name]


if __name__ == "__main__":
    worker.PRELOAD = ()
    worker.main(find)
