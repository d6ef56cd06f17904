"""What a user did in a front, as Python that does it again and gets the same numbers."""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

import numpy as np

from neurofm import registry
from neurofm.app.state.log import Action
from neurofm.app.state.selection import Step
from neurofm.data.ids import Ids
from neurofm.version import VERSION

VERBS, VIEWS = "neurofm.app.verbs", "neurofm.app.views"
TAKEN = {*keyword.kwlist, "nf", "np", "session", "print", "umap", "pca", "align", "replace"}

NOTHING: Mapping[str, Any] = MappingProxyType({})


def script(actions: Sequence[Action], picks: Iterable[Step] = (), now: Mapping[str, Any] = NOTHING) -> str:
    """Python that does all of it again with nothing but the public names of `neurofm`."""
    return "\n".join([_head(), *_cells(actions, picks, now)]) + "\n"


def notebook(
    actions: Sequence[Action], picks: Iterable[Step] = (), now: Mapping[str, Any] = MappingProxyType({})
) -> str:
    """The same as JSON of a Jupyter notebook (format 4.5), a cell for each thing that was done."""
    cells = [_cell(0, "markdown", _head().strip('"'))]
    cells += [_cell(k, "code", code) for k, code in enumerate(_cells(actions, picks, now), 1)]
    about = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": about, "cells": cells}, indent=1) + "\n"


class Script:
    """Lines of code so far: a variable for everything that has a name, and what has to be imported for them.

    Attributes
    ----------
    imports : lines that the code needs beside ``import neurofm as nf``
    picks_anew : whether the lines have picked something, so that what is picked in the end is picked anew
    """

    def __init__(self) -> None:
        self.imports: set[str] = set()
        self.picks_anew = False
        self._variables: dict[str, str] = {}
        self._states: dict[str, dict[str, Any]] = {}  # of views, as the lines so far leave them

    def variable(self, name: str) -> str | None:
        """The variable that holds what is called so, if the lines so far made one."""
        return self._variables.get(name)

    def new(self, name: str) -> str:
        """A variable for `name`, the one it has if it has one."""
        if name not in self._variables:
            word = re.sub(r"\W+", "_", name.lower(), flags=re.ASCII).strip("_") or "thing"
            word = f"_{word}" if word[0].isdigit() else word
            taken = {*self._variables.values(), *TAKEN}
            free = (w for w in (word, *(f"{word}_{k}" for k in range(2, 9999))) if w not in taken)
            self._variables[name] = next(free)
        return self._variables[name]

    def several(self, names: Iterable[str]) -> str:
        """A list of variables."""
        return "[" + ", ".join(self._variables[name] for name in names) + "]"

    def ids(self, ids: Ids) -> str:
        """Ids as short code: evenly spaced stretches become ranges."""
        if len(ids) <= 8:
            return repr(ids.tolist())
        self.imports.add("import numpy as np")
        return f"np.r_[{', '.join(_stretch(part) for part in _even(ids))}]"

    def picks(self, picks: Iterable[Step], *, anew: bool) -> list[str]:
        """What picks these things, after all else that is picked was let go where that is asked for."""
        lines = [f"session.selection.pick({space!r}, {self.ids(ids)}, {mode!r})" for space, ids, mode in picks]
        return ["session.selection.clear()", *lines] if anew else lines

    def view(self, name: str, state: dict[str, Any]) -> list[str]:
        """What sets a view to a state, of what differs from how the lines so far left it."""
        before = self._states.get(name) or asdict(registry.get(VIEWS, name.split(" ")[0]).state())
        self._states[name] = state
        changed = {key: value for key, value in state.items() if key in before and before[key] != value}
        return [f"session.view({name!r}).{key} = {value!r}" for key, value in changed.items()]


def _head() -> str:
    return f'''"""Written by NeuroFM {VERSION}: run it with Python to get the same numbers."""'''


def _cells(actions: Sequence[Action], picks: Iterable[Step], now: Mapping[str, Any]) -> list[str]:
    """Pieces of the code: imports, then one for each action, then what is picked and what is set now."""
    lines = Script()
    cells = ["\n".join(_spec(action).code(action, lines)) for action in _in_order(actions) if action.done != 0]
    last = lines.picks(picks, anew=lines.picks_anew)
    last += [f"session.{name} = {value!r}" for name, value in now.items()]
    cells = [cell for cell in (*cells, "\n".join(last)) if cell]
    return [f"\n{_imports(lines.imports)}\n\nsession = nf.Session()", *cells]


def _imports(needed: Iterable[str]) -> str:
    """Of the standard library, of others, and ours, each group on its own."""
    groups = (
        sorted(line for line in needed if line.startswith("from dataclasses")),
        sorted(line for line in needed if "numpy" in line),
        ["import neurofm as nf", *sorted(line for line in needed if line.startswith("from neurofm"))],
    )
    return "\n\n".join("\n".join(group) for group in groups if group)


def _cell(number: int, kind: str, text: str) -> dict[str, Any]:
    more: dict[str, Any] = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "id": f"step-{number}", "metadata": {}, "source": text.strip("\n"), **more}


def _spec(action: Action) -> Any:
    return registry.get(VERBS, action.kind)


def _in_order(actions: Sequence[Action]) -> list[Action]:
    """What shows how things stand after all else, unless it cannot be done any more."""
    still = [action for k, action in enumerate(actions) if _spec(action).stands(action, actions[k + 1 :])]
    return sorted(still, key=lambda action: _spec(action).last)


def _even(ids: Ids) -> list[Ids]:
    """`ids` cut wherever the spacing changes."""
    turns = [*(np.flatnonzero(np.diff(ids, 2)) + 2).tolist(), len(ids)]
    parts, first = [], 0
    for turn in turns:
        if turn - first >= 3 or turn == len(ids):
            parts.append(ids[first:turn])
            first = turn
        else:  # too short to be a range: one id on its own, and look again from the next
            parts.append(ids[first : first + 1])
            first += 1
    return [part for part in parts if len(part)]


def _stretch(ids: Ids) -> str:
    if len(ids) < 3:
        return ", ".join(map(str, ids))
    step = int(ids[1] - ids[0])
    return f"{ids[0]}:{ids[-1] + 1}" + (f":{step}" if step > 1 else "")
