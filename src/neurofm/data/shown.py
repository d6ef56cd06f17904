"""How things look at a prompt and in a cell: one line, and a small table."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

MOST = 6  # names that are listed


class Shown:
    """Something that says what it is in a line and, on a page, in a small table, however much it holds."""

    def facts(self) -> Mapping[str, Any]:
        """What there is to say, by what it is called; what is "" or None is left out."""
        raise NotImplementedError

    def __repr__(self) -> str:
        told = [f"{name} {value}" if name else str(value) for name, value in _told(self).items()]
        return f"<{type(self).__name__} {', '.join(told)}>"

    def _repr_html_(self) -> str:
        cells = "".join(
            f"<tr><th style='text-align:left'>{escape(name)}</th><td style='text-align:left'>{escape(value)}</td></tr>"
            for name, value in _told(self).items()
        )
        return f"<table><caption>{escape(type(self).__name__)}</caption>{cells}</table>"


def several(names: Any) -> str:
    """Some names, and how many more there are: "x, y", "a, b, … (17)"."""
    told = [str(name) for name in names]
    return ", ".join(told) if len(told) <= MOST else f"{', '.join(told[:MOST])}, … ({len(told):,})"


def _told(shown: Shown) -> dict[str, str]:
    told = {name: str(value) for name, value in shown.facts().items() if value not in ("", None)}
    return {name: value if len(value) <= 120 else f"{value[:119]}…" for name, value in told.items()}
