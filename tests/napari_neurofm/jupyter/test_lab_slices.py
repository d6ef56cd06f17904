"""Slices in a real JupyterLab in a real Chromium: cells are picked in the table and light up, and back; a menu."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_neurofm.bench.lab import lab, notebook, open_notebook, wait
from tests.app import imaged
from tests.app.verbs.test_join_with import GREY, NUMBERS
from tests.napari_neurofm.jupyter import test_lab as pages

pytestmark = pages.pytestmark
CELLS = (
    """import neurofm as nf
from neurofm.app.session import Session
from neurofm.synthetic.phantoms import Plan, phantom
session = Session(phantom(Plan(shape=(12, 96, 160)), session="brain").loaded())
session.cells("brain", label="cell").wait()
session.view("table").of = "cell"
session.view("slices").labels = "cell"
explorer = nf.explore(session, [["slices"], ["table"]])
explorer""",
    "1",
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A notebook with a volume and its cells, run."""
    from playwright.sync_api import sync_playwright

    folder: Path = tmp_path_factory.mktemp("slices")
    (folder / "volume.ipynb").write_text(json.dumps(notebook(CELLS)))
    with sync_playwright() as play, lab(folder) as address:
        browser = play.chromium.launch(executable_path=pages.CHROMIUM, args=["--no-sandbox"])
        with pages.page_of(browser, folder) as page:
            open_notebook(page, address, "volume.ipynb")
            pages.run_all(page)
            pages.plot(page, "Slices").wait_for()
            wait(lambda: "cells" in pages.note(page, "Table"), "the table of cells")
            yield page
        browser.close()


def test_a_cell_that_is_picked_in_the_table_lights_up_on_its_plane(page: Any) -> None:
    before = pages.note(page, "Slices")
    assert "plane" in before
    pages.plot(page, "Table").locator("tbody tr").nth(2).click()
    wait(lambda: "1 of" in pages.note(page, "Table"), "the pick")
    place = "round(float(session.table('cell').loc[session.selection.picked('cell')[0], 'z']), 1)"
    z = pages.ask(page, place)
    wait(lambda: abs(float(pages.note(page, "Slices").split(" z ")[1].split()[0]) - z) < 3, "its plane")
    page.shoot("1-picked")


def test_a_lasso_picks_the_cells_in_it_and_the_menu_can_name_them(page: Any) -> None:
    pages.lasso(page, pages.canvas(page, "Slices"), (0.5, 0.5), (0.3, 0.45))
    wait(lambda: "1 of" not in pages.note(page, "Table") and "picked" in pages.note(page, "Table"), "several cells")
    page.shoot("2-lasso")
    box = pages.canvas(page, "Slices")
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, button="right")
    page.get_by_text("Make the pick a group").click()
    wait(lambda: pages.ask(page, "len(session.groups)") == 1, "the group")


def test_labels_join_their_image_and_a_click_on_a_cell_of_imaging_picks_its_unit(page: Any, tmp_path: Path) -> None:
    for name, array in {"image": GREY, "mask": NUMBERS}.items():
        np.save(tmp_path / f"{name}.npy", array)
    assert pages.ask(page, f"session.open({str(tmp_path / 'image.npy')!r})") == "image"
    pages.ask(page, f"session.join_with('image', {str(tmp_path / 'mask.npy')!r})")
    assert pages.ask(page, "list(session.sources['image'].labels)") == ["mask"]
    wait(lambda: pages.note(page, "Slices").startswith("image "), "the joined volume")
    page.shoot("3-joined")
    assert pages.ask(page, f"session.open({str(imaged.folder(tmp_path))!r})") == "mouse"
    pages.ask(page, "[setattr(session.view('slices'), *o) for o in [('volume', 'mouse image'), ('color_by', 'skew')]]")
    pages.ask(page, "setattr(session.view('slices'), 'labels', 'roi')")
    wait(lambda: pages.note(page, "Slices").startswith("mouse image"), "the mean picture")
    box, (high, wide), (y, x, _) = pages.canvas(page, "Slices"), imaged.SHAPE, imaged.CELLS[2]
    side = min((box["width"] - 56) / wide, (box["height"] - 43) / high)  # without axes and their words
    right, down = (x + 0.5 - wide / 2) * side + 18, (y + 0.5 - high / 2) * side - 15
    page.mouse.click(box["x"] + box["width"] / 2 + right, box["y"] + box["height"] / 2 + down)
    picked = "[session.label('unit', int(id)) for id in session.selection.picked('unit')]"
    wait(lambda: pages.ask(page, picked) == ["mouse/2"], "the unit")
    page.shoot("4-imaging")
