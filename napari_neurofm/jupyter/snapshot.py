"""Pictures that remain when the kernel has gone: what a saved notebook shows."""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

import numpy as np

from neurofm.app.pictures.scene import Scene

SIZE = (560, 300)  # pixels of a picture in the longest row, of two at least
QUIET = 1.5  # seconds without a change after which the picture in the notebook is drawn again
WORDS = "Run this cell again to move in these pictures."

# The picture and the living widget are two outputs of one cell: whichever has nothing to show is hidden, by these rules
# where outputs are built as in JupyterLab, and elsewhere by the widget, which knows its picture by its name.
HTML = """<style>
.jp-OutputArea-child:has(.neurofm-snapshot):has(+ .jp-OutputArea-child .neurofm) {{ display: none }}
.jp-OutputArea-child:has(.neurofm-snapshot) + .jp-OutputArea-child:not(:has(.neurofm)) {{ display: none }}
</style>
<figure data-neurofm="{name}" style="margin: 0">
<img class="neurofm-snapshot" alt="{words}" style="max-width: 100%" src="data:image/png;base64,{data}">
<figcaption style="opacity: 0.8">{words}</figcaption></figure>"""
WIDGET = "application/vnd.jupyter.widget-view+json"

Drawn = tuple[Scene, bool]  # a scene, and whether it is made for a dark page
Rows = Sequence[Sequence[Drawn]]


class Snapshot:
    """Shows a widget beside a picture of it, and draws the picture again once nothing has changed for a while.

    Parameters
    ----------
    rows : () -> the scenes of the widget as they are now

    Attributes
    ----------
    name : by which the widget knows its picture on the page
    """

    def __init__(self, rows: Callable[[], Rows]) -> None:
        self.rows = rows
        self.name = uuid4().hex
        self._shown: list[Any] = []  # handles of the pictures in the notebook
        self._due: asyncio.TimerHandle | None = None

    def bundle(self, of: dict[str, Any]) -> dict[str, Any]:
        """A widget's own bundle with the picture and words in place of its name."""
        return {**of, "text/plain": WORDS, "image/png": _text(self.png())}

    def show(self, of: dict[str, Any]) -> None:
        """Put picture and widget into the cell; the widget first lives, then the picture is drawn."""
        from IPython.display import display

        handle = display({"text/plain": WORDS}, raw=True, display_id=True)
        display({"text/plain": WORDS, WIDGET: of[WIDGET]}, raw=True)
        self._shown.append(handle)
        self._update(self.png())

    def soon(self, loop: Any) -> None:
        """Draw the picture again once nothing has changed for a while."""
        if self._due is not None:
            self._due.cancel()
        self._due = loop.after(QUIET, self._again) if self._shown else None

    def close(self) -> None:
        """Draw nothing any more."""
        self._shown.clear()
        if self._due is not None:
            self._due.cancel()

    def png(self) -> bytes:
        """The picture as it is now."""
        return draw(self.rows())

    def _again(self) -> None:
        """The scenes here, since they read the session; the picture of them in a thread, since that takes a while."""
        rows, loop = self.rows(), asyncio.get_running_loop()
        drawn = loop.run_in_executor(None, draw, rows)
        drawn.add_done_callback(lambda done: self._update(done.result()))

    def _update(self, picture: bytes) -> None:
        html = HTML.format(words=WORDS, name=self.name, data=_text(picture))
        for handle in self._shown:
            handle.update({"text/plain": WORDS, "text/html": html}, raw=True)


def draw(rows: Rows) -> bytes:
    """Scenes in a grid as one PNG file; a row of fewer is drawn wider."""
    from matplotlib.image import imread, imsave

    from neurofm.app.pictures.figure import png

    across = max(2, *map(len, rows)) * SIZE[0]
    grid = []
    for row in rows:
        widths = np.diff(np.linspace(0, across, len(row) + 1).round().astype(int))
        pictures = [png(scene, int(w), SIZE[1], dark=dark) for (scene, dark), w in zip(row, widths)]
        grid.append(np.concatenate([imread(io.BytesIO(picture)) for picture in pictures], 1))
    file = io.BytesIO()
    imsave(file, np.concatenate(grid), format="png")
    return file.getvalue()


def _text(picture: bytes) -> str:
    return base64.b64encode(picture).decode("ascii")
