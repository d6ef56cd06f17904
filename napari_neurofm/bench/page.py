"""Very many points in JupyterLab, timed: ``python -m napari_neurofm.bench.page COUNT SEED TIMES [PYTHON]``.

For the bench; it needs jupyterlab, playwright and Chromium, and prints one JSON object. PYTHON is that of an
environment with jupyter-scatter and ipykernel, which is measured beside it.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from napari_neurofm.bench.lab import LIMIT, chromium, lab, notebook, open_notebook, wait

SOFTWARE = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")  # WebGL without a graphics card
GRAB = """
window.nf = {frames: [], pictures: [], drawn: 0};
const make = window.createImageBitmap;
window.createImageBitmap = async (...a) => {
  const bitmap = await make(...a);
  requestAnimationFrame(() => nf.pictures.push(performance.now()));
  return bitmap;
};
const draw = CanvasRenderingContext2D.prototype.drawImage;
CanvasRenderingContext2D.prototype.drawImage = function (...a) { nf.drawn = 1; return draw.apply(this, a); };
for (const gl of [WebGLRenderingContext, WebGL2RenderingContext]) {
  const points = gl.prototype.drawArrays;
  gl.prototype.drawArrays = function (...a) { nf.drawn = 1; return points.apply(this, a); };
}
const tick = (t) => { if (nf.drawn) { nf.frames.push(t); nf.drawn = 0; } requestAnimationFrame(tick); };
requestAnimationFrame(tick);
"""


def main(count: int, seed: int, times: int, peer: str = "") -> None:
    """Measure, and say."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as place, sync_playwright() as play:
        folder = Path(place)
        if peer:
            _add_kernel(folder / ".lab" / "jupyter_data_dir" / "kernels" / "peer", peer)
        with lab(folder) as address:
            with _browser(play) as browser:
                figures = {
                    str(n): _page(_open(browser, address, folder, _ours(n, seed)), n, times)
                    for n in (count // 10, count)
                }
            with _browser(play, *SOFTWARE) as browser:
                if peer:
                    page = _open(browser, address, folder, _theirs(count, seed), "peer")
                    figures["jupyter-scatter"] = _scatter(page)
    sys.stdout.write(json.dumps(figures) + "\n")


@contextmanager
def _browser(play: Any, *more: str) -> Iterator[Any]:
    """Chromium without a window."""
    args = ["--no-sandbox", "--enable-precise-memory-info", *more]
    browser = play.chromium.launch(executable_path=chromium(), args=args)
    try:
        yield browser
    finally:
        browser.close()


def _open(browser: Any, address: str, folder: Path, cells: tuple[str, ...], kernel: str = "python3") -> Any:
    """A page with a notebook of these cells, none of them run."""
    name = f"{len(list(folder.glob('*.ipynb')))}.ipynb"  # a notebook of the same name would get the kernel of the last
    (folder / name).write_text(json.dumps(notebook(cells, kernel)))
    page = browser.new_page(viewport={"width": 1400, "height": 1400})
    page.add_init_script(GRAB)
    page.set_default_timeout(1000 * LIMIT)
    open_notebook(page, address, name, kernel)
    _run(page, 0)
    wait(lambda: page.locator(".jp-CodeCell").nth(0).locator(".jp-OutputArea").get_by_text("ready").count(), "the data")
    return page


def _scatter(page: Any) -> dict[str, Any]:
    """How soon jupyter-scatter shows its points, and how often it draws while they are dragged."""
    start = time.perf_counter()
    page.evaluate("() => { nf.frames = []; }")
    _run(page, 1)
    wait(lambda: page.evaluate("() => nf.frames.length"), "the picture", 0.01)
    figures: dict[str, Any] = {"shown_s": time.perf_counter() - start}
    canvas = page.locator(".jp-OutputArea canvas").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    page.wait_for_timeout(2000)
    middle = box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"]
    figures["frames"] = _pan(page, middle, "left")
    figures["heap_mb"] = _heap(page)
    page.close()
    return figures


def _heap(page: Any) -> float:
    """MB that the page holds."""
    return float(page.evaluate("() => performance.memory.usedJSHeapSize / 1e6"))


def _page(page: Any, points: int, times: int) -> dict[str, Any]:
    """All figures of one notebook of ours."""
    start = time.perf_counter()
    _run(page, 1)
    words = f"{points:,} moments"
    views = page.locator(".neurofm .nf-note").filter(has_text=words)
    wait(lambda: views.count() == 2, "the picture", 0.01)
    page.evaluate("() => new Promise(requestAnimationFrame)")
    figures: dict[str, Any] = {"shown_s": time.perf_counter() - start}
    canvas = page.locator(".neurofm canvas").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    middle = box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"]
    page.wait_for_timeout(2000)
    figures |= {"frames": _pan(page, middle, "middle"), "fresh_ms": [_fresh(page, middle, k) for k in range(times)]}
    page.mouse.dblclick(*middle)
    page.wait_for_timeout(1500)
    figures["lasso_ms"] = [_lasso(page, box, k) for k in range(times)]
    figures["heap_mb"] = _heap(page)
    page.close()
    return figures


def _pan(page: Any, middle: tuple[float, float], button: str) -> float:
    """Pictures a second while the picture is dragged for two seconds."""
    x, y = middle
    page.mouse.move(x, y)
    page.mouse.down(button=button)
    page.evaluate("() => { nf.frames = []; }")
    start = time.perf_counter()
    k = 0
    while time.perf_counter() - start < 2:
        k += 1
        page.mouse.move(x + 60 * np.sin(k / 9), y + 30 * np.sin(k / 7))
    took = time.perf_counter() - start
    page.mouse.up(button=button)
    return float(page.evaluate("() => nf.frames.length")) / took


def _fresh(page: Any, middle: tuple[float, float], turn: int) -> float:
    """Milliseconds from a turn of the wheel to the fresh picture of what is seen then."""
    page.wait_for_timeout(400)
    page.mouse.move(*middle)
    page.evaluate("""() => {
      nf.pictures = [];
      addEventListener('wheel', () => { nf.since = performance.now(); }, {once: true, capture: true});
    }""")
    page.mouse.wheel(0, -120 if turn % 2 == 0 else 120)
    page.wait_for_function("() => nf.pictures.length > 0")
    return float(page.evaluate("() => nf.pictures[0] - nf.since"))


def _lasso(page: Any, box: dict[str, float], turn: int) -> float:
    """Milliseconds from the end of a drag until the kernel has the pick and both views show it."""
    angle = np.linspace(0, 2 * np.pi, 32)
    x = box["x"] + box["width"] * (0.5 + 0.02 * turn / 10 + 0.08 * np.cos(angle))
    y = box["y"] + box["height"] * (0.5 + 0.15 * np.sin(angle))
    page.evaluate("""() => {
      nf.since = 0; nf.seen = [];
      const notes = [...document.querySelectorAll('.neurofm .nf-note')]
        .filter((n) => n.textContent.includes('moments'));
      const before = notes.map((n) => n.textContent);
      addEventListener('pointerup', () => { nf.since = performance.now(); }, {once: true, capture: true});
      const look = () => {
        if (nf.since && notes.every((n, k) => n.textContent !== before[k])) nf.seen.push(performance.now());
        else requestAnimationFrame(look);
      };
      look();
    }""")
    page.mouse.move(x[0], y[0])
    page.mouse.down()
    for at in zip(x[1:], y[1:]):
        page.mouse.move(*at)
    page.mouse.up()
    page.wait_for_function("() => nf.seen.length > 0")
    return float(page.evaluate("() => nf.seen[0] - nf.since"))


def _run(page: Any, place: int) -> None:
    """A cell of the notebook."""
    page.locator(".jp-CodeCell").nth(place).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")


def _ours(count: int, seed: int) -> tuple[str, ...]:
    return (
        "import neurofm as nf\nfrom neurofm.bench.explorer import session\nfrom neurofm.app.views import warm\n"
        f"warm()\nhere = session({count}, {seed})\n"
        "for name in ('latent', 'latent 2'):\n    here.view(name).of = 'time'\nprint('ready')",
        "nf.explore(here, [['latent', 'latent 2'], ['raster', 'trace']])",
    )


def _theirs(count: int, seed: int) -> tuple[str, ...]:
    return (
        "import numpy as np, pandas as pd, jscatter\n"
        f"xy = np.random.default_rng({seed}).standard_normal(({count}, 2), np.float32)\n"
        "table = pd.DataFrame(xy, columns=['x', 'y'])\nprint('ready')",
        "jscatter.Scatter(data=table, x='x', y='y').show()",
    )


def _add_kernel(folder: Path, python: str) -> None:
    """A kernel of another environment."""
    folder.mkdir(parents=True)
    call = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (folder / "kernel.json").write_text(json.dumps({"argv": call, "display_name": "peer", "language": "python"}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:])
