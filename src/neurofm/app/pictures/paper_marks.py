"""How each kind of mark is drawn on paper: one function a kind, and the table as rows of words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.app import colors
from neurofm.app.pictures.paper import Paper, rgba
from neurofm.app.pictures.scene import Image, Line, Points, Spans, Table


def _points(axes: Any, mark: Points, paper: Paper, order: int) -> None:
    axes.scatter(
        *mark.xy[:, :2].T,
        s=(mark.size * paper.pixel) ** 2,
        c=rgba(np.broadcast_to(mark.color, (len(mark.xy), 4))),
        edgecolors="none" if mark.outline is None else [rgba(mark.outline)],
        linewidths=0 if mark.outline is None else 1.2 * paper.pixel,
        zorder=order,
    )


def _line(axes: Any, mark: Line, paper: Paper, order: int) -> None:
    axes.plot(
        mark.x, mark.y, color=rgba(mark.color), linewidth=mark.width * paper.pixel, zorder=order,
        solid_joinstyle="round", solid_capstyle="butt",
    )  # fmt: skip


def _image(axes: Any, mark: Image, paper: Paper, order: int) -> None:
    axes.imshow(mark.rgba, extent=(*mark.x, *mark.y), origin="lower", interpolation="auto", aspect="auto", zorder=order)


def _spans(axes: Any, mark: Spans, paper: Paper, order: int) -> None:
    starts, widths = mark.ranges[:, 0], np.diff(mark.ranges, axis=1)[:, 0]
    axes.broken_barh(
        list(zip(starts.tolist(), widths.tolist())), (0, 1), transform=axes.get_xaxis_transform(),
        facecolors=[rgba(mark.color)], linewidth=0, zorder=order,
    )  # fmt: skip


DRAW: dict[type, Callable[[Any, Any, Paper, int], None]] = {
    Points: _points,
    Line: _line,
    Image: _image,
    Spans: _spans,
}


def draw_table(axes: Any, mark: Table, paper: Paper) -> None:
    """The rows that fit at this size of font, under their headings; what is too long for its cell is cut."""
    from matplotlib.patches import Rectangle

    words = paper.words
    high = 1.7 * paper.font / (72 * paper.height * 0.88)  # of a row, as a share of the axes
    count = min(len(mark.ids), max(int(1 / high) - 1, 1))
    if count < mark.total:
        title = f"{axes.get_title(loc='left')} · {count:,} of {mark.total:,} rows"
        axes.set_title(title, loc="left", pad=0.6 * paper.font, **words)
    heads = [f"{c.heading}{_arrow(mark, c.name)}" for c in mark.columns]
    indent = np.array([0.5 if c.color is None else 2.2 for c in mark.columns])  # in letters, as all widths here
    need = indent + [max(1.15 * len(h), *map(len, c.text[:count]), 4) + 1.5 for h, c in zip(heads, mark.columns)]
    room = 72 * paper.width * 0.97 / (0.57 * paper.font)
    wide = need * min(room / need.sum(), 2.0) if need.sum() <= room else _shared(need, room)
    left = np.r_[0, np.cumsum(wide)] / max(wide.sum(), room)
    axes.set_axis_off()
    axes.set(xlim=(0, 1), ylim=(1, 0))
    row = high * np.arange(1.5, count + 1)
    axes.plot([0, 1], [high, high], color=paper.ink, linewidth=paper.pixel)
    for at in row[mark.picked[:count]]:
        axes.add_patch(Rectangle((0, at - high / 2), 1, high, color=rgba(colors.PICKED), linewidth=0))
    for k, (column, head) in enumerate(zip(mark.columns, heads)):
        x, end, letter = left[k], left[k + 1], (left[k + 1] - left[k]) / wide[k]
        axes.text(x + 0.5 * letter, high / 2, _cut(head, wide[k] / 1.15 - 1), va="center", **words, fontweight="bold")
        if column.bars is not None:
            lengths = np.nan_to_num(column.bars[:count]) * (end - x - letter)
            axes.barh(row, lengths, 0.7 * high, x, color=paper.ink, alpha=0.15, linewidth=0)
        if column.color is not None:
            size = (7 * paper.pixel) ** 2
            axes.scatter(np.full(count, x + letter), row, s=size, c=rgba(column.color[:count]), linewidths=0)
        for at, text in zip(row, column.text):
            axes.text(x + indent[k] * letter, at, _cut(text, wide[k] - indent[k] - 0.5), va="center", **words)


def _shared(need: NDArray[np.float64], room: float) -> NDArray[np.float64]:
    """Widths that fill the room: the widest columns give way first."""
    low, high = 0.0, float(need.max())
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if np.minimum(need, middle).sum() < room else (low, middle)
    return np.minimum(need, low)


def _cut(text: str, letters: float) -> str:
    return text if len(text) <= letters else text[: max(int(letters) - 1, 1)].rstrip() + "…"


def _arrow(mark: Table, name: str) -> str:
    if name != mark.sorted_by:
        return ""
    return " ▼" if mark.descending else " ▲"
