"""What every table needs: rows, honest comparisons, the machine, and how it is shown."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from rich.table import Table
from rich.text import Text

from neurofm import progress
from neurofm.errors import NeuroFMError
from neurofm.process import processor
from neurofm.specs import BenchSpec

Row = dict[str, Any]
WIDE = 30  # characters of a case or system that stay on one line


def row(case: str, system: str, metric: str, values: ArrayLike, unit: str = "", note: str = "") -> Row:
    """One line of a table: mean, standard deviation and count of the repetitions."""
    numbers = np.atleast_1d(np.asarray(values, float))
    sd = float(numbers.std(ddof=1)) if len(numbers) > 1 else None
    line: Row = {"case": case, "system": system, "metric": metric, "mean": float(numbers.mean()), "sd": sd}
    return line | {"n": len(numbers), "unit": unit} | ({"note": note} if note else {})


def ratio(case: str, system: str, metric: str, ours: ArrayLike, theirs: ArrayLike, note: str = "") -> Row:
    """Median of ours / theirs over interleaved blocks as `mean`, and its 95 % range as `low` and `high`."""
    ratios = np.asarray(ours, float) / np.asarray(theirs, float)
    low, high = bound(ratios)
    return row(case, system, metric, ratios, "x", note) | {"mean": float(np.median(ratios)), "low": low, "high": high}


def missing(case: str, metric: str, why: str) -> Row:
    """A line for what could not be measured here."""
    return {"case": case, "system": "", "metric": metric, "mean": None, "sd": None, "n": 0, "unit": "", "note": why}


def bound(values: ArrayLike, draws: int = 10_000) -> tuple[float, float]:
    """95 % bootstrap range of the median."""
    numbers = np.asarray(values, float)
    rows = np.random.default_rng(0).integers(0, len(numbers), (draws, len(numbers)))
    low, high = np.percentile(np.median(numbers[rows], 1), [2.5, 97.5])
    return float(low), float(high)


def interleave(ours: Callable[[], float], theirs: Callable[[], float], blocks: int) -> tuple[list[float], list[float]]:
    """What both gave in blocks that take turns, each first every other time, so that a drift hits both alike."""
    a: list[float] = []
    b: list[float] = []
    for k in progress.each(range(blocks), "block"):
        for first in (True, False) if k % 2 == 0 else (False, True):
            (a if first else b).append(ours() if first else theirs())
    return a, b


def tell(text: str) -> None:
    """One line of how far a table is, for who waits for it."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    facts: dict[str, Any] = {"cpu": processor(), "cores": os.cpu_count(), "system": platform.platform()}
    facts |= {"python": platform.python_version(), "threads": _threads()}
    return facts | {name: _version(name) for name in ("napari-neurofm", "torch", "numpy", "napari")}


def measure(name: str, spec: BenchSpec, paths: list[Any], quick: bool, seed: int, peer: str | Path | None) -> list[Row]:
    """Rows of one table, each saying which."""
    return [{"bench": name, **line} for line in spec.run(paths, quick, seed, peer)]


def attempt(name: str, spec: BenchSpec, paths: list[Any], quick: bool, seed: int, peer: str | Path | None) -> list[Row]:
    """As `measure`, with a line that says why where there is something missing, so that the other tables come."""
    try:
        return measure(name, spec, paths, quick, seed, peer)
    except (NeuroFMError, ImportError, LookupError, OSError) as error:
        return [{"bench": name, **missing(spec.title, "", " ".join(str(error).split()))}]


def render(result: dict[str, Any]) -> Table:
    """A table for a terminal, with the machine under it; what a case has is indented under its name."""
    about = ", ".join(f"{key} {value}" for key, value in result["machine"].items() if value is not None)
    table = Table(title=result["name"], caption=about)
    longest = max((len(r[k]) for r in result["rows"] for k in ("case", "system")), default=0)
    table.add_column("case and system", no_wrap=longest <= WIDE)
    for title in ("metric", "value", "n", "note"):
        table.add_column(title, justify="right" if title in ("value", "n") else "left")
    for case, lines in groupby(result["rows"], lambda line: line["case"]):
        table.add_section()
        table.add_row(Text(case, "bold"))
        for line in lines:
            table.add_row(
                f"  {line['system']}", line["metric"], shown(line), str(line["n"] or ""), line.get("note", "")
            )
    return table


def shown(line: Row) -> str:
    """Value, spread and unit in as many digits as they deserve: "12.4 ± 0.3 ms", "1.02 x (0.99 to 1.05)"."""
    if line["mean"] is None:
        return "-"
    if "low" in line:
        return f"{_digits(line['mean'])} {line['unit']} ({_digits(line['low'])} to {_digits(line['high'])})"
    spread = f" ± {_digits(line['sd'])}" if line["sd"] is not None else ""
    return f"{_digits(line['mean'])}{spread} {line['unit']}".rstrip()


def _digits(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _threads() -> int | None:
    """Threads torch would use."""
    try:
        import torch
    except ImportError:
        return None
    return torch.get_num_threads()


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
