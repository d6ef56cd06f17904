"""Which map of an embedding a latent space draws, what its axes are called, and where each point lies on a screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from neurofm.app.memory import remember
from neurofm.data.embedding import Embedding

Choice = Literal["", "PCA", "UMAP"]
Box = tuple[float, float, float, float]  # left, right, bottom, top
Turn = tuple[float, float]  # azimuth and elevation in degrees


@dataclass(frozen=True, eq=False)
class Map:
    """What is drawn.

    Parameters
    ----------
    name : "PCA", "UMAP", what a user calls it, or "" where nobody has said
    places : (row, 2 or 3) of each row, NaN where it is nowhere
    axes : a name for each column
    """

    name: str
    places: NDArray[np.floating]
    axes: tuple[str, ...]


def chosen(choice: Choice, embedding: Embedding, dims: int = 2) -> Map:
    """The map of that name, in as many dimensions; for "" the UMAP once there is one, else what was given.

    Where there is no UMAP yet, what "" would give stands in for it; where a map is flat, PCA has the third dimension.
    """
    near = umap_of(embedding)
    if choice != "PCA" and near is not None and near.shape[1] >= dims:
        return Map("UMAP", near, _numbered("UMAP", near))
    if (choice == "PCA" and embedding.method != "PCA") or embedding.xy.shape[1] < dims:
        places = pca_of(embedding, dims)
        return Map("PCA", places, _numbered("PCA", places))
    return Map(
        embedding.method, embedding.xy, embedding.axes or _numbered(embedding.method or embedding.name, embedding.xy)
    )


def umap_of(embedding: Embedding) -> NDArray[np.floating] | None:
    """(row, 2 or 3) its UMAP, None if it has none."""
    return embedding.xy if embedding.umap is None and embedding.method == "UMAP" else embedding.umap


def pca_of(embedding: Embedding, dims: int) -> NDArray[np.floating]:
    """(row, dims) its PCA, the one that it came with if that has as many; NaN for rows that are not finite."""
    from neurofm.projection import pca

    def make() -> NDArray[np.float64]:
        good = np.isfinite(embedding.values).all(1)
        places = np.full((len(good), dims), np.nan)
        places[good] = pca(embedding.values[good], dims)
        return places

    if embedding.method == "PCA" and embedding.xy.shape[1] == dims:
        return embedding.xy
    return remember(embedding, ("pca", dims), make)


def seen(drawn: Map, embedding: Embedding, turn: Turn | None) -> NDArray[np.floating]:
    """(row, 2) where each row lies on the screen: flat, or seen from one side."""
    if turn is None:
        return drawn.places[:, :2]
    last = remember(embedding, ("turned", drawn.name), dict)
    if last.get("turn") != turn:
        last |= {"turn": turn, "xy": _solid(drawn, embedding) @ _screen(*np.radians(turn)).astype(np.float32)}
    return last["xy"]


def extent(drawn: Map, embedding: Embedding, turn: Turn | None) -> Box:
    """Everything, with a little room; in three dimensions from whichever side it is seen."""
    if turn is None:
        return remember(embedding, ("extent", drawn.name), lambda: _bounds(drawn.places))
    return remember(embedding, ("ball", drawn.name), lambda: _ball(_solid(drawn, embedding)))


def _solid(drawn: Map, embedding: Embedding) -> NDArray[np.float32]:
    """(row, 3) about its middle."""

    def make() -> NDArray[np.float32]:
        good = drawn.places[np.isfinite(drawn.places).all(1)]
        middle = good.mean(0) if len(good) else np.zeros(3)
        return np.asarray(drawn.places - middle, np.float32)

    return remember(embedding, ("solid", drawn.name), make)


def _screen(azimuth: float, elevation: float) -> NDArray[np.float64]:
    """(3, 2) axes of the screen for someone who looks from there."""
    right = [-np.sin(azimuth), np.cos(azimuth), 0.0]
    up = [-np.sin(elevation) * np.cos(azimuth), -np.sin(elevation) * np.sin(azimuth), np.cos(elevation)]
    return np.array([right, up]).T


def _ball(places: NDArray[np.float32]) -> Box:
    far = np.sqrt(np.square(places).sum(1))
    radius = 1.05 * float(np.nanmax(far)) if np.isfinite(far).any() else 0.0
    radius = radius or 1.0
    return (-radius, radius, -radius, radius)


def _bounds(places: NDArray[np.floating]) -> Box:
    good = places[np.isfinite(places[:, :2]).all(1), :2]
    if not len(good):
        return (0.0, 1.0, 0.0, 1.0)
    low, high = good.min(0), good.max(0)
    room = 0.05 * np.maximum(high - low, 1e-6)
    (left, bottom), (right, top) = low - room, high + room
    return (float(left), float(right), float(bottom), float(top))


def _numbered(name: str, places: NDArray[np.floating]) -> tuple[str, ...]:
    return tuple(f"{name} {k}" for k in range(1, places.shape[1] + 1))
