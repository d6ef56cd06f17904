"""What figures are drawn on: sizes in inches and points, the theme, and how matplotlib is told words and colours."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurofm.app import colors

SCREEN = 12.0  # pixels of a screen's font, by which the marks' pixels become points
FONTS = ("Arial", "Helvetica", "Liberation Sans", "DejaVu Sans")
MM = 25.4  # an inch


class Paper(NamedTuple):
    """What a scene is drawn on.

    Parameters
    ----------
    width, height : inches
    font : points
    """

    width: float
    height: float
    font: float
    dpi: float
    dark: bool = False

    @property
    def pixel(self) -> float:
        """Points that stand for a pixel of a screen."""
        return self.font / SCREEN

    @property
    def ink(self) -> str:
        """Of words and axes."""
        return hex_color(colors.ink(dark=self.dark))

    @property
    def words(self) -> dict[str, Any]:
        """How matplotlib is to set words."""
        return {"fontsize": self.font, "fontfamily": fonts(), "color": self.ink, "parse_math": False}


def sized(kind: str, width_mm: float, height_mm: float, font_pt: float, dpi: float, dark: bool) -> Paper:
    """The paper for a file of this kind; a PNG has whole pixels.

    Raises
    ------
    ValueError
        If no figure can be of these sizes.
    """
    for name, value, low, high in (
        ("width_mm", width_mm, 10, 2000),
        ("height_mm", height_mm, 10, 2000),
        ("font_pt", font_pt, 2, 100),
        ("dpi", dpi, 30, 2400),
    ):
        if not low <= value <= high:
            raise ValueError(f"{name} must be {low} to {high}, got {value}")
    if width_mm * height_mm * (dpi / MM) ** 2 > 4e8:
        raise ValueError(f"{width_mm} x {height_mm} mm at {dpi} dpi is too large a picture; choose fewer dpi")
    width, height = width_mm / MM, height_mm / MM
    if kind == ".png":
        width, height = (pixels(round(size * dpi), dpi) for size in (width, height))
    return Paper(width, height, font_pt, dpi, dark)


def pixels(count: int, dpi: float) -> float:
    """Inches of so many pixels, a hair more so that none is lost in rounding down."""
    return (count + 1e-6) / dpi


def fonts() -> list[str]:
    """The first font of ours that this machine has, and what stands in for letters it lacks."""
    from matplotlib.font_manager import fontManager

    there = set(fontManager.get_font_names())
    return list(dict.fromkeys([next(name for name in FONTS if name in there), "DejaVu Sans"]))


def rgba(color: NDArray[np.uint8]) -> Any:
    """A colour, or many, as matplotlib takes them."""
    return np.asarray(color, float) / 255


def hex_color(color: NDArray[np.uint8]) -> str:
    """A colour as "#e69f00"."""
    return "#" + bytes(color[:3].tolist()).hex()
