"""Scenes and controls as plain values and buffers, as they travel to the page: no array is written out as text."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from neurofm.app.colors import Color
from neurofm.app.pictures.controls import Control
from neurofm.app.pictures.scene import Axis, Column, Image, Line, Points, Scene, Spans, Table

Plain = dict[str, Any]


def scene_values(scene: Scene) -> Plain:
    """What the page draws; the cursor goes on its own, since it moves without the rest."""
    return {
        "title": scene.title,
        "marks": [_MARKS[type(mark)](mark) for mark in scene.marks],
        "x": _axis(scene.x),
        "y": _axis(scene.y),
        "legend": [[words, css(color)] for words, color in scene.legend],
        "scale": None if scene.scale is None else _scale(*scene.scale),
        "picks": bool(scene.colored[1]),
        "note": scene.note,
        "warning": scene.warning,
        "message": scene.message,
        "equal": scene.equal,
        "moves": float(scene.moves),
        "grips": [] if scene.grips is None else [[*map(float, xy)] for xy in scene.grips.xy],
        "keys": [] if scene.grips is None else scene.grips.keys.tolist(),
    }


def control_values(control: Control) -> Plain:
    """A control as the page draws it."""
    return asdict(control) | {"choices": [[value, value or "auto"] for value in control.choices]}


def png(rgba: Color) -> bytes:
    """An image whose row 0 is the bottom, as a PNG file, written quickly rather than small."""
    height, width = rgba.shape[:2]
    rows = np.zeros((height, 1 + 4 * width), np.uint8)  # each starts with its filter: none
    rows[:, 1:] = rgba[::-1].reshape(height, -1)
    parts = (b"IHDR", struct.pack(">2I5B", width, height, 8, 6, 0, 0, 0)), (b"IDAT", zlib.compress(rows.tobytes(), 1))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in (*parts, (b"IEND", b"")))


def css(color: Color) -> str:
    """A colour as pages have it; marks, legends and rims have few colours."""
    red, green, blue, alpha = (int(v) for v in np.asarray(color).reshape(-1, 4)[0])
    return f"rgba({red}, {green}, {blue}, {alpha / 255:.3f})"


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _points(mark: Points) -> Plain:
    outline = None if mark.outline is None else css(mark.outline)
    color = np.broadcast_to(mark.color, (len(mark.xy), 4))
    return {"kind": "points", "xy": _numbers(mark.xy), "color": _bytes(color), "size": mark.size, "outline": outline}


def _line(mark: Line) -> Plain:
    color = css(mark.color)
    return {"kind": "line", "x": _numbers(mark.x), "y": _numbers(mark.y), "color": color, "width": mark.width}


def _image(mark: Image) -> Plain:
    return {"kind": "image", "png": png(mark.rgba), "x": _span(mark.x), "y": _span(mark.y)}


def _spans(mark: Spans) -> Plain:
    return {"kind": "spans", "ranges": _numbers(mark.ranges), "color": css(mark.color)}


def _table(mark: Table) -> Plain:
    return {
        "kind": "table",
        "space": mark.space,
        "columns": [_column(column) for column in mark.columns],
        "picked": _bytes(mark.picked),
        "first": int(mark.first),
        "total": int(mark.total),
        "sorted": mark.sorted_by,
        "descending": mark.descending,
    }


def _column(column: Column) -> Plain:
    bars = None if column.bars is None else _numbers(column.bars)
    color = None if column.color is None else _bytes(column.color)
    return {"name": column.name, "heading": column.heading, "text": list(column.text), "bars": bars, "color": color}


def _axis(axis: Axis) -> Plain:
    ticks = [[float(at), words] for at, words in axis.ticks]
    return {"label": axis.label, "unit": axis.unit, "range": _span(axis.range), "ticks": ticks}


def _scale(low: float, high: float, words: str, colors: Color) -> Plain:
    return {"low": float(low), "high": float(high), "words": words, "colors": _bytes(colors)}


def _span(span: tuple[float, float]) -> list[float]:
    return [float(span[0]), float(span[1])]


def _numbers(values: ArrayLike) -> bytes:
    return np.ascontiguousarray(values, "<f8").tobytes()


def _bytes(values: ArrayLike) -> bytes:
    return np.ascontiguousarray(values, np.uint8).tobytes()


_MARKS: dict[type, Callable[[Any], Plain]] = {
    Points: _points, Line: _line, Image: _image, Spans: _spans, Table: _table,
}  # fmt: skip
