"""What a user does, from a file to a saved session: run by a test where only what every system has is left."""

import json
import sys
import time
import warnings
from pathlib import Path

import psutil

from neurofm import process
from neurofm.app.saved.autosave import Autosave, unsaved
from neurofm.app.session import Session
from neurofm.process import _linux
from neurofm.training import train

TINY = {"steps": 20, "batch": 4, "dim": 16, "depth": 0}


def until(condition):
    end = time.monotonic() + 60
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.005)


def refused():
    """Whether what only Linux has is really out of reach."""
    try:
        _linux.peak_mb()
    except PermissionError:
        return all(sys.modules[name] is None for name in ("fcntl", "resource", "pwd", "grp", "termios"))
    return False


def main(file, folder):
    told = {"portable": process.PORTABLE, "refused": refused()}
    session = Session()
    session.open(file)
    told["open"] = list(session.recordings)
    told["trained"] = train("poyo", [file], folder / "by-hand", settings=TINY, device="cpu").metrics["steps"]

    job = session.train("poyo", settings=TINY, device="cpu", out=folder / "run")
    job.wait(120)
    told["job"], told["error"], told["runs"] = job.state, job.error, list(session.runs)

    long = session.train("poyo", settings=TINY | {"steps": 1_000_000}, device="cpu", out=folder / "long")
    until(lambda: long.metrics or long.over)
    workers = [p for p in psutil.Process().children(recursive=True) if "jobs.worker" in " ".join(p.cmdline())]
    told["marked"] = all("NEUROFM_TREE" in worker.environ() for worker in workers) and bool(workers)
    start = time.monotonic()
    long.stop()
    long.wait(20)
    told["cancel"], told["cancelled"] = time.monotonic() - start, long.state
    session.jobs.close()
    told["left"] = len(psutil.Process().children(recursive=True))

    with Autosave(session) as autosave:
        session.group("few", "unit", [1, 2])
        told["kept"], told["offered"] = autosave.tick(), len(unsaved())
    again = Session.restore(session.save(folder / "w.neurofm"))
    told["again"] = [list(again.recordings), list(again.groups), list(again.runs)]
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    warnings.filterwarnings("ignore", "only soft file lock is available")  # what is left without fcntl and Windows
    main(sys.argv[1], Path(sys.argv[2]))
