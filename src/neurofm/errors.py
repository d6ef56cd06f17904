"""What can go wrong with a user's files and runs, each with one sentence that says what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import ClassVar, TypeVar

T = TypeVar("T")
U = TypeVar("U")


class NeuroFMError(Exception):
    """Anything the files or the machine refused; its text is one sentence fit for a user.

    Attributes
    ----------
    code : one word or two by which a front knows what can be done about it, in another process, too; "" for nothing
    """

    code: ClassVar[str] = ""


class DataError(NeuroFMError):
    """A file that cannot be used as it is.

    Parameters
    ----------
    path : the file or folder
    field : the part of it that is wrong ("spikes.times", "header"), or "" for the whole
    problem : what is wrong and what to do, without a full stop
    """

    def __init__(self, path: str | Path, field: str, problem: str) -> None:
        self.path, self.field, self.problem = Path(path), field, problem
        super().__init__(f"{path}: {field + ': ' if field else ''}{problem}")

    def __reduce__(self) -> tuple[type[DataError], tuple[str, str, str]]:
        return type(self), (str(self.path), self.field, self.problem)


class JobError(NeuroFMError):
    """Work in the background that failed.

    Parameters
    ----------
    words : what failed, and why
    code : as of the error there
    """

    def __init__(self, words: str, code: str = "") -> None:
        super().__init__(words)
        self.code = code  # type: ignore[misc]

    def __reduce__(self) -> tuple[type[JobError], tuple[str, str]]:
        return type(self), (str(self), self.code)


class DataErrors(DataError):
    """Several files that cannot be used; its text has a line for each.

    Parameters
    ----------
    errors : what is wrong with each
    """

    def __init__(self, errors: Sequence[DataError]) -> None:
        self.errors = tuple(errors)
        super().__init__(errors[0].path, errors[0].field, errors[0].problem)

    def __str__(self) -> str:
        return "\n".join(map(str, self.errors))

    def __reduce__(self) -> tuple[type[DataErrors], tuple[tuple[DataError, ...]]]:  # type: ignore[override]
        return type(self), (self.errors,)


def every(do: Callable[[T], U], things: Iterable[T]) -> list[U]:
    """What `do` gives of each thing; of several files that are refused, all are told.

    Raises
    ------
    DataError
        If any is refused, once all were tried; `DataErrors` if several are.
    """
    done, errors = list[U](), list[DataError]()
    for thing in things:
        try:
            done.append(do(thing))
        except DataError as error:
            errors.append(error)
    if errors:
        raise errors[0] if len(errors) == 1 else DataErrors(errors)
    return done


class RunError(DataError):
    """A run folder that cannot be used as it is."""


class UnknownUnits(NeuroFMError, LookupError):
    """A model does not know the units of a recording, or others than it has now: it can be adapted to them."""

    code = "unknown units"


class Stopped(NeuroFMError):
    """The user asked a job to stop; what there is was kept."""

    code = "stopped"


class FilterError(NeuroFMError):
    """A filter expression that cannot be used."""

    def in_view(self) -> str:
        """What a picture says that shows all the same."""
        return f"All are shown: {self}"


class MovedError(DataError):
    """Files that a session refers to are not where they were.

    Parameters
    ----------
    paths : where they were
    """

    code = "moved files"

    def __init__(self, path: str | Path, paths: tuple[str, ...]) -> None:
        self.paths = paths
        count = f" (and {len(paths) - 1} more)" if len(paths) > 1 else ""
        super().__init__(
            path, "", f"{paths[0]}{count} is not there any more; say where it is now with "
            f"Session.restore({Path(path).name!r}, moved={{{paths[0]!r}: ...}}), or None to go without it",
        )  # fmt: skip

    def __reduce__(self) -> tuple[type[MovedError], tuple[str, tuple[str, ...]]]:  # type: ignore[override]
        return type(self), (str(self.path), self.paths)
