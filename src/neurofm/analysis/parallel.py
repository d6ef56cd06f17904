"""Folds beside each other, each in a process of its own, which say how far they are and can be stopped."""

from __future__ import annotations

import multiprocessing
import os
import queue
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

import torch

from neurofm.errors import NeuroFMError
from neurofm.training.course import Step

T = TypeVar("T")
KILLED = "a fold was killed, most likely because memory ran out; close other programs, or take a quick look at one fold"
UNBORN = "the processes of the folds ended as they began; in a script, call it under `if __name__ == '__main__':`"


def run(fold: Callable[..., T], work: Sequence[tuple[Any, ...]], step: Step) -> list[T]:
    """What `fold(*arguments, step=step)` gives for each in `work`; as many at once as there are cores, with one thread.

    Raises
    ------
    NeuroFMError
        If a process was killed, or ended as it began.
    """
    if len(work) == 1:
        return [fold(*work[0], step=lambda done, text, **_: step(done, _words(0, 1, text)))]
    spawn, done = multiprocessing.get_context("spawn"), [0.0] * len(work)
    said = spawn.Queue(1)  # full while `step` blocks, so that all folds pause
    others, text = multiprocessing.active_children(), (begin := f"{len(work)} folds begin")
    count = min(len(work), os.cpu_count() or 1)
    with ProcessPoolExecutor(count, spawn, initializer=_alone, initargs=(said,)) as pool:
        jobs = [pool.submit(_one, fold, k, *arguments) for k, arguments in enumerate(work)]
        try:
            while not all(job.done() and job.result() for job in jobs):
                text = _listen(said, step, done, text)
        except BrokenExecutor as error:
            raise NeuroFMError(UNBORN if text == begin else KILLED) from error
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for child in (c for c in multiprocessing.active_children() if c not in others):
                child.kill()
                child.join()
            raise
        return [job.result() for job in jobs]


def _listen(said: Any, step: Step, done: list[float], text: str) -> str:
    """Tell on what the next fold says, or the last words once more, so that it can be stopped; gives what was told."""
    with suppress(queue.Empty):
        k, done[k], words = said.get(timeout=0.2)
        text = _words(k, len(done), words)
    step(sum(done) / len(done), text)
    return text


def _words(k: int, count: int, text: str) -> str:
    return f"fold {k + 1} of {count}: {text}"


def _alone(said: Any) -> None:
    """One thread, also in what scikit-learn computes with: folds whose threads wait for each other come to a halt."""
    import sklearn.neural_network  # noqa: F401  # limits hold for libraries that are loaded
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    threadpool_limits(1)
    torch.set_num_threads(1)
    _Line.said = said


def _one(fold: Callable[..., T], k: int, *arguments: Any) -> T:
    return fold(*arguments, step=partial(_Line.tell, k))


class _Line:
    """From the process of a fold to the one that waits for it."""

    said: Any = None

    @classmethod
    def tell(cls, k: int, fraction: float, text: str) -> None:
        """Say how far fold `k` is, and end with who asked for it."""
        while True:
            try:
                return cls.said.put((k, fraction, text), timeout=1.0)
            except queue.Full:
                parent = multiprocessing.parent_process()
                if parent is not None and not parent.is_alive():
                    os._exit(1)
