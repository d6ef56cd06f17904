"""What users give to learn from, in whatever way, as sources."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neurofm.data.source import Source, each
from neurofm.errors import DataError
from neurofm.io import apart, matching, read
from neurofm.specs import RECORDING, ModelSpec
from neurofm.training.course import check_takes
from neurofm.words import a_kind


def sources(given: Any, spec: ModelSpec) -> list[Any]:
    """The sources, read where they are files, each by a name of its own; the model must learn from them.

    Parameters
    ----------
    given : sources, files, patterns of files, lists of the parts of one, or what other libraries have opened; one or
        several, or by name; or a session, of which all that the model takes

    Raises
    ------
    DataError, ValueError
        If there is nothing, or something from which the model does not learn.
    """
    if isinstance(getattr(given, "sources", None), Mapping):
        held = given.sources
        given = [source for source in held.values() if isinstance(source, spec.takes)]
        wanted = a_kind(spec.takes.kind)
        if held and not given:
            raise ValueError(f"{', '.join(held)}: none holds {wanted}, from which {spec.title} learns; open some")
    if isinstance(given, Mapping) and all(isinstance(one, Source | str | Path) for one in given.values()):
        given = given.values()
    data = [source for item in each(given) for source in _read(item, spec)]
    for source in data:
        check_takes(spec, source)
    if not data:
        raise ValueError(f"give {a_kind(spec.takes.kind)} to learn from")
    return apart(data)


def one(given: Any, spec: ModelSpec) -> Any:
    """The one source that a run is asked about, read where it is a file or what another library has opened.

    Raises
    ------
    DataError
        If it is none, several, or one from which the model does not learn.
    """
    if isinstance(given, list | tuple) and any(isinstance(part, Source) for part in given):
        kind = a_kind(spec.takes.kind)
        raise DataError(type(given).__name__, "", f"may hold several, and {spec.title} answers of one; give {kind}")
    found = _read(given, spec)
    check_takes(spec, found[0])
    return found[0]


def _read(item: Any, spec: ModelSpec) -> list[Source]:
    if isinstance(item, Source):
        return [item]
    if isinstance(item, str) and (paths := matching(item)):
        return [read(path) for path in paths]
    try:
        return [read(item)]
    except TypeError as error:
        wanted = f"give {a_kind(spec.takes.kind)}, or its file"
        if spec.takes.kind == RECORDING:
            wanted += "; arrays become one by neurofm.recording(counts=..., dt=...)"
        kind = type(item).__name__
        raise DataError(kind, "", f"is nothing that {spec.title} could learn from; {wanted}") from error
