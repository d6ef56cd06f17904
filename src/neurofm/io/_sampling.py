"""How many samples a second there are, from what lies beside the samples: `params.py`, or SpikeGLX's `.meta`."""

from __future__ import annotations

import re
from pathlib import Path

from neurofm.errors import DataError
from neurofm.io._file import head

PARAMS, META_NAME = "params.py", ".ap.meta"
NUMBER = r"([\d._]+(?:e[+-]?\d+)?)"
RATE = re.compile(rf"^\s*sample_rate\s*=\s*(?:[\w.]+\(\s*)?{NUMBER}\s*\)?\s*(?:#.*)?$", re.M | re.I)
META = re.compile(rf"^\s*imSampRate\s*=\s*{NUMBER}\s*$", re.M | re.I)
LINE = "sample_rate = 30000.0, with your rate"
MOST = 1 << 20  # bytes that are looked at


def rate(samples: Path) -> float:
    """Samples a second; what says so is read as text, and never run.

    Parameters
    ----------
    samples : the file that counts them

    Raises
    ------
    DataError
        If nothing beside it says so, or what does is no number above 0.
    """
    home = samples.parent
    file = home / PARAMS
    metas = sorted(home.glob(f"*{META_NAME}"))
    if file.is_file():
        return _number(file, "sample_rate", RATE)
    if metas:
        return _number(metas[0], "imSampRate", META)
    problem = f"counts samples, and no {PARAMS} beside it says how many a second; write one with the line {LINE}"
    raise DataError(samples, "", problem)


def says_rate(file: Path) -> bool:
    """Whether a file is called as those that say how many samples a second there are."""
    return file.name == PARAMS or file.name.endswith(META_NAME)


def _number(file: Path, field: str, pattern: re.Pattern[str]) -> float:
    given = pattern.search(head(file, MOST).decode("utf-8-sig", "replace"))
    try:
        number = float(given[1]) if given else 0.0
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        remedy = f"; write the line {LINE}" if field == "sample_rate" else ""
        raise DataError(file, field, f"is not given as a number above 0{remedy}")
    return number
