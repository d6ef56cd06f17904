"""The same chunks on many machines: a cluster of dask, whose workers see the same files and have NeuroFM installed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import uuid4

import torch

from neurofm.data.volume import Pyramid
from neurofm.errors import NeuroFMError
from neurofm.training.chunks import Order, Outcome, Work, passing
from neurofm.training.tiles import Spans

PATIENCE = 20.0  # seconds until a scheduler answers, and has a worker
AHEAD = 3  # chunks for each thread of a worker that wait there, so that it never does


@dataclass(frozen=True)
class Cluster:
    """Where chunks are computed.

    Parameters
    ----------
    address : of a scheduler of dask ("tcp://host:8786")
    opened : gives the network and the image anew, wherever it is called; it is sent to the workers
    """

    address: str
    opened: Callable[[], tuple[torch.nn.Module, Pyramid]]


def each(cluster: Cluster, order: Order, boxes: Sequence[Spans]) -> Iterator[tuple[Spans, Outcome]]:
    """Each box once it is written, or could not be read; what a worker did that ended is done by another.

    Raises
    ------
    NeuroFMError
        If nothing answers at the address, or there are no workers.
    """
    from distributed import as_completed

    with _client(cluster.address) as (client, threads):
        token, left, given = uuid4().hex, enumerate(boxes), {}
        running = as_completed()

        def give(count: int) -> None:
            for number, box in islice(left, count):
                future = client.submit(_one, token, cluster.opened, order, box, priority=-number, pure=False)
                given[future.key] = future, box
                running.add(future)

        give(AHEAD * threads)
        for done in running:
            future, box = given.pop(done.key)
            yield box, _outcome(future)
            give(1)


def _outcome(future: Any) -> Outcome:
    from distributed import KilledWorker

    try:
        outcome: Outcome = future.result()
    except KilledWorker:
        return Outcome("the workers that did it ended, most likely because memory ran out")
    except ModuleNotFoundError as error:
        raise NeuroFMError(f"workers have no {error.name}; install napari-neurofm[volume] where they run") from error
    return outcome


@contextmanager
def _client(address: str) -> Iterator[tuple[Any, int]]:
    """A cluster, and how many threads its workers have; what is not done is forgotten in the end."""
    try:
        from distributed import Client
    except ImportError as error:
        raise ImportError('a cluster needs dask: pip install "napari-neurofm[cluster]"') from error
    try:
        client = Client(address, timeout=PATIENCE)
    except (OSError, ValueError, TimeoutError) as error:
        remedy = "give the address that `dask scheduler` tells, such as tcp://127.0.0.1:8786"
        raise NeuroFMError(f"no scheduler of dask answers at {address}; {remedy}") from error
    with client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError as error:
            raise NeuroFMError(f"{address} has no workers; start some with `dask worker {address}`") from error
        yield client, sum(client.nthreads().values())


_lock = threading.Lock()
_kept: dict[str, Work] = {}  # what this worker is at


def _one(token: str, opened: Callable[[], tuple[torch.nn.Module, Pyramid]], order: Order, box: Spans) -> Outcome:
    """What came of a chunk, at a worker."""
    with _lock:
        if token not in _kept:
            _kept.clear()
            net, image = opened()
            _kept[token] = Work(net, passing(image.levels[0]), order)
        work = _kept[token]
    return work.one(box)
