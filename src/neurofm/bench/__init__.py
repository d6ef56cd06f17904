"""Reproduction and speed tables, measured now: `neurofm bench`.

Each public module here is one table; its SPEC runs it and gives rows (see `neurofm.bench._table.row`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from neurofm import progress, registry

SEVERAL = ("all", "speed")  # names that stand for many tables


def run(
    name: str,
    paths: Sequence[str | Path] = (),
    *,
    quick: bool = False,
    seed: int = 0,
    peer: str | Path | None = None,
) -> dict[str, Any]:
    """Measure one table, or several: its name, rows, and the machine they were measured on.

    Parameters
    ----------
    name : of a table; "speed" for those that are timed and want the machine for themselves, "all" for every one
    paths : recordings to measure on, for the tables that take any
    quick : few repetitions, to see that it works
    peer : folder of a reference repository to measure beside

    Raises
    ------
    LookupError
        If there is no such table; it lists those there are.
    """
    from neurofm.bench import _table

    names = registry.names(__name__) if name in SEVERAL else [name]
    specs = {each: registry.get(__name__, each) for each in names}
    specs = dict(sorted(specs.items(), key=lambda item: not item[1].timed))
    if name == "speed":
        specs = {each: spec for each, spec in specs.items() if spec.timed}
    measure = _table.attempt if name in SEVERAL else _table.measure
    rows = []
    for each, spec in specs.items():
        with progress.told(f"bench {each}: {spec.title}", always=True):
            rows += measure(each, spec, list(paths), quick, seed, peer)
    return {"name": name, "rows": rows, "machine": _table.machine()}
