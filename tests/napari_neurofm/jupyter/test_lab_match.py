"""Matches in a real JupyterLab in a real Chromium: a unit picked in one animal is seen in the other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from napari_neurofm.bench.lab import lab, notebook, open_notebook, wait
from tests.napari_neurofm.jupyter import test_lab as pages

pytestmark = pages.pytestmark
CELLS = (
    """import neurofm as nf
from neurofm.app.session import Session
from neurofm.synthetic import clones
session = Session(clones.pair(units=30, clones=18, trials=160, seed=1))
session.correspond().wait()
session.view("table").of = "match"
explorer = nf.explore(session, [["correspondence", "candidates"], ["table", "latent"]])
explorer""",
    "1",
)
PICKED = "[len(session.selection.picked(space)) for space in ('match', 'unit')]"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A notebook with two animals whose units are matched, run."""
    from playwright.sync_api import sync_playwright

    folder: Path = tmp_path_factory.mktemp("match")
    (folder / "match.ipynb").write_text(json.dumps(notebook(CELLS)))
    with sync_playwright() as play, lab(folder) as address:
        browser = play.chromium.launch(executable_path=pages.CHROMIUM, args=["--no-sandbox"])
        with pages.page_of(browser, folder) as page:
            open_notebook(page, address, "match.ipynb")
            pages.run_all(page)
            pages.plot(page, "Correspondence").wait_for()
            wait(lambda: "units x" in pages.note(page, "Correspondence"), "the matrix")
            yield page
        browser.close()


def test_how_sure_one_can_be_is_said(page: Any) -> None:
    assert "matches at a false-discovery rate" in pages.note(page, "Correspondence")
    assert "of its own units again" in pages.note(page, "Correspondence")
    page.shoot("0-matched")


def test_a_pair_that_is_picked_in_the_table_shows_both_units_side_by_side(page: Any) -> None:
    pages.plot(page, "Table").locator("tbody tr").nth(1).click()
    wait(lambda: pages.plot(page, "beside").count(), "the unit beside its candidates")
    assert "not being the same" in pages.note(page, "beside")
    assert pages.ask(page, PICKED) == [1, 2]
    page.shoot("1-picked")
