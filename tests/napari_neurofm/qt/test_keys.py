"""Keys in a dock, and on the canvas."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.gui


def test_keys_step_play_and_undo_in_a_dock(arranged, press, qtbot):
    session, raster = arranged.session, arranged.widget("raster")
    session.time = 5.0
    press(raster, "Right", "Shift")
    assert session.time == pytest.approx(6.0)
    press(raster, "Left")
    assert session.time == pytest.approx(6.0 - arranged.player.frame())
    session.selection.pick("unit", [1])
    press(raster, "Escape")
    assert not len(session.selection.picked("unit"))
    press(raster, "Z", "Control")
    assert list(session.selection.picked("unit")) == [1]
    press(raster, "Z", "Control", "Shift")
    assert not len(session.selection.picked("unit"))
    before = session.time
    press(raster, "Space")
    qtbot.waitUntil(lambda: session.time > before + 0.1)
    press(raster, "Space")
    assert not arranged.player.timer.isActive()


def test_keys_on_the_canvas_take_ctrl_alt(arranged, press):
    canvas = arranged.viewer.window._qt_viewer.canvas.native
    arranged.session.time = 5.0
    press(canvas, "Right", "Control", "Alt", "Shift")
    assert arranged.session.time == pytest.approx(6.0)
    arranged.session.selection.pick("unit", [1])
    press(canvas, "Escape", "Control", "Alt")
    assert not len(arranged.session.selection.picked("unit"))
    press(canvas, "Z", "Control", "Alt")
    assert list(arranged.session.selection.picked("unit")) == [1]


def test_napari_keeps_its_own_keys(arranged):
    from napari.utils.key_bindings import coerce_keybinding

    ours = [coerce_keybinding(f"Control-Alt-{key}") for _, key in arranged.player.keys]
    theirs = set(type(arranged.viewer).class_keymap) - set(ours)
    assert not theirs & set(ours)


def test_time_stays_within_what_was_recorded(arranged):
    arranged.player.step(1e6)
    assert arranged.session.time == pytest.approx(max(r.stop for r in arranged.session.recordings.values()))
    arranged.player.step(-1e6)
    assert arranged.session.time == 0


def test_g_names_the_pick_numbers_pick_it_again_and_undo_takes_it_back(arranged, press):
    session, raster = arranged.session, arranged.widget("raster")
    ids = session.table("unit").index[:3].tolist()
    session.selection.pick("unit", ids)
    press(raster, "G")
    assert session.groups["group 1"].ids.tolist() == ids
    press(raster, "Escape")
    assert not session.selection.spaces()
    press(raster, "1")
    assert session.selection.picked("unit").tolist() == ids
    press(raster, "Z", "Control")
    press(raster, "Z", "Control")
    press(raster, "Z", "Control")
    assert not session.groups
    press(raster, "Z", "Control", "Shift")
    assert session.groups["group 1"].ids.tolist() == ids
