"""A volume: an image of any size at several scales, and labels that lie on it, read where they are looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurofm.data import patches
from neurofm.data.ids import Ids
from neurofm.data.plausible import Finding
from neurofm.data.shown import Shown, several
from neurofm.data.source import Space, Tie
from neurofm.data.volume_findings import of_volume

AXES = ("z", "y", "x")
PLANE = 2048  # voxels along an edge; of a longer one a coarser level is wanted
SKETCHED = 32  # voxels along an edge of what it is known again by
VOXEL = "voxel"  # its space
MICRON = "um"
UNSCALED = "voxels"  # the unit of a volume whose file does not say how large they are

Box = tuple[slice, slice, slice]


class Voxels(Protocol):
    """Numbers by place, z y x: a slice of each axis, or a number, gives an array; nothing is read before."""

    @property
    def shape(self) -> tuple[int, int, int]: ...
    @property
    def dtype(self) -> np.dtype[Any]: ...
    @property
    def chunks(self) -> tuple[int, int, int]: ...
    def __getitem__(self, box: Any) -> NDArray[Any]: ...


@dataclass(frozen=True, eq=False)
class Pyramid:
    """One image at several scales.

    Parameters
    ----------
    levels : its voxels, finest first
    spacing : (level, 3) distance of neighbours, z y x
    origin : (3,) where the middle of the first voxel is
    begins : (level, 3) the same of each level, where a file says so; else coarse voxels cover fine ones from there on

    Raises
    ------
    ValueError
        If there is no level, or distances are not positive.
    """

    levels: tuple[Voxels, ...]
    spacing: NDArray[np.float64]
    origin: NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))
    begins: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        if not self.levels:
            raise ValueError("an image needs at least one level")
        spacing = np.asarray(self.spacing, float)
        object.__setattr__(self, "spacing", np.broadcast_to(spacing, (len(self.levels), 3)).copy())
        object.__setattr__(self, "origin", np.asarray(self.origin, float))
        if not (np.isfinite(self.spacing).all() and (self.spacing > 0).all()):
            raise ValueError(f"distances of voxels must be positive, got {self.spacing.tolist()}")

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels along z, y, x at the finest scale."""
        return self.levels[0].shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.levels[0].dtype

    @property
    def box(self) -> NDArray[np.float64]:
        """(2, 3) low and high corner of what it covers, z y x."""
        low = self.origin - self.spacing[0] / 2
        return np.stack([low, low + np.array(self.shape) * self.spacing[0]])

    def offset(self, level: int) -> NDArray[np.float64]:
        """(3,) middle of the first voxel of a level: coarse voxels cover fine ones, so theirs lies further in."""
        if self.begins is not None and level < len(self.begins):
            return self.begins[level]
        return self.origin + (self.spacing[level] - self.spacing[0]) / 2

    def level(self, pixel: float, axes: tuple[int, int] = (1, 2)) -> int:
        """The coarsest level whose neighbours along two axes are no further apart than this; the finest if none is."""
        apart = self.spacing[:, list(axes)].min(1)
        return int(np.flatnonzero(apart <= max(pixel, apart[0]) * (1 + 1e-9))[-1])

    def moved(self, factor: NDArray[np.float64], origin: NDArray[np.float64]) -> Pyramid:
        """The same with its distances times `factor` and another origin."""
        begins = None if self.begins is None else origin + (self.begins - self.origin) * factor
        return Pyramid(self.levels, self.spacing * factor, origin, begins)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Volume(Shown):
    """An image, labels of its voxels, or both.

    Parameters
    ----------
    session : name, unique among what is open
    subject : whose brain it is; "" if unknown
    image : grey values; None where there are only labels
    labels : whole numbers that name what a voxel belongs to, 0 for nothing, by what they tell ("region")
    names : what numbers stand for, by label ({"region": {1: "cortex"}})
    unit : of distances: "um", or "voxels" where the file does not say
    paths : files or addresses it came from
    notes : what the reader had to mend

    Raises
    ------
    ValueError
        If there is neither image nor labels, or labels are no whole numbers.
    """

    kind: ClassVar[str] = "volume"

    session: str
    subject: str = ""
    image: Pyramid | None = None
    labels: Mapping[str, Pyramid] = field(default_factory=dict)
    names: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    unit: str = MICRON
    paths: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.image is None and not self.labels:
            raise ValueError(f"{self.session} has neither an image nor labels")
        for name, label in self.labels.items():
            if label.dtype.kind not in "iub":
                raise ValueError(f"labels '{name}' of {self.session} are {label.dtype}; they must be whole numbers")

    @property
    def clock(self) -> str:
        """None: nothing in it happens."""
        return ""

    @property
    def domain(self) -> NDArray[np.float64]:
        """Empty."""
        return np.zeros((0, 2))

    @property
    def whole(self) -> Pyramid:
        """Its image, else its first labels."""
        return self.image if self.image is not None else next(iter(self.labels.values()))

    @property
    def flat(self) -> bool:
        """Whether it is a single plane."""
        return self.whole.shape[0] == 1

    @property
    def spacing(self) -> NDArray[np.float64]:
        """(3,) distance of neighbouring voxels, z y x."""
        return self.whole.spacing[0]

    def scaled(self, spacing: ArrayLike, origin: ArrayLike | None = None, unit: str = MICRON) -> Volume:
        """The same with another distance of voxels, z y x, and another place of the first.

        Raises
        ------
        ValueError
            If a distance is not positive.
        """
        given = np.broadcast_to(np.asarray(spacing, float), 3)
        if not (np.isfinite(given).all() and (given > 0).all()):
            raise ValueError(f"distances of voxels must be positive, got {given.tolist()}")
        factor = given / self.spacing
        place = self.whole.origin if origin is None else np.broadcast_to(np.asarray(origin, float), 3)

        def moved(pyramid: Pyramid) -> Pyramid:
            aside = (pyramid.origin - self.whole.origin) * factor
            return pyramid.moved(factor, place + aside)

        image = None if self.image is None else moved(self.image)
        return replace(self, image=image, labels={k: moved(v) for k, v in self.labels.items()}, unit=unit)

    def turned(self, axes: str) -> Volume:
        """The same with its axes told anew: "xyz" says that what was taken as z, y, x is x, y, z.

        Raises
        ------
        ValueError
            If it is no order of x, y and z.
        """
        if sorted(axes) != sorted(AXES):
            raise ValueError(f"'{axes}' is no order of x, y and z; give one such as 'zyx' or 'xyz'")
        order = [axes.index(axis) for axis in AXES]

        def turned(pyramid: Pyramid) -> Pyramid:
            levels = tuple(getattr(level, "turned", partial(Turned, level))(order) for level in pyramid.levels)
            begins = None if pyramid.begins is None else pyramid.begins[:, order]
            return Pyramid(levels, pyramid.spacing[:, order], pyramid.origin[order], begins)

        image = None if self.image is None else turned(self.image)
        return replace(self, image=image, labels={k: turned(v) for k, v in self.labels.items()})

    def loaded(self) -> Volume:
        """The same with all voxels in memory."""

        def loaded(pyramid: Pyramid) -> Pyramid:
            return replace(pyramid, levels=tuple(Held(level[:, :, :]) for level in pyramid.levels))

        image = None if self.image is None else loaded(self.image)
        return replace(self, image=image, labels={k: loaded(v) for k, v in self.labels.items()})

    def at(self, places: ArrayLike) -> Ids:
        """(point, 3) distances z y x to local ids of the voxels there; -1 outside."""
        row = np.rint((np.asarray(places, float) - self.whole.origin) / self.spacing).astype(np.int64)
        inside = np.asarray(((row >= 0) & (row < self.whole.shape)).all(-1))
        flat = np.ravel_multi_index(tuple(np.where(inside[..., None], row, 0).T), self.whole.shape).T
        return np.where(inside, flat, -1)

    def place(self, voxels: Ids) -> NDArray[np.float64]:
        """(voxel, 3) where voxels are, z y x, by local ids."""
        return np.stack(np.unravel_index(np.asarray(voxels), self.whole.shape), -1) * self.spacing + self.whole.origin

    def name(self, label: str, number: int) -> str:
        """What a number of a label stands for; the number itself where that is not known."""
        return self.names.get(label, {}).get(number, str(number))

    def sketched(self) -> Iterable[NDArray[Any]]:
        """Its size, and some voxels from three places within it, by which it is known again."""
        voxels = self.whole.levels[0]
        yield np.array(voxels.shape)
        for share in (0.25, 0.5, 0.75):
            z, y, x = (int(share * n) for n in voxels.shape)
            yield voxels[z : z + 1, y : y + SKETCHED, x : x + SKETCHED]

    def facts(self) -> dict[str, Any]:
        """Its size in a few words."""
        return {
            "": self.session,
            "subject": self.subject,
            "voxels": " x ".join(f"{n:,}" for n in self.whole.shape),
            "spacing": self._spacing_told,
            "values": str(self.image.dtype) if self.image else "",
            "labels": several(self.labels),
            "levels": len(self.whole.levels),
            "files": several(Path(path).name for path in self.paths),
        }

    @property
    def _spacing_told(self) -> str:
        steps = [f"{step:.4g}" for step in self.spacing]
        told = steps[0] if len(set(steps)) == 1 else " x ".join(steps)
        return "" if self.unit == UNSCALED else f"{told} {self.unit}"

    def spaces(self) -> Mapping[str, Space]:
        """Its voxels and patches, by value and label."""
        return self._spaces

    @cached_property
    def _spaces(self) -> dict[str, Space]:
        columns = (*AXES, *(("value",) if self.image else ()), *self.labels)
        voxels = Space(columns=columns, at=self._at, label=self._label, telling=tuple(self.labels))
        return {VOXEL: voxels, patches.PATCH: patches.space(self)}

    def ties(self) -> Iterable[Tie]:
        """None."""
        return ()

    def summary(self) -> dict[str, Any]:
        """What `neurofm info` tells."""
        return {
            "path": "+".join(self.paths),
            "kind": self.kind,
            "session": self.session,
            "subject": self.subject,
            "shape": list(self.whole.shape),
            "dtype": str(self.whole.dtype),
            "spacing": self.spacing.tolist(),
            "unit": self.unit,
            "origin": self.whole.origin.tolist(),
            "levels": [list(level.shape) for level in self.whole.levels],
            "chunks": list(self.whole.levels[0].chunks),
            "bytes": int(np.prod(self.whole.shape, dtype=float)) * self.whole.dtype.itemsize,
            "labels": list(self.labels),
            "warnings": [*map(str, self.findings()), *self.notes],
        }

    def findings(self) -> Sequence[Finding]:
        """Voxels of unknown size, axes that look exchanged, labels that do not fit, an image without coarser levels."""
        return of_volume(self, scaled=self.unit != UNSCALED)

    def _label(self, voxel: int) -> str:
        z, y, x = np.unravel_index(voxel, self.whole.shape)
        return f"{self.session}/voxel {z} {y} {x}"

    def _at(self, column: str, voxels: Ids) -> NDArray[Any]:
        if column in AXES:
            return self.place(voxels)[..., AXES.index(column)]
        if column == "value" and self.image is not None:
            return _values(self.image.levels[0], voxels, self.whole.shape)
        if column in self.labels:
            numbers = _values(self.labels[column].levels[0], voxels, self.whole.shape)
            return np.array([self.name(column, int(n)) for n in numbers], object)
        raise LookupError(
            f"voxels of {self.session} have no '{column}'; they have {', '.join(self._spaces[VOXEL].columns)}"
        )


class Held:
    """Voxels in memory: (z, y, x), or (y, x) for a single plane."""

    instant = True  # it takes no time to read them

    def __init__(self, array: NDArray[Any]) -> None:
        self.array = array if array.ndim == 3 else array[None]
        z, y, x = self.array.shape
        self.shape, self.chunks, self.dtype, self.ndim = (z, y, x), (1, y, x), self.array.dtype, 3

    def __getitem__(self, box: Any) -> NDArray[Any]:
        return np.asarray(self.array[box])


@dataclass(frozen=True, eq=False)
class Turned:
    """Voxels with their axes in another order: axis k is axis `order[k]` of what is turned."""

    voxels: Voxels
    order: Sequence[int]

    @property
    def shape(self) -> tuple[int, int, int]:
        z, y, x = (self.voxels.shape[k] for k in self.order)
        return z, y, x

    @property
    def chunks(self) -> tuple[int, int, int]:
        z, y, x = (self.voxels.chunks[k] for k in self.order)
        return z, y, x

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.voxels.dtype

    def __getitem__(self, box: Any) -> NDArray[Any]:
        rows, steps = asked(box, self.shape)
        spans = [slice(min(row, default=0), max(row, default=-1) + 1) for row in rows]
        inner = tuple(spans[list(self.order).index(k)] for k in range(3))
        return self.voxels[inner].transpose(self.order)[steps]


def bare(voxels: Voxels) -> Voxels:
    """What was turned or painted over, where that is."""
    while (inner := getattr(voxels, "voxels", None)) is not None:
        voxels = inner
    return voxels


def whole(box: Any) -> tuple[int | slice, int | slice, int | slice]:
    """What is asked for of each of three axes, those that are left out included."""
    parts = list(box) if isinstance(box, tuple) else [box]
    if Ellipsis in [p for p in parts if p is Ellipsis]:
        at = next(k for k, p in enumerate(parts) if p is Ellipsis)
        parts[at : at + 1] = [slice(None)] * (4 - len(parts))
    z, y, x = (parts + [slice(None)] * 3)[:3]
    return tuple(p if isinstance(p, slice) else int(p) for p in (z, y, x))  # type: ignore[return-value]


def asked(box: Any, shape: tuple[int, int, int]) -> tuple[list[range], tuple[Any, ...]]:
    """The rows of each axis that are asked for, and what takes just them out of the smallest box that holds them.

    Raises
    ------
    IndexError
        If a number is none of the rows.
    """
    rows, steps = [], []
    for part, count in zip(whole(box), shape):
        row = range(count)[part] if isinstance(part, slice) else range(count)[part : part + 1 or None]
        if not isinstance(part, slice) and not len(row):
            raise IndexError(f"{part} is none of {count} rows")
        rows.append(row)
        steps.append(slice(None, None, row.step) if isinstance(part, slice) else 0)
    return rows, tuple(steps)


def _values(voxels: Voxels, ids: Ids, shape: tuple[int, int, int]) -> NDArray[Any]:
    """(voxel,) values of single voxels; 0 where labels end before the image does."""
    at = np.stack(np.unravel_index(np.asarray(ids), shape), -1).reshape(-1, 3)
    inside = (at < voxels.shape).all(-1)
    values = np.zeros(len(at), voxels.dtype)
    for k in np.flatnonzero(inside):
        values[k] = voxels[tuple(int(n) for n in at[k])]
    return values.reshape(np.shape(ids))
