"""Volumes that are open: whose labels lie on which, and which things lie in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.app.state.link import NONE, among
from neurofm.data.ids import Ids, unpack
from neurofm.data.source import Source, Space
from neurofm.data.volume import VOXEL, Pyramid, Volume, bare

if TYPE_CHECKING:
    from neurofm.app.state.catalog import Catalog

NEAR = 1e-6  # of a voxel: corners this near to an edge are on it
SHARE = 0.5  # of labels that must be where an image is, to lie on it
BEST = 0.9  # of what labels have in common with the image that they fit best, to lie on another that is open, too


@dataclass(frozen=True, eq=False)
class Labels:
    """Labels that lie on an image: `title` is what a user calls them, `name` what their volume does."""

    title: str
    volume: Volume
    name: str

    @property
    def pyramid(self) -> Pyramid:
        return self.volume.labels[self.name]


def volumes(session: Catalog) -> dict[str, Volume]:
    """Those that are open, by name."""
    return {name: source for name, source in list(session.sources.items()) if isinstance(source, Volume)}


def labels(session: Catalog, volume: Volume) -> dict[str, Labels]:
    """By title, labels of the volume itself and, on an image, of volumes without an image that are at its place."""
    there = [volume, *(other for other in volumes(session).values() if fits(session, other, volume))]
    return {one.title: one for each in there for one in _labels(each, own=each is volume)}


def lies_on(other: Volume, volume: Volume) -> bool:
    """Whether a volume of labels alone is at the place of the image of another, and of no other subject."""
    return other is not volume and other.image is None and volume.image is not None and _meets(other, volume)


def fits(session: Catalog, other: Volume, volume: Volume) -> bool:
    """Whether a volume of labels alone lies on the image of another, and on none that is open better than on that."""
    if not lies_on(other, volume):
        return False
    images = [one for one in volumes(session).values() if lies_on(other, one)]
    return _common(other, volume) >= BEST * max((_common(other, one) for one in images), default=0.0)


def together(session: Catalog, one: Volume, other: Volume) -> bool:
    """Whether two volumes are seen as one: labels with their image, and with what else lies on that."""
    if one is other or fits(session, one, other) or fits(session, other, one):
        return True
    if one.image is not None or other.image is not None:
        return False
    images = [[image for image in volumes(session).values() if fits(session, each, image)] for each in (one, other)]
    if images[0] or images[1]:
        return any(image in images[1] for image in images[0])
    return _meets(one, other)


def _meets(one: Volume, other: Volume) -> bool:
    """Whether two volumes, of no two subjects, have half of the smaller in common."""
    if one.unit != other.unit or (one.subject and other.subject and one.subject != other.subject):
        return False
    return _common(one, other, of=np.minimum) >= SHARE


def _common(one: Volume, other: Volume, of: np.ufunc = np.maximum) -> float:
    """The share of two volumes that both cover: of the larger extent along each axis, or of the smaller."""
    (low, high), (begin, end) = one.whole.box, other.whole.box
    both = np.maximum(np.minimum(high, end) - np.maximum(low, begin), 0)
    return float(np.prod(both / of(high - low, end - begin)))


def things(session: Catalog, volume: Volume) -> dict[str, list[tuple[int, Space]]]:
    """Spaces whose things lie in a volume: by name, numbers of their sources and what these say of them."""
    there: dict[str, list[tuple[int, Space]]] = {}
    for number, name, space in session.remember(("named", volume.session), lambda: list(_named(session, volume))):
        there.setdefault(name, []).append((number, space))
    for number, source in session.numbered().items():
        for name, space in source.spaces().items():
            if space.boxes is not None and _lies_in(session, source, space, volume):
                there.setdefault(name, []).append((number, space))
    return there


def _named(session: Catalog, volume: Volume) -> Iterator[tuple[int, str, Space]]:
    """Spaces of sources of the same file whose things labels of a volume are called as: cells that are units."""
    for number, source in session.numbered().items():
        shared = [path for path in source.paths if path in volume.paths]
        tabled = [(name, space) for name, space in source.spaces().items() if space.table is not None]
        for name, space in tabled if shared and source is not volume else ():
            for label, called in volume.names.items():
                held = _numbered(space, [f"{source.session}/{one}" for one in called.values()], list(called))
                if held.any():
                    around = _around(volume.labels[label], held)
                    yield number, name, Space(boxes=around.__getitem__, numbers=held.__getitem__, volume=shared[0],
                                              labels=label)  # fmt: skip


def _numbered(space: Space, called: list[str], numbers: list[int]) -> NDArray[np.int64]:
    """(thing,) the number of each thing of a space in labels by their names; 0 of those that have none."""
    labels = pd.Index([] if space.table is None else space.table()["label"])
    held, row = np.zeros(len(labels), np.int64), labels.get_indexer(pd.Index(called))
    held[row[row >= 0]] = np.array(numbers, np.int64)[row >= 0]
    return held


def _around(pyramid: Pyramid, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
    """(thing, 2, 3) corners of things by their numbers; NaN of those that are not seen."""
    from scipy.ndimage import find_objects

    there = find_objects(np.asarray(pyramid.levels[0][:, :, :], np.int32))
    found = [there[n - 1] if 0 < n <= len(there) else None for n in numbers.tolist()]
    edges = [[[s.start for s in box], [s.stop for s in box]] if box else np.full((2, 3), np.nan) for box in found]
    return pyramid.origin + (np.array(edges, float).reshape(-1, 2, 3) - 0.5) * pyramid.spacing[0]


def boxes(session: Catalog, volume: Volume, space: str) -> tuple[Ids, NDArray[np.float64]]:
    """Ids of the things of a space that lie in a volume, and (thing, 2, 3) their corners."""

    def measured() -> tuple[Ids, NDArray[np.float64]]:
        ids = session.everything(space)
        parts = [(ids[unpack(ids)[0] == number], held) for number, held in things(session, volume).get(space, ())]
        corners = [_boxes(held, unpack(part)[1]) for part, held in parts]
        around = np.concatenate([np.zeros((0, 2, 3)), *corners])
        seen = np.isfinite(around).all((1, 2))
        return np.concatenate([NONE, *(part for part, _ in parts)])[seen], around[seen]

    return session.remember(("boxes", space, volume.session), measured)


def lit(session: Catalog, volume: Volume, on: Labels) -> NDArray[np.int64]:
    """Sorted numbers of the labels that picked things are."""
    numbers = [np.zeros(0, np.int64)]
    for space, holders in things(session, volume).items():
        source, local = unpack(session.selection.picked(space))
        for number, held in holders:
            if held.numbers is not None and _numbers(held, on):
                numbers.append(np.asarray(held.numbers(local[source == number]), np.int64))
    every = np.unique(np.concatenate(numbers))
    return every[every > 0]


def numbered(session: Catalog, volume: Volume, on: Labels) -> tuple[str, Ids, NDArray[np.int64]]:
    """The space and ids of the things that labels number, and their numbers; "" where they number none."""
    for space, holders in things(session, volume).items():
        ids, _ = boxes(session, volume, space)
        source, local = unpack(ids)
        mine = [(source == number, held.numbers) for number, held in holders if held.numbers and _numbers(held, on)]
        if mine:
            parts = [(ids[rows], np.asarray(numbers(local[rows]), np.int64)) for rows, numbers in mine]
            return space, np.concatenate([each for each, _ in parts]), np.concatenate([each for _, each in parts])
    return "", NONE, NONE


def labelled(session: Catalog, volume: Volume, on: Labels, number: int) -> tuple[str, Ids]:
    """The space and id of the thing that a number of the labels stands for; none where it stands for no thing."""
    for space, holders in things(session, volume).items():
        for source, held in holders:
            if held.numbers is None or not _numbers(held, on):
                continue
            ids, _ = boxes(session, volume, space)
            own = ids[unpack(ids)[0] == source]
            row = np.flatnonzero(np.asarray(held.numbers(unpack(own)[1])) == number)
            if len(row):
                return space, own[row[:1]]
    return "", NONE


def around_pick(session: Catalog, volume: Volume) -> NDArray[np.float64] | None:
    """(2, 3) corners around all that is picked of a volume: voxels, and things that lie in it; None if nothing is."""
    number, local = unpack(session.selection.picked(VOXEL))
    places = volume.place(local[number == session.number(volume.session)])
    corners = [np.stack([places - volume.spacing / 2, places + volume.spacing / 2], 1)]
    for space in things(session, volume):
        ids, around = boxes(session, volume, space)
        corners.append(around[among(ids, session.selection.picked(space))])
    every = np.concatenate(corners)
    return np.stack([every[:, 0].min(0), every[:, 1].max(0)]) if len(every) else None


def spans(volume: Volume, corners: NDArray[np.float64]) -> list[list[int]]:
    """First voxel and the one after the last along z, y and x, of those that corners (2, 3) hold or touch."""
    edges = (corners - volume.whole.box[0]) / volume.spacing
    low = np.clip(np.floor(edges[0] + NEAR), 0, np.array(volume.whole.shape) - 1).astype(int)
    high = np.clip(np.ceil(edges[1] - NEAR), low + 1, volume.whole.shape).astype(int)
    return [[int(first), int(last)] for first, last in zip(low, high)]


def again(session: Catalog) -> int:
    """Let all that could not be read of volumes be read once more where it is shown; gives how much that was."""
    from neurofm.app.pictures import late

    pyramids = [p for volume in volumes(session).values() for p in (volume.image, *volume.labels.values()) if p]
    bad = [lost for pyramid in pyramids for voxels in pyramid.levels if (lost := getattr(bare(voxels), "bad", None))]
    count = sum(map(len, bad))
    for lost in bad:
        lost.clear()
    return count + late.again(anew=bool(count))


def _labels(volume: Volume, *, own: bool) -> Iterator[Labels]:
    for name in volume.labels:
        alone = len(volume.labels) == 1
        yield Labels(name if own else volume.session if alone else f"{volume.session} {name}", volume, name)


def _lies_in(session: Catalog, source: Source, space: Space, volume: Volume) -> bool:
    if source is volume:
        return True
    meant = [one for one in volumes(session).values() if space.volume and space.volume in one.paths]
    if meant:
        return any(one is volume or lies_on(one, volume) for one in meant)
    return not (isinstance(source, Volume) and source.image is not None)


def _numbers(space: Space, on: Labels) -> bool:
    """Whether these labels are those that number the things of a space."""
    whose = not space.volume or space.volume in on.volume.paths
    return whose and (space.labels or next(iter(on.volume.labels))) == on.name


def _boxes(space: Space, local: Ids) -> NDArray[np.float64]:
    corners = np.zeros((0, 2, 3)) if space.boxes is None else np.asarray(space.boxes(local), float)
    if corners.shape != (len(local), 2, 3):
        raise ValueError(f"boxes must be (thing, 2, 3), a low and a high corner z y x, got shape {corners.shape}")
    return corners
