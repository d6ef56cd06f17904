"""Videos whose every frame bears its number, so that it shows which one was read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.data.video import Video

BITS, ACROSS = 16, 8  # of a number: blocks in rows of eight, the lowest bit first
SQUARE = 8  # pixels along an edge of a block


class Numbered:
    """Frames with their number burnt in at the top left, and a light spot that goes round.

    Parameters
    ----------
    shape : (frame, y, x) or (frame, y, x, 3)
    dtype : of a pixel
    rough : grain of the background, 0 to 1, which makes frames as dear to decode as real ones
    """

    def __init__(self, shape: tuple[int, ...], dtype: Any = np.uint8, *, rough: float = 0.0, seed: int = 0) -> None:
        self.shape, self.dtype = shape, np.dtype(dtype)
        self.white = int(np.iinfo(dtype).max)
        rng = np.random.default_rng(seed)
        height, width = shape[1:3]
        coarse = rng.uniform(0.2, 0.6, (height // 16 + 2, width // 16 + 2)).repeat(16, 0).repeat(16, 1)
        self._still = (coarse[:height, :width] + rough * rng.uniform(-0.2, 0.2, (height, width))).astype(np.float32)
        self._grain = (0.03 * rough * rng.uniform(-1, 1, (height, width))).astype(np.float32)
        self._seed, self._rough = seed, rough

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[NDArray[Any]]:
        return (self[k] for k in range(len(self)))

    def __getitem__(self, number: int) -> NDArray[Any]:
        """One frame."""
        number = range(len(self))[number]
        grey = self._still.copy()
        y, x = np.ogrid[: self.shape[1], : self.shape[2]]
        angle = 2 * np.pi * number / 60
        middle = self.shape[1] * (0.6 + 0.3 * np.sin(angle)), self.shape[2] * (0.6 + 0.3 * np.cos(angle))
        grey[np.hypot(y - middle[0], x - middle[1]) < 0.06 * self.shape[1]] = 0.95
        if self._rough:  # another part of the grain in each frame
            shift = np.random.default_rng([self._seed, number]).integers(grey.shape)
            grey += np.roll(self._grain, shift, (0, 1))
        burn(grey, number)
        whole = np.rint(np.clip(grey, 0, 1) * self.white).astype(self.dtype)
        return whole if len(self.shape) == 3 else np.stack([whole, whole // 2 + whole // 4, whole], -1)


def numbered(
    count: int = 60, *, times: Any = None, rate: float = 30.0, size: tuple[int, int] = (96, 128), grey: bool = False,
    deep: bool = False, rough: float = 0.0, seed: int = 0,
) -> Video:  # fmt: skip
    """A video of `count` numbered frames of (height, width) pixels.

    Parameters
    ----------
    times : (frame,) seconds at which each is shown; evenly spaced by `rate` unless given
    grey, deep : one value a pixel instead of three; 16 bits instead of 8
    """
    frames = Numbered(
        (count, *size) if grey else (count, *size, 3), np.uint16 if deep else np.uint8, rough=rough, seed=seed
    )
    shown = np.arange(count) / rate if times is None else np.asarray(times, float)
    return Video(session="numbered", times=shown, frames=frames, notes=("simulated: each frame bears its number",))


def irregular(count: int, seed: int = 0) -> NDArray[np.float64]:
    """(frame,) seconds of a camera that hesitates: spacings of 10 to 120 ms, in whole milliseconds."""
    return np.r_[0, np.random.default_rng(seed).integers(10, 120, count - 1).cumsum()] / 1000


def burn(grey: NDArray[np.floating], number: int) -> None:
    """Write a number into a picture (y, x) of values from 0 to 1."""
    for k in range(BITS):
        row, column = (SQUARE * part for part in divmod(k, ACROSS))
        grey[row : row + SQUARE, column : column + SQUARE] = (number >> k) & 1


def number(picture: NDArray[Any]) -> int:
    """The number that was burnt into a picture (y, x) or (y, x, 3); the brightest pixel counts as white."""
    grey = picture if picture.ndim == 2 else picture[..., 0]
    corner = grey[: SQUARE * (BITS // ACROSS), : SQUARE * ACROSS].astype(float)
    means = corner.reshape(BITS // ACROSS, SQUARE, ACROSS, SQUARE).mean((1, 3)).ravel()
    return int(((means > grey.max() / 2) << np.arange(BITS)).sum())
