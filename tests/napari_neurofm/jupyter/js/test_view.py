"""A view on a page: its picture, and what stands where one cannot be drawn."""

from __future__ import annotations

from typing import Any

import pytest

import neurofm as nf
from neurofm import registry
from neurofm.app.session import Session

VIEWS = registry.names("neurofm.app.views")


def colors(shown: Any) -> int:
    """How many colours the picture has."""
    return int(
        shown.page.evaluate("""() => {
          const canvas = document.querySelector(".neurofm canvas");
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return new Set(new Uint32Array(data.buffer)).size;
        }""")
    )


def pixels(shown: Any) -> str:
    """The picture, as the canvas has it."""
    return str(shown.page.evaluate("() => document.querySelector('.neurofm canvas').toDataURL()"))


@pytest.mark.parametrize("name", VIEWS)
def test_every_view_shows_a_picture_rows_or_a_sentence(name: str, session: Session, shown: Any) -> None:
    page = shown(nf.view(name, session))
    assert page.view.locator(".nf-title").inner_text() == page.plot.picture["title"]
    visible = [page.view.locator(kind).is_visible() for kind in ("canvas", ".nf-table", ".nf-empty")]
    assert sum(visible) == 1
    assert not visible[0] or colors(page) > 3


def test_a_picture_that_fails_leaves_the_last_and_the_next_is_drawn(session: Session, shown: Any) -> None:
    page = shown(nf.view("raster", session))
    before = colors(page)
    broken = {**page.plot.picture, "marks": [{"kind": "image", "png": {"base64": ""}, "x": [0, 1], "y": [0, 1]}]}
    broken["scale"] = None
    page.page.evaluate("(picture) => model.set({ picture })", broken)
    page.until(lambda: "cannot be drawn" in page.view.locator(".nf-warning").inner_text(), "the reason")
    assert colors(page) > before / 2  # a little less high, above the words
    session.selection.pick("unit", [1, 2])
    page.until(lambda: page.view.locator(".nf-warning").is_hidden(), "the next picture")
    assert page.view.locator(".nf-note").inner_text().startswith("2 of")


BROKEN: dict[str, dict[str, Any]] = {
    "a mark of no kind": {"marks": [{"kind": "nothing"}]},
    "a mark without its bytes": {"marks": [{"kind": "points", "size": 4}]},
    "a line of nothing": {"marks": [{"kind": "line", "color": "red", "width": 1}]},
    "a scale without colours": {"scale": {"words": "rate", "low": 0, "high": 1}},
    "a key of nothing": {"legend": None},
    "an axis of nothing": {"x": None},
    "an axis without its range": {"y": {"label": "y", "unit": "", "ticks": []}},
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_whatever_is_wrong_with_a_picture_the_last_one_stands(
    session: Session, shown: Any, broken: dict[str, Any]
) -> None:
    page = shown(nf.view("latent", session))
    note, before = page.view.locator(".nf-note").inner_text(), colors(page)
    page.page.evaluate("(b) => model.set({ picture: { ...model.get('picture'), note: 'broken', ...b } })", broken)
    page.until(lambda: "cannot be drawn" in page.view.locator(".nf-warning").inner_text(), "the reason")
    page.page.evaluate("() => { view.canvas.paint(); view.canvas.draw(); }")  # as when the page changes its size
    assert page.view.locator(".nf-note").inner_text() == note
    assert colors(page) > before / 2
    session.selection.pick("unit", [1, 2])
    page.until(lambda: page.view.locator(".nf-note").inner_text().startswith("2 of"), "the next picture")


@pytest.mark.parametrize("part", ["drawImage", "stroke", "clip"])
def test_drawing_that_fails_once_leaves_nothing_behind(session: Session, shown: Any, part: str) -> None:
    page = shown(nf.view("raster", session))
    before = pixels(page)
    left = page.page.evaluate(
        """(part) => {
          const canvas = view.canvas, { ctx } = canvas, right = ctx[part];
          ctx[part] = () => { throw new Error("no room"); };
          try { canvas.draw(); } catch { /* as it is meant */ }
          ctx[part] = right;
          ctx.setTransform(1, 0, 0, 1, 0, 0);
          ctx.clearRect(0, 0, canvas.canvas.width, canvas.canvas.height); // all of it, unless something was cut off
          const { data } = ctx.getImageData(0, 0, canvas.canvas.width, canvas.canvas.height);
          canvas.draw();
          return new Set(new Uint32Array(data.buffer)).size;
        }""",
        part,
    )
    assert left == 1
    assert pixels(page) == before


def test_a_moving_picture_goes_on_after_one_that_failed(session: Session, shown: Any) -> None:
    page = shown(nf.view("raster", session))
    asked = page.page.evaluate("""async () => {
      model.sent.length = 0;
      model.set({ picture: { ...model.get("picture"), moves: 50, marks: [{ kind: "nothing" }] } });
      await new Promise((resolve) => setTimeout(resolve, 200));
      return model.sent.map((said) => said.do);
    }""")
    assert asked == ["look"]


@pytest.mark.parametrize("end", ["status", "disposed", "comm"])
def test_a_kernel_that_has_ended_is_said_once_and_the_picture_stays(session: Session, shown: Any, end: str) -> None:
    page = shown(nf.view("latent", session))
    before = colors(page)
    left = page.page.evaluate(
        """(end) => {
          const signal = () => ({ calls: [], connect(c) { this.calls.push(c); },
            disconnect(c) { this.calls = this.calls.filter((other) => other !== c); } });
          const kernel = { statusChanged: signal(), disposed: signal() };
          view.close();
          model.widget_manager = { kernel };
          document.body.replaceChildren();
          window.view = new nf.View(model, document.body);
          kernel.statusChanged.calls[0](null, "busy");
          const early = document.querySelector(".nf-lost").hidden;
          if (end === "status") kernel.statusChanged.calls[0](null, "autorestarting");
          if (end === "disposed") kernel.disposed.calls[0]();
          if (end === "comm") model.tell("comm_live_update");
          model.sent.length = 0;
          view.look();
          view.wire.tell("undo");
          return [early, model.sent.length, kernel.statusChanged.calls.length, kernel.disposed.calls.length];
        }""",
        end,
    )
    assert left == [True, 0, 0, 0]
    page.until(lambda: colors(page) > before / 2, "the picture")
    assert page.view.locator(".nf-lost").inner_text() == "The kernel was restarted; run the cell again."
    assert page.view.locator("canvas").is_visible()


def test_many_pictures_at_once_end_with_the_newest(session: Session, shown: Any) -> None:
    page = shown(nf.view("raster", session))
    page.page.evaluate("""() => {
      const picture = model.get("picture");
      for (let k = 0; k < 20; k++) model.set({ picture: { ...picture, note: `note ${k}` } });
    }""")
    page.until(lambda: page.view.locator(".nf-note").inner_text() == "note 19", "the newest")


def test_a_closed_view_hears_nothing_and_says_so(session: Session, shown: Any) -> None:
    page = shown(nf.view("trace", session))
    left = page.page.evaluate("""() => {
      view.close();
      const here = model.calls.length;
      nf.widget.render({ model, el: document.body })();
      return [here, model.calls.length, model.sent.map((said) => said.do).filter((words) => words === "gone")];
    }""")
    assert left == [0, 0, ["gone", "gone"]]


@pytest.mark.parametrize(("color", "dark"), [("white", False), ("#111", True)])
def test_the_theme_follows_the_page(color: str, dark: bool, session: Session, shown: Any, page: Any) -> None:
    page.evaluate("(color) => { document.body.style.background = color; }", color)
    widget = shown(nf.view("raster", session))
    assert ("dark" in widget.view.get_attribute("class").split()) == dark
    assert widget.plot.viewport.dark == dark


def test_plain_words_are_looked_for_while_they_are_typed_and_what_compares_once_it_is_finished(
    session: Session, shown: Any
) -> None:
    page = shown(nf.view("table", session))
    line, state = page.view.locator("input[name=filter]"), session.view("table")
    line.type("ada")
    page.until(lambda: state.filter == "ada", "the words")
    line.fill("rate > 2")
    page.page.wait_for_timeout(700)
    assert state.filter == "ada"
    line.press("Enter")
    page.until(lambda: state.filter == "rate > 2", "the condition")
