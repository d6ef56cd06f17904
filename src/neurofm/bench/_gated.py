"""A training that goes on block by block and tells how long each step took.

``python -m neurofm.bench._gated GATE`` is a worker; with a FILE of arguments of `neurofm.training.train` (JSON) behind,
it is a plain script instead, so that both can be measured in turns. GATE is a folder with the pipes `go` and `took`.
"""

from __future__ import annotations

import json
import os
import select
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from neurofm.app.jobs import worker
from neurofm.app.verbs import train as verb
from neurofm.app.verbs._work import Plain, Step
from neurofm.errors import NeuroFMError, Stopped

BLOCK = 60  # steps; in shorter blocks the window draws more often a step than while a job runs on its own
PATIENCE = 300.0  # seconds until a block that does not come is given up


class Gate:
    """A `step` around another that waits after each block until it may go on."""

    def __init__(self, folder: Path, step: Callable[..., None]) -> None:
        self._step, self._count, self._times = step, 0, list[float]()
        self._go = (folder / "go").open(encoding="utf-8")
        self._took = (folder / "took").open("w", encoding="utf-8")
        self._last = time.perf_counter()

    def __enter__(self) -> Gate:
        return self

    def __exit__(self, *_: object) -> None:
        self._go.close()
        self._took.close()

    def __call__(
        self, fraction: float, text: str, preview: Any = None, metrics: Mapping[str, float] | None = None
    ) -> None:
        self._step(fraction, text, preview=preview, metrics=metrics)
        now = time.perf_counter()
        if preview is None:  # a preview is a step of another kind
            self._times.append(now - self._last)
        self._count += 1
        if self._count % BLOCK == 0:
            self._wait()
        self._last = time.perf_counter() if self._count % BLOCK == 0 else now

    def _wait(self) -> None:
        self._took.write(json.dumps(self._times) + "\n")
        self._took.flush()
        self._times = []
        if not self._go.readline():
            raise Stopped("measured enough")


class Keeper:
    """The other side of a gate, in the process that measures."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        for name in ("go", "took"):
            os.mkfifo(folder / name)
        # read and write, so that opening never waits for a process that may have died
        self._go, self._took = (os.open(folder / name, os.O_RDWR) for name in ("go", "took"))
        self._rest = b""

    def times(self) -> list[float]:
        """Seconds of each step of the block that has run."""
        while b"\n" not in self._rest:
            if not select.select([self._took], [], [], PATIENCE)[0]:
                raise NeuroFMError(f"no training step came in {PATIENCE:.0f} s; look at the job's log")
            self._rest += os.read(self._took, 1 << 16)
        line, _, self._rest = self._rest.partition(b"\n")
        return list(json.loads(line))

    def block(self) -> float:
        """Let the next block run; mean seconds of a step."""
        os.write(self._go, b"go\n")
        times = self.times()
        return sum(times) / max(len(times), 1)

    def close(self) -> None:
        """Let it end."""
        os.close(self._go)
        os.close(self._took)


def main(argv: list[str]) -> None:
    """A worker, or with a file of arguments a plain script."""
    gate = Path(argv[1])
    if argv[2:]:
        from neurofm.training import train
        from neurofm.training.loop import quiet

        with Gate(gate, quiet) as step:
            train(**json.loads(Path(argv[2]).read_text(encoding="utf-8")), step=step)
        return

    def gated(step: Step, folder: Path, **arguments: Any) -> Plain:
        with Gate(gate, step) as gated_step:
            return verb.work(gated_step, folder, **arguments)

    worker.main(lambda name: gated if name == "train" else worker.find(name), argv[:1])


if __name__ == "__main__":
    main(sys.argv)
