"""TIFF stacks, ImageJ's and OME's among them, read plane by plane; an image or labels as one that Fiji opens."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.data.volume import AXES, MICRON, UNSCALED, Pyramid, Volume
from neurofm.errors import DataError
from neurofm.io import _tiff_pages
from neurofm.io._file import head
from neurofm.io._images import TAKEN, microns, name_of, says_labels
from neurofm.io._levels import placed
from neurofm.io._voxels import Planes
from neurofm.process import move
from neurofm.specs import ReaderSpec

MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
DEEP = "ZIQT"  # axes that are taken for z, the first that there is
CHANNELS = 7  # that ImageJ shows together; more of them are a stack whose writer did not name its axes
SAMPLES = "S"
INCH, CENTIMETRE = 2, 3  # units of TIFF's resolution
OURS = " labels"  # how an image ends in OME that `write` wrote of labels
NARROW = {"i8": "i4", "u8": "u4", "f2": "f4"}  # numbers that OME-TIFF has instead of others
HELD = 256 << 20  # bytes that are read at once where a file is written
SMALL = 2**32 - 2**25  # bytes that a TIFF of 32 bits has room for, beside what it says of itself


def accepts(path: Path) -> bool:
    """Whether it begins as TIFF."""
    return head(path, 4) in MAGIC


def read(path: Path) -> Volume:
    """Its first series: all scales, and the size of voxels where ImageJ, OME or TIFF itself says it."""
    import tifffile

    _tiff_pages.check(path)
    with tifffile.TiffFile(path) as file:
        series = file.series[0]
        _check_whole(path, file, series)
        axes, notes = _axes(path, series)
        levels = tuple(_level(path, number, level, axes) for number, level in enumerate(series.levels))
        spacing, called = _spacing(file), _image_name(file)
        if len(file.series) > 1:
            notes += (f"the first of {len(file.series):,} images in it is shown",)
    step = np.ones(3) if spacing is None else spacing
    ratio = [np.array(levels[0].shape) / level.shape for level in levels]
    whole = Pyramid(levels, np.stack([step * np.maximum(1.0, r) for r in ratio]))
    name = name_of(path)
    labels = says_labels(name, levels[0]) or (called.endswith(OURS) and says_labels(called, levels[0]))
    whole = placed(whole, str(path), name if labels else "")
    return Volume(
        session=name,
        image=None if labels else whole,
        labels={name: whole} if labels else {},
        unit=UNSCALED if spacing is None else MICRON,
        paths=(str(path),),
        notes=notes + ((TAKEN,) if labels else ()),
    )


def _check_whole(path: Path, file: Any, series: Any) -> None:
    """Refuse a stack that ends before the last of the planes that it says it has."""
    told = int((file.imagej_metadata or {}).get("images", 1)) if file.is_imagej else 1
    size = dict(zip(series.axes, series.shape))
    planes = int(np.prod([n for axis, n in size.items() if axis not in ("Y", "X", SAMPLES)]))
    ends = None if series.dataoffset is None else series.dataoffset + series.nbytes
    if planes < told or (ends is not None and ends > path.stat().st_size):
        raise DataError(path, "planes", f"are fewer than the {max(told, planes):,} that it says; was the copy cut off?")


def _axes(path: Path, series: Any) -> tuple[str, tuple[str, ...]]:
    """The axes of a series, that of z called so, and what is not shown of it."""
    axes = series.axes
    if "Y" not in axes or "X" not in axes:
        raise DataError(path, "axes", f"are {axes}; an image needs x and y")
    if series.dtype is None or series.dtype.kind not in "biuf":
        raise DataError(path, "", f"holds {series.dtype}, where numbers are needed")
    deep = next((axis for axis in DEEP if axis in axes), "")
    size = dict(zip(axes, series.shape))
    if not deep and size.get("C", 1) > CHANNELS:
        deep = "C"
    others = {a: n for a, n in size.items() if a not in (deep, "Y", "X") and n > 1}
    notes = tuple(f"the first of {n:,} along {a} is shown" for a, n in others.items() if a != SAMPLES)
    notes += ("it is in colour; the mean of red, green and blue is shown",) if SAMPLES in others else ()
    notes += (f"planes along {deep} are taken for z",) if deep and deep != "Z" else ()
    return axes.replace(deep, "Z") if deep else axes, notes


def _level(path: Path, number: int, level: Any, axes: str) -> Planes:
    size = dict(zip(axes, level.shape))
    shape = size.get("Z", 1), size["Y"], size["X"]
    return Planes(shape, _number(level.dtype), _Plane(path, number, axes, tuple(level.shape)))


def _number(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """What is black or white is 0 or 1."""
    return np.dtype(np.uint8) if dtype.kind == "b" else dtype


class _Plane:
    """Reads one plane of a level."""

    def __init__(self, path: Path, level: int, axes: str, shape: tuple[int, ...]) -> None:
        self.path, self.level, self.axes, self.shape = path, level, axes, shape

    def __call__(self, z: int) -> NDArray[Any]:
        import tifffile

        with tifffile.TiffFile(self.path) as file:
            level = file.series[0].levels[self.level]
            leading = self.axes[: min(self.axes.index(axis) for axis in "YX" + SAMPLES if axis in self.axes)]
            index = [z if axis == "Z" else 0 for axis in leading]
            row = int(np.ravel_multi_index(index, self.shape[: len(leading)])) if leading else 0
            inner, axes = self.shape[len(leading) :], self.axes[len(leading) :]
            if level.dataoffset is not None:
                size = int(np.prod(inner))
                file.filehandle.seek(level.dataoffset + row * size * level.dtype.itemsize)
                dtype = level.dtype.newbyteorder(file.byteorder)
                plane = np.frombuffer(file.filehandle.read(size * dtype.itemsize), dtype).reshape(inner)
            else:
                page: Any = level.pages[row]
                plane = np.asarray(page.asarray()).reshape(inner)
        return _flat(plane.astype(_number(level.dtype), copy=False), axes, z)


def _flat(plane: NDArray[Any], axes: str, z: int) -> NDArray[Any]:
    """(y, x) of a plane that may have other axes behind these; colours become their mean."""
    for axis in [a for a in axes if a not in "YX"]:
        at = axes.index(axis)
        if axis == SAMPLES and plane.shape[at] in (3, 4):
            plane = np.take(plane, range(3), at).mean(at).astype(plane.dtype)
        else:
            plane = np.take(plane, z if axis == "Z" else 0, at)
        axes = axes.replace(axis, "")
    return plane if axes == "YX" else plane.T


def _spacing(file: Any) -> NDArray[np.float64] | None:
    """(3,) micrometres z y x; None where nothing says so."""
    if file.is_ome:
        found = _ome(file.ome_metadata)
        if found is not None:
            return found
    page, told = file.pages[0], file.imagej_metadata or {}
    unit = told.get("unit") if told else None
    if not unit:
        code = page.tags["ResolutionUnit"].value if "ResolutionUnit" in page.tags else 0
        unit = {INCH: "inch", CENTIMETRE: "cm"}.get(int(code), "none")
        if unit == "inch":  # what programs write that do not know
            return None
    across = [_step(page, name, unit) for name in ("YResolution", "XResolution")]
    if None in across:
        return None
    deep = microns(told.get("spacing", 0), unit) or across[0]
    return np.array([deep, *across], float)


def _step(page: Any, name: str, unit: str) -> float | None:
    if name not in page.tags:
        return None
    above, below = page.tags[name].value
    return microns(below / above if above else 0, unit)


def _image_name(file: Any) -> str:
    """What OME calls the first image."""
    image = _item(file.ome_metadata, "Image") if file.is_ome else None
    return "" if image is None else image.get("Name", "")


def _item(text: str, tag: str) -> Any:
    from xml.etree import ElementTree

    return next((item for item in ElementTree.fromstring(text).iter() if item.tag.endswith(tag)), None)


def _ome(text: str) -> NDArray[np.float64] | None:
    pixels = _item(text, "Pixels")
    if pixels is None:
        return None
    steps = [microns(pixels.get(f"PhysicalSize{axis}"), pixels.get(f"PhysicalSize{axis}Unit", "um")) for axis in "ZYX"]
    if None in steps[1:]:
        return None
    return np.array([steps[0] or steps[1], *steps[1:]], float)


def write(volume: Volume, path: str | os.PathLike[str]) -> Path:
    """Its finest voxels as one OME-TIFF with their size, in one go; names of labels and where it begins stay behind.

    Raises
    ------
    DataError
        If it has an image and labels or several labels, of which a TIFF holds one; of numbers beyond 32 bits; or if
        it cannot be written there.
    """
    path = Path(path)
    held = _held(volume)
    if len(held) != 1:
        raise DataError(path, "", f"is to hold one of {', '.join(held)}; write a .h5, which holds all of them")
    ((name, pyramid),) = held.items()
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _put(unfinished, pyramid, "" if volume.image is not None else f"{name}{OURS}", volume.unit)
        return move(unfinished, path)
    except OSError as error:
        raise DataError(path, "", f"cannot be written ({error.strerror or error})") from error
    except OverflowError as error:
        raise DataError(path, name, f"{error}; write a .h5, which holds any") from error
    finally:
        unfinished.unlink(missing_ok=True)


def _held(volume: Volume) -> dict[str, Pyramid]:
    return {**({"image": volume.image} if volume.image is not None else {}), **volume.labels}


def _put(path: Path, pyramid: Pyramid, name: str, unit: str) -> None:
    import tifffile

    dtype = _number(pyramid.dtype)
    dtype = np.dtype(NARROW.get(dtype.str[1:], dtype))
    sizes = {f"PhysicalSize{axis.upper()}": float(step) for axis, step in zip(AXES, pyramid.spacing[0])}
    told = {"axes": "ZYX"} | (sizes if unit != UNSCALED else {}) | ({"Name": name} if name else {})
    tifffile.imwrite(
        path, _planes(pyramid, dtype), shape=pyramid.shape, dtype=dtype, ome=True, metadata=told,
        photometric="minisblack", compression="zlib" if name else None,
        bigtiff=int(np.prod(pyramid.shape, dtype=float)) * dtype.itemsize > SMALL,
    )  # fmt: skip


def _planes(pyramid: Pyramid, dtype: np.dtype[Any]) -> Iterator[NDArray[Any]]:
    """Plane by plane, of which many are read at once, as they lie in the same chunks."""
    voxels = pyramid.levels[0]
    deep = max(HELD // max(int(np.prod(voxels.shape[1:])) * voxels.dtype.itemsize, 1), 1)
    for z in range(0, voxels.shape[0], deep):
        planes = np.asarray(voxels[z : z + deep])
        if planes.dtype.kind in "iu" and planes.size and not np.can_cast(planes.dtype, dtype):
            limits = np.iinfo(dtype)
            if planes.min() < limits.min or planes.max() > limits.max:
                wrong = planes.min() if planes.min() < limits.min else planes.max()
                raise OverflowError(f"{wrong:,} is beyond the {limits.bits} bits of a TIFF")
        yield from planes.astype(dtype, copy=False)


SPEC = ReaderSpec(
    title="TIFF", patterns=("*.tif", "*.tiff"), accepts=accepts, read=read, kind="volume", write=write,
    fits=lambda volume: len(_held(volume)) == 1,
)  # fmt: skip
