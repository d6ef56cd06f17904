"""What every reader asks of a file before it trusts it."""

from __future__ import annotations

from pathlib import Path

from neurofm.errors import DataError
from neurofm.process.users import users

ARRAYS = (
    "load its arrays in Python and give them to neurofm.recording(spikes=...)"  # the way out of what no reader knows
)
ROOM = 256 << 20  # bytes anything may unpack to
SHARED = (32, 33)  # errors of Windows: another has the file, or a part of it
LOCKED = ("unable to lock file", "already open for write")  # in errors of the HDF5 library
FACTOR = 20  # and this many times what is stored, more is no recording


def check_file(path: Path) -> None:
    """Raise DataError unless `path` is a file with something in it; pipes and devices are never opened."""
    try:
        status = path.stat()
    except OSError as error:
        raise DataError(path, "", f"cannot be opened ({error.strerror}); check the name") from error
    if not path.is_file():
        raise DataError(path, "", "is no regular file; give a file or a folder")
    if not status.st_size:
        raise DataError(path, "", "is empty; was the copy cut off?")
    try:
        path.open("rb").close()
    except OSError as error:
        if is_locked(error):
            raise locked(path) from error
        problem = f"may not be read by you ({error.strerror}); ask its owner, or copy it"
        raise DataError(path, "", problem) from error


def is_locked(error: BaseException) -> bool:
    """Whether a file could not be opened since another has it, as Windows or the HDF5 library say."""
    words = str(error)
    return getattr(error, "winerror", None) in SHARED or any(mark in words for mark in LOCKED)


def locked(path: Path) -> DataError:
    """Says which program has a file, as far as that can be told."""
    who = ", ".join(users(path))
    if who:
        return DataError(path, "", f"is locked by {who}; close it there, and open it again")
    others = "MATLAB, a recording that still runs, another notebook"
    return DataError(path, "", f"is locked by another program; close what has it open ({others}), and open it again")


def check_size(path: Path, field: str, declared: int, stored: int) -> None:
    """Refuse what would unpack to far more than is there."""
    if declared > ROOM + FACTOR * stored:
        raise DataError(path, field, f"claims {declared >> 20} MB but the file holds {stored >> 10} kB; it is damaged")


def head(path: Path, count: int) -> bytes:
    """Its first `count` bytes."""
    with path.open("rb") as file:
        return file.read(count)
