"""On the canvas the pick lights up on the path of the animal, and the hand picks there."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from neurofm.app.pictures.lit import lit

pytestmark = pytest.mark.gui


def layer(desk: Any, name: str) -> Any:
    return next(one for one in desk.viewer.layers if one.name == name)


def drag(desk: Any, corners: Any, *modifiers: str) -> None:
    """The hand on the canvas, at corners (y, x) of the plane."""
    viewer = desk.viewer
    event = SimpleNamespace(type="mouse_press", button=1, modifiers=modifiers, position=(0.0, *corners[0]))
    hands = [hand(viewer, event) for hand in viewer.mouse_drag_callbacks]
    for kind, (y, x) in [("mouse_press", corners[0]), *(("mouse_move", c) for c in corners[1:])]:
        event.type, event.position = kind, (0.0, y, x)
        for hand in hands:
            next(hand, None)
    event.type = "mouse_release"
    for hand in hands:
        next(hand, None)


def test_picked_units_and_trials_light_up_on_the_path_and_the_hand_picks_there(arranged: Any, qtbot: Any) -> None:
    desk, session = arranged, arranged.session
    units, trials = (session.table(space).index for space in ("unit", "trial"))
    session.selection.pick("unit", units[[2, 3]])
    qtbot.waitUntil(lambda: "ada spikes" in desk.viewer.layers)
    spikes, shown = layer(desk, "ada spikes"), lit(session, "ada")
    np.testing.assert_allclose(spikes.data, shown.places)
    np.testing.assert_allclose(spikes.face_color, shown.rgba / 255, atol=1e-6)
    recording = session.recordings["ada"]
    fired = recording.spikes.times[np.isin(recording.spikes.unit, [2, 3])]
    place = recording.series["position"].at(fired)[:, ::-1]
    np.testing.assert_allclose(spikes.data, place[np.isfinite(place).all(1)], atol=1e-3)
    session.selection.pick("unit", units[[5]])  # live
    qtbot.waitUntil(lambda: len(spikes.data) == lit(session, "ada").fired)
    session.selection.pick("trial", trials[:2], "add")
    qtbot.waitUntil(lambda: "ada moments" in desk.viewer.layers)
    moments = layer(desk, "ada moments")
    assert spikes.visible
    assert moments.visible
    np.testing.assert_allclose(moments.data, lit(session, "ada").pieces)
    session.selection.clear()
    qtbot.waitUntil(lambda: not spikes.visible and not moments.visible)

    y, x = recording.series["position"].at([8.0])[0, ::-1]
    drag(desk, [(y, x)])  # a click
    picked = session.selection.picked("time")
    assert session.moment("ada", 8.0, 0.02)[0] in picked
    assert 0 < len(picked) < len(session.everything("time")) / 2
    drag(desk, [(-1e4, -1e4), (-1e4, 1e4), (1e4, 1e4), (1e4, -1e4)], "Shift")
    assert len(session.selection.picked("time")) > len(picked)
    drag(desk, [(y - 9, x - 9), (y - 9, x + 9), (y + 9, x + 9), (y + 9, x - 9)], "Control")
    assert session.moment("ada", 8.0, 0.02)[0] not in session.selection.picked("time")
    drag(desk, [(-1e4, -1e4)])  # a click beside the path
    assert not len(session.selection.picked("time"))


@pytest.mark.parametrize("hidden", ["nothing picked", "the eye"])
def test_after_it_was_hidden_a_pick_of_less_lights_up(hidden: str, arranged: Any, qtbot: Any) -> None:
    desk, session = arranged, arranged.session
    rates = session.table("unit").query("session == 'ada'")["rate"].sort_values()
    trials = session.table("trial").index
    session.selection.pick("unit", rates.index[-3:])
    session.selection.pick("trial", trials[:6], "add")
    qtbot.waitUntil(lambda: {"ada spikes", "ada moments"} <= {one.name for one in desk.viewer.layers})
    spikes, moments = layer(desk, "ada spikes"), layer(desk, "ada moments")
    before = len(spikes.data), len(moments.data)
    if hidden == "the eye":
        spikes.visible = moments.visible = False
    else:
        session.selection.clear()
        qtbot.waitUntil(lambda: not spikes.visible and not moments.visible)
    with qtbot.captureExceptions() as errors:
        session.selection.pick("unit", rates.index[:1])
        session.selection.pick("trial", trials[:1], "add")
        qtbot.waitUntil(lambda: spikes.visible and len(spikes.data) == lit(session, "ada").fired)
    assert not errors
    assert len(spikes.data) < before[0]
    assert len(moments.data) < before[1]
    np.testing.assert_allclose(spikes.data, lit(session, "ada").places)


def test_the_canvas_shows_the_path_of_the_current_recording_and_a_click_brings_another(
    arranged: Any, qtbot: Any
) -> None:
    desk, session = arranged, arranged.session
    session.add(replace(session.recordings["bo"], session="cy"))
    path = {name: layer(desk, f"{name} path") for name in ("ada", "bo", "cy")}
    qtbot.waitUntil(lambda: [path[name].visible for name in path] == [False, False, True])
    explorer = desk.widget("explorer")
    rows = [explorer.tree.topLevelItem(k) for k in range(3)]
    assert [row.font(0).bold() for row in rows] == [False, False, True]
    assert desk.form.sources == ("ada", "bo", "cy")
    qtbot.waitUntil(lambda: desk.widget("tuning").scene.note.startswith("cy"))
    session.selection.pick("unit", session.table("unit").index[:1])
    where = explorer.tree.visualItemRect(rows[0]).center()
    from qtpy.QtCore import Qt

    qtbot.mouseClick(explorer.tree.viewport(), Qt.MouseButton.LeftButton, pos=where)
    qtbot.waitUntil(lambda: [path[name].visible for name in path] == [True, False, False])
    assert session.current == "ada"
    assert [row.font(0).bold() for row in rows] == [True, False, False]
    assert not layer(desk, "ada units").visible  # it was not asked for before
    qtbot.waitUntil(lambda: "ada spikes" in desk.viewer.layers)
