"""What a user did in a front, as Python that does it again and gets the same numbers."""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import PurePath
from typing import Any

import numpy as np

from neurofm.app.catalog import MAKERS
from neurofm.app.selection import Step
from neurofm.data.ids import Ids


@dataclass(kw_only=True)
class Action:
    """One thing a user did.

    Parameters
    ----------
    kind : open, close, load, train, finetune, embed, predict, hide, compare_decoders, umap, join, group, compare,
        figure or export
    name : of the recording, run or embedding that came of it
    options : plain values, enough to do it again
    done : training steps done when it was stopped; None if it was not
    """

    kind: str
    name: str
    options: dict[str, Any] = field(default_factory=dict)
    done: int | None = None


def script(actions: Sequence[Action], picks: Iterable[Step] = (), time: float | None = None) -> str:
    """Python that does all of it again with nothing but the public names of `neurofm`."""
    return "\n".join([_head(), *_cells(actions, picks, time)]) + "\n"


def notebook(actions: Sequence[Action], picks: Iterable[Step] = (), time: float | None = None) -> str:
    """The same as JSON of a Jupyter notebook (format 4.5), a cell for each thing that was done."""
    cells = [_cell(0, "markdown", _head().strip('"'))]
    cells += [_cell(k, "code", code) for k, code in enumerate(_cells(actions, picks, time), 1)]
    about = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": about, "cells": cells}, indent=1) + "\n"


def _head() -> str:
    from neurofm import __version__

    return f'''"""Written by NeuroFM {__version__}: run it with Python to get the same numbers."""'''


def _cells(actions: Sequence[Action], picks: Iterable[Step], time: float | None) -> list[str]:
    """Pieces of the code: imports, then one for each action, then what is picked and the time."""
    write = _Writer()
    cells = ["\n".join(write.lines(action)) for action in _in_order(actions) if action.done != 0]
    now = _picks(picks, anew=any(action.kind == "figure" for action in actions))
    now += [] if time is None else [f"session.time = {time!r}"]
    cells = [cell for cell in (*cells, "\n".join(now)) if cell]
    return [f"\n{_imports(chr(10).join(cells))}\n\nsession = nf.Session()", *cells]


def _imports(body: str) -> str:
    used = ["import numpy as np"] if "np." in body else []
    used += ["", "import neurofm as nf"] if used else ["import neurofm as nf"]
    used += ["from neurofm.projection import align, umap"] if "umap(" in body else []
    return "\n".join(["from dataclasses import replace", "", *used] if "replace(" in body else used)


def _cell(number: int, kind: str, text: str) -> dict[str, Any]:
    more: dict[str, Any] = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "id": f"step-{number}", "metadata": {}, "source": text.strip("\n"), **more}


class _Writer:
    """Lines of code, with a variable for everything that has a name."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._states: dict[str, dict[str, Any]] = {}  # of views, as the lines so far leave them

    def lines(self, action: Action) -> list[str]:
        write: Callable[[Action], list[str]] = getattr(self, f"_{action.kind}")
        return write(action)

    def _open(self, action: Action) -> list[str]:
        name = self._new(action.name)
        reader = f", reader={action.options['reader']!r}" if action.options.get("reader") else ""
        return [f"{name} = nf.read({action.options['path']!r}{reader})", f"session.add({name})"]

    def _close(self, action: Action) -> list[str]:
        return [f"session.close({action.name!r})"]

    def _load(self, action: Action) -> list[str]:
        name = self._new(action.name)
        return [f"{name} = nf.load({action.options['path']!r})", f"session.add({name})"]

    def _train(self, action: Action) -> list[str]:
        return self._run(action, f"nf.train({action.options['model']!r}, {self._data(action)}, ")

    def _finetune(self, action: Action) -> list[str]:
        only = ", units_only=True" if action.options.get("units_only") else ""
        call = f"nf.finetune({self._names[action.options['run']]}, {self._data(action)}{only}, "
        return self._run(action, call)

    def _run(self, action: Action, call: str) -> list[str]:
        settings = dict(action.options.get("settings") or {})
        settings |= {} if action.done is None else {"until": action.done}
        name = self._new(action.name)
        more = "".join(f", {key}={action.options[key]!r}" for key in ("seed", "device") if key in action.options)
        more += f", settings={settings!r}" if settings else ""
        # a script that runs again takes the run that it made, which train compares with what is asked for
        made = f"{name} = {call}out={f'runs/{action.name}'!r}, resume=True{more})"
        return [made, f"session.add({name})", f"print({name}.metrics)"]

    def _embed(self, action: Action) -> list[str]:
        name, run = self._new(action.name), self._names.get(action.options["run"])
        if run is None:
            return []
        how = ", ".join(f"{key}={action.options[key]!r}" for key in ("of", "part") if key in action.options)
        return [f"{name} = {run}.embed({self._data(action)}, {how})", f"session.add({name})"]

    def _predict(self, action: Action) -> list[str]:
        run = self._names.get(action.options["run"])
        if run is None:
            return []
        return [f"session.add({run}.predict({self._names[action.options['names'][0]]}))"]

    def _hide(self, action: Action) -> list[str]:
        o, run = action.options, self._names.get(action.options["run"])
        if run is None:
            return []
        units = f", units={_ids(np.array(o['units'], np.int64))}" if o["units"] else ""
        spans = f", spans={o['spans']!r}" if o["spans"] else ""
        return [f"session.add({run}.hide({self._names[o['names'][0]]}{units}{spans}, what={o['what']!r}))"]

    def _compare_decoders(self, action: Action) -> list[str]:
        o = action.options
        (name,), more = o["names"], "".join(f", {key}={o[key]!r}" for key in ("quick", "seed") if o[key])
        return [
            f"job = session.compare_decoders({name!r}{more})",
            "job.wait()",
            f"print(job.error or session.decoders[{name!r}].table.to_string())",
        ]

    def _umap(self, action: Action) -> list[str]:
        name = self._names.get(action.name)
        if name is None:
            return []
        made = f"umap({name}.values, {action.options['dims']!r}, seed={action.options.get('seed', 0)!r})"
        made = f"align({made}, {name}.xy)" if action.options["dims"] == 2 else made
        return [f"{name} = replace({name}, xy={made}, method='UMAP')", f"session.add({name})"]

    def _join(self, action: Action) -> list[str]:
        o = action.options
        return [f"session.join({o['path']!r}, name={action.name!r}, on={o['on']!r}, space={o['space']!r})"]

    def _group(self, action: Action) -> list[str]:
        return [f"session.group({action.name!r}, {action.options['space']!r}, {_ids(action.options['ids'])})"]

    def _compare(self, action: Action) -> list[str]:
        return [f"print(session.compare({action.options['first']!r}, {action.options['second']!r}).to_string())"]

    def _figure(self, action: Action) -> list[str]:
        """The picks, time and state that it was made with, then the figure, in a folder beside the script."""
        o = action.options
        lines = _picks([(space, np.array(ids, np.int64), mode) for space, ids, mode in o["picks"]], anew=True)
        lines += [] if o["time"] is None else [f"session.time = {o['time']!r}"]
        before = self._states.get(action.name) or _state(action.name)
        self._states[action.name] = o["state"]
        lines += [
            f"session.view({action.name!r}).{name} = {value!r}"
            for name, value in o["state"].items()
            if name in before and before[name] != value
        ]
        sizes = "".join(f", {name}={_bare(value)!r}" for name, value in o["options"].items())
        return [*lines, f"session.figure({action.name!r}, {'figures/' + PurePath(o['path']).name!r}{sizes})"]

    def _export(self, action: Action) -> list[str]:
        if action.name not in (*MAKERS, *self._names):
            return []  # an embedding that no run of ours made
        return [f"session.export({action.name!r}, {'tables/' + PurePath(action.options['path']).name!r})"]

    def _data(self, action: Action) -> str:
        return "[" + ", ".join(self._names[name] for name in action.options["names"]) + "]"

    def _new(self, name: str) -> str:
        """A variable for `name`, the one it has if it has one."""
        if name not in self._names:
            word = re.sub(r"\W+", "_", name.lower(), flags=re.ASCII).strip("_") or "thing"
            word = f"_{word}" if word[0].isdigit() else word
            taken = {*self._names.values(), *keyword.kwlist, "nf", "np", "session", "print", "umap", "align", "replace"}
            self._names[name] = next(w for w in (word, *(f"{word}_{k}" for k in range(2, 9999))) if w not in taken)
        return self._names[name]


def _in_order(actions: Sequence[Action]) -> list[Action]:
    """What needs groups after them; no comparison of groups that are gone, no figure of what was closed since."""
    groups = {action.name for action in actions if action.kind == "group"}
    closed = max((k for k, action in enumerate(actions) if action.kind == "close"), default=-1)
    last = [
        action
        for k, action in enumerate(actions)
        if (action.kind == "compare" and {action.options["first"], action.options["second"]} <= groups)
        or (action.kind in ("figure", "export") and k > closed)
    ]
    return [*(action for action in actions if action.kind not in ("compare", "figure", "export")), *last]


def _picks(picks: Iterable[Step], *, anew: bool) -> list[str]:
    lines = [f"session.selection.pick({space!r}, {_ids(ids)}, {mode!r})" for space, ids, mode in picks]
    return ["session.selection.clear()", *lines] if anew else lines


def _bare(value: Any) -> Any:
    """Without numpy's numbers and lists, whose code is another."""
    if isinstance(value, list | tuple):
        return tuple(_bare(part) for part in value)
    return value.item() if isinstance(value, np.generic) else value


def _state(view: str) -> dict[str, Any]:
    """A view's state before anybody changed it."""
    from neurofm import registry

    return asdict(registry.get("neurofm.app.views", view.split(" ")[0]).state())


def _ids(ids: Ids) -> str:
    """Ids as short code: evenly spaced stretches become ranges."""
    if len(ids) <= 8:
        return repr(ids.tolist())
    parts = [_stretch(part) for part in _even(ids)]
    return f"np.r_[{', '.join(parts)}]"


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
