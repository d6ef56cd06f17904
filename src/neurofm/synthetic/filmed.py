"""What a camera would see of tracks: each animal as a bright body on a dark ground, frame by frame."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.data.tracks import Tracks
from neurofm.data.video import Video

GROUND, BODY = 40, 200  # greys
BETWEEN = 5  # dabs along each line of the skeleton
GRAIN = 4.0  # of the ground


class Drawn:
    """Frames that are painted when they are looked at, from where the points are.

    Parameters
    ----------
    tracks : in pixels of the picture
    size : (height, width) of the picture
    thick : radius of a dab in pixels
    """

    dtype = np.dtype(np.uint8)
    white = 255

    def __init__(self, tracks: Tracks, size: tuple[int, int], thick: float) -> None:
        self.shape: tuple[int, ...] = (len(tracks.times), *size)
        self._tracks, self._reach = tracks, int(np.ceil(thick))
        away = np.arange(-self._reach, self._reach + 1)
        self._dab = np.hypot(*np.meshgrid(away, away)) <= thick
        grain = np.random.default_rng(0).normal(0, GRAIN, size)
        self._ground = np.clip(GROUND + grain, 0, 255).astype(np.uint8)

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[NDArray[Any]]:
        return (self[k] for k in range(len(self)))

    def __getitem__(self, number: int) -> NDArray[Any]:
        """One frame."""
        picture = np.pad(self._ground, self._reach)
        height, width = self.shape[1:]
        for x, y in _dabs(self._tracks, range(len(self))[number]):
            if -0.5 <= x < width - 0.5 and -0.5 <= y < height - 0.5:
                row, column = int(y + 0.5), int(x + 0.5)
                under = picture[row : row + len(self._dab), column : column + len(self._dab)]
                under[self._dab] = BODY
        return picture[self._reach : self._reach + height, self._reach : self._reach + width]


def filmed(tracks: Tracks, size: tuple[int, int] = (512, 512), thick: float = 5.0) -> Video:
    """A video of tracks in pixels, on their clock.

    Parameters
    ----------
    size : (height, width) of its pictures
    thick : radius of a point in pixels
    """
    frames = Drawn(tracks, size, thick)
    return Video(
        session=tracks.session, times=tracks.times, frames=frames, clock=tracks.clock,
        notes=("simulated: painted from where the points are",),
    )  # fmt: skip


def _dabs(tracks: Tracks, frame: int) -> NDArray[np.floating]:
    """(dab, 2) x and y of all points that were seen, and between those that are joined."""
    places = np.asarray(tracks.points[frame])[..., :2]
    ends = places[:, np.array(tracks.skeleton, int).reshape(-1, 2)]  # (individual, line, 2, 2)
    along = np.linspace(0, 1, BETWEEN)[:, None]
    between = ends[:, :, None, 0] * (1 - along) + ends[:, :, None, 1] * along
    every = np.concatenate([places.reshape(-1, 2), between.reshape(-1, 2)])
    return every[np.isfinite(every).all(1)]
