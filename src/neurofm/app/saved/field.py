"""JSON that someone may have edited: every value knows its place in the file, so that what is wrong has a name."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from neurofm.errors import DataError

LARGEST = 64 << 20  # bytes of a file
LONGEST = 4096  # characters of a text
DEEPEST = 8  # levels of plain values


@dataclass(frozen=True)
class Field:
    """A value of a JSON file.

    Parameters
    ----------
    path : the file
    place : of the value in it ("groups[2].name")
    value : as the file has it
    above : the value that it is a member of, if it is of one
    """

    path: Path
    place: str
    value: Any
    above: Field | None = None

    def wrong(self, problem: str) -> NoReturn:
        """Refuse the file for this value."""
        raise DataError(self.path, self.place, problem)

    def __getitem__(self, key: str) -> Field:
        """A member that must be there."""
        members = self.members()
        place = f"{self.place}.{key}" if self.place else key
        if key not in members:
            raise DataError(self.path, place, "is missing; take the previous version of the file")
        return members[key]

    def members(self) -> dict[str, Field]:
        """Every member of an object."""
        if not isinstance(self.value, dict):
            self.wrong(f"must be an object, got {_said(self.value)}")
        place = f"{self.place}." if self.place else ""
        return {_text(self, key): Field(self.path, f"{place}{key[:40]}", v, self) for key, v in self.value.items()}

    def items(self) -> list[Field]:
        """Every item of a list."""
        if not isinstance(self.value, list):
            self.wrong(f"must be a list, got {_said(self.value)}")
        return [Field(self.path, f"{self.place}[{k}]", v) for k, v in enumerate(self.value)]

    def only(self, keys: Collection[str]) -> None:
        """Refuse members that nobody knows."""
        for key, member in self.members().items():
            if key not in keys:
                member.wrong(f"is not known; there are {', '.join(keys) or 'none'}")

    def text(self) -> str:
        """A text."""
        return _text(self, self.value)

    def choice(self, words: Collection[str]) -> str:
        """One of several words."""
        if self.text() not in words:
            self.wrong(f"must be one of {', '.join(sorted(words))}, got {_said(self.value)}")
        return self.text()

    def flag(self) -> bool:
        """True or false."""
        if not isinstance(self.value, bool):
            self.wrong(f"must be true or false, got {_said(self.value)}")
        return self.value

    def whole(self, low: int = 0, high: int = 1 << 31) -> int:
        """A whole number in [low, high]."""
        if isinstance(self.value, bool) or not isinstance(self.value, int) or not low <= self.value <= high:
            self.wrong(f"must be a whole number from {low} to {high}, got {_said(self.value)}")
        return self.value

    def number(self, low: float = -1e12, high: float = 1e12) -> float:
        """A number in [low, high]."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float) or not low <= self.value <= high:
            self.wrong(f"must be a number from {low:g} to {high:g}, got {_said(self.value)}")
        return float(self.value)

    def plain(self, depth: int = 0) -> Any:
        """Any text, number, flag, null, or lists and objects of them, not too deep."""
        if depth > DEEPEST:
            self.wrong("is nested too deep")
        if isinstance(self.value, dict):
            return {key: member.plain(depth + 1) for key, member in self.members().items()}
        if isinstance(self.value, list):
            return [item.plain(depth + 1) for item in self.items()]
        if isinstance(self.value, str):
            return self.text()
        if isinstance(self.value, int | float) and not isinstance(self.value, bool) and not abs(self.value) <= 1e300:
            self.wrong(f"is out of range, got {_said(self.value)}")
        return self.value


def read(path: Path, field: str = "") -> Field:
    """What a JSON file holds.

    Raises
    ------
    DataError
        If it is none, too large, or holds NaN.
    """
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise DataError(path, field, f"has {size >> 20} MB; {LARGEST >> 20} MB are allowed")
        return Field(path, "", json.loads(path.read_text("utf-8"), parse_constant=_no_number))
    except OSError as error:
        raise DataError(path, field, f"cannot be opened ({error.strerror}); check the name") from error
    except (ValueError, RecursionError) as error:
        words = " ".join(str(error).split())[:120]
        raise DataError(path, field, f"is cut off or damaged ({words}); take the previous version of it") from error


def _text(field: Field, value: Any) -> str:
    """Text that a path or a label may be."""
    if not isinstance(value, str):
        field.wrong(f"must be text, got {_said(value)}")
    if len(value) > LONGEST:
        field.wrong(f"has {len(value)} characters; {LONGEST} are allowed")
    if "\0" in value or any("\ud800" <= c <= "\udfff" for c in value):
        field.wrong(f"holds a character that no text has, got {_said(value)}")
    return value


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _said(value: Any) -> str:
    words = ascii(value) if not isinstance(value, dict | list) else "an object" if isinstance(value, dict) else "a list"
    return words if len(words) <= 40 else f"{words[:37]}..."
