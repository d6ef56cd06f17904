"""Parts that a file can do without: one that cannot be read is left out and told by name, and all else is read."""

from __future__ import annotations

from collections.abc import Iterator, MutableSequence
from contextlib import contextmanager

from neurofm.errors import DataError

LEFT_OUT = ", left out"


@contextmanager
def optional(notes: MutableSequence[str], name: str) -> Iterator[None]:
    """Read a part that is not needed; whatever is wrong with it becomes a note.

    Parameters
    ----------
    notes : what was mended or left out, to which this is added
    name : of the part, for a parser that does not say what it could not read
    """
    try:
        yield
    except MemoryError:
        raise
    except DataError as error:
        problem = error.problem.removesuffix("; is it damaged?")
        notes.append(f"{error.field or name}: {problem}{LEFT_OUT}")
    except Exception as error:  # whatever a parser throws
        reason = str(error).strip().strip("'\"").split("\n")[0] or type(error).__name__
        notes.append(f"{name}: cannot be read ({reason}){LEFT_OUT}")
