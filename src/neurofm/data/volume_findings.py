"""What a volume says that cannot be so, or that makes it slow to look at, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from neurofm.data.blank import share
from neurofm.data.plausible import Finding

Volume = Any  # of `neurofm.data.volume`, which asks for this

LARGE = 8192  # voxels along an edge, beyond which all of an image is slow to see
THIN = 4  # times that an image is thinner along x than along z and y, where these were exchanged
PLACE = "Axes and size of voxels in its menu, session.place or neurofm place"
LEVELS = "Make coarser levels in its menu, session.coarsen or neurofm coarsen"


def of_volume(volume: Volume, *, scaled: bool) -> tuple[Finding, ...]:
    """All that is found, what is placed wrong first."""
    return (*(() if scaled else _placed(volume)), *_labels(volume), *_blank(volume), *_levels(volume))


def _placed(volume: Volume) -> Iterator[Finding]:
    yield Finding(
        code="unscaled", field="voxels", sentence="do not say how large they are", remedy=f"give their size: {PLACE}"
    )
    z, y, x = volume.whole.shape
    if THIN * x <= min(z, y):
        sentence = f"make {_size(volume.whole.shape)} voxels, as if x and z were exchanged"
        yield Finding(code="axes", field="axes z y x", sentence=sentence, remedy=f"say which is which: {PLACE}")


def _labels(volume: Volume) -> Iterator[Finding]:
    for name, label in volume.labels.items():
        if label.shape != volume.whole.shape:
            sentence = f"of {_size(label.shape)} lie on an image of {_size(volume.whole.shape)} voxels"
            yield Finding(code="unfit", field=f"labels '{name}'", sentence=sentence, remedy="check the file")


def _blank(volume: Volume) -> Iterator[Finding]:
    if volume.image is None or any("://" in path for path in volume.paths):  # a look at these may take long
        return
    part = share(volume.image)
    if part:
        sentence = f"holds no number (NaN or infinite) in {max(100 * part, 0.01):.2g} % of its voxels"
        remedy = "models take these for the mean grey and pictures for the darkest; else fill or crop them"
        yield Finding(code="blank", field="image", sentence=sentence, remedy=remedy)


def _levels(volume: Volume) -> Iterator[Finding]:
    coarsest = volume.whole.levels[-1].shape
    if max(coarsest) > LARGE:
        sentence = f"has no coarser level than {_size(coarsest)}, so that all of it is slow to see"
        yield Finding(code="no levels", field="image", sentence=sentence, remedy=LEVELS)


def _size(shape: Sequence[int]) -> str:
    return " x ".join(f"{n:,}" for n in shape)
