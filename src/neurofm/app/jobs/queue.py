"""Long work in worker processes: a queue, its jobs, and the signals that fronts follow. Never imports torch."""

from __future__ import annotations

import itertools
import json
import logging
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from psygnal import EmitLoopError, Signal, SignalInstance

from neurofm.app.jobs.child import Child
from neurofm.data.shown import Shown
from neurofm.errors import JobError
from neurofm.process import why_ended

WORKER = (sys.executable, "-m", "neurofm.app.jobs.worker")
GRACE = 0.6  # seconds from a polite stop to a kill; with what a kill takes, under a second
IMPORT = "import "  # before the name of a module, for a worker that stands ready
log = logging.getLogger(__name__)

State = Literal["queued", "running", "paused", "done", "failed", "stopped"]


@dataclass(eq=False, kw_only=True, repr=False)
class Job(Shown):
    """One piece of long work.

    Parameters
    ----------
    id : number, in the order of submission
    task, arguments : what to do (a verb of `neurofm.app.verbs`)
    title : for people
    folder : where `job.json`, `result.json`, `log.txt` and the task's own files lie
    state : queued, running, paused, done, failed or stopped
    fraction, text : how far it is
    metrics : every step's numbers so far
    error : one sentence with the remedy, if it failed
    code : names what went wrong, where the error has one, so that a front can offer the remedy
    action : what the log has of it; stays on this side
    fresh : True if nothing that ran before may touch its numbers or its memory
    idle : True if nobody asked for it: it is stopped where anything else is to be done
    result : what the task returned: {"run": path, "metrics": {name: value}}, {"out": path} or the rows of a table
    """

    id: int
    task: str
    arguments: dict[str, Any]
    title: str
    folder: Path
    action: Any = None
    fresh: bool = False
    idle: bool = False
    state: State = "queued"
    fraction: float = 0.0
    text: str = ""
    metrics: list[dict[str, float]] = field(default_factory=list)
    error: str = ""
    code: str = ""
    result: dict[str, Any] = field(default_factory=dict)
    _jobs: Jobs
    _ended: threading.Event = field(default_factory=threading.Event)
    _clock: _Clock = field(default_factory=lambda: _Clock())

    def facts(self) -> dict[str, Any]:
        """What it is and how far."""
        far = "" if self.over else f"{100 * self.fraction:.0f} %"
        return {"": self.title, "state": self.state, "at": far, "error": self.error}

    @property
    def over(self) -> bool:
        """True once it is done, failed or stopped."""
        return self.state in ("done", "failed", "stopped")

    @property
    def seconds(self) -> float:
        """How long it has worked, pauses not counted."""
        return self._clock.seconds()

    @property
    def remaining(self) -> float | None:
        """Seconds it will probably still take, or None while nobody can tell."""
        return self.seconds * (1 / self.fraction - 1) if self.fraction > 0 and not self.over else None

    def stop(self) -> None:
        """Ask to stop and return at once; within a second no process is left, and what was reached is kept."""
        self._jobs._stop(self)

    def pause(self) -> None:
        """Hold on at the next step; the jobs in the queue go on meanwhile."""
        self._jobs._pause(self)

    def resume(self) -> None:
        """Go on after a pause."""
        self._jobs._resume(self)

    def wait(self, timeout: float | None = None) -> bool:
        """Block until it is over, for scripts and notebooks; False if `timeout` seconds passed before.

        Raises
        ------
        JobError
            If it failed; with what was wrong. What was stopped is over, too, and has no result.
        """
        over = self._ended.wait(timeout)
        if over and self.state == "failed":
            raise JobError(f"{self.title} failed: {self.error}", self.code)
        return over


class Jobs:
    """Jobs one after another, in other processes: each in the one that did the job before, or in a fresh one.

    Signals are emitted from a thread; fronts connect with ``thread="main"``. `finished` comes once nothing works on it.

    Parameters
    ----------
    folder : where the jobs' folders go; a temporary one, removed by `close`, unless given
    command : what starts a worker
    """

    changed = Signal(Job)
    preview = Signal(Job, str)
    finished = Signal(Job)

    def __init__(self, folder: str | Path | None = None, command: Sequence[str] = WORKER) -> None:
        self.command = command
        self._root = Path(folder) if folder else None
        self._temporary: Path | None = None
        self._jobs: list[Job] = []
        self._ids = itertools.count(1)
        self._lock = threading.RLock()
        self._workers: set[Child] = set()  # all that are alive
        self._idle: Child | None = None  # stands ready, fresh
        self._free: list[Child] = []  # have just done a job
        self._busy: dict[Child, Job] = {}
        self._expected: list[str] = []
        self._closed = False

    def __iter__(self) -> Iterator[Job]:
        return iter(list(self._jobs))

    def __len__(self) -> int:
        return len(self._jobs)

    def warm(self) -> None:
        """Let a worker stand ready, so that the first job starts at once; fronts call it when their window is there."""
        with self._lock:
            if self._idle is None and not self._closed:
                self._idle = self._spawn()
                self._foretell(self._idle, self._expected)

    def expect(self, modules: Iterable[str]) -> None:
        """Let workers that stand ready import what takes seconds, and what a job is likely to need."""
        with self._lock:
            fresh = [name for name in modules if name not in self._expected]
            self._expected += fresh
            for worker in (*self._free, *([self._idle] if self._idle else [])):
                self._foretell(worker, fresh)

    def _foretell(self, worker: Child, modules: Iterable[str]) -> None:
        for name in modules:
            worker.send(f"{IMPORT}{name}")

    def submit(
        self,
        task: str,
        arguments: Mapping[str, Any],
        title: str = "",
        action: Any = None,
        *,
        fresh: bool = False,
        idle: bool = False,
    ) -> Job:
        """Queue a job; paths and plain values only, since they travel as JSON.

        Parameters
        ----------
        task, arguments, title, action, fresh, idle : see `Job`
        """
        plain = json.loads(json.dumps(dict(arguments), default=os.fspath))
        with self._lock:
            if self._closed:
                raise RuntimeError("these jobs were closed; make new ones")
            number = next(self._ids)
            folder = self._place() / f"{number:03d}"
            about: dict[str, Any] = {"title": title or task, "folder": folder, "action": action}
            about |= {"fresh": fresh, "idle": idle}
            job = Job(id=number, task=task, arguments=plain, _jobs=self, **about)
            self._jobs.append(job)
        if not idle:
            self.make_way()
        self._tell(self.changed, job)
        self._next()
        return job

    def make_way(self) -> None:
        """Stop what nobody asked for."""
        for job in self:
            if job.idle and not job.over:
                job.stop()

    def close(self) -> None:
        """Stop everything, within a second or so, and leave no process."""
        with self._lock:
            self._closed = True
            workers = list(self._workers)
        for job in self:
            job.stop()
        for worker in workers:
            if worker not in self._busy:
                worker.kill()
        for worker in workers:
            worker.join()
        if self._temporary:
            shutil.rmtree(self._temporary, ignore_errors=True)

    def _stop(self, job: Job) -> None:
        with self._lock:
            worker = self._worker(job)
            if job.over:
                return
            job._clock.stop()
            job.text = "Stopping"
            if worker is None:
                job.state, job.text = "stopped", "Stopped"
            else:
                worker.stopped = True
        if worker is None:
            self._finish(job)
            return
        worker.send("stop")
        worker.kill_after(GRACE)
        self._tell(self.changed, job)

    def _pause(self, job: Job) -> None:
        if self._switch(job, "running", "paused", "pause"):
            job._clock.stop()
            self._tell(self.changed, job)
            self._next()

    def _resume(self, job: Job) -> None:
        if self._switch(job, "paused", "running", "resume"):
            job._clock.start()
            self._tell(self.changed, job)

    def _switch(self, job: Job, old: State, new: State, line: str) -> bool:
        with self._lock:
            worker = self._worker(job)
            if worker is None or job.state != old or worker.stopped:
                return False
            job.state = new
        worker.send(line)
        return True

    def _next(self) -> None:
        """Start the first job of the queue if none runs."""
        with self._lock:
            job = next((j for j in self._jobs if j.state == "queued"), None)
            if job is None or self._closed or any(j.state == "running" for j in self._jobs):
                return
            job.state = "running"
            worker = self._choose(job)
            self._busy[worker] = job
        job._clock.start()
        try:
            job.folder.mkdir(parents=True, exist_ok=True)
            (job.folder / "job.json").write_text(json.dumps({"task": job.task, "arguments": job.arguments}), "utf8")
            worker.give(job.folder)
        except OSError as error:
            worker.last = {"state": "failed", "error": f"{job.folder} cannot be written ({error}); free some space"}
            worker.kill()
        self._tell(self.changed, job)

    def _choose(self, job: Job) -> Child:
        """A worker that has just done a job, since it has everything loaded, or a fresh one."""
        if self._free and not job.fresh:
            return self._free.pop()
        worker, self._idle = self._idle, None
        return worker if worker and worker.process.poll() is None else self._spawn()

    def _heard(self, worker: Child, line: dict[str, Any]) -> None:
        job = self._busy.get(worker)
        if job is None:
            return
        if "state" in line:
            worker.last = line
            return self._done(worker) if line["state"] == "done" else None
        job.fraction = line.get("done", job.fraction)
        job.metrics += line.get("metrics", [])
        if not worker.stopped:
            job.text = line.get("message", job.text)
        if "preview" in line:
            self._tell(self.preview, job, line["preview"])
        self._tell(self.changed, job)

    def _done(self, worker: Child) -> None:
        """A job ended well: its worker may do the next, else makes room for a fresh one."""
        with self._lock:
            job = self._busy.pop(worker)
            _conclude(job, worker)
            if not worker.stopped and not self._closed:
                self._free.append(worker)
        self._finish(job)
        self._next()
        with self._lock:
            if worker in self._busy:
                return
            if worker in self._free:
                self._free.remove(worker)
        worker.kill()

    def _gone(self, worker: Child) -> None:
        with self._lock:
            self._workers.remove(worker)
            self._idle = None if self._idle is worker else self._idle
            job = self._busy.pop(worker, None)
            if job is not None:
                _conclude(job, worker)
        if job is not None:
            self._finish(job)
            self._next()
        if worker.used and not any(j.state == "running" for j in self._jobs):
            self.warm()

    def _finish(self, job: Job) -> None:
        self._tell(self.changed, job)
        self._tell(self.finished, job)
        job._ended.set()

    def _worker(self, job: Job) -> Child | None:
        return next((w for w, j in self._busy.items() if j is job), None)

    def _spawn(self) -> Child:
        worker = Child(self.command, self._place() / "worker.txt", self._heard, self._gone)
        self._workers.add(worker)
        return worker

    def _place(self) -> Path:
        if self._root is None:
            self._root = self._temporary = Path(tempfile.mkdtemp(prefix="neurofm-jobs-"))
        self._root.mkdir(parents=True, exist_ok=True)
        return self._root

    def _tell(self, signal: SignalInstance, *values: object) -> None:
        try:
            signal.emit(*values)
        except EmitLoopError:  # a listener's fault must not take the job's thread with it
            log.exception("a listener of %s failed", signal.name)


class _Clock:
    """Seconds that it ran."""

    def __init__(self) -> None:
        self._before, self._since = 0.0, 0.0

    def start(self) -> None:
        self._since = time.monotonic()

    def stop(self) -> None:
        self._before, self._since = self.seconds(), 0.0

    def seconds(self) -> float:
        return self._before + (time.monotonic() - self._since if self._since else 0.0)


def _conclude(job: Job, worker: Child) -> None:
    """Set the job's state, result and words from its worker's last ones, or from how it died."""
    job._clock.stop()
    state = worker.last.get("state", "")
    kept = _kept(job)
    if state == "done":
        try:
            job.result = json.loads((job.folder / "result.json").read_text("utf8"))
            job.state, job.fraction, job.text = "done", 1.0, "Done"
            return
        except (OSError, ValueError) as error:
            worker.last = {"error": f"the result in {job.folder} cannot be read ({error}); start it again"}
    if state == "stopped" or worker.stopped:
        job.state, job.text = "stopped", f"Stopped{kept}"
        return
    why = worker.last.get("error") or f"the worker {why_ended(worker.process.returncode, _log(job))}"
    job.error, job.code = why + kept, worker.last.get("code", "")
    job.state, job.text = "failed", "Failed"


def _log(job: Job) -> Path:
    path = job.folder / "log.txt"
    return path if path.exists() else job.folder.parent / "worker.txt"


def _kept(job: Job) -> str:
    run = Path(job.arguments.get("out") or job.folder / "run")
    return f"; the checkpoint in {run} was kept, press Resume to go on" if (run / "checkpoint.json").exists() else ""
