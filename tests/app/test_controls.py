"""Controls of a tool bar are the fields of a view's State."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import pytest

from neurofm import registry
from neurofm.app.pictures.controls import HIDDEN, controls
from neurofm.app.pictures.scene import Scene
from neurofm.specs import ViewSpec


@dataclass
class State:
    color_by: str = ""
    order: Literal["rate", "depth"] = "rate"
    size: Annotated[float, {"min": 0.5, "max": 4.0}] = 1.0
    mean: bool = False
    filter: str = ""
    azimuth: float = field(default=30.0, metadata=HIDDEN)


def offered(*colors: str) -> dict[str, Any]:
    spec = ViewSpec(
        title="T", state=State, scene=lambda *_: Scene(""), hit=lambda *_: ("unit", ()), describe=lambda *_: "",
        choices=lambda state, session: {"color_by": colors},
    )  # fmt: skip
    return {control.name: control for control in controls(spec, State(color_by="gone"), None)}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("color_by", "choice", "colour by"),
        ("order", "choice", "order"),
        ("size", "number", "size"),
        ("mean", "switch", "mean"),
        ("filter", "text", "filter"),
    ],
)
def test_the_kind_follows_the_annotation(name, kind, words):
    control = offered("", "region")[name]
    assert (control.kind, control.words) == (kind, words)


def test_limits_and_choices_are_told_and_what_is_gone_stays_to_be_seen():
    told = offered("", "region")
    assert (told["size"].low, told["size"].high) == (0.5, 4.0)
    assert told["color_by"].choices == ("", "region", "gone")
    assert told["order"].choices == ("rate", "depth")
    assert "azimuth" not in told


def test_a_choice_among_one_is_left_out():
    assert "color_by" not in offered()


@pytest.mark.parametrize("name", registry.names("neurofm.app.views"))
def test_what_a_real_view_offers_can_be_set(session, name):
    spec, state = registry.get("neurofm.app.views", name), session.view(name)
    for control in controls(spec, state, session):
        for choice in control.choices:
            setattr(state, control.name, choice)
        assert control.value in (*control.choices, control.value)
        assert control.low <= control.high
