"""How files that say nothing of themselves are read: what a front asks of its user, and what was answered before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from neurofm import io
from neurofm.app.state.catalog import Catalog
from neurofm.io import Asking, Layout
from neurofm.io._questions import ANSWERS, QUESTIONS, given, questions

__all__ = ["ANSWERS", "QUESTIONS", "answers", "asked", "given", "questions"]


def asked(session: Catalog, source: Any) -> Asking | None:
    """What is asked before a file is opened, as it was answered for the last one like it; None if nothing is."""
    paths = source if isinstance(source, Sequence) and not isinstance(source, str) else [source]
    silent = [path for path in paths if io.is_silent(path)]
    asking = io.asking(silent[0]) if len(silent) == 1 else None
    if asking is None:
        return None
    origins = [io.origin(one) for one in reversed(list(session.sources.values()))]
    before = next((held for held in origins if held is not None and held.how and _suits(held.how, asking)), None)
    if before is None:
        return asking
    path = before.path if isinstance(before.path, str) else before.path[0]
    again = asking.again(Layout(**before.how))
    return replace(again, told=(f"as it was for {Path(path).name}", *again.told))


def answers(asking: Asking) -> dict[str, str]:
    """What can be answered to what is unsure, by its words; nothing where a number is asked for."""
    words = ANSWERS.get(asking.unsure)
    if words is not None:
        return {said: answer for answer, said in words.items()}
    return {name: name for name in asking.choices.get(asking.unsure, ()) if name}


def _suits(how: Mapping[str, Any], asking: Asking) -> bool:
    """Whether a file has all that was named of another."""
    return all(how.get(name, "") in choices for name, choices in asking.choices.items())
