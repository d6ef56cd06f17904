"""A picture as data: marks with ids that every front draws in the same way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurofm.app.colors import Color
from neurofm.data.ids import Ids


@dataclass(frozen=True)
class Viewport:
    """What a front can show: data ranges (None: fit to all) and size in device pixels.

    Where it is `exact`, as on paper, it waits for what takes long, and is not drawn anew. `seconds` run on for as long
    as it stands, for pictures that move by themselves.
    """

    x: tuple[float, float] | None = None
    y: tuple[float, float] | None = None
    width: int = 800
    height: int = 600
    dark: bool = True
    exact: bool = False
    seconds: float = 0.0


@dataclass(frozen=True, eq=False)
class Points:
    """Round marks.

    Parameters
    ----------
    space : kind of thing each is
    ids : (mark,) unique
    xy : (mark, 2) data coordinates
    color : (mark, 4)
    size : pixels across
    outline : (4,) colour of a thin rim, or None
    """

    space: str
    ids: Ids
    xy: NDArray[np.floating]
    color: Color
    size: float = 6.0
    outline: Color | None = None


@dataclass(frozen=True, eq=False)
class Line:
    """One polyline; NaN breaks it."""

    x: NDArray[np.floating]
    y: NDArray[np.floating]
    color: Color
    width: float = 1.5
    name: str = ""


@dataclass(frozen=True, eq=False)
class Image:
    """Pixels stretched over a rectangle of the data; row 0 is at y0 (the bottom).

    Parameters
    ----------
    rgba : (row, column, 4)
    x, y : data ranges it covers
    """

    rgba: Color
    x: tuple[float, float]
    y: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Spans:
    """Shaded stretches along the horizontal axis, over the whole height.

    Parameters
    ----------
    ranges : (span, 2) data coordinates
    color : (4,)
    """

    ranges: NDArray[np.float64]
    color: Color
    name: str = ""


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a table, for the rows that are in sight.

    Parameters
    ----------
    name : what it is called
    text : (row,) what stands in each cell
    bars : (row,) length of a bar in each cell, 0 to 1 and NaN for none; or None
    color : (row, 4) of a dot before the text; or None
    unit : in what it is measured, "" of what has none
    """

    name: str
    text: tuple[str, ...]
    bars: NDArray[np.float64] | None = None
    color: Color | None = None
    unit: str = ""

    @property
    def heading(self) -> str:
        """What stands above it: "size (µm³)"."""
        name, _, unit = self.name.rpartition("_")  # as files name columns: "depth_um"
        if not self.unit and name and unit == "um":
            return f"{name} (µm)"
        return f"{self.name} ({self.unit})" if self.unit else self.name


@dataclass(frozen=True, eq=False)
class Table:
    """Rows that a viewport shows; its y range is that of the row numbers, from the top down.

    Parameters
    ----------
    space : kind of thing each row is
    ids : (row,) unique
    columns : in their order
    picked : (row,) which are picked
    first, total : place of the first row among all, and how many there are
    sorted_by, descending : the column that orders them, "" for none
    pick : place among all of the first that is picked; -1 if none is
    """

    space: str
    ids: Ids
    columns: tuple[Column, ...]
    picked: NDArray[np.bool_]
    first: int = 0
    total: int = 0
    sorted_by: str = ""
    descending: bool = False
    pick: int = -1


@dataclass(frozen=True)
class Axis:
    """One axis: words, unit, what "fit" shows, and ticks with names instead of numbers."""

    label: str = ""
    unit: str = ""
    range: tuple[float, float] = (0.0, 1.0)
    ticks: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True, eq=False)
class Grips:
    """Places that a drag puts elsewhere.

    Parameters
    ----------
    xy : (grip, 2) data coordinates
    keys : (grip, n) whole numbers that tell the view which each is, whatever it shows by the time it is dropped
    """

    xy: NDArray[np.floating]
    keys: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Scene:
    """A picture.

    Parameters
    ----------
    title : of the picture
    marks : drawn in this order
    x, y : axes
    cursor : the one time, drawn as a line that can be dragged; None if the axis is not time
    legend : (words, colour) pairs
    scale : (low, high, words, (n, 4) colours) of a colour bar, or None
    colored : the space and column that the legend names, so that a click on it picks; ("", "") if none
    named : the things that such a click picks from; None for all there are
    note : one line on what is drawn ("31 of 31 units; 28,829 spikes")
    warning : one sentence on what could not be done, such as a filter that is wrong
    message, action : of an empty picture: what to do, and the command that does it ("open", "train")
    equal : True if both axes share a scale
    moves : times a second that it wants to be drawn anew, since it moves by itself; 0 where it stands
    grips : what can be dragged, or None
    """

    title: str
    marks: tuple[Points | Line | Image | Spans | Table, ...] = ()
    x: Axis = Axis()
    y: Axis = Axis()
    cursor: float | None = None
    legend: tuple[tuple[str, Color], ...] = ()
    scale: tuple[float, float, str, Color] | None = None
    colored: tuple[str, str] = ("", "")
    named: Ids | None = None
    note: str = ""
    warning: str = ""
    message: str = ""
    action: str = ""
    equal: bool = False
    moves: float = 0.0
    grips: Grips | None = None


@dataclass(frozen=True, eq=False)
class Shape:
    """What a user drew over a scene, in data coordinates.

    Parameters
    ----------
    kind : "lasso" (closed polygon), "box" (two corners) or "point" (one, with `reach`)
    xy : (corner, 2)
    reach : half widths in data coordinates that still count as a hit of a point
    """

    kind: str
    xy: NDArray[np.float64]
    reach: tuple[float, float] = (0.0, 0.0)
