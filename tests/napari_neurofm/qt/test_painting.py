"""What is painted with napari's own tools are actions of the session: undone, kept, and shown without another layer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import neurofm as nf
from neurofm.data.volume import Held, Pyramid, Volume

pytestmark = pytest.mark.gui


def named(desk: Any, name: str) -> Any:
    return next(layer for layer in desk.viewer.layers if layer.name.endswith(name))


def numbers(desk: Any, name: str = "brain", label: str = "cell") -> Any:
    return desk.session.sources[name].labels[label].levels[0][:, :, :]


@pytest.fixture
def painted(desk: Any) -> Any:
    cells = np.zeros((5, 40, 60), np.uint8)
    cells[:, 10:20, 10:30] = 1
    image = Pyramid((Held(np.ones((5, 40, 60), np.uint8)), Held(np.ones((5, 20, 30), np.uint8))), np.ones((2, 3)))
    desk.session.add(Volume(session="brain", image=image, labels={"cell": Pyramid((Held(cells),), np.ones(3))}))
    desk.viewer.dims.set_point(0, 2)
    layer = named(desk, "cell")
    layer.visible, layer.brush_size = True, 1
    desk.viewer.layers.selection.active = layer
    layer.mode = "paint"
    return layer


def stroke(layer: Any, *places: tuple[int, int, int], number: int) -> None:
    with layer.block_history():  # as one drag of the mouse
        for place in places:
            layer.paint(place, number)


def test_a_stroke_is_one_action_and_napari_undoes_it_in_the_session(desk: Any, painted: Any) -> None:
    stroke(painted, (2, 5, 5), (2, 5, 6), (2, 12, 12), number=3)
    assert [numbers(desk)[2, 5, 5], numbers(desk)[2, 5, 6], numbers(desk)[2, 12, 12]] == [3, 3, 3]
    assert numbers(desk)[2, 12, 13] == 1
    assert np.count_nonzero(numbers(desk) == 3) == 3
    stroke(painted, (2, 5, 6), number=0)
    assert numbers(desk)[2, 5, 6] == 0
    assert named(desk, "cell") is painted
    assert painted.mode == "paint"
    assert painted._slice.image.raw[5, 5] == 3
    painted.undo()  # napari's own key
    assert numbers(desk)[2, 5, 6] == 3
    assert painted._slice.image.raw[5, 6] == 3
    desk.session.undo()
    assert not (numbers(desk) == 3).any()
    assert painted._slice.image.raw[12, 12] == 1
    painted.redo()
    assert numbers(desk)[2, 12, 12] == 3


def test_a_fill_merges_and_an_eraser_in_depth_erases(desk: Any, painted: Any, qtbot: Any) -> None:
    stroke(painted, (2, 5, 5), number=4)
    painted.contiguous = True
    painted.fill((2, 12, 12), 4)
    qtbot.waitUntil(lambda: np.count_nonzero(numbers(desk)[2] == 4) == 200 + 1)
    assert (numbers(desk)[1, 10:20, 10:30] == 1).all()
    painted.n_edit_dimensions, painted.brush_size = 3, 5
    stroke(painted, (2, 15, 20), number=0)
    assert numbers(desk)[[0, 1, 2, 3, 4], 15, 20].tolist() == [0] * 5


def test_an_image_that_is_painted_on_stays_and_new_labels_are_ready_to_paint(desk: Any, painted: Any) -> None:
    image = named(desk, "brain")
    desk.session.paint("brain", label="strokes")
    new = named(desk, "strokes")
    assert named(desk, "brain") is image
    assert (new.mode, new.visible, desk.viewer.layers.selection.active) == ("paint", True, new)
    stroke(new, (2, 30, 30), number=2)
    assert numbers(desk, label="strokes")[2, 30, 30] == 2
    assert named(desk, "strokes") is new


def test_what_was_painted_is_there_when_the_session_is_opened_again(desk: Any, painted: Any, tmp_path: Any) -> None:
    stroke(painted, (2, 5, 5), number=3)
    again = nf.Session.restore(desk.session.save(tmp_path / "w.neurofm"))
    assert again.sources["brain"].labels["cell"].levels[0][2, 5, 5] == 3
