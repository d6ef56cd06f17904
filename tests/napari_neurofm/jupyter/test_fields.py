"""Fields of options on a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from napari_neurofm.jupyter.fields import Fields
from neurofm.app.options import options


@dataclass(frozen=True)
class Sizes:
    dim: Annotated[int, {"min": 8, "max": 64}] = 16  # width of every token
    long: Annotated[float, {"min": 0.0, "max": 60.0}] = 2.0  # seconds seen at once
    kind: Literal["a", "b"] = "b"
    fast: bool = True
    name: str = "x"


def test_each_option_has_a_field_that_says_what_it_is() -> None:
    made = Fields(options(Sizes()))
    assert made.values == {"dim": 16, "long": 2.0, "kind": "b", "fast": True, "name": "x"}
    labels = [row.children[0] for row in made.children]
    assert [label.value for label in labels] == ["width", "long (s)", "kind", "fast", "name"]
    assert labels[0].tooltip == made.fields["dim"].tooltip == "width of every token"
    made.fields["dim"].value = 32
    assert made.values["dim"] == 32
