"""X-ray phantoms: cells, vessels that branch, and bundles of axons in four areas, of any size, box by box.

Densities and sizes are those that were counted in hand-annotated cutouts of four areas of a mouse brain (Prasad et al.
2020), grey values those of its pictures. Everything is drawn block by block from the seed and the block's place alone,
so any box of a volume is the same whatever was asked for before, and neighbours agree at their borders.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from neurofm.data.structures import AXON, CELL, KINDS, VESSEL
from neurofm.data.volume import Pyramid, Volume, asked

VOXEL_UM = 1.17
BLOCK = 64  # voxels along an edge in which things are drawn together
STEPS, STRIDE = 30, 2.0  # of a vessel, in voxels
LARGEST = 12  # voxels of a radius at most
REACH = int(STEPS * STRIDE) + LARGEST  # voxels by which a vessel may leave its block
MIDDLE, RADII, SHADE, NUMBER = slice(0, 3), slice(3, 6), 6, 7  # columns of a ball: z y x, three radii, shade, number
RIM = 12  # voxels around a box that blur and fringe look at
WAVES = 96  # plane waves that bundles are made of
EMPTY, FULL, EMPTIED = 35.0, 75.0, 0.6  # grey of vessels without and with blood, and the share of those without
NEUROPIL, WHITE, SOMA = 125.0, 160.0, 85.0
STRIPES, GRAIN, FINE = 12.0, 6.0, 3.0  # sd of grey: of bundles, and of neuropil at two scales
BLUR, HALO, FRINGE = 0.7, 1.5, 0.5
DIRECTION = np.array([0.35, 0.25, 0.9])  # of bundles, z y x
ALONG, ACROSS = 14.0, 4.0  # voxels over which bundles and their edges are alike

Floats = NDArray[np.float64]
Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Area:
    """What an area is made of: shares of its voxels, cells a voxel, and radii in voxels."""

    name: str
    white: float
    vessel: float
    cells: float
    radius: float
    vessel_radius: float


AREAS = (
    Area("cortex", 0.0, 0.0166, 9.0e-5, 4.1, 2.3),
    Area("striatum", 0.173, 0.0190, 6.8e-5, 4.8, 2.3),
    Area("reticular nucleus", 0.571, 0.0312, 4.0e-5, 5.3, 2.0),
    Area("zona incerta", 0.0, 0.0593, 7.6e-5, 5.6, 2.2),
)


@dataclass(frozen=True)
class Plan:
    """What a phantom is like.

    Parameters
    ----------
    shape : voxels, z y x
    areas : numbers of `AREAS`, one after the other along x
    seed : of all that is drawn
    noise : sd of the noise of each voxel, in grey values
    rings : sd of that of each ring around the middle of a plane
    dark : share of the way from the grey of vessels to that of cells; 1 leaves only their form to tell them by
    """

    shape: tuple[int, int, int] = (96, 256, 1024)
    areas: tuple[int, ...] = (0, 1, 2, 3)
    seed: int = 0
    noise: float = 10.0
    rings: float = 2.0
    dark: float = 0.0


def phantom(plan: Plan | None = None, *, session: str = "phantom") -> Volume:
    """The volume of a plan: grey values, with what each voxel is, which cell, and which area, as labels."""
    plan = plan or Plan()
    spacing = np.full(3, VOXEL_UM)
    labels = {name: Pyramid((Phantom(plan, name),), spacing) for name in ("structure", "cell", "region")}
    names = {"structure": KINDS, "region": {number + 1: AREAS[number].name for number in plan.areas}}
    return Volume(session=session, image=Pyramid((Phantom(plan, "image"),), spacing), labels=labels, names=names)


class Phantom:
    """Voxels of one of the arrays of a phantom: "image", or labels "structure", "cell" or "region"."""

    def __init__(self, plan: Plan, part: str) -> None:
        self.plan, self.part = plan, part
        self.shape, self.ndim = plan.shape, 3
        self.dtype = np.dtype(np.uint32 if part == "cell" else np.uint8)
        z, y, x = (min(BLOCK, n) for n in plan.shape)
        self.chunks = z, y, x

    def __repr__(self) -> str:
        return f"<Phantom {self.part} {self.plan}>"

    def __getitem__(self, box: Any) -> NDArray[Any]:
        rows, steps = asked(box, self.shape)
        return self._drawn(tuple((min(r, default=0), max(r, default=-1) + 1) for r in rows))[steps]

    def _drawn(self, spans: Spans) -> NDArray[Any]:
        if any(low == high for low, high in spans):
            return np.zeros([high - low for low, high in spans], self.dtype)
        if self.part == "region":
            return (areas(self.plan, spans) + 1).astype(np.uint8)
        if self.part == "image":
            return image(self.plan, spans)
        structure, cell, _ = truth(self.plan, spans)
        return structure if self.part == "structure" else cell


def image(plan: Plan, spans: Spans) -> NDArray[np.uint8]:
    """Grey values of a box."""
    wide = tuple((low - RIM, high + RIM) for low, high in spans)
    structure, _, tone = truth(plan, wide)
    stripes = waves(plan.seed, 5, wide, (ALONG, 1.5, 1.5)) if (structure == AXON).any() else np.zeros(1)
    grain = [_noise(plan.seed, kind, wide, scale) for kind, scale in ((6, 1.5), (7, 0.7))]
    grey = painted(structure, tone, stripes, grain, plan.dark)
    inner = tuple(slice(RIM, -RIM) for _ in spans)
    grey = blurred(grey)[inner]
    grey += plan.noise * _noise(plan.seed, 8, spans, 0.0) + plan.rings * _ring(plan, spans)
    return np.clip(np.rint(grey), 0, 255).astype(np.uint8)


def painted(
    structure: NDArray[Any], tone: Floats, stripes: Floats, grain: Sequence[NDArray[Any]], dark: float = 0.0
) -> NDArray[np.float32]:
    """Grey values of what voxels are, before blur and noise.

    Parameters
    ----------
    structure : what each voxel is
    tone : its own shade, of sd 1, the same in all of a cell or vessel; vessels that are empty have less than `EMPTIED`
        of the others
    stripes, grain : fields of sd 1, of bundles and of neuropil at two scales
    dark : as `Plan.dark`
    """
    from scipy.special import ndtr

    grey = (NEUROPIL + GRAIN * grain[0] + FINE * grain[1]).astype(np.float32)
    vessel = np.where(ndtr(tone) < EMPTIED, EMPTY, FULL) + 6.0 * np.sin(5.0 * tone)
    grey = np.where(structure == AXON, WHITE + STRIPES * stripes, grey)
    grey = np.where(structure == CELL, SOMA + 8.0 * tone, grey)
    return np.where(structure == VESSEL, vessel + dark * (SOMA - vessel), grey).astype(np.float32)


def blurred(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the microscope makes of it: a blur, and bright and dark fringes at edges."""
    soft: NDArray[np.float32] = gaussian_filter(grey, BLUR)
    return soft + FRINGE * (soft - gaussian_filter(soft, HALO))


def areas(plan: Plan, spans: Spans) -> NDArray[np.int64]:
    """Numbers of `AREAS` in a box: stretches of x with wavy borders."""
    count = len(plan.areas)
    if count == 1:
        return np.full([high - low for low, high in spans], plan.areas[0])
    x = np.arange(*spans[2])[None, None]
    wavy = 6.0 * waves(plan.seed, 9, (spans[0], spans[1], (0, 1)), (40.0, 40.0, 40.0))
    place = np.floor((x + wavy) / plan.shape[2] * count).astype(int)
    return np.asarray(plan.areas)[np.clip(place, 0, count - 1)]


def truth(plan: Plan, spans: Spans) -> tuple[NDArray[np.uint8], NDArray[np.uint32], Floats]:
    """What each voxel of a box is, the number of its cell, and its shade."""
    shape = [high - low for low, high in spans]
    structure, cell, tone = np.zeros(shape, np.uint8), np.zeros(shape, np.uint32), np.zeros(shape)
    white = np.array([area.white for area in AREAS])[areas(plan, spans)]
    if white.any():
        from scipy.special import ndtr

        structure[ndtr(waves(plan.seed, 4, spans, (ALONG, ACROSS, ACROSS))) < white] = AXON
    for block in _blocks(spans, REACH):
        for ball in _within(_vessels(plan, block), spans):
            _fill(ball, spans, VESSEL, structure, tone)
    for block in _blocks(spans, LARGEST):
        for ball in _within(_cells(plan, block), spans):
            _fill(ball, spans, CELL, structure, tone, cell)
    return structure, cell, tone


def _blocks(spans: Spans, reach: int) -> Iterator[tuple[int, ...]]:
    """Blocks out of which something can reach into a box."""
    return product(*(range((low - reach) // BLOCK, (high + reach) // BLOCK + 1) for low, high in spans))


def _within(balls: Floats, spans: Spans) -> Floats:
    """Those (ball, `MIDDLE` to `NUMBER`) that reach into a box."""
    low, high = np.array(spans, float).T
    near = (balls[:, MIDDLE] + balls[:, RADII] >= low) & (balls[:, MIDDLE] - balls[:, RADII] < high)
    return balls[near.all(1)]


def _fill(
    ball: Floats, spans: Spans, kind: int, structure: NDArray[Any], tone: Floats, cell: NDArray[Any] | None = None
) -> None:
    """Put an ellipsoid into a box; cells take no voxels of vessels."""
    middle, radii = ball[MIDDLE], ball[RADII]
    low = np.maximum(np.ceil(middle - radii), [s[0] for s in spans]).astype(int)
    high = np.minimum(np.floor(middle + radii) + 1, [s[1] for s in spans]).astype(int)
    if (low >= high).any():
        return
    at = tuple(slice(a - s[0], b - s[0]) for a, b, s in zip(low, high, spans))
    z, y, x = (((np.arange(a, b) - m) / r) ** 2 for a, b, m, r in zip(low, high, middle, radii))
    inside = z[:, None, None] + y[:, None] + x <= 1
    if kind == CELL:
        inside &= structure[at] != VESSEL
    structure[at][inside], tone[at][inside] = kind, ball[SHADE]
    if cell is not None:
        cell[at][inside] = int(ball[NUMBER])


@lru_cache(maxsize=4096)
def _drawn_cells(plan: Plan, block: tuple[int, ...]) -> Floats:
    """Cells of a block that keep clear of each other."""
    rng = _rng(plan.seed, 1, block)
    area = _area(plan, block, rng)
    balls = np.zeros((0, NUMBER + 1))
    for _ in range(rng.poisson(area.cells * BLOCK**3)):
        radii = area.radius * np.exp(rng.normal(0, 0.18)) * np.exp(rng.normal(0, 0.1, 3))
        middle, shade = (np.array(block) + rng.random(3)) * BLOCK, rng.normal()
        ball = np.r_[middle, np.minimum(radii, LARGEST), shade, len(balls) + 1][None]
        if _clear(ball, balls)[0]:
            balls = np.r_[balls, ball]
    return balls


@lru_cache(maxsize=4096)
def _cells(plan: Plan, block: tuple[int, ...]) -> Floats:
    """Cells of a block with their numbers, but for those that one of a block before is in the way of."""
    before = [tuple(int(n) for n in np.add(block, s)) for s in product((-1, 0, 1), repeat=3) if s < (0, 0, 0)]
    balls = _drawn_cells(plan, block).copy()
    across = [-(-n // BLOCK) + 4 for n in plan.shape]
    balls[:, NUMBER] += (((block[0] + 2) * across[1] + block[1] + 2) * across[2] + block[2] + 2) * BLOCK
    return balls[_clear(balls, np.concatenate([_drawn_cells(plan, there) for there in before]))]


def _clear(balls: Floats, others: Floats) -> NDArray[np.bool_]:
    """(ball,) which of them touch none of the others."""
    apart = np.linalg.norm(balls[:, None, MIDDLE] - others[None, :, MIDDLE], axis=-1)
    return np.asarray((apart > balls[:, None, RADII].max(-1) + others[None, :, RADII].max(-1) + 1).all(1))


@lru_cache(maxsize=4096)
def _vessels(plan: Plan, block: tuple[int, ...]) -> Floats:
    """Balls along the vessels that begin in a block: walks that turn slowly, and branch."""
    rng = _rng(plan.seed, 2, block)
    area = _area(plan, block, rng)
    volume = 1.3 * STEPS * STRIDE * np.pi * area.vessel_radius**2 * np.exp(2 * 0.3**2)  # of a walk with its branches
    balls = [np.zeros((0, NUMBER + 1))]
    for _ in range(rng.poisson(area.vessel * BLOCK**3 / volume)):
        middle, heading = (np.array(block) + rng.random(3)) * BLOCK, _unit(rng.normal(size=3))
        radius, shade = area.vessel_radius * np.exp(rng.normal(0, 0.3)), float(rng.normal())
        balls += _walk(middle, heading, radius, shade, STEPS, rng)
    return np.concatenate(balls)


def _walk(middle: Floats, heading: Floats, radius: float, shade: float, steps: int, rng: Any) -> list[Floats]:
    headings = [heading]
    for turn in rng.normal(0, 0.18, (steps - 1, 3)):
        headings.append(_unit(headings[-1] + turn))
    middles = middle + STRIDE * np.cumsum([np.zeros(3), *headings[:-1]], 0)
    walk = np.column_stack(
        [middles, np.full((steps, 3), min(radius, LARGEST)), np.full((steps, 1), shade), np.zeros(steps)]
    )
    if steps < STEPS // 2 or rng.random() > 0.6:
        return [walk]
    half = steps // 2
    return [walk, *_walk(middles[half], _unit(headings[half] + rng.normal(0, 0.8, 3)), 0.8 * radius, shade, half, rng)]


def _area(plan: Plan, block: tuple[int, ...], rng: Any) -> Area:
    """The area at a random place of a block, so that blocks on a border hold some of both."""
    x = (block[2] + rng.random()) * BLOCK
    place = int(np.clip(x / plan.shape[2] * len(plan.areas), 0, len(plan.areas) - 1))
    return AREAS[plan.areas[place]]


def waves(seed: int, kind: int, spans: Spans, lengths: tuple[float, float, float]) -> Floats:
    """A smooth field of sd 1 in a box, alike over these lengths: along bundles, and across them."""
    rng = np.random.default_rng([seed, kind])
    frame = np.linalg.qr(np.stack([_unit(DIRECTION), *np.eye(3)[:2]], 1))[0]
    waves = (rng.normal(size=(WAVES, 3)) / np.array(lengths)) @ frame.T
    phase = rng.uniform(0, 2 * np.pi, WAVES)
    z, y, x = (np.exp(1j * np.outer(np.arange(*span), waves[:, axis])) for axis, span in enumerate(spans))
    plane = (z[:, None] * y[None] * np.exp(1j * phase)).reshape(-1, WAVES)
    return np.real(plane @ x.T).reshape(len(z), len(y), len(x)) * np.sqrt(2 / WAVES)


def _noise(seed: int, kind: int, spans: Spans, scale: float) -> NDArray[np.float32]:
    """Noise of sd 1 in a box, alike over so many voxels."""
    rim = int(np.ceil(4 * scale))
    wide = [(low - rim, high + rim) for low, high in spans]
    out = np.empty([high - low for low, high in wide], np.float32)
    for block in product(*(range(low // BLOCK, (high - 1) // BLOCK + 1) for low, high in wide)):
        drawn = _rng(seed, kind, block).standard_normal((BLOCK,) * 3, np.float32)
        there = [(max(b * BLOCK, low), min((b + 1) * BLOCK, high)) for b, (low, high) in zip(block, wide)]
        to = tuple(slice(a - low, z - low) for (a, z), (low, _) in zip(there, wide))
        out[to] = drawn[tuple(slice(a - b * BLOCK, z - b * BLOCK) for (a, z), b in zip(there, block))]
    if not scale:
        return out
    soft = gaussian_filter(out, scale) * np.float32((2 * np.sqrt(np.pi) * scale) ** 1.5)
    return np.asarray(soft[tuple(slice(rim, -rim) for _ in spans)], np.float32)


def _ring(plan: Plan, spans: Spans) -> Floats:
    """(1, y, x) rings around the middle of each plane."""
    y, x = (np.arange(*spans[k]) - plan.shape[k] / 2 for k in (1, 2))
    radius = np.hypot(y[:, None], x).astype(int)
    return np.random.default_rng([plan.seed, 3]).standard_normal(int(radius.max()) + 1)[radius][None]


def _rng(seed: int, kind: int, block: tuple[int, ...]) -> np.random.Generator:
    return np.random.default_rng([seed, kind, *(int(b) + (1 << 20) for b in block)])


def _unit(vector: Floats) -> Floats:
    return np.asarray(vector / np.linalg.norm(vector))
