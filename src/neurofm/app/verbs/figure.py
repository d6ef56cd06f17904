"""Figure: a view as it is, on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from neurofm import registry
from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state.catalog import VIEWS, Catalog
from neurofm.app.state.log import Action
from neurofm.app.verbs import _options
from neurofm.data.ids import SPACES
from neurofm.specs import VerbSpec

SIZES = ("width_mm", "height_mm", "font_pt", "dpi", "dark", "ranges")


def begin(session: Catalog, view: str, path: str | Path, **options: Any) -> Path:
    """Write a view as it is to `.svg`, `.pdf` or `.png`; the options are those of `app.pictures.figure.render`."""
    from neurofm.app.pictures import figure

    view = registry.called(VIEWS, view)
    state = session.view(view)
    written = figure.render(registry.get(VIEWS, view.split(" ")[0]), state, session, path, **options)
    picks = [[space, ids.tolist(), mode] for space, ids, mode in session.selection.steps()]
    how = {"path": str(path), "state": asdict(state), "picks": picks, "time": session.time_or_none}
    session.actions.add("figure", view, **how, options=options)
    return written


def code(action: Action, script: Script) -> list[str]:
    """The picks, time and state that it was made with, then the figure, in a folder beside the script."""
    o = action.options
    lines = script.picks([(space, np.array(ids, np.int64), mode) for space, ids, mode in o["picks"]], anew=True)
    script.picks_anew = True
    lines += [] if o["time"] is None else [f"session.time = {o['time']!r}"]
    lines += script.view(action.name, o["state"])
    sizes = "".join(f", {name}={_bare(value)!r}" for name, value in o["options"].items())
    return [*lines, f"session.figure({action.name!r}, {'figures/' + PurePath(o['path']).name!r}{sizes})"]


def stands(action: Action, later: Sequence[Action]) -> bool:
    """While all is open that it may show."""
    return not any(other.kind == "close" for other in later)


def _bare(value: Any) -> Any:
    """Without numpy's numbers and lists, whose code is another."""
    if isinstance(value, list | tuple):
        return tuple(_bare(part) for part in value)
    return value.item() if isinstance(value, np.generic) else value


def _sizes(field: Field) -> dict[str, Any]:
    """Named here, since the names become code in a script."""
    field.only(SIZES)
    return _options.settings(field)


def _pick(item: Field) -> list[Any]:
    """A pick that a figure was made with."""
    if len(item.items()) != 3:
        item.wrong("must be a space, ids and a mode")
    space, ids, mode = item.items()
    return [
        space.choice(SPACES),
        [one.whole(0, (1 << 63) - 1) for one in ids.items()],
        mode.choice(("replace", "add", "remove")),
    ]


def _state(field: Field) -> dict[str, Any]:
    """The state of the view that the action is called after."""
    from neurofm.app.saved.page import state_of

    action = field.above and field.above.above
    return asdict(state_of(action["name"], field)) if action else {}


SPEC = VerbSpec(
    begin=begin,
    options={
        "path": Field.text, "state": _state, "picks": _options.several(_pick),
        "time": lambda field: None if field.value is None else field.number(), "options": _sizes,
    },
    code=code,
    last=True,
    stands=stands,
)  # fmt: skip
