"""Pages that last: 800 pixels, both themes and a restart in JupyterLab; marimo; a page kept on the disk."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from napari_neurofm.bench.lab import answers, free_port, lab, notebook, open_notebook, wait
from tests.napari_neurofm.jupyter import test_lab as pages

pytestmark = pages.pytestmark
browser = pages.browser
SESSION = """import numpy as np
import neurofm as nf
from neurofm.synthetic.demo import demo
session = nf.Session(demo(duration=20))
ids, turn = session.everything("unit"), np.linspace(0, 6, 104)
xy = np.stack([turn * np.cos(turn), turn * np.sin(turn)], 1)
names = tuple(session.recordings)
session.add(nf.Embedding(name="spiral", space="unit", ids=ids, values=xy, xy=xy, sessions=names))
explorer = nf.explore(session, [["latent", "trace"], ["table", "ethogram"]], height=760)
"""
APP = """import marimo
app = marimo.App(width="full")

@app.cell
def _():
{}
    explorer
    return
"""
CUT = """() => [...document.querySelectorAll(".neurofm-explorer, .neurofm-explorer *")].filter((node) => {
  const { overflowX } = getComputedStyle(node), wide = node.scrollWidth > node.clientWidth + 1;
  const right = document.querySelector(".neurofm-explorer").getBoundingClientRect().right + 1;
  const scrolls = wide && ["auto", "scroll"].includes(overflowX) && !node.matches(".nf-table, select");
  return scrolls || (node.matches("button, select") && !node.closest("[hidden], .nf-table, .nf-menu")
    && node.getBoundingClientRect().right > right);
}).map((node) => node.outerHTML.slice(0, 200))"""
CONTRAST = """() => {
  const light = (words) => {
    const [r, g, b] = words.match(/[\\d.]+/g).slice(0, 3).map((v) => v / 255).map((v) =>
      (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  return [...document.querySelectorAll(".neurofm :is(.nf-title, .nf-note, .nf-bar label, .nf-warning, button, select)")]
    .filter((node) => node.offsetWidth && node.innerText).map((node) => {
      let below = node;
      while (getComputedStyle(below).backgroundColor.endsWith(", 0)")) below = below.parentElement;
      const pair = [node, below].map((n, k) => light(getComputedStyle(n)[k ? "backgroundColor" : "color"]));
      return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    });
}"""


@contextmanager
def quiet_page(browser: Any, folder: Path, width: int = 1500) -> Iterator[Any]:
    """A page on which no error may be left; `page.asked` has the addresses that it asked for."""
    with pages.page_of(browser, folder) as page:
        page.set_viewport_size({"width": width, "height": 1250})
        errors: list[str] = []
        page.asked = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda request: page.asked.append(request.url))
        yield page
        assert errors == []


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all of it lies."""
    folder: Path = tmp_path_factory.mktemp("doors")
    (folder / ".lab").mkdir()
    cells = (f"{SESSION}explorer.to_html('kept.html')\nexplorer", "1")
    (folder / "doors.ipynb").write_text(json.dumps(notebook(cells)))
    return folder


@pytest.fixture(scope="module")
def page(folder: Path, browser: Any) -> Iterator[Any]:
    """The notebook, run."""
    with lab(folder) as address, quiet_page(browser, folder) as page:
        open_notebook(page, address, "doors.ipynb")
        pages.run_all(page)
        wait(lambda: "104 units" in pages.note(page, "Latent space"), "the latent space")
        yield page


def test_at_800_pixels_nothing_is_cut_and_nothing_scrolls(page: Any) -> None:
    page.set_viewport_size({"width": 800, "height": 1250})
    train = page.locator(".neurofm-bar").get_by_role("button", name="Train")
    train.click()
    form = page.locator(".neurofm-train")
    wait(lambda: form.get_by_role("button", name="Train").is_enabled(), "the models' options")
    page.shoot("800")
    assert page.evaluate(CUT) == []
    train.click()
    page.set_viewport_size({"width": 1500, "height": 1250})


def test_the_pick_can_be_set_and_observed(page: Any) -> None:
    assert pages.ask(page, "globals().update(told=[])") is None
    assert pages.ask(page, "explorer.observe(lambda change: told.append(change['new']), 'selection')") is None
    pages.lasso(page, pages.canvas(page, "Latent space"), (0.5, 0.5), (0.2, 0.3))
    wait(lambda: "picked" in pages.note(page, "Table"), "the pick")
    assert pages.ask(page, "[len(explorer.selection['unit']), len(told)]") == [
        pages.number(pages.note(page, "Latent space"), " of 104"), 1,
    ]  # fmt: skip
    assert pages.ask(page, "setattr(explorer, 'selection', {'unit': ['ada/unit 3']})") is None
    wait(lambda: pages.note(page, "Latent space").startswith("1 of 104"), "the pick that was set")


def test_the_theme_is_followed_while_it_is_switched_and_can_be_read(page: Any) -> None:
    ink = {}
    for theme in ("Dark", "Light"):
        page.get_by_role("menuitem", name="Settings", exact=True).click()
        page.locator(".lm-Menu-item", has_text="Theme").first.hover()
        page.get_by_role("menuitem", name=f"JupyterLab {theme}", exact=True).click()
        dark = theme == "Dark"
        wait(lambda: (page.locator(".neurofm.dark").count() > 0) == dark, theme)  # noqa: B023
        wait(lambda: pages.ask(page, "explorer.plots['trace'].viewport.dark") == dark, f"{theme} pictures")  # noqa: B023
        wait(lambda: min(page.evaluate(CONTRAST)) >= 4.5, "words that can be read")
        ink[theme] = pages.plot(page, "Trace").locator(".nf-dot").first.evaluate("(n) => n.style.background")
        page.shoot(theme)
    assert ink["Dark"] != ink["Light"]


def test_a_restart_is_said_in_every_view_and_leaves_the_pictures(page: Any) -> None:
    def places() -> Any:
        return page.locator(".neurofm-explorer .neurofm").evaluate_all("(all) => all.map((n) => n.offsetTop)")

    before, views = places(), page.locator(".neurofm-explorer .neurofm")
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.locator(".lm-Menu-item[data-command='kernelmenu:restart']").click()
    page.get_by_role("button", name="Confirm Kernel Restart").click()
    said = page.locator(".neurofm .nf-lost:visible", has_text="restarted; run the cell again")
    wait(lambda: said.count() == views.count() == 5, "what has happened")
    assert [now - was for now, was in zip(places()[1:], before[1:])] == pytest.approx([places()[1] - before[1]] * 4)
    assert pages.note(page, "Latent space").startswith("1 of 104")
    assert pages.plot(page, "Latent space").locator("canvas").is_visible()
    pages.lasso(page, pages.canvas(page, "Latent space"), (0.5, 0.5), (0.2, 0.3))  # says nothing to nobody
    page.keyboard.press("Escape")
    page.mouse.wheel(0, -200)
    page.wait_for_timeout(500)
    page.shoot("restarted")
    pages.run_all(page)
    wait(lambda: said.count() == 0 and "104 units" in pages.note(page, "Latent space"), "the cell, run again")


def test_a_kept_page_moves_and_picks_without_kernel_and_net(page: Any, folder: Path, browser: Any) -> None:
    with quiet_page(browser, folder) as kept:
        kept.goto((folder / "kept.html").as_uri())
        wait(lambda: "104 units" in pages.note(kept, "Latent space"), "the pictures")
        pages.lasso(kept, pages.canvas(kept, "Latent space"), (0.5, 0.5), (0.2, 0.3))
        wait(lambda: "picked" in pages.note(kept, "Latent space"), "the pick")
        many = pages.number(pages.note(kept, "Latent space"), " picked")
        assert kept.locator("tr.nf-picked").count() == many > 1
        pages.plot(kept, "Table").locator("tbody tr[data-row='3']").click()
        wait(lambda: pages.number(pages.note(kept, "Latent space"), " picked") == 1, "the row")
        pages.plot(kept, "Latent space").get_by_role("button", name="CA1").click()
        wait(lambda: pages.number(pages.note(kept, "Latent space"), " picked") == 48, "a name of the key")
        box = pages.canvas(kept, "Trace")
        kept.mouse.move(box["x"] + 200, box["y"] + 100)
        kept.mouse.wheel(0, -300)
        kept.shoot("kept")
        assert all(url.startswith("file://") for url in kept.asked)


def test_marimo_shows_linked_views(folder: Path, browser: Any) -> None:
    pytest.importorskip("marimo")
    lines = [f"    {line}" for line in SESSION.splitlines()]
    (folder / "app.py").write_text(APP.format("\n".join(lines)))
    port = free_port()
    call = [sys.executable, "-m", "marimo", "run", "app.py", "--headless", "--no-token", "--port", str(port)]
    with (folder / ".lab" / "marimo.txt").open("w") as log:
        server = subprocess.Popen(call, cwd=folder, stdout=log, stderr=log)
    try:
        wait(lambda: answers(f"http://127.0.0.1:{port}/health"), "marimo")
        with quiet_page(browser, folder) as page:
            page.goto(f"http://127.0.0.1:{port}")
            wait(lambda: "104 units" in pages.note(page, "Latent space"), "the latent space")
            pages.lasso(page, pages.canvas(page, "Latent space"), (0.5, 0.5), (0.2, 0.3))
            wait(lambda: "picked" in pages.note(page, "Table"), "the pick in the table")
            page.shoot("marimo")
            assert page.locator("tr.nf-picked").count()
    finally:
        server.terminate()
        server.wait(20)
