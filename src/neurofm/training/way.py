"""How a network is shown a volume on this machine: how large chunks are, how many at once, and in how many digits."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import psutil
import torch
from numpy.typing import NDArray

from neurofm.data.volume import Voxels
from neurofm.training import tiles
from neurofm.training.tiles import Cube, Reach, Spans

LARGE = ((256, 256, 256), (128, 256, 256), (128, 128, 128))  # voxels of a chunk, for a GPU alone
CORES = ((64, 128, 128), (64, 64, 64), (32, 32, 32))  # caches of processors like the first more than larger ones
PLANES = ((8, 512, 512), (4, 256, 256), (1, 128, 128))  # of planes, seen one by one
SHARE = 0.25  # of free memory
GAIN, AGREED = 1.3, 0.995  # less digits are used where they are so much quicker, and so many labels stay the same
PROBE = 48  # voxels along an edge in which that is tried
GIGA = 1 << 30


@dataclass(frozen=True)
class Way:
    """How chunks are computed: their size, how many at once, and digits, with the reason in words."""

    core: Cube
    precision: str
    why: str
    batch: int = 1


def choose(
    net: torch.nn.Module,
    measure: Reach,
    voxels: Voxels,
    box: Spans,
    *,
    precision: str = "auto",
    core: Cube | None = None,
) -> Way:
    """Chunks and digits that suit the machine, the digits tried on voxels from the middle of the box."""
    free, where = _machine(net)
    core = core or _core(net, measure, box, free)
    batch = 2 if tiles.slow(net, _tile(measure, core, box)) else 1
    size = " x ".join(str(min(n, high - low)) for n, (low, high) in zip(core, box))
    chunks = f"{'two chunks at once' if batch > 1 else 'chunks'} of {size} voxels"
    if precision != "auto":
        return Way(core, precision, f"{chunks} in {precision}, as was asked for, on {where}", batch)
    fast = _fast(net)
    if not fast:
        return Way(core, "float32", f"{chunks} in float32, since {where} has no quicker numbers", batch)
    gain, agreed = _tried(net, measure, voxels, box, fast)
    digits = fast if gain >= GAIN and agreed >= AGREED else "float32"
    outcome = f"there {fast} is {gain:.1f} times as quick, and {100 * agreed:.1f} % of labels stay the same"
    return Way(core, digits, f"{chunks} in {digits} on {where}: {outcome}", batch)


def _core(net: torch.nn.Module, measure: Reach, box: Spans, free: float) -> Cube:
    """The largest chunk whose tile fits into a share of what is free; the smallest if none does."""
    flat = measure.flat or box[0] == (0, 1)
    sizes: Sequence[Cube] = PLANES if flat else (*(LARGE if _device(net) != "cpu" else ()), *CORES)
    each = _bytes(net, flat=flat)
    fitting = (core for core in sizes if each * math.prod(_tile(measure, core, box)) <= SHARE * free)
    return next(fitting, sizes[-1])


def _tile(measure: Reach, core: Cube, box: Spans) -> list[int]:
    """Voxels along a tile at most, as far as the box goes."""
    sides = zip(core, measure.low, measure.high, box)
    return [min(n + before + behind, high - low) for n, before, behind, (low, high) in sides]


def _bytes(net: torch.nn.Module, *, flat: bool) -> float:
    """Bytes that a network needs for each voxel at most: of all that its layers give."""
    shape = (1, 64, 64) if flat else (32, 32, 32)
    count = math.prod((2, *shape))
    given = [count]  # numbers

    def add(_layer: Any, _inputs: Any, output: Any) -> None:
        given.append(output.numel() if isinstance(output, torch.Tensor) else 0)

    hooks = [part.register_forward_hook(add) for part in net.modules() if not any(part.children())]
    try:
        with torch.inference_mode():
            net(torch.zeros(2, 1, *shape, device=next(net.parameters()).device))
    finally:
        for hook in hooks:
            hook.remove()
    return 4 * sum(given) / count


def _machine(net: torch.nn.Module) -> tuple[float, str]:
    """Bytes that are free where the network is, and that place in words."""
    if _device(net) == "cuda":
        free, name = float(torch.cuda.mem_get_info()[0]), torch.cuda.get_device_name()
        return free, f"{name} with {free / GIGA:.0f} GB free"
    free, cores = float(psutil.virtual_memory().available), torch.get_num_threads()
    return free, f"{cores} core{'s' * (cores > 1)} with {free / GIGA:.0f} GB of memory free"


def _device(net: torch.nn.Module) -> str:
    return next((one.device.type for one in net.parameters()), "cpu")


def _fast(net: torch.nn.Module) -> str:
    """Numbers of fewer digits that the machine computes with by itself; "" if there are none."""
    device = _device(net)
    if device == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float16"
    if device == "cpu" and torch.ops.mkldnn._is_mkldnn_bf16_supported() and torch.cpu._is_avx512_bf16_supported():
        return "bfloat16"
    return ""


def _tried(net: torch.nn.Module, measure: Reach, voxels: Voxels, box: Spans, fast: str) -> tuple[float, float]:
    """How much quicker fewer digits are, and the share of labels that stay the same."""
    edges = (1, 4 * PROBE, 4 * PROBE) if measure.flat or voxels.shape[0] == 1 else (PROBE,) * 3
    middle = [(low + high) // 2 for low, high in box]
    begin = [max(min(m - e // 2, n - e), 0) for m, e, n in zip(middle, edges, voxels.shape)]
    tile = np.asarray(voxels[tuple(slice(b, b + e) for b, e in zip(begin, edges))])
    seconds: dict[str, float] = {}
    labels: dict[str, NDArray[Any]] = {}
    for precision in ("float32", fast):
        for _ in range(2):
            began = time.perf_counter()
            said = tiles.answer(net, [tile, tile], measure, precision)[0].argmax(0).cpu().numpy()
            seconds[precision] = min(time.perf_counter() - began, seconds.get(precision, math.inf))
        labels[precision] = said
    return seconds["float32"] / seconds[fast], float((labels["float32"] == labels[fast]).mean())
