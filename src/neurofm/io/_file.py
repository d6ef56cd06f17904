"""What every reader asks of a file before it trusts it."""

from __future__ import annotations

from pathlib import Path

from neurofm.errors import DataError

ARRAYS = "load its arrays and give them to neurofm.recording(spikes=...)"  # the way out of what no reader knows
ROOM = 256 << 20  # bytes anything may unpack to
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


def check_size(path: Path, field: str, declared: int, stored: int) -> None:
    """Refuse what would unpack to far more than is there."""
    if declared > ROOM + FACTOR * stored:
        raise DataError(path, field, f"claims {declared >> 20} MB but the file holds {stored >> 10} kB; it is damaged")


def head(path: Path, count: int) -> bytes:
    """Its first `count` bytes."""
    with path.open("rb") as file:
        return file.read(count)
