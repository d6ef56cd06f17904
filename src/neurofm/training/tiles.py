"""Tiles: what a network says of a volume piece by piece, as if it had seen all of it at once.

How far a network looks is measured on it. A tile is the box that is wanted with so much around it, begins where the
network's strides begin, and ends at the volume's faces: there the network pads as it does when it sees all. So nothing
depends on how a volume is cut, and no seams are seen.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

Cube = tuple[int, int, int]
Spans = tuple[tuple[int, int], ...]  # low and high of z, y, x

AXES = ("z", "y", "x")
STRIDES = (1, 2, 4, 8, 16, 32)
PROBES = (64, 128, 256, 512)  # voxels in which its sight must end
SLOW = 20480  # pictures x channels x z x y, up to which torch convolves in a slow way with one thread
EQUAL = 1e-3  # of the largest answer: tiles that differ by more are not the same


class Boundless(ValueError):
    """A network whose answer at a place depends on all of the picture, so that no tile equals the whole."""


@dataclass(frozen=True)
class Reach:
    """How far a network looks.

    Parameters
    ----------
    grid : voxels by which a picture can be moved without another answer, z y x; sizes must be whole numbers of it
    low, high : voxels before and behind a box on this grid that what is said of the box depends on
    flat : whether it takes one plane only
    """

    grid: Cube
    low: Cube
    high: Cube
    flat: bool = False

    def around(self, box: Spans, shape: Sequence[int]) -> Spans:
        """The tile of a box: all that it depends on, on the grid, as far as the volume goes."""
        spans = []
        for (low, high), count, grid, before, behind in zip(box, shape, self.grid, self.low, self.high):
            first, last = (low // grid) * grid - before, -(-high // grid) * grid + behind
            spans.append((max(first, 0), min(last, count)))
        return tuple(spans)


def reach(net: torch.nn.Module) -> Reach:
    """How far a network looks along each axis, measured: a voxel that is no number makes what depends on it none.

    Parameters
    ----------
    net : (batch, 1, z, y, x) -> (batch, class, z, y, x), in eval mode; parts of it that put numbers in place of what
        is none say so by an attribute `mends`, by which they are told not to while this is measured

    Raises
    ------
    Boundless
        If it looks at all of a picture, as with instance norm, or with batch norm while it trains.
    ValueError
        If it takes no sizes that are tried, hides what is no number, or its answer depends on where the picture begins.
    """
    if net.training:
        raise Boundless("the network is in training mode, where a picture changes what is said of others; call eval()")
    measured = copy.deepcopy(net).cpu().float()
    for part in measured.modules():
        if hasattr(part, "mends"):
            part.mends = False  # type: ignore[assignment]
    with torch.inference_mode():
        sizes, flat = _sizes(measured)
        thin = _thin(measured, sizes, flat=flat)
        along = [(1, 0, 0) if flat and axis == 0 else _axis(measured, thin, sizes[axis], axis) for axis in range(3)]
        grid, low, high = (tuple(column) for column in zip(*along))
        measure = Reach(grid, low, high, flat)
        _check_equal(measured, thin, measure)
    return measure


def _sizes(net: torch.nn.Module) -> tuple[Cube, bool]:
    """The smallest sizes along each axis whose multiples it takes, and whether it takes one plane only."""
    flat = not _takes(net, (32, 32, 32))
    if flat and not _takes(net, (1, 32, 32)):
        raise ValueError("the network takes neither pictures of 32 x 32 pixels nor volumes of 32 voxels along an edge")
    deep = 1 if flat else 32
    z = 1 if flat else next(n for n in STRIDES if _takes(net, (3 * n, 32, 32)))
    y = next(n for n in STRIDES if _takes(net, (deep, 3 * n, 32)))
    return (z, y, next(n for n in STRIDES if _takes(net, (deep, 32, 3 * n)))), flat


def _takes(net: torch.nn.Module, shape: Cube) -> bool:
    try:
        return tuple(net(torch.zeros(2, 1, *shape, device=_device(net))).shape[2:]) == shape
    except (RuntimeError, ValueError, IndexError, AssertionError):  # as layers refuse sizes
        return False


def _thin(net: torch.nn.Module, sizes: Cube, *, flat: bool) -> list[int]:
    """The smallest picture that it takes."""
    tried = ([max(n, size) for size in sizes] for n in STRIDES)
    shapes = ([1, y, x] if flat else [z, y, x] for z, y, x in tried)
    return next(shape for shape in shapes if _takes(net, (shape[0], shape[1], shape[2])))


def _axis(net: torch.nn.Module, thin: Sequence[int], size: int, axis: int) -> tuple[int, int, int]:
    """Grid, and voxels before and behind, along an axis."""
    for count in PROBES:
        if not _touched(net, thin, axis, count, 1)[:, [0, -1]].any():
            return _settled(size, *_extent(_touched(net, thin, axis, 2 * count, STRIDES[-1]), count))
    kinds = {type(m).__name__ for m in net.modules() if "Norm" in type(m).__name__ and "Batch" not in type(m).__name__}
    why = f" ({', '.join(sorted(kinds))})" if kinds else ""
    raise Boundless(
        f"what the network says of a place depends on all of the picture{why}, so that tiles would not agree with the "
        "whole; train it with batch norm"
    )


def _touched(net: torch.nn.Module, thin: Sequence[int], axis: int, count: int, phases: int) -> NDArray[np.bool_]:
    """(phase, voxel) what along an axis depends on a voxel behind its middle, at each place on the grid."""
    shape = list(thin)
    shape[axis] = count
    probe = torch.zeros(max(phases, 2), 1, *shape)
    for phase in range(phases):
        probe[phase].select(axis + 1, count // 2 + phase).fill_(math.nan)
    touched = net(probe).isnan().any(1)[:phases]  # (phase, z, y, x)
    if not touched.flatten(1).any(1).all():
        raise ValueError(
            "the network hides values that are no numbers, so that nobody can measure how far it looks; let the part "
            "of it that does have an attribute `mends`, and not do it where that is False"
        )
    return np.asarray(touched.movedim(axis + 1, 1).flatten(2).any(2).numpy())


def _extent(touched: NDArray[np.bool_], middle: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(phase,) how many voxels before and behind it depend on a voxel."""
    place = middle + np.arange(len(touched))
    first, last = touched.argmax(1), touched.shape[1] - 1 - touched[:, ::-1].argmax(1)
    return np.maximum(place - first, 0), np.maximum(last - place, 0)


def _settled(size: int, before: NDArray[np.int64], behind: NDArray[np.int64]) -> tuple[int, int, int]:
    """Grid, and voxels before and behind a box on it that it depends on, from how far each phase is seen."""
    grid = next(n for n in STRIDES if n % size == 0 and all((one == np.roll(one, n)).all() for one in (before, behind)))
    low = high = 0
    for phase in range(grid):
        # of voxels of this phase those that are seen from the box: at distances -phase (before) and phase + 1 (behind)
        low = max(low, *(d for d in range(0, behind[phase] + 1) if (d + phase) % grid == 0), 0)
        high = max(high, *(d for d in range(0, before[phase] + 1) if (d - 1 - phase) % grid == 0), 0)
    return grid, -(-low // grid) * grid, -(-high // grid) * grid


def _check_equal(net: torch.nn.Module, thin: Sequence[int], measure: Reach) -> None:
    """Refuse a network that says something else of the same place where the picture begins elsewhere."""
    for axis in range(measure.flat, 3):
        grid, low = measure.grid[axis], measure.low[axis]
        shape = list(thin)
        shape[axis] = low + 4 * grid
        picture = torch.rand(2, 1, *shape, generator=torch.Generator().manual_seed(0)).movedim(axis + 2, 0)
        seen, later = (net(part.movedim(0, axis + 2)).movedim(axis + 2, 0) for part in (picture, picture[grid:]))
        apart = float((seen[grid + low :] - later[low:]).abs().max())
        if not apart <= EQUAL * max(float(seen.abs().max()), 1.0):
            raise ValueError(
                f"what the network says of a place depends on where the picture begins along {AXES[axis]} (by "
                f"{apart:.2g}), so that tiles would not agree with the whole; choose one that knows no positions"
            )


# ---- what it says


def answer(
    net: torch.nn.Module, tiles: Sequence[NDArray[Any]], measure: Reach, precision: str = "float32"
) -> list[torch.Tensor]:
    """What it says of tiles of one shape: (class, z, y, x) each, in float32, on the device of the network.

    Parameters
    ----------
    tiles : (z, y, x) each, as `Reach.around` cuts them; filled up to the grid with their last planes
    precision : float32, bfloat16 or float16
    """
    batch = torch.from_numpy(np.stack([_filled(tile, measure.grid) for tile in tiles])[:, None])
    device, count = _device(net), len(tiles)
    if measure.flat:
        batch = batch.movedim(2, 1).flatten(0, 1)[:, :, None]  # each plane a picture
    if len(batch) == 1 and slow(net, batch.shape[2:]):
        batch = batch.repeat(2, 1, 1, 1, 1)
    with torch.inference_mode(), _exact(device), _cast(device, precision):
        said = net(batch.to(device)).float()
    if measure.flat:
        said = said[: count * len(tiles[0])].unflatten(0, (count, -1)).squeeze(3).movedim(1, 2)
    z, y, x = tiles[0].shape
    return list(said[:count, :, :z, :y, :x])


def slow(net: torch.nn.Module, shape: Sequence[int]) -> bool:
    """Whether torch takes a slow way with a single picture of this shape, z y x, which two at once avoid or shorten.

    It is that of layers without strides on a processor, by the rule of torch's own `use_mkldnn`.
    """
    if _device(net).type != "cpu" or torch.get_num_threads() > 1:
        return False
    layers = [one for one in net.modules() if isinstance(one, torch.nn.Conv3d) and set(one.stride) == {1}]
    return any(layer.in_channels * shape[0] * shape[1] <= SLOW for layer in layers)


def whole(net: torch.nn.Module, picture: NDArray[Any], measure: Reach) -> NDArray[np.float32]:
    """(class, z, y, x) what it says of all of a volume in one pass."""
    return answer(net, [picture], measure)[0].cpu().numpy()


def tiled(
    net: torch.nn.Module,
    picture: NDArray[Any],
    measure: Reach,
    core: Cube,
    *,
    batch: int = 1,
    precision: str = "float32",
) -> NDArray[np.float32]:
    """(class, z, y, x) the same, in tiles whose inside is `core` voxels along each axis."""
    out: NDArray[np.float32] | None = None
    boxes = cut(tuple((0, n) for n in picture.shape), core)
    for group in batches(boxes, measure, picture.shape, batch):
        spans = [measure.around(box, picture.shape) for box in group]
        said = answer(net, [picture[slices(span)] for span in spans], measure, precision)
        for box, span, one in zip(group, spans, said):
            if out is None:
                out = np.empty((len(one), *picture.shape), np.float32)
            out[(slice(None), *slices(box))] = inside(one, box, span).cpu().numpy()
    if out is None:
        raise ValueError(f"a picture of {picture.shape} holds no voxel")
    return out


def inside(said: torch.Tensor, box: Spans, tile: Spans) -> torch.Tensor:
    """What is said of a box, of what is said of its tile: (class, z, y, x)."""
    return said[(slice(None), *(slice(low - begin, high - begin) for (low, high), (begin, _) in zip(box, tile)))]


def cut(box: Spans, core: Cube) -> list[Spans]:
    """Boxes of `core` voxels, and less at the end, that make up a box."""
    edges = [[(low, min(low + n, high)) for low in range(first, high, n)] for (first, high), n in zip(box, core)]
    return [(z, y, x) for z in edges[0] for y in edges[1] for x in edges[2]]


def batches(boxes: Sequence[Spans], measure: Reach, shape: Sequence[int], most: int) -> list[list[Spans]]:
    """Boxes in their order, those one after the other together whose tiles have one shape."""
    groups: list[list[Spans]] = []
    size: Any = None
    for box in boxes:
        own = tuple(high - low for low, high in measure.around(box, shape))
        if own == size and len(groups[-1]) < most:
            groups[-1].append(box)
        else:
            groups.append([box])
        size = own
    return groups


def slices(box: Spans) -> tuple[slice, slice, slice]:
    """A box as numpy takes it."""
    z, y, x = (slice(*span) for span in box)
    return z, y, x


def _filled(tile: NDArray[Any], grid: Cube) -> NDArray[np.float32]:
    more = [(0, -n % step) for n, step in zip(tile.shape, grid)]
    tile = np.asarray(tile, np.float32)
    return np.pad(tile, more, mode="edge") if any(n for _, n in more) else np.ascontiguousarray(tile)


def _device(net: torch.nn.Module) -> torch.device:
    return next((one.device for one in net.parameters()), torch.device("cpu"))


def _cast(device: torch.device, precision: str) -> AbstractContextManager[Any]:
    if precision == "float32":
        return nullcontext()
    return torch.autocast(device.type, getattr(torch, precision))


def _exact(device: torch.device) -> AbstractContextManager[Any]:
    """Without rounding to fewer digits, which CUDA does to convolutions unless told."""
    if device.type != "cuda":
        return nullcontext()
    flags = partial(torch.backends.cudnn.flags, enabled=True, benchmark=False, deterministic=True)
    return flags(allow_tf32=False)
