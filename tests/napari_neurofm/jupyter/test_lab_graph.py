"""A graph in a real JupyterLab in a real Chromium: nodes and the units that they stand for pick each other."""

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
from neurofm.synthetic.demo import demo
session = Session(demo(duration=60)[0])
name = next(iter(session.sources))
session.connect(name, "correlation").wait()
session.view("graph").at = "circle"
session.view("table").of = "unit"
explorer = nf.explore(session, [["graph"], ["table", "matrix"]])
explorer""",
    "1",
)
PICKED = "[len(session.selection.picked(space)) for space in ('node', 'unit')]"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A notebook with a recording and the graph of its units, run."""
    from playwright.sync_api import sync_playwright

    folder: Path = tmp_path_factory.mktemp("graph")
    (folder / "graph.ipynb").write_text(json.dumps(notebook(CELLS)))
    with sync_playwright() as play, lab(folder) as address:
        browser = play.chromium.launch(executable_path=pages.CHROMIUM, args=["--no-sandbox"])
        with pages.page_of(browser, folder) as page:
            open_notebook(page, address, "graph.ipynb")
            pages.run_all(page)
            pages.plot(page, "Graph").wait_for()
            wait(lambda: "nodes" in pages.note(page, "Graph"), "the graph")
            yield page
        browser.close()


def test_a_unit_that_is_picked_in_the_table_is_a_node_that_is_picked(page: Any) -> None:
    assert "around a circle" in pages.note(page, "Graph")
    assert "nodes" in pages.note(page, "Connectivity")
    pages.plot(page, "Table").locator("tbody tr").nth(2).click()
    wait(lambda: "1 of" in pages.note(page, "Graph"), "the pick")
    assert pages.ask(page, PICKED) == [1, 1]
    page.shoot("1-picked")


def test_a_lasso_over_nodes_picks_their_units(page: Any) -> None:
    pages.lasso(page, pages.canvas(page, "Graph"), (0.5, 0.5), (0.2, 0.45))
    wait(lambda: "1 of" not in pages.note(page, "Graph") and "picked" in pages.note(page, "Graph"), "several nodes")
    nodes, units = pages.ask(page, PICKED)
    assert nodes == units > 1
    page.shoot("2-lasso")
