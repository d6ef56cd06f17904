"""The example notebook in a real JupyterLab in a real Chromium: run, lasso, train, save, reopen without a kernel."""

from __future__ import annotations

import itertools
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_neurofm.bench.lab import chromium, lab, open_notebook, wait

NOTEBOOK = Path(__file__).parents[3] / "examples" / "explore.ipynb"
CHROMIUM = chromium()
_asked = itertools.count(1)
LIMIT = 60  # seconds for anything to happen

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium; scripts/setup installs it where it may"),
]


@contextmanager
def page_of(browser: Any, folder: Path) -> Iterator[Any]:
    """A page as large as a window; `page.shoot(name)` takes its picture."""
    page = browser.new_page(viewport={"width": 1500, "height": 1250})
    page.set_default_timeout(1000 * LIMIT)
    page.shoot = lambda name: page.screenshot(path=folder / ".lab" / f"{name}.png")
    try:
        yield page
    finally:
        page.shoot("last")  # what it looked like when a check failed
        page.close()


def run_all(page: Any) -> None:
    prompt = page.locator(".jp-CodeCell .jp-InputPrompt").last
    wait(lambda: _runs(page, prompt), "the run of all cells")


def _runs(page: Any, prompt: Any) -> bool:
    """Ask for it, and say whether the last cell waits its turn: a kernel that is not there yet lets cells pass."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    try:
        return bool(wait(lambda: "[ ]" not in prompt.inner_text(), "", limit=5))
    except TimeoutError:
        return False


def plot(page: Any, title: str) -> Any:
    """The widget with that title; of several the first."""
    return page.locator(".neurofm").filter(has=page.locator(".nf-title", has_text=title)).first


def title(page: Any, name: str) -> str:
    return str(plot(page, name).locator(".nf-title").inner_text())


def canvas(page: Any, name: str) -> dict[str, float]:
    """Where a picture is on the page, once it is in sight."""
    drawing = plot(page, name).locator("canvas")
    drawing.scroll_into_view_if_needed()
    return dict(drawing.bounding_box())


def number(text: str, before: str) -> int:
    """The number that stands before some words."""
    head = text.split(before)[0].split()
    return int(head[-1]) if before in text and head[-1].isdigit() else 0


def note(page: Any, title: str) -> str:
    words = plot(page, title).locator(".nf-note")
    return words.inner_text() if words.count() else ""


def lasso(page: Any, box: Any, centre: tuple[float, float], radius: tuple[float, float]) -> None:
    """A drag around part of a box, in shares of it."""
    angle = np.linspace(0, 2 * np.pi, 24)
    x = box["x"] + box["width"] * (centre[0] + radius[0] * np.cos(angle))
    y = box["y"] + box["height"] * (centre[1] + radius[1] * np.sin(angle))
    page.mouse.move(x[0], y[0])
    page.mouse.down()
    for at in zip(x[1:], y[1:]):
        page.mouse.move(*at)
    page.mouse.up()


def ask(page: Any, expression: str) -> Any:
    """An expression's value in the kernel, by way of the last cell."""
    cell = page.locator(".jp-CodeCell").last
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    begin, end = f"answer {next(_asked)}: ", " (end)"
    page.keyboard.insert_text(f"import json; print({begin!r} + json.dumps({expression}) + {end!r})")
    page.keyboard.press("Control+Enter")
    area = cell.locator(".jp-OutputArea").last
    said = wait(lambda: re.search(f"{begin}(.*){re.escape(end)}", area.inner_text()), f"an answer to {expression}")
    return json.loads(said[1])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the notebook lies, with the pictures that the tests take."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copy(NOTEBOOK, folder)
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def page(folder: Path, browser: Any) -> Iterator[Any]:
    """The notebook after all its cells were run and the model has learned."""
    with lab(folder) as address, page_of(browser, folder) as page:
        open_notebook(page, address, NOTEBOOK.name)
        run_all(page)
        plot(page, "Raster").wait_for()
        page.shoot("1-run")
        wait(lambda: "104 units" in note(page, "Latent space"), "the latent space")
        wait(lambda: ask(page, "all(j.state == 'done' for j in session.jobs)"), "the end of the training")
        plot(page, "Latent space").scroll_into_view_if_needed()
        wait(lambda: "R²" in title(page, "Trace"), "the decoded trace")
        page.shoot("2-trained")
        assert number(note(page, "Latent space"), " of 104") == 48  # by the last cell but two
        assert ask(page, "session.selection.clear()") is None
        wait(lambda: "picked" not in note(page, "Latent space"), "nothing picked")
        yield page


def test_a_lasso_reaches_the_kernel_and_every_view(page: Any) -> None:
    tuning = note(page, "Direction tuning")
    lasso(page, canvas(page, "Latent space"), (0.5, 0.5), (0.12, 0.25))
    wait(lambda: "picked" in note(page, "Latent space"), "the pick in its view")
    wait(lambda: "picked" in note(page, "Raster"), "the pick in the raster")
    wait(lambda: page.locator(".neurofm .nf-note").nth(3).inner_text() != tuning, "the tuning of the pick")
    page.shoot("3-picked")
    picked = number(note(page, "Latent space"), " of 104")
    assert 0 < picked < 104
    assert ask(page, "len(explorer.picked())") == picked
    assert ask(page, "explorer.plots['latent'].picked()['label'].is_unique")
    wait(lambda: note(page, "Table").startswith(f"{picked} of 104"), "the pick in the table")


def test_a_pick_in_a_cell_reaches_the_page(page: Any) -> None:
    assert ask(page, "session.selection.pick('unit', session.everything('unit')[:5])") is None
    wait(lambda: number(note(page, "Latent space"), " of 104") == 5, "the pick")
    wait(lambda: plot(page, "Table").locator("tr.nf-picked").count() == 5, "the rows of the table")
    page.shoot("4-table")


def test_keys_and_names_of_the_legend_pick_too(page: Any) -> None:
    plot(page, "Latent space").get_by_role("button", name="CA1").click()
    wait(lambda: number(note(page, "Latent space"), " of 104") == 48, "all of CA1")
    page.keyboard.press("Control+z")
    wait(lambda: number(note(page, "Latent space"), " of 104") == 5, "the pick before")
    page.keyboard.press("Control+Shift+z")
    wait(lambda: number(note(page, "Latent space"), " of 104") == 48, "the pick undone")
    page.keyboard.press("g")
    wait(lambda: ask(page, "list(session.groups)"), "a group")
    plot(page, "Latent space").locator(".nf-title").click()
    page.keyboard.press("Escape")
    wait(lambda: "picked" not in note(page, "Latent space"), "nothing picked")


def test_the_mouse_tells_moves_and_zooms(page: Any) -> None:
    box = canvas(page, "Trace")
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + box["height"] - 30)
    page.mouse.down()
    page.mouse.up()
    time = wait(lambda: ask(page, "session.time"), "the time")
    assert 20 < time < 40
    plot(page, "Trace").scroll_into_view_if_needed()
    box = canvas(page, "Trace")
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.wheel(0, -600)
    wait(lambda: ask(page, "explorer.plots['trace'].viewport.x is not None"), "the zoom")
    wait(lambda: ask(page, "explorer.plots['raster'].viewport.x == explorer.plots['trace'].viewport.x"), "the raster")
    low, high = ask(page, "explorer.plots['trace'].viewport.x")
    assert 0 < low < high < 60
    plot(page, "Trace").scroll_into_view_if_needed()
    box = canvas(page, "Trace")
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.4 * box["height"])
    tip = plot(page, "Trace").locator(".nf-tip")
    tip.wait_for()
    assert tip.inner_text().startswith("ada ")
    page.shoot("5-zoomed")
    page.mouse.dblclick(box["x"] + 0.6 * box["width"], box["y"] + 0.4 * box["height"])
    wait(lambda: ask(page, "explorer.plots['trace'].viewport.x is None"), "all of the trace")


def test_a_picture_is_turned_and_exported(page: Any) -> None:
    latent = plot(page, "Latent space")
    latent.get_by_role("button", name="More").click()
    latent.locator("select[name=dims]").select_option("3-D")
    wait(lambda: ask(page, "explorer.plots['latent'].picture['turns']") == [30, 25], "three dimensions")
    latent.locator("select").first.select_option("turn")
    box = canvas(page, "Latent space")
    page.mouse.move(box["x"] + 200, box["y"] + 150)
    page.mouse.down()
    page.mouse.move(box["x"] + 250, box["y"] + 170, steps=5)
    page.mouse.up()
    wait(lambda: ask(page, "explorer.plots['latent'].picture['turns']") == [5, 35], "the turn")
    with page.expect_download() as download:
        latent.get_by_role("button", name="Export").click()
    assert download.value.suggested_filename == "Latent space.png"
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")
    assert ask(page, "setattr(session.view('latent'), 'dims', '2-D')") is None


def test_a_right_click_names_the_pick_and_the_list_renames_it(page: Any) -> None:
    assert ask(page, "session.selection.pick('unit', session.everything('unit')[:7])") is None
    box = canvas(page, "Latent space")
    page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"], button="right")
    menu = plot(page, "Latent space").locator(".nf-menu")
    menu.wait_for()
    page.shoot("5-menu")
    assert not page.locator(".lm-Menu-content").is_visible()  # JupyterLab's own
    menu.get_by_role("menuitem", name="Make the pick a group").click()
    chip = page.locator(".nf-chip[data-kind=group]").last
    wait(lambda: "7 units" in chip.inner_text(), "the group in the list")
    chip.click()
    page.locator(".nf-list .nf-menu").get_by_role("menuitem", name="Rename…").click()
    field = page.locator(".nf-list .nf-ask input")
    field.fill("seven")
    page.shoot("5-question")
    field.press("Enter")
    wait(lambda: "seven" in chip.inner_text(), "its other name")
    assert ask(page, "'seven' in session.groups")
    assert ask(page, "session.ungroup('seven')") is None


def test_a_view_comes_when_a_menu_asks_for_one_more(page: Any) -> None:
    box = canvas(page, "Latent space")
    page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"], button="right")
    plot(page, "Latent space").locator(".nf-menu").get_by_role("menuitem", name="One more beside this").click()
    titles = page.locator(".neurofm-explorer .nf-title", has_text="Latent space")
    wait(lambda: titles.count() == 2, "the second latent space")
    wait(lambda: ask(page, "explorer.plots['latent 2'].viewport.width > 100"), "its first look")
    plot(page, "Latent space").scroll_into_view_if_needed()
    page.shoot("5-two")


def test_a_model_is_trained_from_the_form(page: Any) -> None:
    page.locator(".neurofm-explorer").get_by_role("button", name="Train", exact=True).first.click()
    form = page.locator(".neurofm-train")
    wait(lambda: form.get_by_role("button", name="Train").is_enabled(), "the models' options")
    for name, value in (("width", 16), ("steps", 20)):
        row = form.locator(".widget-hbox").filter(has=page.get_by_text(name, exact=True)).last
        row.locator("input").fill(str(value))
        row.locator("input").press("Tab")
    page.shoot("6-form")
    form.get_by_role("button", name="Train").click()
    page.locator(".neurofm-explorer").get_by_role("button", name="Jobs").first.click()
    wait(lambda: page.locator(".neurofm-job").count() > 5, "the job")
    page.shoot("7-jobs")
    wait(lambda: ask(page, "'poyo-2' in session.runs and all(j.over for j in session.jobs)"), "the second model")
    config = ask(page, "json.loads((session.runs['poyo-2'].path / 'config.json').read_text())")
    assert "16" in json.dumps(config)
    wait(lambda: "poyo-2" in note(page, "Latent space"), "its latent space")
    page.shoot("8-again")


def test_a_double_click_on_a_decoder_opens_its_run(page: Any) -> None:
    run, path = ask(page, "[(r.name, str(r.path)) for r in session.runs.values()][0]")
    rows = [
        {"decoder": name, "shown": "2 s", "scores": [0.5], "cpu_s": 1.0, "run": of}
        for name, of in (("ridge", ""), ("POYO", run))
    ]
    fields = (
        f"recording='ada', metric='R2', folder=__import__('pathlib').Path({str(Path(path).parent)!r}), rows={rows!r}"
    )
    made = f"__import__('neurofm.app.verbs.compare_decoders', fromlist='x').Decoders({fields})"
    ask(
        page,
        f"[session.runs.clear(), session.put_result('compare_decoders', 'ada', {made})]",
    )
    ask(page, "setattr(session.view('table'), 'of', 'decoder')")
    row = page.locator(".neurofm tr[data-row='1']", has_text="POYO").first
    row.scroll_into_view_if_needed()
    page.shoot("6-decoders")
    assert not ask(page, "list(session.runs)")
    row.dblclick()
    wait(lambda: ask(page, "list(session.runs)") == [run], "the run of the decoder")
    wait(lambda: ask(page, "all(job.over for job in session.jobs)"), "what there is to see of it")
    ask(page, "setattr(session.view('table'), 'of', 'unit')")


def test_a_cell_that_is_run_again_leaves_nothing_behind_that_draws(page: Any) -> None:
    assert ask(page, "globals().update(old=explorer)") is None
    page.locator(".jp-CodeCell").nth(2).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    wait(
        lambda: ask(page, "explorer is not old and all(p._left for p in old.plots.values())"),
        "the end of the old views",
    )
    wait(lambda: ask(page, "all(p._pages for p in explorer.plots.values())"), "the new views")


def test_a_saved_notebook_shows_pictures_without_a_kernel(page: Any, folder: Path, browser: Any) -> None:
    saved = folder / "explore.ipynb"
    assert _saved(page, saved)
    before = pictures(saved)
    assert len(before) == 2
    assert ask(page, "session.selection.pick('unit', session.everything('unit')[::9])") is None
    wait(lambda: _saved(page, saved) and not before & pictures(saved), "pictures of the new pick")
    for dark in (False, True):
        with lab(folder, dark=dark, kernels=False) as address, page_of(browser, folder) as other:
            other.goto(f"{address}/lab/tree/explore.ipynb?reset")
            other.wait_for_selector(".jp-Notebook .jp-Cell")
            other.get_by_role("dialog").get_by_role("button", name="No Kernel").click()
            snapshots = [other.locator("img.neurofm-snapshot").nth(k) for k in range(2)]
            for snapshot in snapshots:
                snapshot.wait_for()
            assert snapshots[0].bounding_box()["width"] > 900
            shown = other.locator(".jp-Notebook").inner_text()
            assert "Error displaying widget" not in shown
            assert "Loading widget" not in shown
            assert other.locator(".neurofm").count() == 0
            snapshots[0].scroll_into_view_if_needed()
            other.shoot("9-reopened-dark" if dark else "9-reopened")


def test_notebook_7_shows_it_too(browser: Any, tmp_path: Path) -> None:
    shutil.copy(NOTEBOOK, tmp_path)
    with lab(tmp_path) as address, page_of(browser, tmp_path) as page:
        open_notebook(page, address, NOTEBOOK.name, at="notebooks")
        run_all(page)
        wait(lambda: "104 units" in note(page, "Latent space"), "the latent space")
        wait(lambda: "spikes" in note(page, "Raster"), "the raster")

        def picked() -> bool:  # drawn again where the page has moved under the mouse, as pages do while they fill
            lasso(page, canvas(page, "Latent space"), (0.5, 0.5), (0.12, 0.25))
            page.wait_for_timeout(2000)
            return "picked" in note(page, "Raster")

        wait(picked, "the pick in the raster")
        assert not page.locator("img.neurofm-snapshot").first.is_visible()
        page.shoot("notebook-7")


def pictures(notebook: Path) -> set[str]:
    """What a saved notebook shows where its widgets were."""
    cells = json.loads(notebook.read_text("utf8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    pages = ["".join(output.get("data", {}).get("text/html", "")) for output in outputs]
    return {html for html in pages if "neurofm-snapshot" in html}


def _saved(page: Any, notebook: Path) -> bool:
    """Save, and say whether the file was written; pressed again where the page was busy with something else."""
    before = notebook.stat().st_mtime_ns

    def written() -> bool:
        page.keyboard.press("Control+s")
        with suppress(TimeoutError):
            return bool(wait(lambda: notebook.stat().st_mtime_ns != before and _is_whole(notebook), "it", limit=5))
        asked = page.locator("dialog.jp-Dialog").all_inner_texts()
        assert not asked, f"the page asks: {asked}"
        page.locator(".jp-CodeCell .jp-InputPrompt").first.click()  # what takes keys is the notebook
        return False

    return bool(wait(written, "the saved file"))


def _is_whole(notebook: Path) -> bool:
    """False while it is being written."""
    try:
        return bool(json.loads(notebook.read_text("utf8")))
    except ValueError:
        return False
