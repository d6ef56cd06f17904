"""Files that users ask for: whole or not at all, and one sentence where they cannot be written."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from neurofm.errors import DataError
from neurofm.process import move


def suffix(path: str | Path, allowed: Sequence[str], what: str) -> str:
    """The suffix of a file that is to be written, in small letters.

    Raises
    ------
    DataError
        If it is none of the `allowed` ones.
    """
    ending = Path(path).suffix.lower()
    if ending not in allowed:
        raise DataError(path, "suffix", f"is none of {', '.join(allowed)}; name the {what} with one of them")
    return ending


def write(path: str | Path, make: Callable[[Path], Any]) -> Path:
    """Let `make` write a file beside `path` and put it there in one go; what was there stays if that fails.

    Raises
    ------
    DataError
        If the folder cannot be written to.
    """
    path = Path(path)
    draft = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        make(draft)
        move(draft, path)
    except OSError as error:
        words = error.strerror or " ".join(str(error).split())
        raise DataError(path, "", f"cannot be written ({words}); choose another folder or name") from error
    finally:
        if draft.parent.is_dir():
            draft.unlink(missing_ok=True)
    return path
