"""How the options of actions are read back from `session.json`, where someone may have edited them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from neurofm.app.saved.field import Field

Options = Mapping[str, Callable[[Field], Any]]
LONGEST = 1 << 62  # of whole numbers


def paths(field: Field) -> str | list[str]:
    """A file, or those that together are one source."""
    if isinstance(field.value, list):
        if not field.value:
            field.wrong("is empty; name at least one file")
        return [item.text() for item in field.items()]
    return field.text()


def names(field: Field) -> list[str]:
    """Names of sources."""
    return [item.text() for item in field.items()]


def one_name(field: Field) -> list[str]:
    """The name of one source, as a list."""
    if len(field.items()) != 1:
        field.wrong("must name one source")
    return names(field)


def settings(field: Field) -> dict[str, Any]:
    """Plain values by name."""
    return {key: member.plain() for key, member in field.members().items()}


def whole(field: Field) -> int:
    """Any whole number from 0 on."""
    return field.whole(0, LONGEST)


def span(field: Field) -> list[float]:
    """Start and stop in seconds."""
    if len(field.items()) != 2:
        field.wrong(f"must be a start and a stop, got {len(field.items())} numbers")
    return [item.number() for item in field.items()]


def several(read: Callable[[Field], Any]) -> Callable[[Field], list[Any]]:
    """A list of such values."""
    return lambda field: [read(item) for item in field.items()]


def choice(*known: str) -> Callable[[Field], str]:
    """One of several words."""
    return lambda field: field.choice(known)
