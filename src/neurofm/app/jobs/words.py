"""What a person, and a front, is told of an error."""

from __future__ import annotations

import errno

from neurofm.errors import NeuroFMError


def sentence(error: BaseException) -> str:
    """What went wrong and what to do, in one sentence without a full stop."""
    words = " ".join(str(error).split()) or type(error).__name__
    low = words.lower()
    if isinstance(error, NeuroFMError):
        return words
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return f"the disk that holds {error.filename or 'the run'} is full; free some space"
    if isinstance(error, MemoryError) or "out of memory" in low or "can't allocate memory" in low:
        return "memory ran out; choose a smaller batch or a smaller model"
    if any(said in low for said in ("no nvidia", "not compiled with cuda", "no cuda gpus", "accelerator is not avail")):
        return "there is no usable GPU here; choose the device 'cpu' or 'auto'"
    if isinstance(error, OSError | ValueError | LookupError) and not isinstance(error, KeyError):
        return words
    return f"{words} ({type(error).__name__}); the log says where"


def code(error: BaseException) -> str:
    """Names what went wrong where our own errors have a name for it, else ""."""
    return getattr(error, "code", "") if isinstance(error, NeuroFMError) else ""  # SystemExit has a number there
