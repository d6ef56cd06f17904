"""The mouse on a picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import neurofm as nf
from neurofm.app.session import Session


@pytest.fixture
def latent(session: Session, shown: Any) -> Any:
    """The units of a session on a page."""
    return shown(nf.view("latent", session))


@pytest.fixture
def trace(session: Session, shown: Any) -> Any:
    """A time axis on a page."""
    return shown(nf.view("trace", session))


def drag(page: Any, *shares: tuple[float, float], button: str = "left") -> None:
    """Along points of the picture, given as shares of it."""
    box, mouse = page.area(), page.page.mouse
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in shares]
    mouse.move(*places[0])
    mouse.down(button=button)
    for place in places[1:]:
        mouse.move(*place, steps=4)
    mouse.up(button=button)
    page.settle()


def around(share: float) -> list[tuple[float, float]]:
    turn = np.linspace(0, 2 * np.pi, 12)
    return [(0.5 + share * np.cos(a), 0.5 + share * np.sin(a)) for a in turn]


def test_a_lasso_picks_and_shift_adds(latent: Any, session: Session) -> None:
    drag(latent, *around(0.2))
    few = set(session.selection.picked("unit"))
    latent.page.keyboard.down("Shift")
    drag(latent, *around(0.3))
    latent.page.keyboard.up("Shift")
    assert 0 < len(few) < len(session.selection.picked("unit")) < 104
    assert few <= set(session.selection.picked("unit"))


def test_a_click_on_nothing_clears_and_a_double_click_fits(latent: Any, session: Session) -> None:
    session.selection.pick("unit", [3, 4])
    latent.settle()
    box = latent.area()
    corner = box["x"] + box["width"] - 20, box["y"] + 12
    latent.page.mouse.dblclick(*corner)
    latent.until(lambda: latent.plot.viewport.x is not None, "the ranges of the pick")
    assert len(session.selection.picked("unit")) == 2
    latent.page.mouse.click(*corner)
    latent.until(lambda: len(session.selection.picked("unit")) == 0, "nothing picked")


@pytest.mark.parametrize(("button", "held"), [("middle", ""), ("left", "Control")])
def test_a_picture_is_moved(button: str, held: str, latent: Any) -> None:
    if held:
        latent.page.keyboard.down(held)
    drag(latent, (0.5, 0.5), (0.6, 0.5), button=button)
    if held:
        latent.page.keyboard.up(held)
    low, high = latent.plot.viewport.x
    assert (low + high) / 2 < np.mean(latent.plot.scene.x.range)


@pytest.mark.parametrize(("x", "y", "moves"), [(0.6, 0.5, "x"), (0.6, 0.98, "x"), (0.005, 0.5, "y")])
def test_the_wheel_zooms_what_it_is_over(x: float, y: float, moves: str, trace: Any) -> None:
    box = trace.area()
    trace.page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
    trace.page.wait_for_timeout(300)
    trace.page.mouse.wheel(0, -300)
    trace.settle()
    viewport = trace.plot.viewport
    whole = nf.view("trace", trace.plot.session).picture
    low, high = whole[moves]["range"]
    assert np.ptp(getattr(viewport, moves)) < 0.9 * (high - low)


def test_a_drag_along_the_time_axis_moves_the_time(trace: Any, session: Session) -> None:
    drag(trace, (0.5, 0.96), (0.75, 0.96))
    assert 10 < session.time < 18
    assert trace.plot.cursor == session.time


def test_the_mouse_that_rests_is_told_what_is_there(latent: Any, session: Session) -> None:
    unit = session.embeddings["spiral"].ids[7]
    xy = session.embeddings["spiral"].xy[7].tolist()
    left, top = latent.page.evaluate(
        "([x, y]) => { const at = view.canvas.scales(); return [at.px(x), at.py(y)]; }", xy
    )
    box, tip = latent.area(), latent.view.locator(".nf-tip")
    latent.page.mouse.move(box["x"] + left, box["y"] + top)
    latent.until(tip.is_visible, "the words")
    assert tip.inner_text() == latent.plot.pane.spec.describe(latent.plot.state, session, "unit", int(unit))
    latent.page.mouse.move(box["x"] - 5, box["y"] - 5)
    assert not tip.is_visible()


def test_a_key_point_is_dragged_once_that_is_switched_on(tracks: Any, shown: Any) -> None:
    session = Session([tracks])
    pose = shown(nf.view("pose", session))
    box, name = pose.area(), "box"

    def share(x: float, y: float) -> tuple[float, float]:
        pixels = "([x, y]) => { const at = view.canvas.scales(); return [at.px(x), at.py(y)]; }"
        left, top = pose.page.evaluate(pixels, [float(x), float(y)])
        return left / box["width"], top / box["height"]

    pose.plot.pane.set({"drag": True})
    pose.until(lambda: pose.page.evaluate("() => view.canvas.picture.grips.length") == 5, "points that can be dragged")
    x, y = pose.plot.scene.grips.xy[0]
    drag(pose, share(x, y), share(x + 8, y + 12))
    moved = session.sources[name].points[0, 0, 0] - tracks.points[0, 0, 0]
    assert np.allclose(moved, [8, -12], atol=2 * 80 / box["width"])
    pose.page.keyboard.press("Control+z")
    pose.until(lambda: session.sources[name] is tracks, "undo")
    assert not len(session.selection.picked("subject"))
    drag(pose, share(*pose.plot.scene.grips.xy[1]))  # a click picks still
    pose.until(lambda: len(session.selection.picked("subject")) == 1, "the animal")
