"""Do one job in a process of its own: ``python -m neurofm.app.jobs.worker [DIR]``.

`DIR/job.json` says what (``{"task": "train", "arguments": {...}}``); without DIR its path is the first line on
stdin, so that a worker can stand ready with torch loaded, and once that job is done the next line may name
another. A line `import NAME` says what the next job is likely to need. Stdout carries one JSON object a line: `done`
(0 to 1), `message`, `metrics` (those since the last line), `preview` (a path), at last `state` (and `error` with its
`code`). Stdin takes `stop`, `pause` and `resume`; when it closes, the worker ends. It leaves `DIR/result.json`, and in
`DIR/log.txt` whatever libraries print.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from neurofm import registry
from neurofm.app.jobs.queue import IMPORT
from neurofm.app.jobs.words import code, sentence
from neurofm.errors import DataError, Stopped
from neurofm.process import be_modest, end_self, end_with_parent, move, share_cores

PRELOAD = ("torch", "neurofm.training.fit", "umap")  # slow to import: done while nobody waits
GRACE = 0.6  # seconds that a job has to keep what there is
PAUSE = 1.0  # seconds between two lines; each makes the window draw, without a graphics card all of it
SOON = 20.0  # seconds after which a line comes half as often

Task = Callable[..., dict[str, Any]]  # (step, folder, **arguments)
Say = Callable[[dict[str, Any]], None]
Find = Callable[[str], Task]


def find(verb: str) -> Task:
    """What a verb leaves to a worker.

    Raises
    ------
    LookupError
        If there is no such verb, or it is done at once.
    """
    work: Task | None = registry.get("neurofm.app.verbs", verb).work
    if work is None:
        raise LookupError(f"'{verb}' is done at once and leaves no work to a worker")
    return work


def main(find: Find = find, argv: Sequence[str] = sys.argv) -> None:
    """Wait for a folder and do the job in it, again as long as all goes well, then end the process.

    Parameters
    ----------
    find : gives the task of a name, or raises LookupError
    argv : of the command; the folder may follow
    """
    lines, say = _channel()
    control = Control(argv[1:], lines)
    control.start()
    share_cores()
    be_modest()
    end_with_parent()
    _preload(PRELOAD, control)
    final = {"state": "done"}
    while final["state"] == "done":
        folder = control.folder.get()
        if folder is None:
            _preload(control.expected, control)
            continue
        _log_to(folder / "log.txt")
        final = run(find, folder, Steps(say, control))
        sys.stderr.flush()
        say(final)
        if argv[1:]:
            break
    os._exit(final["state"] == "failed")  # no library's thread or exit hook may keep us


def run(find: Find, folder: Path, step: Steps) -> dict[str, Any]:
    """Do the job in `folder` and give the last line: its state, and one sentence if it failed."""
    try:
        order = _order(folder)
        result = find(order["task"])(step, folder, **order["arguments"])
        _write(folder / "result.json", json.dumps(result))
        final = {"state": "done"}
    except Stopped:
        final = {"state": "stopped"}
    except BaseException as error:
        with contextlib.suppress(OSError):  # the disk may be full
            traceback.print_exc()
        final = {"state": "failed", "error": sentence(error), "code": code(error)}
    step.close()
    return final


class Control(threading.Thread):
    """What the parent says on stdin; its end is ours.

    Attributes
    ----------
    folder : queue that gives the folder of the job; None where something new is expected
    expected : modules that a job is likely to need
    go : set unless paused
    stopping : set once asked to stop
    """

    def __init__(self, folders: Sequence[str] = (), lines: Iterable[str] = ()) -> None:
        super().__init__(daemon=True, name="control")
        self._lines = lines
        self.folder: queue.Queue[Path | None] = queue.Queue()
        self.expected: list[str] = []
        self.go, self.stopping = threading.Event(), threading.Event()
        self.go.set()
        for folder in folders:
            self.folder.put(Path(folder))

    def run(self) -> None:
        """Obey each line."""
        for line in self._lines:
            self.obey(line.strip())
        self.obey("stop")
        time.sleep(GRACE)
        end_self()

    def obey(self, line: str) -> None:
        """One line: `stop`, `pause`, `resume`, `import NAME`, or the folder of the job."""
        if line == "pause":
            self.go.clear()
        elif line == "resume":
            self.go.set()
        elif line == "stop":
            self.stopping.set()
            self.go.set()
        elif line.startswith(IMPORT):
            self.expected.append(line.removeprefix(IMPORT))
            self.folder.put(None)
        elif line:
            self.go.set()  # what was meant for the job before
            self.stopping.clear()
            self.folder.put(Path(line))


class Steps:
    """The `step` of a job: tells how far it is, and is where it pauses and stops.

    At most one line every `PAUSE` seconds, and half as many once it takes longer, written by a thread so that neither
    the job waits nor the last line is lost; every metric arrives.
    """

    def __init__(self, say: Say, control: Control) -> None:
        self._say, self._control = say, control
        self._line: dict[str, Any] = {}
        self._lock, self._new, self._closed = threading.Lock(), threading.Event(), threading.Event()
        self._soon = time.monotonic() + SOON
        self._thread = threading.Thread(target=self._write, daemon=True, name="steps")
        self._thread.start()

    def __call__(
        self,
        fraction: float,
        text: str,
        preview: str | Path | None = None,
        metrics: Mapping[str, float] | None = None,
    ) -> None:
        """See `neurofm.app.verbs._work.Step`."""
        with self._lock:
            self._line |= {"done": float(fraction), "message": str(text)}
            if preview is not None:
                self._line["preview"] = str(preview)
            if metrics is not None:
                self._line.setdefault("metrics", []).append({k: float(v) for k, v in metrics.items()})
        self._new.set()
        self._control.go.wait()
        if self._control.stopping.is_set():
            raise Stopped("stopped; what there is was kept")

    def close(self) -> None:
        """Write what is left."""
        self._closed.set()
        self._new.set()
        self._thread.join()

    def _write(self) -> None:
        while not self._closed.is_set():
            self._new.wait()
            self._flush()
            self._closed.wait(PAUSE if time.monotonic() < self._soon else 2 * PAUSE)
        self._flush()

    def _flush(self) -> None:
        with self._lock:
            self._new.clear()
            line, self._line = self._line, {}
        if line:
            self._say(line)


def _order(folder: Path) -> dict[str, Any]:
    path = folder / "job.json"
    try:
        order = json.loads(path.read_text("utf8"))
    except (OSError, ValueError) as error:
        raise DataError(path, "", f"cannot be read ({error}); submit the job again") from error
    if not isinstance(order, dict) or not isinstance(order.get("arguments"), dict) or "task" not in order:
        raise DataError(path, "", "needs a task and a table of arguments; submit the job again")
    return order


def _write(path: Path, text: str) -> None:
    part = path.with_suffix(".part")
    part.write_text(text, "utf8")
    move(part, path)


def _channel() -> tuple[Iterable[str], Say]:
    """What comes from the real stdin, and what writes to the real stdout; nothing else reaches them any more.

    Descriptor 0 is empty from here on: on Windows no library with a run time of its own loads while a thread reads it
    (https://github.com/numpy/numpy/issues/24290). Descriptor 1 is the log.
    """
    lines, file = os.fdopen(os.dup(0), encoding="utf8"), os.fdopen(os.dup(1), "w", encoding="utf8")
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    for stream in (sys.stdout, sys.stderr):  # a line at a time, or the log lacks it until the worker ends
        stream.reconfigure(encoding="utf8", errors="backslashreplace", line_buffering=True)  # type: ignore[union-attr]

    def say(line: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):  # the parent is gone; `Control` sees it too
            file.write(json.dumps(line) + "\n")
            file.flush()

    return lines, say


def _log_to(path: Path) -> None:
    with contextlib.suppress(OSError), path.open("ab") as file:  # a full disk must not hide the error
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)


def _preload(names: Sequence[str], control: Control) -> None:
    for name in names:
        if not any(control.folder.queue):  # no job waits
            with contextlib.suppress(ImportError):  # the job that needs it says so
                importlib.import_module(name)


if __name__ == "__main__":
    main()
