"""A form is made of options, and refuses what is out of their limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import pytest

from napari_neurofm.form import form, values
from neurofm.app.options import Option, options


@dataclass(frozen=True)
class Sizes:
    dim: Annotated[int, {"min": 8, "max": 64}] = 16  # width of every token
    rate: Annotated[float, {"min": 0.0, "max": 1.0}] = 0.25  # steps a second
    long: Annotated[float, {"min": 0.0, "max": 60.0}] = 2.0  # seconds seen at once
    kind: Literal["a", "b"] = "b"
    fast: bool = True


@pytest.mark.gui
def test_a_wrong_value_is_refused_where_it_is_typed(qtbot):
    from qtpy.QtWidgets import QAbstractSpinBox

    made = form(options(Sizes()))
    qtbot.addWidget(made.native)
    before = values(made)
    assert before == {"dim": 16, "rate": 0.25, "long": 2.0, "kind": "b", "fast": True}
    assert (made.long.label, made.rate.label) == ("long (s)", "rate")
    box = made.dim.native.findChild(QAbstractSpinBox) or made.dim.native
    box.selectAll()
    qtbot.keyClicks(box, "900")
    box.interpretText()
    assert made.dim.value <= 64
    made.native.close()


@pytest.mark.gui
@pytest.mark.parametrize("default", [0.0125, 1.17, 3e-4, 1.5e-4, 0.05, 0.0, 2.0, 1e-6, 250.0, 0.000123])
def test_no_default_is_rounded(qtbot, default):
    assert values(form([Option(name="x", kind="float", default=default, low=0.0)])) == {"x": default}
