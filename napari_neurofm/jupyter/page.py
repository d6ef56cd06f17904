"""A page that stands alone: views as they are, in one file that needs neither kernel nor net."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from napari_neurofm.jupyter.bundle import bundle
from napari_neurofm.jupyter.wire import Plain, css, scene_values
from neurofm.app import colors
from neurofm.app.pane import Pane
from neurofm.app.pictures.draw import draw
from neurofm.app.pictures.scene import Points, Scene, Table, Viewport
from neurofm.app.session import Session
from neurofm.app.write import suffix, write

HERE = Path(__file__).parent
WIDTH = 1600  # pixels that a picture is drawn for
ROW, ROWS = 24, 500  # pixels of a table's row, and how many there are at most
TOLD = 3_000  # points that say what they are
SUFFIXES = (".html", ".htm")  # of pages
HTML = """<!doctype html>
<html lang="en" style="color-scheme: {scheme}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
<style>
{style}
body {{ margin: 12px; font: 13px/1.4 system-ui, sans-serif; background: {paper}; color: {ink} }}
h1 {{ margin: 0 0 10px; font-size: 14px; font-weight: 600 }}
.nf-row {{ display: grid; gap: 6px; margin-bottom: 6px;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, max(330px, calc(var(--share) - 6px))), 1fr)) }}
</style></head>
<body data-jp-theme-light="{light}"><h1>{title}</h1><main></main>
<noscript>This page draws its pictures by JavaScript.</noscript>
<script type="application/json" id="neurofm">{values}</script>
<script type="module">
{code}
</script></body></html>
"""


class Shown(Protocol):
    """A view as it stands on a page now."""

    session: Session
    pane: Pane
    viewport: Viewport
    height: Any


def page(rows: Sequence[Sequence[Shown]], path: str | Path | None = None) -> str | Path:
    """Views in rows as the text of a page, or where that was written to.

    Raises
    ------
    DataError
        If the folder cannot be written to, or the name is not that of a page.
    """
    if path is None:
        return _text(rows)
    suffix(path, SUFFIXES, "page")
    text = _text(rows)
    return write(Path(path).expanduser(), lambda draft: draft.write_text(text, "utf8"))


def _text(rows: Sequence[Sequence[Shown]]) -> str:
    plots = [plot for row in rows for plot in row]
    session, dark = plots[0].session, plots[0].viewport.dark
    values = [[_values(plot) for plot in row] for row in rows]
    spaces = {mark["space"] for row in values for view in row for mark in view["picture"]["marks"] if "ids" in mark}
    picks = {space: _words(session.selection.picked(space)) for space in spaces}
    return HTML.format(
        title=html.escape(", ".join(session.sources) or "NeuroFM"),
        scheme="dark" if dark else "light",
        light="false" if dark else "true",
        paper="#111418" if dark else "#ffffff",
        ink="#e6e8eb" if dark else "#1f2328",
        style=(HERE / "view.css").read_text("utf8"),
        values=json.dumps({"rows": values, "picks": picks}, default=_written).replace("<", "\\u003c"),
        code=bundle(HERE / "js" / "page.js"),
    )


def _values(plot: Shown) -> Plain:
    """What a view of the page takes for its model."""
    scene = _scene(plot)
    picture = scene_values(scene) | {"moves": 0, "turns": None, "button": "", "grips": [], "keys": []}
    for mark, plain in zip(scene.marks, picture["marks"]):
        plain |= _things(plot, mark)
    pickable = any(plain["kind"] == "points" and "ids" in plain for plain in picture["marks"])
    picture["picks"] = picture["picks"] and pickable
    picture["ink"] = css(colors.ink(dark=plot.viewport.dark))
    ranges = None if plot.pane.ranges is None else [list(span) for span in plot.pane.ranges]
    own = {"time": plot.pane.time, "height": plot.height, "width": "100%", "ranges": ranges}
    return {"picture": picture, "controls": [], "cursor": scene.cursor, "window": [], "snapshot": "", **own}


def _scene(plot: Shown) -> Scene:
    """All that there is to see, as far as a page can hold it."""
    viewport = Viewport(None, None, WIDTH, plot.viewport.height, plot.viewport.dark, exact=True)
    scene = draw(plot.pane.spec, plot.pane.state, plot.session, viewport)
    if any(isinstance(mark, Table) for mark in scene.marks):
        scene = draw(plot.pane.spec, plot.pane.state, plot.session, replace(viewport, height=ROW * ROWS))
        marks = tuple(replace(mark, total=len(mark.ids)) if isinstance(mark, Table) else mark for mark in scene.marks)
        scene = replace(scene, marks=marks)
    return scene


def _things(plot: Shown, mark: Any) -> Plain:
    """What can be picked of a mark, and what each is; a ring around something is not that."""
    if not isinstance(mark, Points | Table) or not mark.space:
        return {}
    if isinstance(mark, Table):
        return {"ids": _words(mark.ids), "told": []}
    if not np.any(np.broadcast_to(mark.color, (len(mark.ids), 4))[:, 3]):
        return {}
    told = mark.ids if len(mark.ids) <= TOLD else ()
    words = [plot.pane.spec.describe(plot.pane.state, plot.session, mark.space, int(id)) for id in told]
    return {"space": mark.space, "ids": _words(mark.ids), "told": words}


def _words(ids: Any) -> list[str]:
    """Ids as they travel: scripts of pages have no integers as long."""
    return [str(id) for id in ids.tolist()]


def _written(value: Any) -> dict[str, str]:
    """Bytes as text."""
    return {"base64": base64.b64encode(value).decode("ascii")}
