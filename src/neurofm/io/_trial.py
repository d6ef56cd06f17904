"""HDF5 files are first looked through in a process of their own, since the library itself can crash on damaged ones."""

from __future__ import annotations

import subprocess
import sys
from functools import lru_cache
from pathlib import Path

from neurofm.errors import DataError

SIGNATURE = b"\x89HDF\r\n\x1a\n"
PATIENCE = 60.0  # seconds
CRASHES = 0xC0000000  # exit codes on Windows from here on; elsewhere they are below 0

LOOK = """
import sys, h5py
def look(name, item):
    for key in item.attrs:
        item.attrs[key]
    if isinstance(item, h5py.Dataset) and item.nbytes < 1 << 20:
        item[()]
try:
    with h5py.File(sys.argv[1]) as file:
        look("", file)
        file.visititems(look)
except Exception:
    pass  # what raises is told by the reader, in words
"""


def survive(path: Path) -> None:
    """Raise DataError if the HDF5 library crashes or hangs on a file; others pass at once."""
    with path.open("rb") as file:
        if file.read(len(SIGNATURE)) != SIGNATURE:
            return
    status = path.stat()
    if not _survives(str(path), status.st_size, status.st_mtime_ns):
        raise DataError(path, "", "is damaged so badly that the HDF5 library fails on it; export or copy it again")


@lru_cache(maxsize=256)
def _survives(path: str, size: int, changed: int) -> bool:
    try:
        done = subprocess.run([sys.executable, "-c", LOOK, path], capture_output=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return False
    return 0 <= done.returncode < CRASHES
