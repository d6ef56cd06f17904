"""How long a graph of 100,000 nodes and a million edges takes to be drawn anew, as a front asks for it.

Nodes lie anywhere in a square and edges connect any two of them, which is the worst to draw. Each picture is of 1,200 x
800 pixels: of the same that was seen, of what is seen after a step of the mouse, and with other nodes picked. What is
kept from one picture to the next is made beforehand, and said by itself. Processor time, one thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from neurofm.app.pictures.scene import Viewport
from neurofm.app.session import Session
from neurofm.app.views import graph as view
from neurofm.app.views import matrix, warm
from neurofm.bench._table import Row, row
from neurofm.data.graph import Graph
from neurofm.specs import BenchSpec

SIZES = {False: (100_000, 1_000_000, 15), True: (500, 3_000, 2)}  # nodes, edges, pictures of each kind
SCREEN = Viewport(width=1200, height=800)
PICKED = 50  # nodes


def run(paths: Sequence[Any], quick: bool, seed: int, peer: str | Path | None) -> list[Row]:
    """Milliseconds of each picture."""
    nodes, edges, count = SIZES[quick]
    session, state = Session(_graph(nodes, edges, seed)), view.State()
    warm()
    case = f"graph of {nodes:,} nodes and {edges:,} edges"
    first = _took(lambda: view.scene(state, session, SCREEN))
    rows = [row(case, "ours", "first picture", first, "CPU ms")]
    for name, pictures in _pictures(session, count).items():
        rows.append(row(case, "ours", name, [_took(draw) for draw in pictures], "CPU ms"))
    return rows


def _graph(nodes: int, edges: int, seed: int) -> Graph:
    rng = np.random.default_rng(seed)
    y, x = rng.uniform(size=(2, nodes))
    label, kind = np.arange(nodes).astype(str), rng.integers(0, 8, nodes).astype(str)
    table = pd.DataFrame({"label": label, "type": kind, "z": 0.0, "y": y, "x": x})
    links = pd.DataFrame({"weight": rng.uniform(size=edges)})
    return Graph(session="any", nodes=table, edges=rng.integers(0, nodes, (2, edges)), links=links)


def _pictures(session: Session, count: int) -> dict[str, Iterator[Callable[[], Any]]]:
    """What draws each picture, by its kind."""
    state, square = view.State(), matrix.State()
    steps = np.linspace(0.0, 0.3, count)
    node = session.everything("node")

    def near(step: float, size: float) -> Viewport:
        return replace(SCREEN, x=(step, step + size), y=(-step - size, -step))

    def picks() -> Iterator[Callable[[], Any]]:
        for k in range(count):
            session.selection.pick("node", node[k : k + PICKED])
            yield lambda: view.scene(state, session, SCREEN)
        session.selection.clear()

    return {
        "the same again": (lambda: view.scene(state, session, SCREEN) for _ in steps),
        "all, a step further": (lambda s=s: view.scene(state, session, near(s - 0.1, 1.2)) for s in steps),
        "a tenth, a step further": (lambda s=s: view.scene(state, session, near(s, 0.3)) for s in steps),
        "others are picked": picks(),
        "matrix, all": (lambda: matrix.scene(square, session, SCREEN) for _ in steps),
    }


def _took(draw: Callable[[], Any]) -> float:
    began = time.process_time()
    draw()
    return 1e3 * (time.process_time() - began)


SPEC = BenchSpec(title="A large graph drawn", run=run, timed=True)
