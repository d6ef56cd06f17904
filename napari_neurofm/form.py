"""A form made from options, through magicgui."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from magicgui.widgets import Container, create_widget

from neurofm.app.options import Option


def form(options: Iterable[Option]) -> Container[Any]:
    """Fields with their limits; a value outside is refused where it is typed."""
    return Container(widgets=[_field(option) for option in options], labels=True)


def values(container: Container[Any]) -> dict[str, Any]:
    """What the fields say."""
    return {widget.name: widget.value for widget in container if widget.name}


def suit(containers: Iterable[Container[Any]], before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Show what is chosen `now` for fields that still say what they said `before`; others were edited, and stay."""
    for container in containers:
        for widget in container:
            if widget.name in now and widget.value == before[widget.name]:
                widget.value = now[widget.name]


def _field(option: Option) -> Any:
    more = _number(option) if option.kind in ("int", "float") else {}
    if option.kind == "choice":
        more = {"choices": list(option.choices)}
    kind = {"int": int, "float": float, "bool": bool}.get(option.kind, str)
    field = create_widget(
        value=option.default,
        annotation=None if option.kind == "choice" else kind,
        name=option.name,
        label=option.title,
        options={"tooltip": option.words, **more},
        widget_type="ComboBox" if option.kind == "choice" else None,
    )
    if option.kind == "float":
        _show_whole(field, option.default)
    return field


def _show_whole(field: Any, default: float) -> None:
    """As many decimals as the default has and two more: as many as the step has would round 0.0125 to 0.013."""
    digits = -int(Decimal(repr(float(default))).normalize().as_tuple().exponent)
    field.native.setDecimals(max(field.native.decimals(), digits + 2 if digits > 0 else 0))
    field.value = default


def _number(option: Option) -> dict[str, Any]:
    """Limits, and a step that suits the size of the default."""
    low = -1e9 if option.low is None else option.low
    high = 1e9 if option.high is None else option.high
    if option.kind == "int":
        return {"min": int(max(low, 1 - 2**31)), "max": int(min(high, 2**31 - 1))}
    size = math.floor(math.log10(abs(option.default))) if option.default else -1
    return {"min": low, "max": high, "step": 10.0 ** min(size - 1, 0)}
