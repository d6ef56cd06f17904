"""Every field of a view's state is one control, of the kind that its type says."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Annotated, Any, Literal

import pytest

from neurofm import registry
from neurofm.app.pictures.controls import HIDDEN, Control, controls
from neurofm.specs import ViewSpec

SPECS = registry.specs("neurofm.app.views")


@dataclass
class State:
    of: Literal["unit", "time"] = "unit"
    only: Literal["one"] = "one"
    color_by: str = ""
    run: str = ""
    trials: bool = True
    size: Annotated[float, {"min": 0.2, "max": 5.0}] = 1.0
    count: int = 0
    filter: str = ""
    azimuth: float = field(default=0.0, metadata=HIDDEN)


def of(state: State, **choices: tuple[str, ...]) -> dict[str, Control]:
    """Controls of a view whose fields have these choices, by name."""
    choices = {"color_by": ("", "region", "depth"), "run": ()} | choices
    spec = ViewSpec(
        title="", state=State, scene=print, hit=print, describe=print, choices=lambda state, session: choices
    )
    shown: Any = controls(spec, state, None)  # type: ignore[arg-type]
    return {control.name: control for control in shown}


@pytest.mark.parametrize(
    "wanted",
    [
        Control(name="of", words="show", kind="choice", value="unit", choices=("unit", "time")),
        Control(name="color_by", words="colour by", kind="choice", value="", choices=("", "region", "depth")),
        Control(name="trials", words="trials", kind="switch", value=True),
        Control(name="size", words="size", kind="number", value=1.0, low=0.2, high=5.0),
        Control(name="count", words="count", kind="number", value=0, low=0.0, high=1.0, whole=True),
        Control(name="filter", words="filter", kind="text", value=""),
    ],
    ids=lambda control: control.name,
)
def test_a_field_is_a_control_of_its_kind(wanted: Control) -> None:
    assert of(State())[wanted.name] == wanted


def test_controls_stand_in_the_order_of_the_fields_without_what_leaves_no_choice_or_is_hidden() -> None:
    assert list(of(State())) == ["of", "color_by", "trials", "size", "count", "filter"]


@pytest.mark.parametrize(
    ("value", "choices"),
    [
        ("", ("", "region", "depth")),
        ("region", ("", "region", "depth")),
        ("closed since", ("", "region", "depth", "closed since")),
    ],
)
def test_what_is_gone_by_now_stays_to_be_seen(value: str, choices: tuple[str, ...]) -> None:
    shown = of(State(color_by=value))["color_by"]
    assert (shown.value, shown.choices) == (value, choices)


@pytest.mark.parametrize(
    ("runs", "chosen", "there"),
    [
        ((), "", False),
        (("",), "", False),
        (("", "poyo-1"), "", False),
        (("", "poyo-1"), "poyo-1", True),  # or nobody could leave it again
        (("", "poyo-1", "poyo-2"), "", True),
    ],
)
def test_a_choice_appears_once_there_is_one(runs: tuple[str, ...], chosen: str, there: bool) -> None:
    assert ("run" in of(State(run=chosen), run=runs)) == there


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_every_view_shows_controls_whose_values_are_those_of_its_state(spec: ViewSpec, session: Any) -> None:
    state = spec.state()
    for control in controls(spec, state, session):
        assert control.value == getattr(state, control.name)
        assert control.kind != "choice" or control.value in control.choices
        assert control.kind != "number" or control.low <= control.value <= control.high
    hidden = {f.name for f in fields(spec.state) if f.metadata.get("hidden")}
    assert not hidden & {control.name for control in controls(spec, state, session)}
