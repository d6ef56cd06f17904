"""The parent's side of a worker: its process, the thread that hears its lines and the one that sees its end."""

from __future__ import annotations

import contextlib
import json
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any, cast

from neurofm.process import Tree


class Child:
    """A worker process that waits for the folder of a job.

    Attributes
    ----------
    last : its last words on the job, if it had any
    used : True once it was given a job
    stopped : True once it was asked to stop
    """

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        heard: Callable[[Child, dict[str, Any]], None],
        gone: Callable[[Child], None],
    ) -> None:
        self.last: dict[str, str] = {}
        self.used = self.stopped = False
        self._heard, self._gone = heard, gone
        with log.open("ab") as file:
            self.process = Tree(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=file)
        self._watcher = threading.Thread(target=self._watch, daemon=True, name="worker's end")
        self._pumper = threading.Thread(target=self._pump, daemon=True, name="worker's lines")
        self._watcher.start()
        self._pumper.start()

    def give(self, folder: Path) -> None:
        self.last, self.used = {}, True
        self.send(str(folder))

    def send(self, line: str) -> None:
        with contextlib.suppress(OSError, ValueError):  # it may be gone
            stdin, _ = self._pipes()
            stdin.write(f"{line}\n".encode())
            stdin.flush()

    def kill(self) -> None:
        self.process.end()

    def kill_after(self, seconds: float) -> None:
        timer = threading.Timer(seconds, self._kill_if_alive)
        timer.daemon = True
        timer.start()

    def _kill_if_alive(self) -> None:
        if self.process.poll() is None:
            self.kill()

    def join(self) -> None:
        if threading.current_thread() is not self._pumper:
            self._pumper.join()

    def _watch(self) -> None:
        self.process.wait()
        self.kill()  # its children too: they may hold the pipe open

    def _pump(self) -> None:
        stdin, stdout = self._pipes()
        for text in stdout:
            if not text.endswith(b"\n"):  # cut short by a kill
                break
            self._heard(self, json.loads(text))
        self._watcher.join()
        for pipe in (stdin, stdout):
            with contextlib.suppress(OSError):
                pipe.close()
        self._gone(self)

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        return cast(IO[bytes], self.process.stdin), cast(IO[bytes], self.process.stdout)
