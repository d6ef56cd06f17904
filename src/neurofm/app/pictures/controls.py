"""What a picture lets its user choose: the fields of a view's State, as controls that every front draws alike."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from neurofm.app.state.catalog import Catalog
from neurofm.settings import limits
from neurofm.specs import ViewSpec

HIDDEN = {"hidden": True}  # metadata of a field that gestures change, not controls
WORDS = {"of": "show"}  # of fields whose name does not say it by itself
AUTO = ""  # the value of a choice that the view makes by itself


@dataclass(frozen=True, kw_only=True)
class Control:
    """One field of a view's state.

    Parameters
    ----------
    name : of the field
    words : on it
    kind : "choice", "switch", "number" or "text"
    value : now
    choices : of a choice; "" is shown as "auto"
    low, high, whole : of a number
    """

    name: str
    words: str
    kind: Literal["choice", "switch", "number", "text"]
    value: Any
    choices: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 1.0
    whole: bool = False


def controls(spec: ViewSpec, state: Any, session: Catalog) -> tuple[Control, ...]:
    """Controls of a view as it is now, in the order of its fields; a choice among one is left out."""
    hints = get_type_hints(spec.state, include_extras=True)
    open_choices = spec.choices(state, session)
    fields_shown = [
        _control(field.name, hints[field.name], getattr(state, field.name), open_choices.get(field.name))
        for field in fields(spec.state)
        if not field.metadata.get("hidden")
    ]
    return tuple(control for control in fields_shown if control.kind != "choice" or _leaves_a_choice(control))


def _leaves_a_choice(control: Control) -> bool:
    """Whether there are two words or more, or one that was chosen and can be left again."""
    return len({*control.choices} - {AUTO}) > 1 or (AUTO in control.choices and control.value != AUTO)


def _control(name: str, hint: Any, value: Any, offered: tuple[str, ...] | None) -> Control:
    kind, span = limits(hint)
    words = WORDS.get(name, name.replace("_", " ").replace("color", "colour"))
    common: dict[str, Any] = {"name": name, "words": words, "value": value}
    if get_origin(kind) is Literal:
        return Control(kind="choice", choices=get_args(kind), **common)
    if offered is not None:
        more = () if value in offered else (value,)  # what is gone by now stays to be seen
        return Control(kind="choice", choices=(*offered, *more), **common)
    if kind is bool:
        return Control(kind="switch", **common)
    if kind in (float, int):
        low, high = float(span.get("min", 0)), float(span.get("max", 1))
        return Control(kind="number", low=low, high=high, whole=kind is int, **common)
    return Control(kind="text", **common)
