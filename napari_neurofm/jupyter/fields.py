"""Fields of options on a page, a line each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ipywidgets as widgets

from neurofm.app.options import Option

KINDS = {"int": widgets.IntText, "float": widgets.FloatText, "bool": widgets.Checkbox, "choice": widgets.Dropdown}


class Fields(widgets.VBox):
    """A field for each option; what is out of its limits is refused by who asks for the values.

    Attributes
    ----------
    fields : by the option's name
    """

    def __init__(self, options: Iterable[Option]) -> None:
        options = list(options)
        self.fields = {option.name: _field(option) for option in options}
        super().__init__([widgets.HBox([_label(o), self.fields[o.name]]) for o in options])

    @property
    def values(self) -> dict[str, Any]:
        """What the fields say."""
        return {name: field.value for name, field in self.fields.items()}


def _label(option: Option) -> widgets.Label:
    return widgets.Label(option.title, tooltip=option.words)


def _field(option: Option) -> Any:
    more: dict[str, Any] = {"options": option.choices} if option.kind == "choice" else {}
    more |= {"indent": False} if option.kind == "bool" else {}
    kind = KINDS.get(option.kind, widgets.Text)
    return kind(value=option.default, tooltip=option.words, layout={"width": "130px"}, **more)
