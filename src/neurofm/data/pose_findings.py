"""What in tracks cannot be so, or should be known before anything is learned from them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from neurofm.data.plausible import Finding
from neurofm.data.shown import several


class Tracks(Protocol):
    """What is looked at of `neurofm.data.Tracks`."""

    @property
    def points(self) -> NDArray[np.float32]: ...
    @property
    def keypoints(self) -> tuple[str, ...]: ...
    def blocks(self) -> Iterator[slice]: ...


def of_tracks(tracks: Tracks) -> Iterator[Finding]:
    """All that is found."""
    if tracks.keypoints:
        yield from _never_seen(tracks)


def _never_seen(tracks: Tracks) -> Iterator[Finding]:
    """Key points that no frame shows."""
    seen = np.zeros(tracks.points.shape[1:3], bool)
    for part in tracks.blocks():
        seen |= np.isfinite(tracks.points[part]).all(-1).any(0)
    if not seen.any():
        yield _finding("unseen", "points", "hold no place at all", "see whether the tracking went through")
        return
    nowhere = [name for name, some in zip(tracks.keypoints, seen.T) if not some.any()]
    if nowhere:
        yield _finding("unseen", "points", f"hold no place of {several(nowhere)}", "leave these key points out")


def _finding(code: str, field: str, sentence: str, remedy: str) -> Finding:
    return Finding(code=code, field=field, sentence=sentence, remedy=remedy)
