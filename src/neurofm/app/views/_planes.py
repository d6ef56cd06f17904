"""Planes of a volume: where they lie, what is read of them at the scale of the pixels, and their colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, ref

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurofm.app import colors
from neurofm.app.pictures.late import Late
from neurofm.app.pictures.layers.volume import limits
from neurofm.app.pictures.scene import Image, Viewport
from neurofm.data.volume import Pyramid

if TYPE_CHECKING:
    from neurofm.app.state.catalog import Catalog

Span = tuple[float, float]
VIEW = "Slices"  # title of the view that shows them
VEIL = np.r_[colors.PREDICTED[:3], 90].astype(np.uint8)  # colour of many picked voxels
VEILED = 1_000  # pixels along an edge of it
Numbers = NDArray[Any] | None
_late: WeakKeyDictionary[Catalog, WeakKeyDictionary[Pyramid, Late]] = WeakKeyDictionary()
_contrast: WeakKeyDictionary[Pyramid, tuple[float, float] | None] = WeakKeyDictionary()


@dataclass(frozen=True)
class Cut:
    """Where a plane lies.

    Parameters
    ----------
    across, up, right : its axes
    place : along the one across, in the volume's unit
    extents : what it covers, upwards and to the right
    """

    across: int
    up: int
    right: int
    place: float
    extents: tuple[Span, Span]

    def flipped(self, value: Any) -> Any:
        """Places along the axis that points down in a volume and up in a picture, either way."""
        low, high = self.extents[0]
        return low + high - value

    def places(self, xy: NDArray[np.floating]) -> NDArray[np.float64]:
        """(point, 3) where points of the picture are."""
        places = np.empty((len(xy), 3))
        places[:, self.across], places[:, self.right] = self.place, xy[:, 0]
        places[:, self.up] = self.flipped(xy[:, 1])
        return places

    def xy(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """(..., 2) where places, z y x, are in the picture."""
        return np.stack([places[..., self.right], self.flipped(places[..., self.up])], -1)

    def crosses(self, low: ArrayLike, high: ArrayLike) -> NDArray[np.bool_]:
        """(box,) whether the plane goes through boxes, by their (box, 3) corners."""
        return (np.asarray(low)[..., self.across] <= self.place) & (self.place < np.asarray(high)[..., self.across])


def cut(across: int, depth: float, pyramid: Pyramid) -> Cut:
    """The plane that is nearest to a share of the way along an axis, in percent."""
    up, right = (k for k in range(3) if k != across)
    row = round(min(max(depth, 0.0), 100.0) / 100 * (pyramid.shape[across] - 1))
    low, high = pyramid.box
    extents = tuple((float(low[k]), float(high[k])) for k in (up, right))
    return Cut(across, up, right, float(pyramid.origin[across] + row * pyramid.spacing[0, across]), extents)  # type: ignore[arg-type]


def inside(span: Span | None, whole: Span) -> Span:
    """The part of a range that is there; all where none is."""
    if span is None:
        return whole
    low, high = max(span[0], whole[0]), min(span[1], whole[1])
    return (low, high) if low < high else whole


def plane(
    session: Catalog, pyramid: Pyramid, at: Cut, spans: tuple[Span, ...], viewport: Viewport
) -> tuple[Numbers, tuple[Span, Span], list[str]]:
    """Numbers (up, right) of a plane where it is looked at, the box they cover, and what could not be read."""
    (bottom, top), right = spans
    up = tuple(sorted((at.flipped(bottom), at.flipped(top))))
    if not at.crosses(*pyramid.box):
        return None, (right, (bottom, top)), []
    pixel = max((up[1] - up[0]) / max(viewport.height, 1), (right[1] - right[0]) / max(viewport.width, 1))
    number = pyramid.level(pixel, (at.up, at.right))
    exact, box = _request(pyramid, number, at, up, right)
    late = of(session, pyramid)
    picture, key = _got(late, pyramid, number, exact)
    failed = [f"{late.failed[key]}"] if key in late.failed else _broken(pyramid.levels[number])
    if picture is None and number < len(pyramid.levels) - 1:
        last = len(pyramid.levels) - 1
        low, high = pyramid.box
        rough, box = _request(pyramid, last, at, *((low[k], high[k]) for k in (at.up, at.right)))
        picture, _ = _got(late, pyramid, last, rough)
    return picture, box, failed or ([] if picture is not None else ["It is being read ..."])


def number_at(session: Catalog, pyramid: Pyramid, place: NDArray[np.float64]) -> int | float | None:
    """What is at a place, z y x; None outside and, of what takes long, until the chunk around it is read."""
    row = np.rint((place - pyramid.origin) / pyramid.spacing[0]).astype(int)
    voxels = pyramid.levels[0]
    if (row < 0).any() or (row >= voxels.shape).any():
        return None
    if getattr(voxels, "instant", False):
        return voxels[tuple(row.tolist())].item()
    chunk = np.array([min(c, 64) for c in voxels.chunks])
    low = row // chunk * chunk
    box = tuple(slice(a, b) for a, b in zip(low.tolist(), np.minimum(low + chunk, voxels.shape).tolist()))
    read = of(session, pyramid).get(("at", *low.tolist()), lambda: voxels[box])
    return None if read is None else read[tuple((row - low).tolist())].item()


def of(session: Catalog, pyramid: Pyramid) -> Late:
    """What was read of an image for a session, which is told of what comes late."""
    here = _late.setdefault(session, WeakKeyDictionary())
    if pyramid not in here:
        here[pyramid] = Late(pyramid)
        here[pyramid].ready.connect(_teller(session))
    return here[pyramid]


def image(rgba: NDArray[np.uint8], x: Span, y: Span) -> Image:
    """Pixels (row, column, 4) from the top down."""
    return Image(rgba[::-1], x, y)


def grey(numbers: NDArray[Any], pyramid: Pyramid) -> NDArray[np.uint8]:
    """(up, right, 4) between the grey values that are black and white in the first plane that was seen."""
    if _contrast.get(pyramid) is None:
        _contrast[pyramid] = limits(numbers)
    low, high = _contrast[pyramid] or (0.0, 1.0)
    rgba = np.full((*numbers.shape, 4), 255, np.uint8)
    shades = np.nan_to_num(np.clip((numbers - low) / (high - low), 0, 1) * 255)  # what is no number is darkest
    rgba[..., :3] = shades[..., None]
    return rgba


def veil(xy: NDArray[np.float64], step: NDArray[np.float64]) -> Image:
    """A veil over voxels by their middles (voxel, 2); of some that were left out between them, too."""
    low, high = xy.min(0), xy.max(0)
    apart = [float(np.diff(np.unique(xy[:, k])).min(initial=np.inf)) for k in range(2)]
    step = np.where(np.isfinite(apart), np.maximum(apart, step), step)
    step = np.maximum(step, (high - low) / VEILED)
    wide, tall = (np.rint((high - low) / step).astype(int) + 1).tolist()
    mask = np.zeros((tall, wide), bool)
    column, row = np.rint((xy - low) / step).astype(int).T
    mask[row, column] = True
    rgba = np.zeros((*mask.shape, 4), np.uint8)
    rgba[mask] = VEIL
    (left, bottom), (right, top) = low - step / 2, low + (np.array([wide, tall]) - 0.5) * step
    return Image(rgba, (float(left), float(right)), (float(bottom), float(top)))


def coloured(
    numbers: NDArray[Any], opacity: int, lit: NDArray[np.int64], given: tuple[NDArray[np.int64], NDArray[np.uint8]]
) -> NDArray[np.uint8]:
    """(up, right, 4) a colour for each number, none where there is no label; those that are lit stand out.

    Parameters
    ----------
    given : (number,) some numbers and (number, 4) their colours; the others have one of their own each
    """
    table = colors.OKABE_ITO
    rgba = np.zeros((*numbers.shape, 4), np.uint8)
    rgba[..., :3] = table[(numbers.astype(np.int64) - 1) % len(table)]
    order = np.argsort(given[0])
    known = given[0][order]
    if len(known):
        row = np.minimum(np.searchsorted(known, numbers), len(known) - 1)
        there = known[row] == numbers
        rgba[there, :3] = given[1][order][row[there], :3]
    rgba[..., 3] = np.where(numbers > 0, round(opacity * 2.55), 0)
    if len(lit):
        rgba[np.isin(numbers, lit)] = colors.PREDICTED
    return rgba


def _broken(voxels: Any) -> list[str]:
    """What was black as it could not be read, and why."""
    bad: dict[str, str] = getattr(voxels, "bad", {})
    return [f"What could not be read is black, such as {box} ({why})" for box, why in bad.items()][:1]


def _request(pyramid: Pyramid, number: int, at: Cut, up: Any, right: Any) -> tuple[tuple[Any, ...], Any]:
    """What to read of a level, and the box (right, up) that this covers in the picture."""
    step, begin, shape = pyramid.spacing[number], pyramid.offset(number), pyramid.levels[number].shape
    parts: list[Any] = [0, 0, 0]
    k = at.across
    parts[k] = int(np.clip(np.rint((at.place - begin[k]) / step[k]), 0, shape[k] - 1))
    covered = {}
    for axis, span in ((at.up, up), (at.right, right)):
        low = int(np.clip(np.floor((span[0] - begin[axis]) / step[axis] + 0.5), 0, shape[axis] - 1))
        high = int(np.clip(np.ceil((span[1] - begin[axis]) / step[axis] + 0.5), low + 1, shape[axis]))
        parts[axis] = slice(low, high)
        covered[axis] = (float(begin[axis] + (low - 0.5) * step[axis]), float(begin[axis] + (high - 0.5) * step[axis]))
    down = tuple(sorted(float(at.flipped(edge)) for edge in covered[at.up]))
    return tuple(parts), (covered[at.right], down)


def _got(late: Late, pyramid: Pyramid, number: int, parts: tuple[Any, ...]) -> tuple[Numbers, Any]:
    voxels = pyramid.levels[number]
    key = (number, *((p.start, p.stop) if isinstance(p, slice) else p for p in parts))
    return (voxels[parts] if getattr(voxels, "instant", False) else late.get(key, lambda: voxels[parts])), key


def _teller(session: Catalog) -> Any:
    """Has what shows it drawn again."""
    there = ref(session)

    def tell(key: object) -> None:
        alive = there()
        if alive is not None:
            alive.read.emit(VIEW)

    return tell
