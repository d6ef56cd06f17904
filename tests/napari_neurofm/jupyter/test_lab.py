"""The example notebook in a real JupyterLab in a real Chromium: run, lasso, train, save, reopen without a kernel."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

NOTEBOOK = Path(__file__).parents[3] / "examples" / "explore.ipynb"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_asked = itertools.count(1)
LIMIT = 60  # seconds for anything to happen
NO_NEWS = {"fetchNews": "false", "checkForUpdates": False}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium; scripts/setup installs it where it may"),
]


@contextmanager
def lab(folder: Path, *, dark: bool = False, kernels: bool = True) -> Iterator[str]:
    """The address of a JupyterLab that serves `folder` and writes nothing elsewhere."""
    home = folder / ".lab"
    settings = home / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "notification.jupyterlab-settings").write_text(json.dumps(NO_NEWS))
    theme = {"theme": "JupyterLab Dark" if dark else "JupyterLab Light"}
    (settings / "themes.jupyterlab-settings").write_text(json.dumps(theme))
    names = (
        "JUPYTER_CONFIG_DIR",
        "JUPYTER_DATA_DIR",
        "JUPYTER_RUNTIME_DIR",
        "IPYTHONDIR",
        "XDG_DATA_HOME",
        "XDG_CACHE_HOME",
    )
    places = {name: str(home / name.lower()) for name in names}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [
        "--no-browser", "--allow-root", f"--port={port}", "--ServerApp.port_retries=0", "--ServerApp.ip=127.0.0.1",
        "--IdentityProvider.token=", f"--ServerApp.root_dir={folder}", f"--LabApp.workspaces_dir={home / 'workspaces'}",
        f"--LabApp.user_settings_dir={home / 'settings'}", "--LabApp.extension_manager=readonly",
    ]  # fmt: skip
    if not kernels:
        options.append("--KernelSpecManager.allowed_kernelspecs=none")
    with open(home / "log.txt", "a") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options], env={**os.environ, **places, "OMP_NUM_THREADS": "1"},
            stdout=log, stderr=log, cwd=folder,
        )  # fmt: skip
        address = f"http://127.0.0.1:{port}"
        try:
            wait(lambda: answers(f"{address}/api/status") or server.poll() is not None, "JupyterLab")
            assert server.poll() is None, (home / "log.txt").read_text()
            yield address
        finally:
            server.terminate()
            server.wait(20)


def answers(address: str) -> bool:
    try:
        return urllib.request.urlopen(address, timeout=5).status == 200
    except (urllib.error.URLError, OSError):
        return False


def wait(ready: Callable[[], Any], what: str, limit: float = LIMIT) -> Any:
    """What `ready` gives once that is something."""
    end = time.monotonic() + limit
    while not (found := ready()):
        assert time.monotonic() < end, f"{what} did not come within {limit} s"
        time.sleep(0.1)
    return found


@contextmanager
def chromium(path: Path) -> Iterator[Any]:
    """A page as large as a window, and pictures of it by `page.shoot(name)`."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1500, "height": 1250})
        page.set_default_timeout(1000 * LIMIT)
        page.shoot = lambda name: page.screenshot(path=path / f"{name}.png")
        try:
            yield page
        finally:
            page.shoot("last")  # what it looked like when a check failed
            browser.close()


def open_notebook(page: Any, address: str, *, kernel: bool = True) -> None:
    page.goto(f"{address}/lab/tree/explore.ipynb?reset")
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    if kernel:
        page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for()


def run_all(page: Any) -> None:
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()


def plot(page: Any, title: str) -> Any:
    """The widget with that title; of several the first."""
    return page.locator(".neurofm").filter(has=page.locator(".nf-title", has_text=title)).first


def note(page: Any, title: str) -> str:
    found = plot(page, title).locator(".nf-note")
    return found.inner_text() if found.count() else ""


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
    mark = f"answer {next(_asked)}:"
    page.keyboard.insert_text(f"import json; print({mark!r}, json.dumps({expression}))")
    page.keyboard.press("Control+Enter")
    said = cell.locator(".jp-OutputArea").last
    wait(lambda: mark in said.inner_text(), f"an answer to {expression}")
    return json.loads(said.inner_text().split(mark)[1])


def test_lab(tmp_path: Path) -> None:
    shutil.copy(NOTEBOOK, tmp_path)
    with lab(tmp_path) as address, chromium(tmp_path) as page:
        open_notebook(page, address)
        run_all(page)
        plot(page, "Raster").wait_for()
        page.shoot("1-opened")
        wait(lambda: "104 units" in note(page, "Latent space"), "the latent space")
        wait(lambda: ask(page, "job.state") == "done", "the end of the training")
        plot(page, "Latent space").scroll_into_view_if_needed()
        wait(lambda: "R²" in plot(page, "Trace").inner_text(), "the decoded trace")
        page.shoot("2-trained")

        canvas = plot(page, "Latent space").locator("canvas")
        lasso(page, canvas.bounding_box(), (0.55, 0.4), (0.2, 0.3))
        wait(lambda: "picked" in note(page, "Latent space"), "the pick in its view")
        wait(lambda: "picked" in note(page, "Raster"), "the pick in the raster")
        picked = int(note(page, "Latent space").split(" of 104")[0].split(" · ")[-1])
        page.shoot("3-picked")
        assert ask(page, "len(explorer.selection())") == picked > 0
        assert ask(page, "len(session.selection.picked('unit'))") == picked
        wait(lambda: note(page, "Table").startswith(f"{picked} of 104"), "the pick in the table")
        page.shoot("4-table")

        page.keyboard.press("Escape")
        box = canvas.bounding_box()
        page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.4 * box["height"])
        page.get_by_role("button", name="Train", exact=True).click()
        panel = page.locator(".neurofm-train")
        wait(lambda: panel.get_by_role("button", name="Train").is_enabled(), "the models' options")
        page.get_by_role("button", name="Jobs", exact=True).click()
        page.shoot("5-form")
        panel.get_by_text("More options").click()
        page.shoot("6-more")
