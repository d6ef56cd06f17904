"""A scene is data and nothing but: it cannot be changed, and starts out empty."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import FrozenInstanceError, fields, replace

import numpy as np
import pytest

from neurofm.app.pictures.scene import Axis, Column, Image, Line, Points, Scene, Shape, Spans, Table, Viewport

ONE, RGBA = np.arange(1), np.zeros((1, 4), np.uint8)
ALL = [
    Viewport(),
    Points("unit", ONE, np.zeros((1, 2)), RGBA),
    Line(np.zeros(2), np.zeros(2), RGBA[0]),
    Image(RGBA[None], (0.0, 1.0), (0.0, 1.0)),
    Spans(np.zeros((0, 2)), RGBA[0]),
    Column("rate", ("1",)),
    Table("unit", ONE, (), np.zeros(1, bool)),
    Axis(),
    Scene("a"),
    Shape("point", np.zeros((1, 2))),
]


@pytest.mark.parametrize("item", ALL, ids=lambda item: type(item).__name__)
def test_nothing_in_a_scene_can_be_changed(item) -> None:
    for field in fields(item):
        with pytest.raises(FrozenInstanceError):
            setattr(item, field.name, None)


@pytest.mark.parametrize(("one", "other"), [(Viewport(), Viewport(width=800, height=600)), (Axis("a"), Axis("a", ""))])
def test_what_has_no_arrays_is_compared_by_its_values(one, other) -> None:
    assert one == other
    assert replace(one) == other
    assert one != replace(other, **{fields(one)[0].name: "b"})


def test_a_scene_of_nothing_has_no_marks_and_asks_for_nothing() -> None:
    scene = Scene("Raster")
    assert (scene.marks, scene.legend, scene.scale, scene.cursor) == ((), (), None, None)
    assert not any((scene.note, scene.warning, scene.message, scene.action, *scene.colored))
    assert scene.x.range == scene.y.range == (0.0, 1.0)


def test_scenes_need_neither_torch_nor_a_window() -> None:
    heavy = "{'torch', 'qtpy', 'napari', 'matplotlib'}"
    code = f"import sys, neurofm.app.pictures.scene; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
