"""Colours that mean the same in every picture, and that colour-blind people can tell apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from neurofm.data import classes

Color = NDArray[np.uint8]  # (4,) or (mark, 4) red green blue alpha, 0 to 255

Rgb = NDArray[np.uint8]


def _table(text: str) -> Rgb:
    """(256, 3) colours between evenly spaced anchors."""
    anchors = np.frombuffer(bytes.fromhex(text), np.uint8).reshape(-1, 3)
    place = np.linspace(0, len(anchors) - 1, 256)
    return np.stack([np.interp(place, np.arange(len(anchors)), a) for a in anchors.T], 1).round().astype(np.uint8)


def _wheel() -> Rgb:
    """(256, 3) colours around the hue circle of OKLab (Ottosson 2020), lightest at 0."""
    angle = np.linspace(0, 2 * np.pi, 256)
    lab = np.stack([0.70 + 0.12 * np.cos(angle), 0.11 * np.cos(angle + 1.2), 0.11 * np.sin(angle + 1.2)])
    lms = (np.array([[1, 0.3963, 0.2158], [1, -0.1056, -0.0639], [1, -0.0895, -1.2915]]) @ lab) ** 3
    mix = np.array([[4.0767, -3.3077, 0.2310], [-1.2684, 2.6098, -0.3413], [-0.0042, -0.7034, 1.7076]])
    linear = np.clip(mix @ lms, 0, 1).T
    return (255 * np.where(linear < 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)).astype(np.uint8)


VIRIDIS = _table(
    "44015448186a472d7b4240863b528b33638d2c728e26828e21918c1f9f8827ad813dbc745cc86381d34daadc32d5e21afde725"
)
CIVIDIS = _table(
    "00204d002c6906366e2d426c414d6b52596c61646f6f70737d7c788b87799b9477aca174bcaf6fcebc68e0cb5ef2da50ffea46"
)
DIVERGING = _table("2166ac92c5def7f7f7f4a582b2182b")
CYCLIC = _wheel()
ON_DARK, ON_LIGHT = VIRIDIS[56:], VIRIDIS[:216]  # for dots and lines: without what the theme swallows
OKABE_ITO = np.frombuffer(bytes.fromhex("e69f0056b4e9009e73f0e4420072b2d55e00cc79a7"), np.uint8).reshape(-1, 3)

GREY: Color = np.array([153, 153, 153, 255], np.uint8)
PREDICTED: Color = np.array([230, 159, 0, 255], np.uint8)
HELD_OUT: Color = np.array([86, 180, 233, 40], np.uint8)
PICKED: Color = np.array([240, 228, 66, 70], np.uint8)
TRIALS: Color = np.array([128, 128, 128, 60], np.uint8)

Scale = tuple[float, float, str, Color]
Legend = tuple[tuple[str, Color], ...]


@dataclass(frozen=True, eq=False)
class Coloring:
    """Colours of things and what they mean.

    Parameters
    ----------
    rgba : (thing, 4)
    legend : (words, colour) of each category
    scale : (low, high, words, (n, 4) colours) of amounts, or None
    """

    rgba: Color
    legend: tuple[tuple[str, Color], ...] = ()
    scale: Scale | None = None


def ink(*, dark: bool) -> Color:
    """What is true: white on a dark theme, black on a light one."""
    return np.array([255, 255, 255, 255] if dark else [0, 0, 0, 255], np.uint8)


def paper(*, dark: bool) -> Color:
    """The ground that pictures stand on."""
    return np.array([38, 41, 48, 255] if dark else [255, 255, 255, 255], np.uint8)


def plain(count: int, *, dark: bool = True) -> Coloring:
    """The same ink for all."""
    return Coloring(np.tile(ink(dark=dark), (count, 1)))


def fade(rgba: Color, share: float = 0.25) -> Color:
    """A share of the opacity, the same hue."""
    if share >= 1:
        return rgba
    faded = rgba.copy()
    faded[..., 3] = (faded[..., 3] * np.float32(share)).astype(np.uint8)
    return faded


def named(values: ArrayLike, names: Sequence[str], *, dark: bool = True) -> Coloring:
    """Colours of words that are among `names`, each by its place there; grey for all beyond the eighth and for none."""
    words = pd.Index(pd.Series(np.asarray(values, object)).fillna("").astype(str))
    shown = list(names)[:8]
    table = _eight(len(shown), dark=dark)
    rows = pd.Index(shown).get_indexer(words)
    legend = [(name, table[k]) for k, name in enumerate(shown)]
    if (rows < 0).any():
        legend.append(("other" if len(names) > len(shown) else "none", GREY))
    return Coloring(table[rows], tuple(legend))


def categories(values: ArrayLike, among: ArrayLike | None = None, *, dark: bool = True) -> Coloring:
    """Colours of words: the commonest eight of `among` (everywhere, so that each keeps its colour), grey for others.

    The key names those that are there.
    """
    words = classes.words(values)
    everywhere = pd.Series(words if among is None else classes.words(among))
    count = everywhere[everywhere != ""].value_counts()
    names = sorted(sorted(count.index, key=lambda name: (-count[name], name))[:8])
    table = _eight(len(names), dark=dark)
    rows = pd.Index(names).get_indexer(pd.Index(words))
    legend = [(name, table[k]) for k, name in enumerate(names) if k in rows]
    if (rows < 0).any():
        legend.append(("other" if len(count) > len(names) else "none", GREY))
    return Coloring(table[rows], tuple(legend))


def _eight(count: int, *, dark: bool) -> Color:
    """So many colours, and grey."""
    colors = np.r_[np.c_[OKABE_ITO, np.full(7, 255)], [ink(dark=dark)]].astype(np.uint8)
    return np.r_[colors[:count], [GREY]].astype(np.uint8)


def label(number: int) -> Color:
    """The colour of a number, from 1 on, of a volume's labels."""
    return np.append(OKABE_ITO[(number - 1) % len(OKABE_ITO)], np.uint8(255))


def amounts(
    values: ArrayLike, words: str = "", limits: tuple[float, float] | None = None, table: Rgb = VIRIDIS
) -> Coloring:
    """Colours of numbers, from the first to the 99th percent of them unless `limits` say otherwise; NaN is grey."""
    numbers = np.asarray(values, float)
    low, high = limits or _limits(numbers)
    place = (numbers - low) / max(high - low, 1e-12)
    return Coloring(_look_up(place, table), scale=(low, high, words, opaque(table)))


def signed(values: ArrayLike, words: str = "") -> Coloring:
    """Colours of numbers around zero."""
    far = float(np.nanmax(np.abs(values))) if np.isfinite(np.asarray(values, float)).any() else 1.0
    return amounts(values, words, (-far, far), DIVERGING)


def angles(values: ArrayLike, words: str = "") -> Coloring:
    """Colours of angles in radians."""
    place = np.mod(np.asarray(values, float), 2 * np.pi) / (2 * np.pi)
    return Coloring(_look_up(place, CYCLIC), scale=(0.0, 2 * np.pi, words, opaque(CYCLIC)))


def by_kind(name: str, words: str, *, dark: bool = True) -> Callable[[ArrayLike], Coloring]:
    """The map of dots that suits numbers called `name`: around a circle, or from low to high."""
    if any(word in name.lower() for word in ("direction", "angle", "phase", "heading", "preferred")):
        return lambda values: angles(values, words)
    return lambda values: amounts(values, words, table=_stretched(ON_DARK if dark else ON_LIGHT))


def _stretched(table: Rgb) -> Rgb:
    """(256, 3) the same colours from end to end."""
    return np.ascontiguousarray(table[np.linspace(0, len(table) - 1, 256).round().astype(int)])


def _limits(numbers: NDArray[np.float64]) -> tuple[float, float]:
    good = numbers[np.isfinite(numbers)]
    if not len(good):
        return 0.0, 1.0
    if len(good) > 100_000:
        good = good[:: len(good) // 100_000]  # limits of colours need no more
    low, high = np.percentile(good, [1, 99])
    return float(low), float(high)


def _look_up(place: NDArray[np.float64], table: Rgb) -> Color:
    missing = ~np.isfinite(place)
    rgba = opaque(table)[np.clip(np.where(missing, 0, place) * 256, 0, 255).astype(np.uint8)]
    rgba[missing] = GREY
    return rgba


def opaque(table: Rgb) -> Color:
    """The colours of a table with full opacity."""
    return np.c_[table, np.full(len(table), 255, np.uint8)]
