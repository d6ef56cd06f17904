"""Any scene on paper: SVG and PDF with text as text, and PNG, at chosen millimetres and font size.

Marks are as large against the words as on a screen, so that one number, the font size, scales a figure. What a view
gives as an image (many marks) is an image in the file too, at the dpi asked for; all else stays vector.
"""

from __future__ import annotations

import io
import math
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.app import colors
from neurofm.app.pictures.paper import SCREEN, Paper, fonts, hex_color, pixels, rgba, sized
from neurofm.app.pictures.paper_marks import DRAW, draw_table
from neurofm.app.pictures.scene import Axis, Line, Scene, Spans, Table, Viewport
from neurofm.app.write import suffix, write
from neurofm.specs import ViewSpec

KINDS = (".svg", ".pdf", ".png")

Ranges = tuple[tuple[float, float] | None, tuple[float, float] | None]

_lock = Lock()  # the kinds of text in files are settings of all of matplotlib


def png(scene: Scene, width: int = 800, height: int = 600, *, dark: bool = False) -> bytes:
    """A scene as a PNG picture of so many pixels, with the line on what is drawn below it."""
    figure, _ = _draw(scene, Paper(pixels(width, 72), pixels(height, 72), SCREEN, 72, dark), note=True)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=72)
    return file.getvalue()


def painted(
    scene: Scene, width: int, height: int, *, dark: bool = False, x: tuple[float, float] | None = None
) -> tuple[NDArray[np.uint8], tuple[float, float]]:
    """A scene as (height, width, 4) pixels, the first row above, and between which columns its x axis runs."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure, axes = _draw(scene, Paper(pixels(width, 72), pixels(height, 72), SCREEN, 72, dark), (x, None))
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    box = axes.get_window_extent()
    return np.asarray(canvas.buffer_rgba()).copy(), (float(box.x0), float(box.x1))


def save(
    scene: Scene,
    path: str | Path,
    *,
    width_mm: float = 85,
    height_mm: float = 60,
    font_pt: float = 7,
    dpi: float = 300,
    dark: bool = False,
    ranges: Ranges | None = None,
) -> Path:
    """Write a scene to `.svg`, `.pdf` or `.png`.

    Parameters
    ----------
    width_mm, height_mm : of the whole figure
    font_pt : size of all words; marks and lines scale with it
    dpi : of a PNG, and of images in a vector file
    dark : paper to suit a scene that was made for it; `render` makes both
    ranges : of the data along x and y; None for what "fit" shows

    Raises
    ------
    DataError
        If the suffix is another, or the file cannot be written.
    ValueError
        If sizes make no figure or there is nothing to draw.
    """
    kind = suffix(path, KINDS, "figure")
    paper = sized(kind, width_mm, height_mm, font_pt, dpi, dark)
    if scene.message:
        raise ValueError(f"there is nothing to draw in {scene.title or 'this view'}: {_small(scene.message)}")
    figure, _ = _draw(scene, paper, ranges)
    return write(path, lambda file: _print(figure, file, kind, dpi))


def render(
    spec: ViewSpec,
    state: Any,
    session: Any,
    path: str | Path,
    *,
    width_mm: float = 85,
    height_mm: float = 60,
    font_pt: float = 7,
    dpi: float = 300,
    dark: bool = False,
    ranges: Ranges | None = None,
) -> Path:
    """Write a view to a file, as `save` does, with as many pixels in its images as the paper has."""
    paper = sized(suffix(path, KINDS, "figure"), width_mm, height_mm, font_pt, dpi, dark)
    x, y = (span and (float(span[0]), float(span[1])) for span in ranges or (None, None))

    def scene(width: float, height: float) -> Scene:
        return spec.scene(
            state, session, Viewport(x, y, max(round(width), 16), max(round(height), 16), dark, exact=True)
        )

    first = scene(paper.width * dpi, paper.height * dpi)
    if not first.message:
        figure, axes = _draw(first, paper, ranges)
        figure.draw_without_rendering()  # which lays it out: only then is known how much the axes leave
        first = scene(*axes.get_window_extent().size)
    sizes: dict[str, Any] = {"width_mm": width_mm, "height_mm": height_mm, "font_pt": font_pt}
    return save(first, path, dpi=dpi, dark=dark, ranges=ranges, **sizes)


def _draw(scene: Scene, paper: Paper, ranges: Ranges | None = None, *, note: bool = False) -> tuple[Any, Any]:
    """A matplotlib figure of its own, and its axes."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    ground = hex_color(colors.paper(dark=paper.dark))
    layout = ConstrainedLayoutEngine(w_pad=paper.font / 150, h_pad=paper.font / 150)
    figure = Figure((paper.width, paper.height), dpi=paper.dpi, facecolor=ground, layout=layout)
    axes: Any = figure.add_subplot(facecolor="none")
    words = paper.words
    axes.set_title(scene.title, loc="left", pad=0.6 * paper.font, **words)
    table = next((mark for mark in scene.marks if isinstance(mark, Table)), None)
    if scene.message:
        axes.set_axis_off()
        axes.text(0.5, 0.5, scene.message, ha="center", va="center", wrap=True, transform=axes.transAxes, **words)
    elif table is not None:
        draw_table(axes, table, paper)
    else:
        _picture(axes, scene, paper, ranges or (None, None))
        _legend(figure, axes, scene, paper)
        _scale(figure, axes, scene, paper)
    below = " · ".join(line for line in (scene.note, scene.warning) if line)
    if note and below:
        figure.supxlabel(below, x=0.01, ha="left", **words | {"fontsize": 0.9 * paper.font, "alpha": 0.7})
    return figure, axes


def _picture(axes: Any, scene: Scene, paper: Paper, ranges: Ranges) -> None:
    x, y = (_wide(given or axis.range) for given, axis in zip(ranges, (scene.x, scene.y)))
    for order, mark in enumerate(scene.marks):
        DRAW[type(mark)](axes, mark, paper, order)
    if scene.cursor is not None and x[0] < scene.cursor < x[1]:
        axes.axvline(scene.cursor, color=paper.ink, linewidth=paper.pixel, zorder=len(scene.marks))
    axes.set(xlim=x, ylim=y, aspect="equal" if scene.equal else "auto")
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set(linewidth=paper.pixel, color=paper.ink, zorder=len(scene.marks))
    axes.tick_params(
        direction="out", length=4 * paper.pixel, width=paper.pixel, pad=3 * paper.pixel, color=paper.ink,
        labelcolor=paper.ink, labelsize=paper.font, labelfontfamily=fonts(),
    )  # fmt: skip
    for side, axis, span in (("x", scene.x, x), ("y", scene.y, y)):
        _name_axis(axes, side, axis, span, paper)
    if scene.equal and not (scene.x.label or scene.y.label):  # space seen from a side, where no axis means anything
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_visible(False)


def _name_axis(axes: Any, side: str, axis: Axis, span: tuple[float, float], paper: Paper) -> None:
    """Words, unit, and ticks: as many of the named ones as there is room for."""
    from matplotlib.ticker import MaxNLocator

    words = paper.words
    label = f"{axis.label} ({axis.unit})" if axis.unit else axis.label
    axes.set(**{f"{side}label": label})
    drawn = axes.xaxis if side == "x" else axes.yaxis
    drawn.label.set(**words)
    room = 72 * (paper.width if side == "x" else paper.height) * 0.8
    if not axis.ticks:
        drawn.set_major_locator(MaxNLocator(int(np.clip(room / (5 * paper.font), 2, 8)), steps=[1, 2, 5, 10]))
        return
    ticks = _legible(axis, span, room / paper.font, across=side == "x")
    drawn.set_ticks([at for at, _ in ticks], [name for _, name in ticks], **words)


def _legible(axis: Axis, span: tuple[float, float], room: float, *, across: bool) -> list[tuple[float, str]]:
    """The named ticks in sight, without those that would run into the one before; `room` is in heights of the font."""
    scale = room / (span[1] - span[0])
    ticks: list[tuple[float, str]] = []
    edge = -math.inf
    for at, name in sorted(axis.ticks):
        half = scale and (0.6 * max(map(len, name.split("\n"))) + 0.6 if across else 1.2 * (name.count("\n") + 1)) / 2
        place = (at - span[0]) * scale
        if span[0] <= at <= span[1] and place - half >= edge - 1e-9:
            ticks.append((at, name))
            edge = place + half
    return ticks


def _legend(figure: Any, axes: Any, scene: Scene, paper: Paper) -> None:
    """In a row beside the title or above it where that fits, else, and beside squares, in a column."""
    if not scene.legend:
        return
    handles = [_handle(scene, color, paper) for _, color in scene.legend]
    row = sum(len(words) + 4 for words, _ in scene.legend) * 0.55 * paper.font
    room = 72 * paper.width * 0.85
    beside = not scene.equal and row + 0.6 * len(scene.title) * paper.font < room
    above = not scene.equal and row < room
    place: dict[str, Any] = {"loc": "outside upper right" if above else "outside right upper"}
    legend = (axes if beside else figure).legend(
        handles, [words for words, _ in scene.legend],
        **({"loc": "lower right", "bbox_to_anchor": (1.0, 1.0)} if beside else place),
        ncols=len(handles) if above else 1,
        handlelength=0.8 if all(handle.get_marker() == "o" for handle in handles) else 1.6,
        frameon=False, borderpad=0.2, borderaxespad=0.2, handletextpad=0.5, columnspacing=1.2,
    )  # fmt: skip
    for text in legend.get_texts():
        text.set(**paper.words)


def _handle(scene: Scene, color: NDArray[np.uint8], paper: Paper) -> Any:
    """A short line for what is drawn as one, a square for stretches, a dot for all else."""
    from matplotlib.lines import Line2D

    lines = [m for m in scene.marks if isinstance(m, Line) and np.array_equal(m.color[:3], color[:3])]
    if lines:
        return Line2D([], [], color=rgba(color), linewidth=max(m.width for m in lines) * paper.pixel)
    spans = any(isinstance(m, Spans) and np.array_equal(m.color[:3], color[:3]) for m in scene.marks)
    look: dict[str, Any] = {"marker": "s" if spans else "o", "markersize": 8 * paper.pixel, "markeredgewidth": 0}
    return Line2D([], [], color=rgba(color), linestyle="", **look)


def _scale(figure: Any, axes: Any, scene: Scene, paper: Paper) -> None:
    """The colour bar."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import ListedColormap, Normalize
    from matplotlib.ticker import MaxNLocator

    if scene.scale is None:
        return
    low, high, words, table = scene.scale
    shown = ScalarMappable(Normalize(*_wide((low, high))), ListedColormap(table / 255))
    beside = axes.inset_axes((1.03, 0.0, 0.035, 1.0))  # as tall as the picture, also where both axes share a scale
    bar = figure.colorbar(shown, cax=beside)
    bar.set_label(words, **paper.words)
    bar.outline.set_visible(False)
    bar.locator = MaxNLocator(4)
    bar.ax.tick_params(
        length=3 * paper.pixel, width=paper.pixel, pad=2 * paper.pixel, color=paper.ink, labelcolor=paper.ink,
        labelsize=paper.font, labelfontfamily=fonts(),
    )  # fmt: skip


def _print(figure: Any, path: Path, kind: str, dpi: float) -> None:
    from matplotlib import rc_context

    settings: Any = {"svg.fonttype": "none", "pdf.fonttype": 42, "svg.hashsalt": "neurofm"}
    about = {".svg": {"Date": None, "Creator": "NeuroFM"}, ".pdf": {"CreationDate": None, "Creator": "NeuroFM"}}
    with _lock, rc_context(settings):
        figure.savefig(path, format=kind[1:], dpi=dpi, metadata=about.get(kind, {"Software": "NeuroFM"}))


def _wide(span: tuple[float, float]) -> tuple[float, float]:
    """A range that is not empty."""
    low, high = float(span[0]), float(span[1])
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _small(words: str) -> str:
    return words[:1].lower() + words[1:]
