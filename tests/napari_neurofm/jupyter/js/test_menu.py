"""Menus and questions on a page, by mouse and by keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import neurofm as nf
from neurofm.app.session import Session


@pytest.fixture
def raster(session: Session, shown: Any) -> Any:
    """A view with something picked."""
    session.selection.pick("unit", [1, 2])
    return shown(nf.view("raster", session))


def open_menu(page: Any, share: tuple[float, float] = (0.5, 0.5)) -> Any:
    """The menu after a right click on the picture."""
    box = page.area()
    page.page.mouse.click(box["x"] + share[0] * box["width"], box["y"] + share[1] * box["height"], button="right")
    menu = page.view.locator(".nf-menu")
    page.until(menu.is_visible, "the menu")
    return menu


@pytest.mark.parametrize("share", [(0.02, 0.02), (0.5, 0.5), (0.99, 0.98)])
def test_a_menu_stands_at_the_mouse_and_within_the_window(share: tuple[float, float], raster: Any) -> None:
    menu = open_menu(raster, share)
    box, size = menu.bounding_box(), raster.page.viewport_size
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= size["width"]
    assert box["y"] + box["height"] <= size["height"]
    if share == (0.02, 0.02):
        assert box["x"] - raster.area()["x"] == pytest.approx(0.02 * raster.area()["width"], abs=2)


def test_what_is_chosen_is_done_and_said(raster: Any, session: Session) -> None:
    open_menu(raster).get_by_role("menuitem", name="Make the pick a group").click()
    raster.until(lambda: list(session.groups), "a group")
    assert "press 1 to pick it again" in raster.view.locator(".nf-told").inner_text()
    assert raster.view.locator(".nf-menu").is_hidden()


def test_keys_go_through_a_menu(raster: Any, session: Session) -> None:
    raster.view.focus()
    raster.page.keyboard.press("Shift+F10")
    menu = raster.view.locator(".nf-menu")
    raster.until(menu.is_visible, "the menu")
    items = menu.get_by_role("menuitem").all_inner_texts()
    focused = "() => document.activeElement.textContent"
    assert raster.page.evaluate(focused) == items[0]
    for key, place in (("ArrowDown", 1), ("ArrowUp", 0), ("ArrowUp", -1), ("Home", 0), ("End", -1)):
        raster.page.keyboard.press(key)
        assert raster.page.evaluate(focused) == items[place]
    raster.page.keyboard.press("Escape")
    raster.settle()
    assert menu.is_hidden()
    assert len(session.selection.picked("unit")) == 2  # it was the menu that Esc closed


def test_a_click_elsewhere_closes_it(raster: Any) -> None:
    menu = open_menu(raster)
    raster.view.locator(".nf-title").click()
    assert menu.is_hidden()


@pytest.mark.parametrize(("key", "written"), [("Enter", True), ("Escape", False)])
def test_a_question_is_answered_by_enter_and_left_by_escape(
    key: str, written: bool, raster: Any, session: Session, tmp_path: Path
) -> None:
    open_menu(raster).get_by_role("menuitem", name="Export script…").click()
    field = raster.view.locator(".nf-ask input")
    raster.until(field.is_visible, "the question")
    assert field.input_value() == "session.py"
    field.fill(str(tmp_path / "done.py"))
    field.press(key)
    raster.settle()
    assert field.is_hidden()
    assert (tmp_path / "done.py").exists() == written
    assert len(session.selection.picked("unit")) == 2


def test_shift_leaves_the_browsers_own_menu(raster: Any) -> None:
    raster.page.keyboard.down("Shift")
    box = raster.area()
    raster.page.mouse.click(box["x"] + 100, box["y"] + 100, button="right")
    raster.page.keyboard.up("Shift")
    raster.settle()
    assert raster.view.locator(".nf-menu").is_hidden()
