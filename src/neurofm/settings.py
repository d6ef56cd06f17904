"""Settings as typed by a user become what the dataclass fields of their names want."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from neurofm.checks import check_choice

LONGEST = 4096  # characters of a text
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


def fit(name: str, hint: Any, value: Any) -> Any:
    """A value that is of the type that an annotation declares already, as plain Python has it.

    Raises
    ------
    LookupError, ValueError
        If it is of another type, out of range, or none of its choices; text is no number here.
    """
    kind, span = limits(hint)
    value = value.item() if getattr(value, "shape", None) == () else value
    if get_origin(kind) is Literal:
        check_choice(name, value, get_args(kind))
    if kind not in _CASTS:
        return value
    if kind is int and isinstance(value, float) and value.is_integer():
        value = int(value)  # which boxes for numbers give
    whole = isinstance(value, int) and not isinstance(value, bool)
    of_kind = {bool: isinstance(value, bool), int: whole, float: whole or isinstance(value, float)}
    if not of_kind.get(kind, isinstance(value, str) and len(value) <= LONGEST):
        raise ValueError(f"{name} must be {_words(kind, span)}, got {value!r:.80}")
    return _value(name, hint, str(value))


def limits(hint: Any) -> tuple[Any, Mapping[str, float]]:
    """The type behind an annotation, and its range if it has one."""
    extra = getattr(hint, "__metadata__", ())
    return (hint.__origin__, extra[0]) if extra else (hint, {})


def _value(name: str, hint: Any, text: str) -> Any:
    kind, span = limits(hint)
    if get_origin(kind) is Literal:
        check_choice(name, text, get_args(kind))
        return text
    cast, _ = _CASTS[kind]
    try:
        value = cast(text)
        inside = not span or span["min"] <= value <= span["max"]
    except (ValueError, KeyError):
        inside = False
    if not inside:
        raise ValueError(f"{name} must be {_words(kind, span)}, got '{text}'")
    return value


def _words(kind: Any, span: Mapping[str, float]) -> str:
    """ "a number from 0 to 1"."""
    return _CASTS[kind][1] + (f" from {span['min']:g} to {span['max']:g}" if span else "")


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


def plain(text: str) -> Any:
    """A whole number or a number, if a text is one; else the text."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
