"""The list of what is open, on a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from napari_neurofm.jupyter import explore
from napari_neurofm.jupyter.opened import Opened
from neurofm.app.options import Option
from neurofm.app.session import Session


@pytest.fixture
def chips(session: Session, shown: Any, add_run: Callable[..., str]) -> Any:
    """Recordings, a run, a map and a group."""
    add_run("poyo-1", "ada")
    session.group("mine", "unit", [1, 2])
    return shown(explore(session).opened)


def test_chips_stand_kind_by_kind(chips: Any, session: Session) -> None:
    kinds = chips.view.locator(".nf-kind")
    assert [text.split("\n")[0] for text in kinds.all_inner_texts()] == ["Recordings", "Runs", "Maps", "Groups"]
    session.close("bo")
    chips.until(lambda: chips.view.locator(".nf-chip").count() == 4, "one less")


def test_a_click_opens_a_menu_below_and_a_choice_is_done(chips: Any, session: Session) -> None:
    chip = chips.view.locator(".nf-chip", has_text="mine")
    chip.click()
    menu = chips.view.locator(".nf-menu")
    chips.until(menu.is_visible, "the menu")
    assert menu.bounding_box()["y"] >= chip.bounding_box()["y"] + chip.bounding_box()["height"]
    chips.page.keyboard.press("Enter")
    chips.settle()
    assert session.selection.picked("unit").tolist() == [1, 2]


def test_a_right_click_beside_the_chips_offers_what_needs_none(chips: Any) -> None:
    chips.view.click(button="right", position={"x": 860, "y": 12})
    menu = chips.view.locator(".nf-menu")
    chips.until(menu.is_visible, "the menu")
    assert "Open…" in menu.get_by_role("menuitem").all_inner_texts()


def test_a_double_click_shows_it_everywhere(chips: Any, session: Session) -> None:
    chips.view.locator(".nf-chip", has_text="bo").first.dblclick()
    chips.until(lambda: session.view("raster").recording == "bo", "the other recording")
    chips.settle()
    assert chips.view.locator(".nf-menu").is_hidden()


def test_where_nothing_is_open_buttons_say_what_to_do(shown: Callable[[Opened], Any]) -> None:
    page = shown(explore(Session()).opened)
    buttons = page.view.locator(".nf-opened button")
    assert buttons.all_inner_texts()[:4] == ["Open…", "Open", "Train a decoder…", "Compare decoders"]
    assert "Three simulated mice on video" in page.view.locator(".nf-opened").inner_text()
    buttons.first.click()
    page.until(page.view.locator(".nf-ask input").is_visible, "the question")


def test_what_cannot_be_so_stands_below_the_chips(chips: Any, session: Session) -> None:
    lines = chips.view.locator(".nf-opened .nf-warning")
    assert lines.count() == 0
    good = session.recordings["ada"]
    series = {name: replace(s, times=s.times * 1000) for name, s in good.series.items()}
    session.add(replace(good, session="odd", series=series))
    chips.until(lambda: lines.count() == len(series), "a line for each")
    assert lines.first.inner_text().startswith("odd: ")
    assert "as if they were milliseconds" in lines.first.inner_text()


def test_several_things_are_asked_in_fields(session: Session, shown: Any) -> None:
    taken: list[Any] = []
    opened = explore(session).opened
    chips = shown(opened)
    asked = (
        Option(name="least", kind="int", default=20, low=1, called="fewest voxels"),
        Option(name="way", kind="choice", default="b", choices=("a", "b")),
        Option(name="cut", kind="bool", default=False),
    )
    opened.host.ask_form("Measure", asked, taken.append)
    form = chips.view.locator(".nf-ask")
    chips.until(form.is_visible, "the fields")
    assert form.locator("label").first.inner_text().strip() == "Fewest voxels"
    form.locator("input[name=least]").fill("none")
    chips.page.keyboard.press("Enter")
    chips.until(lambda: "whole number" in chips.view.inner_text(), "why not")
    assert form.locator("input[name=least]").input_value() == "none"
    form.locator("input[name=least]").fill("7")
    form.locator("input[name=cut]").check()
    chips.page.keyboard.press("Enter")
    chips.until(lambda: taken, "the answer")
    assert taken == [{"least": 7, "way": "b", "cut": True}]
    assert not form.is_visible()
