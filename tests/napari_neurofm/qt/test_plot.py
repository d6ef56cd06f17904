"""Every kind of mark draws, and what the mouse does reaches the selection."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Literal

import numpy as np
import pytest
from psygnal import Signal, evented

from neurofm.app.pictures.scene import Axis, Image, Line, Points, Scene, Shape, Spans, Viewport
from neurofm.specs import ViewSpec

pytestmark = pytest.mark.gui

RED, BLUE = np.array([255, 0, 0, 255], np.uint8), np.array([0, 0, 255, 255], np.uint8)
XY = np.array([[2.0, 2.0], [8.0, 8.0]])
IDS = np.array([11, 22])


class Picks:
    """Records what a view hands on."""

    changed = Signal(str, object)
    last = ""  # space that was picked in

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def pick(self, space: str, ids: Any, mode: str = "replace") -> None:
        self.calls.append((space, list(ids), mode))

    def clear(self) -> None:
        self.calls.append(("clear",))

    def picked(self, space: str) -> Any:
        return np.array([22])


class Jobs(list[Any]):
    changed = Signal(object)
    finished = Signal(object)


@dataclass
class Session:
    """The part of a session that a plot knows."""

    changed = Signal(str, str)
    time_changed = Signal(float)
    read = Signal(str)
    selection: Picks = field(default_factory=Picks)
    sources: dict[str, Any] = field(default_factory=dict)
    jobs: Jobs = field(default_factory=Jobs)
    _time: float = 5.0

    @property
    def time(self) -> float:
        return self._time

    @time.setter
    def time(self, seconds: float) -> None:
        self._time = seconds
        self.time_changed.emit(seconds)


@evented
@dataclass
class State:
    color_by: Literal["region", "rate"] = "region"


def marks() -> tuple[Points | Line | Image | Spans, ...]:
    picture = np.zeros((2, 2, 4), np.uint8)
    picture[0] = [0, 255, 0, 255]  # the bottom row is green
    return (
        Image(picture, (0, 10), (0, 10)),
        Spans(np.array([[4.0, 6.0]]), BLUE),
        Line(np.array([0.0, 10.0]), np.array([9.5, 9.5]), RED, 6.0),
        Points("unit", IDS, XY, RED, 20.0),
    )


def hit(state: State, session: Session, shape: Shape) -> tuple[str, Any]:
    low, high = shape.xy.min(0) - shape.reach, shape.xy.max(0) + shape.reach
    return "unit", IDS[((low <= XY) & (high >= XY)).all(1)]


def spec(axis: str = "", **scene: Any) -> ViewSpec:
    full = {"marks": marks(), "x": Axis("x", "s", (0, 10)), "y": Axis("y", "", (0, 10))} | scene
    return ViewSpec(
        title="Fake",
        state=State,
        scene=lambda state, session, viewport: Scene("Fake", **full),
        hit=hit,
        describe=lambda state, session, space, id: f"{space} {id}",
        axis=axis,
    )


@pytest.fixture
def show(qtbot):
    from napari_neurofm.qt.plot import Plot

    def make(view: ViewSpec) -> Any:
        plot = Plot(view, Session(), view.state())
        qtbot.addWidget(plot)
        plot.resize(600, 500)
        plot.show()
        qtbot.waitExposed(plot)
        qtbot.waitUntil(lambda: plot.scene.title == "Fake" and not plot._due.isActive())
        return plot

    return make


def pixel(plot: Any, mouse: Any, x: float, y: float) -> tuple[int, int, int]:
    return plot.graphics.grab().toImage().pixelColor(mouse.at(plot, x, y)).getRgb()[:3]


def test_no_axes_are_drawn_before_there_is_a_picture(qtbot, show):
    from napari_neurofm.qt.plot import Plot

    view = spec()
    plot = Plot(view, Session(), view.state())
    qtbot.addWidget(plot)
    assert len({plot.graphics.grab().toImage().pixel(x, y) for x in range(0, 90, 3) for y in range(20)}) == 1
    assert show(view).plot.opacity() == 1


def test_each_mark_is_seen_where_it_belongs(show, mouse):
    plot = show(spec())
    assert pixel(plot, mouse, 3, 1) == (0, 255, 0)  # image, row 0 at the bottom
    assert pixel(plot, mouse, 5, 7) == (0, 0, 255)  # span
    assert pixel(plot, mouse, 1, 9.5) == (255, 0, 0)  # line
    assert pixel(plot, mouse, 8, 8) == (255, 0, 0)  # point


def test_axes_say_what_and_in_which_unit(show):
    plot = show(spec(y=Axis("unit", "", (0, 10), ((2.0, "a"), (8.0, "b")))))
    assert plot.plot.getAxis("bottom").labelText == "x (s)"
    assert plot.plot.getAxis("left")._tickLevels == [[(2.0, "a"), (8.0, "b")]]


def test_a_low_picture_has_no_words_under_it_one_line_a_tick_and_none_upon_another(show, qtbot):
    below, beside = ((2.0, "a\n5 Hz"), (8.0, "b\n9 Hz")), ((9.0, "unit 1"), (8.0, "5 Hz"), (2.0, "unit 2"))
    plot = show(spec(x=Axis("x", "s", (0, 10), below), y=Axis("", "", (0, 10), beside)))
    left, bottom = plot.plot.getAxis("left"), plot.plot.getAxis("bottom")
    assert (bottom.labelText, bottom._tickLevels, left._tickLevels) == ("x (s)", [list(below)], [list(beside)])
    plot.graphics.setFixedHeight(100)
    qtbot.waitUntil(lambda: bottom.labelText == "")
    assert bottom._tickLevels == [[(2.0, "a"), (8.0, "b")]]
    assert left._tickLevels == [[(9.0, "unit 1"), (2.0, "unit 2")]]


def test_a_low_picture_of_a_place_takes_the_room_of_its_axes_unless_they_have_names(show, qtbot):
    plot = show(spec(equal=True))
    left, bottom = plot.plot.getAxis("left"), plot.plot.getAxis("bottom")
    assert left.isVisible()
    assert bottom.isVisible()
    plot.graphics.setFixedHeight(100)
    qtbot.waitUntil(lambda: not (left.isVisible() or bottom.isVisible()))
    plot.graphics.setFixedHeight(300)
    qtbot.waitUntil(lambda: left.isVisible() and bottom.isVisible())
    named = show(spec(equal=True, x=Axis("x", "s", (0, 10), ((2.0, "a"),))))
    named.graphics.setFixedHeight(100)
    qtbot.waitUntil(lambda: named.plot.getAxis("bottom").labelText == "")
    assert named.plot.getAxis("bottom").isVisible()


def test_an_axis_that_is_too_short_for_its_words_says_fewer(show, qtbot):
    plot = show(spec(y=Axis("y", "px from below", (0, 10))))
    assert plot.plot.getAxis("left").labelText == "y (px from below)"
    plot.graphics.setFixedHeight(110)
    qtbot.waitUntil(lambda: plot.plot.getAxis("left").labelText == "y (px)")
    plot.graphics.setFixedHeight(300)
    qtbot.waitUntil(lambda: plot.plot.getAxis("left").labelText == "y (px from below)")
    drawn = plot.plot.getAxis("left")
    assert drawn.label.mapRectToParent(drawn.label.boundingRect()).center().y() == pytest.approx(
        drawn.size().height() / 2, abs=2
    )


def test_legend_scale_and_note_are_told(show):
    ramp = np.tile(RED, (5, 1))
    plot = show(spec(legend=(("CA1", RED),), scale=(0.0, 3.25, "Hz", ramp), note="2 of 2 units"))
    assert "CA1" in plot.key.names.text()
    assert "#ff0000" in plot.key.names.text()
    assert (plot.key.low.text(), plot.key.high.text()) == ("Hz: 0", "3.25")
    assert plot.note.text() == "2 of 2 units"


def test_an_empty_view_says_what_to_do_and_offers_it(show, qtbot):
    plot = show(spec(message="Open a recording to see its spikes.", action="open"))
    assert plot.words.isVisible()
    assert not plot.graphics.isVisible()
    with qtbot.waitSignal(plot.asked) as asked:
        plot.button.click()
    assert asked.args == ["open"]


def test_the_button_says_that_it_is_done_for_as_long_as_it_is(show):
    plot = show(spec(message="No model has learned yet.", action="train"))
    job = SimpleNamespace(task="train", title="Train poyo-1", over=False)
    plot.session.jobs.append(job)
    plot.session.jobs.changed.emit(job)
    assert plot.button.text() == "At work: Train poyo-1"
    job.over = True
    plot.session.jobs.finished.emit(job)
    assert plot.button.text() == "Train"


def test_lasso_and_box_pick_what_is_inside(show, mouse):
    plot = show(spec())
    assert plot.canvas.tool == "lasso"
    mouse.drag(plot, (1, 1), (4, 1), (4, 4), (1, 4))
    plot.bar.tool.emit("box")
    mouse.drag(plot, (6, 6), (9.5, 9.5))
    assert plot.session.selection.calls == [("unit", [11], "replace"), ("unit", [22], "replace")]


def test_shift_adds_and_alt_removes(show, mouse):
    from qtpy.QtCore import Qt

    plot = show(spec("time"))
    mouse.drag(plot, (1, 1), (4, 4), modifier=Qt.KeyboardModifier.ShiftModifier)
    mouse.click(plot, 8, 8, Qt.KeyboardModifier.AltModifier)
    assert plot.session.selection.calls == [("unit", [11], "add"), ("unit", [22], "remove")]


def test_a_click_on_nothing_clears_but_a_double_click_fits(show, mouse, qtbot):
    plot = show(spec())
    mouse.click(plot, 5, 3)
    qtbot.waitUntil(lambda: plot.session.selection.calls == [("clear",)])
    plot.pane.ranges = (0.0, 1.0), (0.0, 1.0)
    mouse.double(plot, 0.5, 0.5)
    qtbot.waitUntil(lambda: plot.pane.ranges is None)
    assert not plot.canvas._clear.isActive()


def test_a_second_double_click_shows_the_pick(show, mouse):
    plot = show(spec())
    mouse.double(plot, 5, 3)
    (x0, x1), (y0, y1) = plot.pane.ranges
    assert x0 < 8 < x1 < 10
    assert y0 < 8 < y1 < 10


def test_hover_tells_what_is_under_the_mouse(show, mouse, qtbot):
    plot = show(spec(note="all"))
    qtbot.mouseMove(plot.graphics.viewport(), mouse.at(plot, 5, 3))
    qtbot.mouseMove(plot.graphics.viewport(), mouse.at(plot, 8, 8))
    qtbot.waitUntil(lambda: plot.note.text() == "unit 22")
    qtbot.mouseMove(plot.graphics.viewport(), mouse.at(plot, 5, 3))
    qtbot.waitUntil(lambda: plot.note.text() == "all")


def test_dragging_the_time_line_moves_the_one_time(show, mouse):
    plot = show(spec("time", cursor=5.0))
    mouse.drag(plot, (5, 5), (7, 5))
    assert plot.session.time == pytest.approx(7, abs=0.1)
    assert plot.line.value() == pytest.approx(7, abs=0.1)
    assert not plot.session.selection.calls


def test_a_click_on_the_time_axis_moves_the_one_time(show, mouse):
    plot = show(spec("time", cursor=5.0))
    mouse.click(plot, 3, -0.4)
    assert plot.session.time == pytest.approx(3, abs=0.1)


def test_the_window_follows_a_time_that_leaves_it(show):
    plot = show(spec("time", cursor=5.0))
    plot.show_window(0, 4)
    plot.session.time = 6.0
    assert plot.pane.ranges[0] == pytest.approx((5.6, 9.6))


def test_the_wheel_zooms_time_only_and_asks_for_the_new_range(show, mouse, qtbot):
    from qtpy.QtCore import QPoint, QPointF, Qt
    from qtpy.QtGui import QWheelEvent
    from qtpy.QtWidgets import QApplication

    plot = show(spec("time", cursor=5.0))
    place = QPointF(mouse.at(plot, 5, 5))
    none = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase
    event = QWheelEvent(place, QPointF(plot.mapToGlobal(place.toPoint())), QPoint(), QPoint(0, 240), *none, False)
    QApplication.sendEvent(plot.graphics.viewport(), event)
    asked: Viewport = plot.viewport()
    assert 0 < asked.x[0] < 5 < asked.x[1] < 10
    assert asked.y == pytest.approx((0, 10))


def test_choices_of_the_state_become_combo_boxes_both_ways(show, qtbot):
    plot = show(spec())
    combo = plot.bar.fields["color_by"]
    combo.setCurrentIndex(1)
    assert plot.state.color_by == "rate"
    plot.state.color_by = "region"
    qtbot.waitUntil(lambda: combo.currentText() == "Region")


def test_many_changes_give_one_picture_and_a_hidden_dock_none(show, qtbot):
    drawn = []
    view = spec()
    plot = show(view)
    object.__setattr__(view, "scene", lambda *a: drawn.append(1) or Scene("Fake"))
    for _ in range(50):
        plot.session.changed.emit("source", "a")
    qtbot.waitUntil(lambda: not plot._due.isActive())
    assert len(drawn) == 1
    plot.hide()
    plot.session.changed.emit("source", "a")
    assert not plot._due.isActive()


def test_the_button_and_the_menu_ask_for_an_export(show, qtbot):
    plot = show(spec())
    with qtbot.waitSignal(plot.exported):
        plot.bar.export.emit()


def test_a_mark_that_cannot_be_drawn_leaves_the_last_picture(show, monkeypatch):
    plot = show(spec())
    before = list(plot._items)
    assert before
    monkeypatch.setattr("napari_neurofm.qt.plot.item", lambda mark: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        plot.draw(plot.scene)
    assert plot._items == before
    assert all(old.scene() is not None for old in before)


def test_a_key_point_is_dragged_once_that_is_switched_on(desk: Any, tracks: Any, qtbot: Any, mouse: Any) -> None:
    desk.session.add(tracks)
    desk.show("pose")
    plot = desk.widget("pose")
    qtbot.waitUntil(lambda: bool(plot.scene.marks))
    plot.pane.set({"drag": True})
    qtbot.waitUntil(lambda: plot.scene.grips is not None)
    x, y = plot.scene.grips.xy[0]
    mouse.drag(plot, (x, y), (x + 8, y + 12))
    moved = desk.session.sources["box"].points[0, 0, 0] - tracks.points[0, 0, 0]
    np.testing.assert_allclose(moved, [8, -12], atol=0.5)
    assert not len(desk.session.selection.picked("subject"))
    assert desk.session.undo()
    assert desk.session.sources["box"] is tracks


@pytest.mark.parametrize(
    ("axis", "words"),
    [
        (Axis("y", "px from below", (0, 1)), ["y (px from below)", "y (px)", "y"]),
        (Axis("y from below", "µm", (0, 1)), ["y from below (µm)", "y (µm)", "y from below", "y"]),
        (Axis("", "", (0, 1)), [""]),
    ],
)
def test_short_axes_keep_their_unit_as_long_as_they_can(axis, words):
    from napari_neurofm.qt.plot import ever_shorter

    assert list(dict.fromkeys(ever_shorter(axis))) == words
