"""How quickly, and in how much memory, a network labels a volume, beside MONAI's sliding window with the same weights.

The network is our U-Net after some steps on a phantom, and what it labels is a phantom that is held in memory. Both use
one thread, take turns in one process, and are compared in processor time, since other programs may be at work; MONAI
is given the batch that it is quickest with, and both the same edge of 64 where that is said. Memory is that of
processes of their own, which read a store on the disk and write one: the same phantom again and again.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from neurofm.bench._table import Row, missing, ratio, row, tell
from neurofm.data.volume import AXES, MICRON, Held
from neurofm.errors import NeuroFMError
from neurofm.io import _label_store, _stores
from neurofm.specs import BenchSpec
from neurofm.synthetic.phantoms import VOXEL_UM, Plan, phantom
from neurofm.training import tiles, way
from neurofm.training.tiles import Cube, Reach

ROI, OVERLAP = 64, 0.25  # of MONAI's window
BATCHES = (1, 2, 3, 4, 8)
CHUNK = 64  # voxels along an edge of the store
SPARSE = 10240  # voxels along an edge of the volume that is opened: 1.07 TB
SIZES: Mapping[bool, Mapping[str, Any]] = {
    False: {"edges": (128, 256), "blocks": (7, 3), "steps": 150, "unet": (256, 512), "tiny": (256, 512, 1024)},
    True: {"edges": (64, 96), "blocks": (2, 2), "steps": 2, "unet": (64, 96), "tiny": (64, 96, 128)},
}
MONAI, OURS, PASS = "MONAI, roi 64", "ours", "one pass"


def run(paths: Sequence[Any], quick: bool, seed: int, peer: str | Path | None) -> list[Row]:
    """Voxels a second, equality with one pass, memory, and seconds until something is seen."""
    sizes = SIZES[quick]
    with tempfile.TemporaryDirectory() as name:
        folder, threads = Path(name), torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            learned = _learned(folder, sizes["steps"], seed)
            image = phantom(Plan(shape=(sizes["edges"][1],) * 3, seed=seed + 1)).image.levels[0][:, :, :]  # type: ignore[union-attr]
            rows = _beside(learned.course.network(learned), image, sizes)
        finally:
            torch.set_num_threads(threads)
        store = _stored(folder / "volume.zarr", image, max(sizes["tiny"]))
        rows += [*_memory(store, sizes), *_first(folder / "run", store), *_opened(folder / "sparse", quick=quick)]
        return [*rows, *_shared(folder, store, sizes["edges"][1])]


def _learned(folder: Path, steps: int, seed: int) -> Any:
    from neurofm.training import train

    tell(f"a U-Net learns for {steps} steps")
    volume = phantom(Plan(shape=(64, 128, 256), seed=seed)).loaded()
    settings = {"steps": steps, "target": "structure"}
    return train("unet", [volume], folder / "run", seed=seed, settings=settings, device="cpu")


def _beside(net: torch.nn.Module, image: NDArray[Any], sizes: Mapping[str, Any]) -> list[Row]:
    """Ours and MONAI's on a small and a large cube."""
    measure, (small, large) = tiles.reach(net), sizes["edges"]
    part, blocks = np.ascontiguousarray(image[:small, :small, :small]), sizes["blocks"]
    batch, tries = _best(net, part)
    exact = partial(tiles.tiled, net, part, measure, (ROI,) * 3, batch=_own_batch(net, part, measure))
    rows = [row(f"{small} cubed", MONAI, f"batch {n}", s, "CPU s") for n, s in tries.items()]
    runs = {OURS: exact, MONAI: partial(_monai, net, part, batch), PASS: partial(tiles.whole, net, part, measure)}
    rows += _compared(f"{small} cubed, float32, edge 64", runs, small**3, blocks[0])
    rows += _equal(f"{small} cubed", net, part, measure, batch)
    box = ((0, large),) * 3
    chosen = way.choose(net, measure, Held(image), box, precision="float32")
    quick = way.choose(net, measure, Held(image), box)
    label = partial(tiles.tiled, net, image, measure, chosen.core, batch=chosen.batch)
    runs = {OURS: label, MONAI: partial(_monai, net, image, batch)}
    if quick.precision != "float32":
        runs[f"{OURS}, {quick.precision}"] = partial(label, precision=quick.precision)
    rows += _compared(f"{large} cubed, chunks as chosen", runs, large**3, blocks[1], quick.why)
    if quick.precision == "float32":
        return [*rows, missing(f"{large} cubed, chunks as chosen", "fewer digits", quick.why)]
    same = float((label().argmax(0) == label(precision=quick.precision).argmax(0)).mean())
    return [*rows, row(f"{large} cubed, {quick.precision}", OURS, "labels as in float32", 100 * same, "%")]


def _best(net: torch.nn.Module, image: NDArray[Any]) -> tuple[int, dict[int, float]]:
    """The batch that MONAI is quickest with, and processor seconds of each that was tried."""
    tries = {n: min(_cpu(partial(_monai, net, image, n)) for _ in range(2)) for n in BATCHES}
    return min(tries, key=tries.__getitem__), tries


def _own_batch(net: torch.nn.Module, image: NDArray[Any], measure: Reach) -> int:
    """As it is chosen for chunks of this edge."""
    box = tuple((0, n) for n in image.shape)
    return way.choose(net, measure, Held(image), box, precision="float32", core=(ROI,) * 3).batch


def _monai(net: torch.nn.Module, image: NDArray[Any], batch: int) -> NDArray[np.float32]:
    """(class, z, y, x) as MONAI's users get it."""
    from monai.inferers import sliding_window_inference

    whole = torch.from_numpy(image.astype(np.float32))[None, None]
    with torch.inference_mode():
        said: Any = sliding_window_inference(whole, (ROI,) * 3, batch, net, overlap=OVERLAP, mode="gaussian")
    return said[0].numpy()


def _compared(case: str, runs: Mapping[str, Callable[[], Any]], voxels: int, blocks: int, why: str = "") -> list[Row]:
    """Voxels a processor second of each, and how many times MONAI's ours are, in turns whose order changes."""
    spent: dict[str, list[float]] = {name: [] for name in runs}
    for block in range(blocks):
        names = list(runs)
        for name in names[block % len(names) :] + names[: block % len(names)]:
            spent[name].append(_cpu(runs[name]))
            tell(f"{case}, {name}: {spent[name][-1]:.2f} CPU s")
    rows = [row(case, name, "speed", voxels / 1e6 / np.array(s), "Mvoxel/CPU s") for name, s in spent.items()]
    times = [ratio(case, name, "times MONAI's", spent[MONAI], s, why) for name, s in spent.items() if name != MONAI]
    return rows + times


def _cpu(do: Callable[[], Any]) -> float:
    began = time.process_time()
    do()
    return time.process_time() - began


def _equal(case: str, net: torch.nn.Module, image: NDArray[Any], measure: Reach, batch: int) -> list[Row]:
    """How far each is from one pass over all of it."""
    right = tiles.whole(net, image, measure)
    ours = tiles.tiled(net, image, measure, (ROI,) * 3, batch=_own_batch(net, image, measure))
    said = {OURS: ours, MONAI: _monai(net, image, batch)}
    rows = []
    for name, odds in said.items():
        away, other = float(np.abs(odds - right).max()), float((odds.argmax(0) != right.argmax(0)).mean())
        rows += [row(case, name, "largest difference to one pass", away)]
        rows += [row(case, name, "labels that differ from one pass", 100 * other, "%")]
    return rows


def _stored(path: Path, image: NDArray[Any], edge: int) -> Path:
    """An OME-Zarr of so many voxels along an edge, of the same image again and again."""
    tell(f"a volume of {edge} cubed is written")
    store = _stores.created(_made(path) / "0", (edge,) * 3, "uint8", (CHUNK,) * 3, AXES)
    scale, own = np.full(3, VOXEL_UM), image.shape[0]
    for box in tiles.cut(((0, edge),) * 3, (own,) * 3):
        place = tiles.slices(box)
        store[place].write(image[tuple(slice(0, high - low) for low, high in box)]).result()
    _label_store._group(path, _label_store._multiscales("image", AXES, [scale], np.zeros(3), MICRON))
    return path


def _made(path: Path) -> Path:
    path.mkdir(parents=True)
    return path


def _memory(store: Path, sizes: Mapping[str, Any]) -> list[Row]:
    """Peaks of larger and larger cubes, and processor time for each voxel."""
    rows = []
    for name in ("unet", "tiny"):
        peaks: dict[int, dict[str, float]] = {}
        for edge in sizes[name]:
            peaks[edge] = _child("peak", name, store, edge)
            tell(f"{name}, {edge} cubed: {peaks[edge]}")
            note = f"{peaks[edge]['cpu']:.1f} CPU s"
            rows.append(row(f"{edge} cubed, {name}", OURS, "peak private memory", peaks[edge]["mb"], "MB", note))
        first, last = (peaks[edge] for edge in (min(peaks), max(peaks)))
        case = f"{max(peaks)} / {min(peaks)} cubed, {name}"
        each = last["cpu"] / first["cpu"] / (max(peaks) / min(peaks)) ** 3
        rows += [row(case, OURS, "peak private memory", last["mb"] / first["mb"], "x")]
        rows += [row(case, OURS, "CPU time for a voxel", each, "x")]
    return rows


def _first(run: Path, store: Path) -> list[Row]:
    took = _child("first", run, store)
    case = "first labelled chunk"
    return [
        row(case, OURS, "from a worker that stands ready", took["ready"], "s", took["why"]),
        row(case, OURS, "the same, processor time", took["cpu"], "CPU s"),
        row(case, OURS, "from nothing", took["cold"], "s", "with all imports"),
    ]


def _opened(path: Path, *, quick: bool) -> list[Row]:
    edge = SPARSE // 8 if quick else SPARSE
    took = _child("open", _sparse(path, edge))
    case = f"open {edge:,} cubed, sparse precomputed"
    return [
        row(case, OURS, "first picture", took["seconds"], "s", "with opening, after imports"),
        row(case, OURS, "peak private memory", took["mb"], "MB", "after twenty planes"),
    ]


def _sparse(path: Path, edge: int) -> Path:
    """A precomputed volume at many scales, of which the coarsest alone has chunks."""
    scales: list[dict[str, Any]] = []
    for number in range(32):
        size, step = -(-edge // 2**number), 1000 * 2**number
        scales.append({
            "key": f"{step}", "size": [size] * 3, "resolution": [step] * 3, "encoding": "raw",
            "chunk_sizes": [[CHUNK] * 3], "voxel_offset": [0, 0, 0],
        })  # fmt: skip
        if size <= CHUNK:
            break
    info = {"type": "image", "data_type": "uint8", "num_channels": 1, "scales": scales}
    (_made(path / scales[-1]["key"]).parent / "info").write_text(json.dumps(info))
    grey = np.random.default_rng(0).integers(1, 255, (size,) * 3, np.uint8)
    (path / scales[-1]["key"] / "_".join([f"0-{size}"] * 3)).write_bytes(grey.tobytes())
    return path


def _shared(folder: Path, store: Path, edge: int) -> list[Row]:
    """How many times as quick two workers of a cluster are as one, here."""
    import psutil

    from neurofm.app.verbs.segment import opened

    case = f"{edge} cubed on a cluster"
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        return [missing(case, "two workers", str(error))]
    walls = []
    for count in (1, 2):
        options = {"threads_per_worker": 1, "dashboard_address": ":0", "silence_logs": 50}
        with LocalCluster(n_workers=count, **options) as cluster:
            with Client(cluster) as client:
                client.run(opened, str(folder / "run"), str(store))  # all is imported
            walls.append(_labelled(folder, store, edge, cluster.scheduler_address))
            tell(f"{case}, {count}: {walls[-1]:.1f} s")
    load = psutil.getloadavg()[0]
    note = f"{psutil.cpu_count()} cores, on which {load:.1f} programs ran in the mean"
    rows = [row(case, f"{n} worker{'s' * (n > 1)}", "time", wall, "s") for n, wall in zip((1, 2), walls)]
    return [*rows, row(case, "2 workers", "times one worker", walls[0] / walls[1], "x", note)]


def _labelled(folder: Path, store: Path, edge: int, address: str) -> float:
    from neurofm.app.verbs.segment import work

    box: list[Cube] = [(0, edge)] * 3  # type: ignore[list-item]
    place = str(folder / "shared.zarr")
    began = time.perf_counter()
    options: dict[str, Any] = {"precision": "float32", "scheduler": address, "box": box}
    work(lambda *_, **__: None, folder, run=str(folder / "run"), data=str(store), place=place, **options)
    return time.perf_counter() - began


def _child(*words: Any) -> dict[str, Any]:
    call = [sys.executable, "-m", "neurofm.bench._volume_child", *map(str, words)]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NeuroFMError(f"a measurement ended early ({(done.stderr.strip().splitlines() or ['no words'])[-1]})")
    return dict(json.loads(done.stdout.splitlines()[-1]))


SPEC = BenchSpec(title="Labels of volumes: tiles beside MONAI's window", run=run, timed=True)
