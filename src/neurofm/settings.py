"""Settings as typed by a user become what the dataclass fields of their names want."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from neurofm.checks import check_choice

_SWITCH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def typed(given: Mapping[str, Any], *kinds: type) -> dict[str, Any]:
    """`given` values, text or not, as the fields of the dataclasses `kinds` declare them.

    Raises
    ------
    LookupError
        If a name is no field, or a value none of its choices; lists those there are.
    ValueError
        If a value is not of its field's type, or out of the range that its annotation sets.
    """
    hints = {f.name: get_type_hints(kind, include_extras=True)[f.name] for kind in kinds for f in fields(kind)}
    for name in given:
        check_choice("setting", name, hints)
    return {name: _value(name, hints[name], str(value)) for name, value in given.items()}


def limits(hint: Any) -> tuple[Any, Mapping[str, float]]:
    """The type behind an annotation, and its range if it has one."""
    extra = getattr(hint, "__metadata__", ())
    return (hint.__origin__, extra[0]) if extra else (hint, {})


def _value(name: str, hint: Any, text: str) -> Any:
    kind, span = limits(hint)
    if get_origin(kind) is Literal:
        check_choice(name, text, get_args(kind))
        return text
    cast, words = _CASTS[kind]
    try:
        value = cast(text)
        inside = not span or span["min"] <= value <= span["max"]
    except (ValueError, KeyError):
        inside = False
    if not inside:
        reach = f" from {span['min']:g} to {span['max']:g}" if span else ""
        raise ValueError(f"{name} must be {words}{reach}, got '{text}'")
    return value


def _finite(text: str) -> float:
    if not math.isfinite(value := float(text)):
        raise ValueError(text)
    return value


_CASTS: dict[Any, tuple[Callable[[str], Any], str]] = {
    bool: (lambda text: _SWITCH[text.lower()], "true or false"),
    int: (int, "a whole number"),
    float: (_finite, "a number"),
    str: (str, "text"),
}
