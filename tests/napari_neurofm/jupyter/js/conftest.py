"""The page's own code in Chromium, without JupyterLab: a page that has a widget of this process on it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from napari_neurofm.bench.lab import chromium, wait
from napari_neurofm.jupyter import plot as front
from napari_neurofm.jupyter.bundle import bundle
from napari_neurofm.jupyter.plot import Plot

CHROMIUM = chromium()
JS = Path(front.__file__).parent / "js"
BASE = ("layout", "tabbable", "tooltip")  # traits of every widget
# A model as anywidget hands it over, and the words that come with bytes in them
MODEL = """
window.fill = (value) => {
  if (value?.base64 !== undefined) {
    return new DataView(Uint8Array.from(atob(value.base64), (c) => c.charCodeAt(0)).buffer);
  }
  if (Array.isArray(value)) return value.map(fill);
  if (!value || typeof value !== "object" || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item)]));
};
window.Model = class {
  constructor(values) { Object.assign(this, { values: fill(values), calls: [], sent: [] }); }
  get(name) { return this.values[name]; }
  on(event, call) { this.calls.push([event, call]); }
  off(event, call) { this.calls = this.calls.filter(([e, c]) => e !== event || c !== call); }
  send(said) { this.sent.push(said); }
  set(values) {
    Object.assign(this.values, fill(values));
    for (const name of Object.keys(values)) this.tell(`change:${name}`);
  }
  tell(event, ...said) { for (const [e, call] of this.calls) if (e === event) call(...said); }
};
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of these need the browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.skipif(CHROMIUM is None, reason="no Chromium"))


@pytest.fixture(scope="module")
def chrome() -> Iterator[Any]:
    """Chromium, without a window; not for all tests, since as long as it is there its loop runs."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chrome: Any) -> Iterator[Any]:
    """An empty page with the page's own code: each of its names is one of `nf`. No error may be left on it."""
    page = chrome.new_page(viewport={"width": 900, "height": 600})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    names = "widget, View, Wire, ticks, wide, about, areaOf, shownOf, scalesOf, sentence, short, isDark, unpacked, css"
    page.set_content(f"<style>{(JS.parent / 'view.css').read_text()}</style><body style='background: white'></body>")
    page.add_script_tag(content=MODEL)
    for entry, given in (("view", names), ("opened", "Opened")):
        code = bundle(JS / f"{entry}.js").replace("export default", "const widget =")
        page.add_script_tag(content=f"{code}\nwindow.nf = {{ ...window.nf, {given} }};", type="module")
    page.wait_for_function("() => window.nf?.Opened && window.nf?.View")
    yield page
    page.close()
    assert errors == []


@pytest.fixture
def shown(page: Any, sent: Any, say: Any) -> Callable[[Any], Page]:
    """Puts a widget of this process on the page."""

    def show(plot: Any) -> Page:
        return Page(page, plot, sent, say)

    return show


class Page:
    """A widget on a page; what either says reaches the other in `settle`."""

    def __init__(self, page: Any, plot: Any, sent: Any, say: Any) -> None:
        self.page, self.plot, self._sent, self._say = page, plot, sent, say
        self._told: dict[str, Any] = {}
        self._heard = len(sent)
        page.evaluate(
            """([kind, values]) => {
              window.model = new Model(values);
              window.view = new nf[kind](model, document.body);
            }""",
            ["View" if isinstance(plot, Plot) else "Opened", self._fresh()],
        )
        self.settle()

    @property
    def view(self) -> Any:
        """The view's own element."""
        return self.page.locator(".neurofm")

    def area(self) -> dict[str, float]:
        """Where the picture is."""
        return dict(self.view.locator("canvas").bounding_box())

    def settle(self) -> None:
        """Until neither has anything to say."""
        quiet = 0
        while quiet < 3:
            quiet = 0 if self._to_kernel() | self._to_page() else quiet + 1
            self.page.wait_for_timeout(30)

    def until(self, ready: Callable[[], Any], what: str) -> Any:
        """What `ready` gives once that is something."""

        def told() -> Any:
            self._to_kernel()
            self._to_page()
            self.page.wait_for_timeout(20)
            return ready()

        return wait(told, what, pause=0, limit=20)

    def _to_kernel(self) -> bool:
        said = self.page.evaluate("() => model.sent.splice(0)")
        for words in said:
            self._say(self.plot, **words)
        return bool(said)

    def _to_page(self) -> bool:
        fresh = self._fresh()
        words = [m["data"]["content"] for m in self._sent[self._heard :] if self._is_ours(m)]
        self._heard = len(self._sent)
        if fresh:
            self.page.evaluate("(values) => model.set(values)", fresh)
        for said in words:
            self.page.evaluate("(said) => model.tell('msg:custom', said)", said)
        return bool(fresh or words)

    def _is_ours(self, message: Any) -> bool:
        return bool(message["comm"] == self.plot.model_id and message["data"].get("method") == "custom")

    def _fresh(self) -> dict[str, Any]:
        """What has changed since it was told."""
        own = [name for name in self.plot.traits(sync=True) if name[0] != "_" and name not in BASE]
        now = {name: getattr(self.plot, name) for name in own}
        fresh = {name: value for name, value in now.items() if name not in self._told or self._told[name] != value}
        self._told |= fresh
        return {name: encoded(value) for name, value in fresh.items()}


def encoded(value: Any) -> Any:
    """The same with bytes as text."""
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {key: encoded(item) for key, item in value.items()}
    return [encoded(item) for item in value] if isinstance(value, list | tuple) else value
